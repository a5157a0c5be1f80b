/* The kubelet evicts by a number of its own, which is not MemAvailable. */
#include "diagnose/node/node.h"

enum { GAP, SHORT };

static const struct mw_param params[] = {
	[GAP] = { "gap", 0.1, "ratio",
		  N_("of RAM between the two: eviction comes too early or not at all") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

static bool has_kubelet(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP)
		if (strstr(e->name, "kubepods"))
			return true;
	return false;
}

static const struct mw_entity *root_of(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP)
		if (!e->parent && !strcmp(e->name, "/"))
			return e;
	return NULL;
}

/* capacity - working set of the root group: on v2 anon + file stand for its usage, which it has not;
 * on v1 usage, kernel memory included. */
static double as_kubelet(const struct mw_check *c, const struct mw_entity *root)
{
	bool v1 = root && mw_get_or(root, M_CG_VERSION, 2) == 1;
	struct mw_num anon = root ? mw_get(root, M_CG_ANON) : (struct mw_num){ 0, MW_ABSENT };
	struct mw_num usage = root && v1 ? mw_get(root, M_CG_USAGE) : anon;
	struct mw_num file = root ? mw_get(root, M_CG_FILE) : anon;
	struct mw_num inactive = root ? mw_get(root, M_CG_INACTIVE_FILE) : anon;
	double used;

	if (usage.state != MW_OK || inactive.state != MW_OK || (!v1 && file.state != MW_OK))
		return NAN;
	used = (double)usage.v + (v1 ? 0 : (double)file.v);
	return (double)mw_get_or(c->node, M_MEM_TOTAL, 0) - fmax(0, used - (double)inactive.v);
}

static void say_too_late(struct mw_check *c)
{
	static const enum mw_metric parts[] = { M_SLAB, M_PAGE_TABLES, M_PERCPU, M_KERNEL_STACK,
						M_HUGETLB };
	double unseen = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		unseen += (double)mw_get_or(c->node, parts[i], 0);
	mw_cite(c, "unseen", MW_FORM_BYTES, unseen,
		"/proc/meminfo: Slab + PageTables + Percpu + KernelStack + Hugetlb");
	mw_title(
		c,
		N_("the kubelet believes that {kubelet} is available, but it is {available}: it may "
		   "evict too late"));
	mw_detail(
		c,
		N_("slab, page tables, huge page pools and driver pages ({unseen} of them counted) "
		   "are in no group's anon or file, which is all it adds up on cgroup v2"));
	mw_advise(
		c,
		N_("raise memory.available in evictionHard and systemReserved by the difference"));
}

static void say_too_early(struct mw_check *c)
{
	mw_cite_metric(c, "active_file", c->node, M_ACTIVE_FILE, NAN);
	mw_title(
		c,
		N_("the kubelet believes that only {kubelet} is available, but it is {available}: it "
		   "may evict pods without need"));
	if (mw_get(c->node, M_ACTIVE_FILE).state == MW_OK)
		mw_detail(c, N_("it counts page cache on the active list ({active_file}) and "
				"reclaimable slab as used; the kernel would take them back"));
	mw_advise(
		c,
		N_("lower memory.available in evictionHard, or find which pod reads the files that "
		   "stay active"));
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *root = root_of(c->now);
	struct mw_num available = mw_get(c->node, M_MEM_AVAILABLE);
	double kubelet, gap;

	if (available.state != MW_OK || !has_kubelet(c->now))
		return MW_CLEAR;
	kubelet = as_kubelet(c, root);
	if (isnan(kubelet))
		return mw_unknown(c,
				  N_("memory.stat of the root control group: from it the kubelet "
				     "computes what is available"),
				  "kubectl get --raw /api/v1/nodes/NODE/proxy/stats/summary");
	gap = mw_of_ram(c, kubelet - (double)available.v);
	if (!(fabs(gap) >= c->p[GAP]))
		return MW_CLEAR;
	mw_cite_over(c, "kubelet", MW_FORM_BYTES, kubelet,
		     "MemTotal - working set of the root group",
		     (double)available.v + (gap > 0 ? 1 : -1) * c->p[GAP] *
						   (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE, NAN);
	if (gap > 0)
		say_too_late(c);
	else
		say_too_early(c);
	if (gap > 0 && mw_is_short(c, c->p[SHORT]))
		mw_level(c, MW_WARNING);
	mw_ask(c, "memwhy node");
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_kubelet_blind_spot = {
	.id = "node-kubelet-blind-spot",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("the kubelet's memory.available is {kubelet}, MemAvailable is {available}"),
	.about = N_(
		"The kubelet evicts by capacity - working set of the root group. That leaves out "
		"kernel memory on cgroup v2, and counts active page cache as used, so it can be far "
		"from what the kernel could give. Only where pods' groups are to be seen."),
	.silent = N_(
		"A machine without a kubelet, or where both numbers agree within a tenth of RAM."),
};
