/* The kubelet's order, by pkg/kubelet/eviction: a pod that exceeds its request goes before one that
 * does not, then the lower priority, then the larger working set - request. Its sort is not stable.
 * evictPod() passes over static pods, their mirrors and those of system priority. */
#include "ledger/eviction.h"
#include "base/scoped.h"
#include "ledger/pods.h"
#include "model/title.h"

#include <errno.h>
#include <stdlib.h>

#define SYSTEM_PRIORITY 2000000000

static const char *const standing_names[MW_EVICT_STANDINGS] = {
	[MW_EVICT_OVER] = "over",         [MW_EVICT_ABOUT] = "about",
	[MW_EVICT_WITHIN] = "within",     [MW_EVICT_NO_REQUEST] = "no-request",
	[MW_EVICT_NO_SIZE] = "no-size",   [MW_EVICT_STATIC] = "static",
	[MW_EVICT_CRITICAL] = "critical",
};

static const char *const by_names[MW_EVICT_BYS] = {
	[MW_EVICT_BY_REQUEST] = "request",
	[MW_EVICT_BY_PRIORITY] = "priority",
	[MW_EVICT_BY_SIZE] = "size",
};

const char *mw_eviction_standing_name(enum mw_eviction_standing standing)
{
	return standing_names[standing];
}

const char *mw_eviction_by_name(enum mw_eviction_by by)
{
	return by_names[by];
}

/* --- requests that nobody told ---------------------------------------------------------------- */

/* What pkg/kubelet/qos gives: of a Burstable container 1000 - 1000 * request / capacity, whole
 * thousandths, not below 2 (3 since 1.20) and not above 999. */
enum {
	ADJ_NONE = 0,
	ADJ_LEAST = 3,
	ADJ_MOST = 999,
	ADJ_GUARANTEED = -997,
	ADJ_GUARANTEED_ONCE = -998, /* before 1.20 */
};

/* What the adjustments of a pod's containers say of it. A restartable init container is given the
 * adjustment of the main ones (since 1.29), so only the largest request is sure to be there. */
struct told {
	uint64_t low, high; /* of the request */
	uint32_t containers;
	bool critical; /* adjusted as Guaranteed, and not of that class: only critical pods are */
	bool unclear;
};

/* The container that a process runs in, below which it may have made groups. */
static const struct mw_entity *container_of(const struct mw_entity *process)
{
	for (const struct mw_entity *g = process->parent; g; g = g->parent)
		if (mw_group_role_is(g, "container"))
			return g;
	return NULL;
}

/* The first process of a container has what the kubelet gave it; its children may change theirs. */
static const struct mw_entity **first_processes(struct arena *a, const struct mw_snapshot *s)
{
	const struct mw_entity **first = arena_array(a, mw_snapshot_count(s, MW_CGROUP) + 1,
						     sizeof(*first));
	const struct mw_entity *p;

	if (!first)
		return NULL;
	mw_for_each (p, s, MW_PROCESS) {
		const struct mw_entity *group = container_of(p), *so_far;

		if (!group || mw_get(p, M_P_OOM_SCORE_ADJ).state != MW_OK)
			continue;
		so_far = first[group->index];
		if (!so_far || p->birth < so_far->birth ||
		    (p->birth == so_far->birth && p->id < so_far->id))
			first[group->index] = p;
	}
	return first;
}

static uint64_t thousandths(uint64_t whole, uint64_t count)
{
	return whole / 1000 * count + whole % 1000 * count / 1000;
}

static void tell(struct told *t, int64_t adj, uint64_t capacity)
{
	uint64_t low;

	t->containers++;
	t->critical |= adj == ADJ_GUARANTEED || adj == ADJ_GUARANTEED_ONCE;
	if (adj <= ADJ_NONE || adj > ADJ_MOST || !capacity) {
		t->unclear = true;
		return;
	}
	/* at either end it stands for whatever is beyond, too */
	low = adj == ADJ_MOST ? 0 : thousandths(capacity, (uint64_t)(1000 - adj));
	t->low = low > t->low ? low : t->low;
	t->high += adj <= ADJ_LEAST ? capacity : thousandths(capacity, (uint64_t)(1001 - adj));
}

/* The kubelet told all of every pod. */
static bool is_all_known(const struct mw_snapshot *s)
{
	const struct mw_entity *pod;

	mw_for_each (pod, s, MW_POD)
		if (mw_get(pod, M_PD_REQUEST).state != MW_OK ||
		    mw_get(pod, M_PD_PRIORITY).state != MW_OK)
			return false;
	return true;
}

static struct told *tell_all(struct arena *a, const struct mw_snapshot *s)
{
	struct told *told = arena_array(a, mw_snapshot_count(s, MW_POD) + 1, sizeof(*told));
	uint64_t capacity = mw_get_or(mw_snapshot_node(s), M_MEM_TOTAL, 0);
	const struct mw_entity **first, *g;

	if (!told || is_all_known(s))
		return told;
	first = first_processes(a, s);
	if (!first)
		return NULL;
	mw_for_each (g, s, MW_CGROUP) {
		const struct mw_entity *pod = first[g->index] ? mw_pod_of(s, g) : NULL;

		if (pod)
			tell(&told[pod->index],
			     (int64_t)mw_get_or(first[g->index], M_P_OOM_SCORE_ADJ, 0), capacity);
	}
	return told;
}

/* --- where each stands ------------------------------------------------------------------------ */

static bool is_of_class(const struct mw_entity *pod, const char *qos)
{
	const char *is = mw_get_text(pod, M_PD_QOS);

	return is && !strcmp(is, qos);
}

static void take_request(struct mw_eviction *e, const struct told *t)
{
	struct mw_num limit = mw_get(e->pod, M_PD_LIMIT);
	uint64_t high = t->high;

	e->request = mw_get(e->pod, M_PD_REQUEST);
	if (e->request.state == MW_OK || t->unclear || !t->containers ||
	    !is_of_class(e->pod, "Burstable") ||
	    t->containers < mw_get_or(e->pod, M_PD_CONTAINERS, 0))
		return;
	/* nobody may request more than the limit */
	if (limit.state == MW_OK && limit.v < high)
		high = limit.v > t->low ? limit.v : t->low;
	e->request = (struct mw_num){ t->low, MW_OK };
	e->request_error = high - t->low;
}

static enum mw_eviction_standing standing_of(const struct mw_eviction *e, const struct told *t)
{
	bool guaranteed = is_of_class(e->pod, "Guaranteed");

	if (mw_get_or(e->pod, M_PD_STATIC, 0))
		return MW_EVICT_STATIC;
	if (e->priority >= SYSTEM_PRIORITY ||
	    (t->critical && !guaranteed && mw_get_text(e->pod, M_PD_QOS) && !e->priority_known))
		return MW_EVICT_CRITICAL;
	if (e->working_set.state != MW_OK)
		return MW_EVICT_NO_SIZE;
	if (e->request.state != MW_OK)
		return MW_EVICT_NO_REQUEST;
	if (e->working_set.v > e->request.v + e->request_error)
		return MW_EVICT_OVER;
	return e->working_set.v > e->request.v ? MW_EVICT_ABOUT : MW_EVICT_WITHIN;
}

static void place(struct mw_eviction *e, const struct mw_entity *pod, const struct told *t)
{
	struct mw_num priority = mw_get(pod, M_PD_PRIORITY);

	*e = (struct mw_eviction){
		.pod = pod,
		.working_set = mw_get(pod, M_PD_WORKING_SET),
		.priority = priority.state == MW_OK ? (int64_t)priority.v : 0,
		.priority_known = priority.state == MW_OK,
	};
	take_request(e, t);
	e->standing = standing_of(e, t);
	if (e->standing <= MW_EVICT_WITHIN)
		e->above = (int64_t)(e->working_set.v - e->request.v - e->request_error / 2);
}

/* --- the order -------------------------------------------------------------------------------- */

/* What the kubelet compares. */
struct key {
	bool over;
	int64_t priority, above;
};

static struct key key_of(const struct mw_eviction *e, uint64_t request)
{
	return (struct key){ e->working_set.v > request, e->priority,
			     (int64_t)(e->working_set.v - request) };
}

static struct key key_first(const struct mw_eviction *e)
{
	return key_of(e, e->request.v);
}

static struct key key_last(const struct mw_eviction *e)
{
	return key_of(e, e->request.v + e->request_error);
}

/* < 0: a is evicted before b. @by set to what decides */
static int compare(const struct key *a, const struct key *b, enum mw_eviction_by *by)
{
	if (a->over != b->over) {
		*by = MW_EVICT_BY_REQUEST;
		return a->over ? -1 : 1;
	}
	if (a->priority != b->priority) {
		*by = MW_EVICT_BY_PRIORITY;
		return a->priority < b->priority ? -1 : 1;
	}
	*by = a->above == b->above ? MW_EVICT_BY_NOTHING : MW_EVICT_BY_SIZE;
	return a->above > b->above ? -1 : a->above < b->above;
}

static int compare_keys(const void *left, const void *right)
{
	enum mw_eviction_by by;

	return compare(left, right, &by);
}

static bool is_ranked(const struct mw_eviction *e)
{
	return e->standing <= MW_EVICT_WITHIN;
}

static struct key middle(const struct mw_eviction *e)
{
	return key_of(e, e->request.v + e->request_error / 2);
}

static int compare_pods(const void *left, const void *right)
{
	const struct mw_eviction *a = left, *b = right;
	enum mw_eviction_by by;
	struct key x, y;
	int order;

	if (!is_ranked(a) || !is_ranked(b)) {
		if (a->standing != b->standing)
			return a->standing < b->standing ? -1 : 1;
		if (a->working_set.state == MW_OK && b->working_set.state == MW_OK &&
		    a->working_set.v != b->working_set.v)
			return a->working_set.v > b->working_set.v ? -1 : 1;
		return strcmp(a->pod->name, b->pod->name);
	}
	x = middle(a);
	y = middle(b);
	order = compare(&x, &y, &by);
	return order ? order : strcmp(a->pod->name, b->pod->name);
}

/* How many of the sorted keys come before this one; those equal to it too when `with` says so. */
static uint32_t count_before(const struct key *keys, size_t count, const struct key *key, bool with)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int order = compare_keys(&keys[at], key);

		if (order < 0 || (with && !order))
			low = at + 1;
		else
			high = at;
	}
	return (uint32_t)low;
}

/* Less of a request is earlier. So a pod is behind all whose latest is before its earliest, and not
 * behind those whose earliest is after its latest. */
static int set_places(struct arena *a, struct mw_eviction *all, size_t ranked)
{
	struct key *earliest = arena_array(a, ranked + 1, sizeof(*earliest));
	struct key *latest = arena_array(a, ranked + 1, sizeof(*latest));

	if (!earliest || !latest)
		return -ENOMEM;
	for (size_t i = 0; i < ranked; i++) {
		earliest[i] = key_first(&all[i]);
		latest[i] = key_last(&all[i]);
	}
	qsort(earliest, ranked, sizeof(*earliest), compare_keys);
	qsort(latest, ranked, sizeof(*latest), compare_keys);
	for (size_t i = 0; i < ranked; i++) {
		struct key first = key_first(&all[i]), last = key_last(&all[i]);

		all[i].first = 1 + count_before(latest, ranked, &first, false);
		all[i].last = count_before(earliest, ranked, &last, true);
		if (i + 1 < ranked) {
			struct key own = middle(&all[i]), next = middle(&all[i + 1]);

			compare(&own, &next, &all[i].by);
		}
	}
	return 0;
}

size_t mw_eviction_order(struct arena *a, const struct mw_snapshot *s, struct mw_eviction **out)
{
	size_t count = mw_snapshot_count(s, MW_POD), ranked = 0;
	struct mw_eviction *all = arena_array(a, count + 1, sizeof(*all));
	struct told *told = count ? tell_all(a, s) : NULL;

	if (!all || !told)
		return 0;
	for (size_t i = 0; i < count; i++) {
		place(&all[i], mw_snapshot_at(s, MW_POD, i), &told[i]);
		ranked += is_ranked(&all[i]);
	}
	qsort(all, count, sizeof(*all), compare_pods);
	if (set_places(a, all, ranked))
		return 0;
	*out = all;
	return count;
}

int mw_eviction_rank(struct mw_snapshot *s)
{
	scoped_arena struct arena a = { 0 };
	struct mw_eviction *order;
	size_t count = mw_eviction_order(&a, s, &order);

	if (!count && mw_snapshot_count(s, MW_POD))
		return -ENOMEM;
	for (size_t i = 0; i < count && is_ranked(&order[i]); i++)
		mw_set(mw_snapshot_at(s, MW_POD, order[i].pod->index), M_PD_EVICTION_RANK, i + 1);
	return 0;
}
