/* The kubelet's signals of memory (pkg/kubelet/eviction, cAdvisor): of the machine and of all pods'
 * group capacity - working set, where a working set is usage - inactive_file. The root group of v2 has
 * no usage: there it is anon + file. That of v1 counts the same pages, so both leave out what the
 * kernel needs for itself. */
#include "ledger/eviction.h"
#include "ledger/num.h"
#include "model/title.h"

static const struct mw_entity *root_of(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP)
		if (!e->parent && !strcmp(e->name, "/"))
			return e;
	return NULL;
}

/* "/kubepods", "/kubepods.slice", "/kubelet.slice/kubelet-kubepods.slice" */
static const struct mw_entity *pods_of(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP)
		if (mw_group_role_is(e, "pods"))
			return e;
	mw_for_each (e, s, MW_CGROUP)
		if (slice_ends(slice_of(e->name), "kubepods") ||
		    slice_ends(slice_of(e->name), "kubepods.slice"))
			return e;
	return NULL;
}

static bool has_kubelet(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	if (mw_get_text(mw_snapshot_node(s), M_KUBELET_CONFIG))
		return true;
	mw_for_each (e, s, MW_CGROUP)
		if (strstr(e->name, "kubepods"))
			return true;
	return false;
}

static struct mw_num working_set(const struct mw_entity *root, bool v1)
{
	struct mw_num usage;

	if (!root)
		return (struct mw_num){ 0, MW_ABSENT };
	usage = v1 ? mw_get(root, M_CG_USAGE)
		   : mw_num_plus(mw_get(root, M_CG_ANON), mw_get(root, M_CG_FILE));
	return mw_num_less(usage, mw_get(root, M_CG_INACTIVE_FILE));
}

/* Nobody told its configuration. */
static bool is_assumed(const struct mw_entity *node)
{
	const char *from = mw_get_text(node, M_KUBELET_CONFIG);

	return !from || !strcmp(from, "defaults");
}

static struct mw_num hard(const struct mw_entity *node)
{
	struct mw_num n = mw_get(node, M_EVICTION_HARD);

	if (n.state != MW_OK && is_assumed(node))
		return (struct mw_num){ MW_EVICTION_HARD_DEFAULT, MW_OK };
	return n;
}

static void measure(struct mw_eviction_signal *signal, const struct mw_entity *node)
{
	signal->assumed = is_assumed(node);
	signal->hard = hard(node);
	signal->left = mw_num_less(signal->available, signal->hard);
	signal->left_soft = mw_num_less(signal->available, signal->soft);
}

/* Watched only where the limit of all pods together is enforced, as it is unless told otherwise. */
static bool has_allocatable(const struct mw_entity *node, const struct mw_entity *pods)
{
	return pods && mw_get_or(node, M_EVICTION_PODS, 1) &&
	       mw_get(pods, M_CG_LIMIT).state != MW_UNLIMITED;
}

size_t mw_eviction_signals(const struct mw_snapshot *s,
			   struct mw_eviction_signal out[MW_EVICTION_SIGNALS])
{
	const struct mw_entity *node = mw_snapshot_node(s), *root = root_of(s), *pods = pods_of(s);
	bool v1 = root && mw_get_or(root, M_CG_VERSION, 2) == 1;

	if (!has_kubelet(s))
		return 0;
	out[0] = (struct mw_eviction_signal){
		.name = "memory.available",
		.how = v1 ? N_("MemTotal - (memory.usage_in_bytes - total_inactive_file) of the root")
			  : N_("MemTotal - (anon + file - inactive_file) of the root"),
		.available = mw_num_less(mw_get(node, M_MEM_TOTAL), working_set(root, v1)),
		.soft = mw_get(node, M_EVICTION_SOFT),
	};
	measure(&out[0], node);
	if (!has_allocatable(node, pods))
		return 1;
	out[1] = (struct mw_eviction_signal){
		.name = "allocatableMemory.available",
		.how = v1 ? N_("memory.limit_in_bytes - (memory.usage_in_bytes - "
			       "total_inactive_file) of all pods' group")
			  : N_("memory.max - (memory.current - inactive_file) of all pods' group"),
		.available = mw_num_less(mw_get(pods, M_CG_LIMIT), mw_get(pods, M_CG_WORKING_SET)),
		/* soft thresholds are not copied to it */
		.soft = { 0, MW_ABSENT },
	};
	measure(&out[1], node);
	return 2;
}
