/* Which of the open reports a message belongs to, and which of them are over. */
#include "oom/parts.h"

enum {
	IDLE_LINES = 2000, /* lines of others between two of one report */
	IDLE_AFTER_KILL = 64,
};

#define NS_PER_S INT64_C(1000000000)
#define US_PER_S UINT64_C(1000000)

bool mw_oom_ended(const struct mw_oom_building *b)
{
	return b->stage >= MW_OOM_L_KILLED;
}

bool mw_oom_same_moment(const struct mw_oom_building *b, const struct mw_envelope *e)
{
	if (b->last_uptime != UINT64_MAX && e->uptime != UINT64_MAX)
		return e->uptime >= b->last_uptime && e->uptime - b->last_uptime <= US_PER_S;
	if (b->last_time && e->time)
		return e->time - b->last_time <= NS_PER_S && b->last_time - e->time <= NS_PER_S;
	return true;
}

static bool too_late(const struct mw_oom_building *b, const struct mw_envelope *e)
{
	if (b->last_uptime != UINT64_MAX && e->uptime != UINT64_MAX)
		return e->uptime > b->last_uptime + MW_OOM_LONG_TIME * US_PER_S ||
		       e->uptime + US_PER_S < b->r.uptime; /* another boot */
	return b->last_time && e->time && e->time - b->last_time > MW_OOM_LONG_TIME * NS_PER_S;
}

bool mw_oom_is_over(const struct mw_oom_building *b, const struct mw_envelope *e)
{
	return too_late(b, e) || b->idle > (mw_oom_ended(b) ? IDLE_AFTER_KILL : IDLE_LINES);
}

static bool repeats(enum mw_oom_kind kind)
{
	return kind == MW_OOM_L_STATS || kind == MW_OOM_L_STAT || kind == MW_OOM_L_INFO ||
	       kind == MW_OOM_L_SLAB || kind == MW_OOM_L_ROW || kind == MW_OOM_L_CHOSEN ||
	       kind >= MW_OOM_L_KILLED;
}

static bool has_row(const struct mw_oom_building *b, uint32_t pid)
{
	for (uint32_t i = 0; i < b->row_count; i++)
		if (b->rows[i].pid == pid)
			return true;
	return false;
}

bool mw_oom_has_killed(const struct mw_oom_building *b, uint32_t pid)
{
	for (uint32_t i = 0; i < b->killed_count; i++)
		if (b->killed[i].pid == pid)
			return true;
	return false;
}

/* How well a death fits: announced, in the table; or not. */
static int fit(const struct mw_oom_building *b, uint32_t pid)
{
	int v = 0;

	if (mw_oom_has_killed(b, pid) || (b->named && b->named == pid))
		v += 4;
	else if (b->named && !b->r.group)
		v -= 2;
	if (b->row_count && !b->pruned)
		v += has_row(b, pid) ? 1 : -1;
	return v;
}

struct mw_oom_building *mw_oom_find(struct mw_oom_building *open, uint32_t stream,
				    const struct mw_envelope *e, enum mw_oom_kind kind,
				    uint32_t pid)
{
	struct mw_oom_building *best = NULL;
	int best_fit = 0, best_jump = 0;

	for (struct mw_oom_building *b = open; b; b = b->next) {
		int jump = (int)kind - (int)b->stage, how = pid ? fit(b, pid) : 0;

		if (b->stream != stream || (b->caller && e->caller && b->caller != e->caller))
			continue;
		if (jump < 0 || (!jump && !repeats(kind)))
			continue;
		if (mw_oom_ended(b) && !(kind >= MW_OOM_L_CHOSEN && (how > 0 || b->r.group)))
			continue;
		if (best && (how < best_fit || (how == best_fit && jump > best_jump)))
			continue;
		if (best && how == best_fit && jump == best_jump && !repeats(kind))
			continue; /* the older one was first */
		best = b;
		best_fit = how;
		best_jump = jump;
	}
	return best;
}
