/* What belongs to one pod: groups of one uid. Pasted text names pods without it: there name and
 * namespace say so. */
#include "ledger/pods.h"
#include "base/index.h"
#include "base/scoped.h"
#include "ledger/num.h"
#include "model/title.h"

#include <errno.h>

/* A group below the pod's own: a container, or the sandbox. */
struct part {
	const struct mw_entity *group;
	struct part *next;
};

struct pod {
	const char *uid, *space, *name; /* or NULL */
	struct mw_entity *group;        /* the pod's own, or NULL */
	struct part *parts;
	struct mw_entity *row;
};

struct finder {
	struct mw_snapshot *s;
	struct arena arena;
	struct pod *at;
	size_t count;
	struct index by_uid, by_name;
};

/* --- whose a group is ------------------------------------------------------------------------- */

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_uid(uint32_t number, const void *key, const void *context)
{
	const struct finder *f = context;

	return same(f->at[number].uid, key);
}

static bool same_name(uint32_t number, const void *key, const void *context)
{
	const struct finder *f = context;
	const struct pod *pod = &f->at[number], *wanted = key;

	return same(pod->name, wanted->name) && same(pod->space, wanted->space);
}

static uint64_t hash_name(const struct pod *pod)
{
	return hash_bytes(slice_of(pod->name)) +
	       hash_u64(pod->space ? hash_bytes(slice_of(pod->space)) : 0);
}

/* Only pods have requests: a pasted container that has one is a pod, although nobody named it. */
static struct pod named_by(const struct mw_entity *group)
{
	struct pod named = {
		.uid = mw_get_text(group, M_CG_POD_UID),
		.name = mw_get_text(group, M_CG_POD),
		.space = mw_get_text(group, M_CG_NAMESPACE),
	};

	if (!named.uid && !named.name && mw_get(group, M_CG_ROLE).state != MW_OK &&
	    mw_get(group, M_CG_REQUEST).state == MW_OK)
		named.name = group->name;
	return named;
}

static uint32_t find(const struct finder *f, const struct pod *named)
{
	if (named->uid)
		return index_find(&f->by_uid, hash_bytes(slice_of(named->uid)), same_uid,
				  named->uid, f);
	return index_find(&f->by_name, hash_name(named), same_name, named, f);
}

/* A pasted group without a role that names no container is what was said of the whole pod. */
static bool is_own_group(const struct mw_entity *group)
{
	return mw_group_role_is(group, "pod") ||
	       (mw_get(group, M_CG_ROLE).state != MW_OK && mw_get_text(group, M_CG_POD) &&
		!mw_get_text(group, M_CG_CONTAINER));
}

/* Groups that a container makes in itself may be known as its too: their charges are in its own. */
static bool is_within_part(const struct mw_entity *group, const struct pod *pod)
{
	for (const struct mw_entity *above = group->parent; above; above = above->parent) {
		struct pod of = named_by(above);

		if (is_own_group(above))
			return false;
		if (pod->uid ? same(of.uid, pod->uid)
			     : same(of.name, pod->name) && same(of.space, pod->space))
			return true;
	}
	return false;
}

static unsigned depth(const struct mw_entity *group)
{
	unsigned n = 0;

	while ((group = group->parent))
		n++;
	return n;
}

static int join(struct finder *f, struct pod *pod, struct mw_entity *group)
{
	struct part *part;

	if (is_own_group(group)) {
		/* the kubelet's is nearer to the root than one that a user makes of its name */
		if (!pod->group || depth(group) < depth(pod->group))
			pod->group = group;
		return 0;
	}
	if (is_within_part(group, pod))
		return 0;
	part = arena_new(&f->arena, struct part);
	if (!part)
		return -ENOMEM;
	*part = (struct part){ group, pod->parts };
	pod->parts = part;
	return 0;
}

static int take(struct finder *f, struct mw_entity *group, const struct pod *named)
{
	uint32_t number = find(f, named);
	struct pod *pod;
	int error = 0;

	if (number == INDEX_NONE) {
		number = (uint32_t)f->count;
		error = named->uid ? index_add(&f->by_uid, hash_bytes(slice_of(named->uid)), number)
				   : index_add(&f->by_name, hash_name(named), number);
		if (error)
			return error;
		f->at[f->count++] = *named;
	}
	pod = &f->at[number];
	if (!pod->name && named->name) {
		pod->name = named->name;
		pod->space = named->space;
	}
	return join(f, pod, group);
}

/* Groups with a uid first: of what goes by a name alone, they may be the same pods. */
static int gather(struct finder *f)
{
	struct mw_entity *e;
	int error = 0;

	f->at = arena_array(&f->arena, mw_snapshot_count(f->s, MW_CGROUP) + 1, sizeof(*f->at));
	if (!f->at)
		return -ENOMEM;
	mw_for_each (e, f->s, MW_CGROUP) {
		struct pod named = named_by(e);

		if (named.uid && !error)
			error = take(f, e, &named);
	}
	for (uint32_t i = 0; i < f->count && !error; i++)
		if (f->at[i].name)
			error = index_add(&f->by_name, hash_name(&f->at[i]), i);
	mw_for_each (e, f->s, MW_CGROUP) {
		struct pod named = named_by(e);

		if (named.name && !named.uid && !error)
			error = take(f, e, &named);
	}
	return error;
}

/* --- what it holds ---------------------------------------------------------------------------- */

struct pair {
	enum mw_metric from, to; /* of the group, of the pod */
};

static void put(struct mw_entity *row, enum mw_metric metric, struct mw_num n)
{
	if (n.state == MW_OK)
		mw_set(row, metric, n.v);
	else
		mw_set_state(row, metric, n.state);
}

/* What v1 groups without hierarchy count are their own pages only. */
static struct mw_num of_group(const struct pod *pod, enum mw_metric metric)
{
	if (!pod->group || !mw_get_or(pod->group, M_CG_USE_HIERARCHY, 1))
		return (struct mw_num){ 0, MW_ABSENT };
	return mw_get(pod->group, metric);
}

static bool is_sandbox(const struct part *part)
{
	return mw_group_role_is(part->group, "sandbox");
}

/* What its own group counts, or its containers together. */
static struct mw_num total(const struct pod *pod, enum mw_metric metric)
{
	struct mw_num own = of_group(pod, metric), sum = { 0, MW_OK };

	if (own.state == MW_OK || !pod->parts)
		return own;
	for (const struct part *p = pod->parts; p; p = p->next)
		sum = mw_num_plus(sum, mw_get(p->group, metric));
	return sum;
}

/* Of its containers that have it. */
static struct mw_num sum_of_known(const struct pod *pod, enum mw_metric metric)
{
	struct mw_num sum = { 0, MW_ABSENT };

	for (const struct part *p = pod->parts; p; p = p->next) {
		struct mw_num n = mw_get(p->group, metric);

		if (n.state == MW_OK)
			sum = (struct mw_num){ sum.v + n.v, MW_OK };
	}
	return sum;
}

static struct mw_num limit_of(const struct pod *pod)
{
	struct mw_num own = of_group(pod, M_CG_LIMIT), sum = { 0, MW_OK };

	if (own.state == MW_OK || own.state == MW_UNLIMITED)
		return own;
	if (!pod->parts)
		return own;
	for (const struct part *p = pod->parts; p; p = p->next) {
		struct mw_num limit = mw_get(p->group, M_CG_LIMIT);

		if (is_sandbox(p))
			continue;
		if (limit.state != MW_OK && mw_get(p->group, M_CG_SPEC_LIMIT).state == MW_OK)
			limit = mw_get(p->group, M_CG_SPEC_LIMIT);
		sum = mw_num_plus(sum, limit);
	}
	return sum;
}

/* A container's specification that names a CPU and no memory requests none. */
static struct mw_num request_of_part(const struct mw_entity *group)
{
	struct mw_num request = mw_get(group, M_CG_REQUEST);

	if (request.state != MW_OK && (mw_get(group, M_CG_CPU_REQUEST).state == MW_OK ||
				       mw_get(group, M_CG_CPU_LIMIT).state == MW_OK))
		request = (struct mw_num){ 0, MW_OK };
	return request;
}

static struct mw_num request_of(const struct pod *pod)
{
	const char *qos = mw_get_text(pod->row, M_PD_QOS);
	struct mw_num own = of_group(pod, M_CG_REQUEST), sum = { 0, MW_ABSENT };

	if (own.state == MW_OK)
		return own;
	for (const struct part *p = pod->parts; p; p = p->next) {
		struct mw_num n = request_of_part(p->group);

		if (n.state == MW_OK)
			sum = (struct mw_num){ sum.v + n.v, MW_OK };
	}
	if (sum.state == MW_OK || !qos)
		return sum;
	if (!strcmp(qos, "BestEffort"))
		return (struct mw_num){ 0, MW_OK };
	if (!strcmp(qos, "Guaranteed") && mw_get(pod->row, M_PD_LIMIT).state == MW_OK)
		return mw_get(pod->row, M_PD_LIMIT);
	return sum;
}

static void put_headroom(const struct pod *pod)
{
	struct mw_num least = pod->group ? mw_get(pod->group, M_CG_HEADROOM)
					 : (struct mw_num){ 0, MW_ABSENT };

	for (const struct part *p = pod->parts; p; p = p->next) {
		struct mw_num n = mw_get(p->group, M_CG_HEADROOM);

		if (least.state != MW_OK || (n.state == MW_OK && n.v < least.v))
			least = n;
	}
	put(pod->row, M_PD_HEADROOM, least);
}

/* What limits the only container limits all of the pod. */
static void put_effective_limit(const struct pod *pod)
{
	if (pod->group)
		put(pod->row, M_PD_EFFECTIVE_LIMIT, mw_get(pod->group, M_CG_EFFECTIVE_LIMIT));
	else if (pod->parts && !pod->parts->next)
		put(pod->row, M_PD_EFFECTIVE_LIMIT,
		    mw_get(pod->parts->group, M_CG_EFFECTIVE_LIMIT));
}

static void put_sums(const struct pod *pod)
{
	static const struct pair sums[] = {
		{ M_CG_USAGE, M_PD_USAGE },
		{ M_CG_WORKING_SET, M_PD_WORKING_SET },
		{ M_CG_UNRECLAIMABLE, M_PD_UNRECLAIMABLE },
		{ M_CG_ANON, M_PD_ANON },
		{ M_CG_FILE, M_PD_FILE },
		{ M_CG_SHMEM, M_PD_SHMEM },
		{ M_CG_SWAP, M_PD_SWAP },
	};
	uint64_t containers = 0;

	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++)
		put(pod->row, sums[i].to, total(pod, sums[i].from));
	for (const struct part *p = pod->parts; p; p = p->next)
		containers += !is_sandbox(p) && !mw_group_role_is(p->group, "scope");
	if (containers)
		mw_set(pod->row, M_PD_CONTAINERS, containers);
	put(pod->row, M_PD_RESTARTS, sum_of_known(pod, M_CG_RESTARTS));
	put(pod->row, M_PD_LIMIT, limit_of(pod));
	put(pod->row, M_PD_REQUEST, request_of(pod));
	put_headroom(pod);
	put_effective_limit(pod);
}

/* --- what it is ------------------------------------------------------------------------------- */

static const struct mw_entity *who_knows(const struct pod *pod, enum mw_metric metric)
{
	if (pod->group && mw_get(pod->group, metric).state == MW_OK)
		return pod->group;
	for (const struct part *p = pod->parts; p; p = p->next)
		if (mw_get(p->group, metric).state == MW_OK)
			return p->group;
	return NULL;
}

/* The text is the snapshot's own already. */
static void put_facts(const struct pod *pod)
{
	static const struct pair facts[] = {
		{ M_CG_POD, M_PD_POD },       { M_CG_NAMESPACE, M_PD_NAMESPACE },
		{ M_CG_POD_UID, M_PD_UID },   { M_CG_QOS, M_PD_QOS },
		{ M_CG_OWNER, M_PD_OWNER },   { M_CG_PRIORITY, M_PD_PRIORITY },
		{ M_CG_STATIC, M_PD_STATIC }, { M_CG_NETNS, M_PD_NETNS },
	};

	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		const struct mw_entity *from = who_knows(pod, facts[i].from);

		if (from)
			mw_set(pod->row, facts[i].to, mw_get(from, facts[i].from).v);
	}
	if (pod->group)
		mw_set(pod->row, M_PD_CGROUP, (uintptr_t)pod->group->name);
}

static void put_image(const struct pod *pod)
{
	const struct mw_entity *largest = NULL;

	for (const struct part *p = pod->parts; p; p = p->next)
		if (!is_sandbox(p) && mw_get_text(p->group, M_CG_IMAGE) &&
		    (!largest || mw_get_or(p->group, M_CG_WORKING_SET, 0) >=
					 mw_get_or(largest, M_CG_WORKING_SET, 0)))
			largest = p->group;
	if (largest)
		mw_set(pod->row, M_PD_IMAGE, mw_get(largest, M_CG_IMAGE).v);
}

/* --- rows ------------------------------------------------------------------------------------- */

static uint64_t id_of(const struct mw_snapshot *s, const char *key)
{
	const struct mw_entity *taken;
	uint64_t id = hash_bytes(slice_of(key));

	while ((taken = mw_snapshot_by_id(s, MW_POD, id)) &&
	       !same(mw_get_text(taken, M_PD_UID), key))
		id++;
	return id;
}

static const char *pod_name(struct arena *a, const char *space, const char *name)
{
	return space ? arena_printf(a, "%s/%s", space, name) : name;
}

static int add_row(struct finder *f, struct pod *pod)
{
	const char *name = pod->name ? pod_name(&f->arena, pod->space, pod->name) : pod->uid;

	if (!name)
		return -ENOMEM;
	pod->row = mw_snapshot_add(f->s, MW_POD, pod->group, slice_of(name),
				   id_of(f->s, pod->uid ? pod->uid : name), 0);
	if (!pod->row)
		return -ENOMEM;
	put_facts(pod);
	put_image(pod);
	put_sums(pod);
	return 0;
}

static struct mw_entity *by_uid(const struct mw_snapshot *s, const char *uid)
{
	return mw_snapshot_by_id(s, MW_POD, id_of(s, uid));
}

/* Where some are known, all were looked for: the others have none. */
static void add_volumes(struct mw_snapshot *s)
{
	struct mw_entity *e;

	if (mw_snapshot_count(s, MW_VOLUME))
		mw_for_each (e, s, MW_POD)
			if (mw_get(e, M_PD_UID).state == MW_OK)
				mw_set(e, M_PD_VOLUMES, 0);
	mw_for_each (e, s, MW_VOLUME) {
		const char *uid = mw_get_text(e, M_VO_POD_UID);
		struct mw_entity *pod = uid ? by_uid(s, uid) : NULL;

		if (pod)
			put(pod, M_PD_VOLUMES,
			    mw_num_plus(mw_get(pod, M_PD_VOLUMES), mw_get(e, M_VO_USED)));
	}
}

int mw_pods_find(struct mw_snapshot *s)
{
	struct finder f = { .s = s };
	int error = gather(&f);

	for (size_t i = 0; i < f.count && !error; i++)
		error = add_row(&f, &f.at[i]);
	if (!error)
		add_volumes(s);
	index_release(&f.by_uid);
	index_release(&f.by_name);
	arena_release(&f.arena);
	return error;
}

static const struct mw_entity *by_name(const struct mw_snapshot *s, const struct pod *named)
{
	scoped_buf struct buf full = { 0 };

	if (!named->name)
		return NULL;
	if (named->space)
		buf_printf(&full, "%s/", named->space);
	buf_puts(&full, named->name);
	return full.error ? NULL : mw_snapshot_by_name(s, MW_POD, buf_slice(&full));
}

const struct mw_entity *mw_pod_of(const struct mw_snapshot *s, const struct mw_entity *group)
{
	const struct mw_entity *pod = NULL;

	for (; group && !pod; group = group->parent) {
		struct pod named = named_by(group);

		pod = named.uid ? by_uid(s, named.uid) : by_name(s, &named);
	}
	return pod;
}
