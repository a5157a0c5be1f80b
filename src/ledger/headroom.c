/* What reclaim can take before the kernel kills (mm/vmscan.c, mm/memcontrol.c):
 *  - pages on the two file lists, dirty ones after they are written;
 *  - slab_reclaimable, which v1 does not tell apart: there all kernel memory counts as needed;
 *  - anonymous and tmpfs pages on the inactive list, as far as swap may be used: free swap space, and
 *    on v2 what memory.swap.max of the group and its ancestors leaves; pages that have a copy in swap
 *    need no more of it. The active list is not counted
 *    although it could be swapped out too: a group that lives from swapping its working set is not
 *    well. Swapping does not help against v1's memsw limit, which counts both.
 * Not looked at: memory.min and memory.low of groups below, which keep their cache from reclaim. */
#include "ledger/headroom.h"
#include "ledger/num.h"

static struct mw_num no_limit(const struct mw_entity *group, enum mw_metric metric)
{
	struct mw_num limit = mw_get(group, metric);

	/* the root group has no such file */
	if (limit.state == MW_ABSENT)
		limit.state = MW_UNLIMITED;
	return limit;
}

/* The group whose counters hold this one's charges too. */
static const struct mw_entity *above(const struct mw_entity *group)
{
	const struct mw_entity *parent = group->parent;

	return parent && mw_get_or(parent, M_CG_USE_HIERARCHY, 1) ? parent : NULL;
}

static uint64_t swappable(const struct mw_snapshot *s, const struct mw_entity *group)
{
	uint64_t room = mw_get_or(mw_snapshot_node(s), M_SWAP_FREE, 0);
	uint64_t cold = mw_get_or(group, M_CG_INACTIVE_ANON, 0);

	if (!mw_get_or(group, M_CG_SWAPPINESS, 1))
		return 0;
	for (const struct mw_entity *g = group; g && room; g = above(g)) {
		struct mw_num limit = mw_get(g, M_CG_SWAP_LIMIT);
		struct mw_num left = mw_num_less(limit, mw_get(g, M_CG_SWAP));

		if (left.state == MW_OK && left.v < room)
			room = left.v;
		/* a limit that could not be read may be 0 */
		if (limit.state != MW_OK && limit.state != MW_UNLIMITED && limit.state != MW_ABSENT)
			room = 0;
	}
	room += mw_get_or(group, M_CG_SWAPCACHED, 0);
	return cold < room ? cold : room;
}

static struct mw_num file_lists(const struct mw_entity *group)
{
	return mw_num_plus(mw_get(group, M_CG_INACTIVE_FILE), mw_get(group, M_CG_ACTIVE_FILE));
}

static struct mw_num unreclaimable(const struct mw_snapshot *s, const struct mw_entity *group)
{
	struct mw_num cache = mw_num_plus(file_lists(group),
					  mw_num_or_zero(mw_get(group, M_CG_SLAB_RECLAIMABLE)));
	struct mw_num cold = { swappable(s, group), MW_OK };

	return mw_num_less(mw_num_less(mw_get(group, M_CG_USAGE), cache), cold);
}

/* The smaller of two limits; one that could not be read may be the smaller. */
static struct mw_num lower(struct mw_num a, struct mw_num b)
{
	if (a.state == MW_UNLIMITED || (b.state != MW_OK && b.state != MW_UNLIMITED))
		return b;
	if (a.state != MW_OK || b.state == MW_UNLIMITED)
		return a;
	return a.v < b.v ? a : b;
}

/* `limit` lets `group` grow by what it leaves over `needed`. */
static void bind(struct mw_headroom *h, const struct mw_entity *group, struct mw_num limit,
		 struct mw_num needed)
{
	struct mw_num left = mw_num_less(limit, needed);
	struct mw_num least = lower(h->left, left);

	if (least.state == h->left.state && least.v == h->left.v)
		return;
	h->left = least;
	h->binding = group;
}

/* What no limit leaves is not worked out: most groups have none. */
static void bind_own(struct mw_headroom *h, const struct mw_snapshot *s,
		     const struct mw_entity *group)
{
	struct mw_num limit = no_limit(group, M_CG_LIMIT);
	struct mw_num memsw = no_limit(group, M_CG_MEMSW_LIMIT);
	struct mw_num above_all = no_limit(group, M_CG_HIERARCHICAL_LIMIT);

	if (limit.state != MW_UNLIMITED)
		bind(h, group, limit, unreclaimable(s, group));
	if (memsw.state != MW_UNLIMITED)
		bind(h, group, memsw,
		     mw_num_less(mw_get(group, M_CG_MEMSW_USAGE), file_lists(group)));
	/* v1 tells the smallest limit above, also of groups that a container does not see */
	if (above_all.state != MW_UNLIMITED && !above(group))
		bind(h, group, above_all, unreclaimable(s, group));
}

struct mw_num mw_headroom_own(const struct mw_snapshot *s, const struct mw_entity *cgroup)
{
	struct mw_headroom h = { .left = { 0, MW_UNLIMITED } };

	bind_own(&h, s, cgroup);
	return h.left;
}

struct mw_headroom mw_headroom_of(const struct mw_snapshot *s, const struct mw_entity *cgroup)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	struct mw_num available = mw_get(node, M_MEM_AVAILABLE);
	struct mw_headroom h = {
		.working_set = mw_num_less(mw_get(cgroup, M_CG_USAGE),
					   mw_get(cgroup, M_CG_INACTIVE_FILE)),
		.unreclaimable = unreclaimable(s, cgroup),
		.effective_limit = no_limit(node, M_MEM_TOTAL),
		.left = no_limit(node, M_MEM_AVAILABLE),
	};

	for (const struct mw_entity *g = cgroup; g; g = above(g)) {
		h.effective_limit = lower(h.effective_limit, no_limit(g, M_CG_LIMIT));
		bind_own(&h, s, g);
	}
	h.effective_limit = lower(h.effective_limit, no_limit(cgroup, M_CG_HIERARCHICAL_LIMIT));
	/* no limit, and nothing known of the machine */
	if (h.left.state == MW_UNLIMITED)
		h.left.state = available.state;
	return h;
}
