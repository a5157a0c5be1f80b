/* The metrics that no file holds: computed once, when all that was asked for has been read. */
#include "diagnose/runtime/runtimes.h"
#include "engine/engine.h"
#include "ledger/eviction.h"
#include "ledger/headroom.h"
#include "ledger/pods.h"
#include "ledger/sockets.h"

static void set(struct mw_entity *e, enum mw_metric metric, struct mw_num n)
{
	/* pasted text may hold what its other numbers do not tell: `kubectl top` alone */
	if (n.state == MW_ABSENT && mw_get(e, metric).state == MW_OK)
		return;
	if (n.state == MW_OK)
		mw_set(e, metric, n.v);
	else
		mw_set_state(e, metric, n.state);
}

static void set_headroom(struct mw_snapshot *s, struct mw_entity *group)
{
	struct mw_headroom h = mw_headroom_of(s, group);

	/* a paste may hold nothing but what kubectl top printed */
	if (h.working_set.state == MW_OK || mw_get(group, M_CG_WORKING_SET).state != MW_OK)
		set(group, M_CG_WORKING_SET, h.working_set);
	set(group, M_CG_UNRECLAIMABLE, h.unreclaimable);
	set(group, M_CG_EFFECTIVE_LIMIT, h.effective_limit);
	set(group, M_CG_HEADROOM, h.left);
	if (h.left.state == MW_OK)
		mw_set_text(s, group, M_CG_HEADROOM_OF,
			    slice_of(h.binding ? h.binding->name : "machine"));
	else
		mw_set_state(group, M_CG_HEADROOM_OF, h.left.state);
}

/* Add to a sum; what is not known of one makes the sum not known. */
static void add(struct mw_entity *group, enum mw_metric sum, struct mw_num n)
{
	struct mw_num so_far = mw_get(group, sum);

	if (so_far.state != MW_OK)
		return;
	if (n.state == MW_OK)
		mw_set(group, sum, so_far.v + n.v);
	else
		mw_set_state(group, sum, n.state);
}

static void start_sums(struct mw_entity *group)
{
	mw_set(group, M_CG_SUM_RSS, 0);
	mw_set(group, M_CG_SUM_PSS, 0);
}

static void add_process(const struct mw_entity *process, bool whole)
{
	struct mw_num rss = mw_get(process, M_P_RSS), pss = mw_get(process, M_P_PSS);

	if (rss.state == MW_VANISHED)
		return;
	/* kernel threads and zombies have no memory; in a paste it was not told */
	if (rss.state == MW_ABSENT && whole)
		return;
	if (rss.state == MW_OK && !rss.v)
		pss = rss;
	for (struct mw_entity *g = process->parent; g; g = g->parent) {
		add(g, M_CG_SUM_RSS, rss);
		add(g, M_CG_SUM_PSS, pss);
	}
}

/* What sockets hold is the kernel's, for their process and its groups. */
static void add_sockets(const struct mw_entity *row)
{
	struct mw_num memory = mw_get(row, M_SK_MEMORY);
	struct mw_entity *owner = mw_sockets_owner(row);

	if (memory.state != MW_OK || !owner || mw_sockets_is_part(row))
		return;
	if (owner->kind == MW_PROCESS) {
		mw_set(owner, M_P_SOCKET_MEMORY, mw_get_or(owner, M_P_SOCKET_MEMORY, 0) + memory.v);
		owner = owner->parent;
	}
	for (; owner; owner = owner->parent)
		mw_set(owner, M_CG_SOCKET_MEMORY,
		       mw_get_or(owner, M_CG_SOCKET_MEMORY, 0) + memory.v);
}

static int finish(struct mw_snapshot *s, bool whole)
{
	struct mw_entity *e;
	bool processes = mw_snapshot_count(s, MW_PROCESS);
	int error;

	mw_for_each (e, s, MW_CGROUP) {
		set_headroom(s, e);
		if (whole && processes)
			start_sums(e);
	}
	if (!whole)
		mw_for_each (e, s, MW_PROCESS)
			for (struct mw_entity *g = e->parent; g; g = g->parent)
				start_sums(g);
	mw_for_each (e, s, MW_PROCESS)
		add_process(e, whole);
	mw_for_each (e, s, MW_SOCKETS)
		add_sockets(e);
	error = mw_runtimes_find(s);
	if (!error)
		error = mw_pods_find(s);
	if (!error)
		error = mw_eviction_rank(s);
	if (error)
		return error;
	mw_snapshot_seal(s);
	return 0;
}

int mw_engine_finish(struct mw_snapshot *s)
{
	return finish(s, true);
}

int mw_engine_finish_paste(struct mw_snapshot *s)
{
	return finish(s, false);
}
