/* Logs tell of one kill more than once: the ring buffer and the journal, two daemons, a file given
 * twice, a report cut in two by a rotation. */
#include "oom/parts.h"

#include <stdlib.h>

/* s between what two clocks of one machine stamp on the same message */
enum { SAME_TIME = 5 };

static bool equal_if_known(uint64_t a, uint64_t b)
{
	return a == MW_OOM_NOT_TOLD || b == MW_OOM_NOT_TOLD || a == b;
}

static bool same_machine(const struct mw_oom_report *a, const struct mw_oom_report *b)
{
	return !a->host || !b->host || !strcmp(a->host, b->host);
}

/* 1 the same, 0 cannot tell, -1 different. */
static int same_time(const struct mw_oom_report *a, const struct mw_oom_report *b)
{
	if (a->uptime != UINT64_MAX && b->uptime != UINT64_MAX) {
		uint64_t apart = a->uptime > b->uptime ? a->uptime - b->uptime
						       : b->uptime - a->uptime;

		return apart <= SAME_TIME * UINT64_C(1000000) ? 1 : -1;
	}
	if (a->time && b->time) {
		int64_t apart = a->time > b->time ? a->time - b->time : b->time - a->time;

		/* a clock without a zone may be off by hours, but by whole quarters of them */
		apart %= INT64_C(900) * 1000000000;
		return apart <= SAME_TIME * INT64_C(1000000000) ||
				       apart >= (900 - SAME_TIME) * INT64_C(1000000000)
			       ? 1
			       : -1;
	}
	return 0;
}

static bool same_victim(const struct mw_oom_report *a, const struct mw_oom_report *b)
{
	const struct mw_oom_row *x = a->victims, *y = b->victims;

	if (!a->victim_count || !b->victim_count)
		return false;
	return x->pid == y->pid && !strcmp(x->name, y->name) &&
	       equal_if_known(x->total_vm, y->total_vm) && equal_if_known(x->anon, y->anon);
}

/* A piece that only announces a death, of a report that tells of it. */
static bool announces(const struct mw_oom_report *piece, const struct mw_oom_report *whole)
{
	return !piece->victim_count && !piece->trigger.has_gfp && piece->chosen &&
	       whole->victim_count &&
	       (piece->chosen == whole->victims->pid || piece->chosen == whole->chosen);
}

/* Nobody died in either: the same request, the same numbers. */
static bool same_request(const struct mw_oom_report *a, const struct mw_oom_report *b)
{
	return !a->victim_count && !b->victim_count && a->trigger.pid && b->trigger.pid &&
	       a->trigger.pid == b->trigger.pid && !strcmp(a->trigger.name, b->trigger.name) &&
	       equal_if_known(a->memory.usage, b->memory.usage) &&
	       equal_if_known(a->info[MW_OOM_I_FREE], b->info[MW_OOM_I_FREE]);
}

static bool same(const struct mw_oom_report *a, const struct mw_oom_report *b)
{
	int when = same_time(a, b);

	if (!same_machine(a, b) || when < 0)
		return false;
	/* without a common clock the numbers must speak */
	if (!when && a->victim_count && b->victim_count &&
	    (a->victims->total_vm == MW_OOM_NOT_TOLD || b->victims->total_vm == MW_OOM_NOT_TOLD))
		return false;
	return same_victim(a, b) || same_request(a, b) || announces(a, b) || announces(b, a);
}

/* How much of it is there. */
static unsigned worth(const struct mw_oom_report *r)
{
	return (r->complete ? 8u : 0) + (r->has_table ? 4u : 0) + (r->trigger.has_gfp ? 2u : 0) +
	       (r->victim_count ? 1u : 0);
}

/* What only the other one knew. */
static void absorb(struct mw_oom_report *r, const struct mw_oom_report *other)
{
	if (r->uptime == UINT64_MAX)
		r->uptime = other->uptime;
	if (!r->time)
		r->time = other->time;
	if (!r->stamp)
		r->stamp = other->stamp;
	if (!r->host)
		r->host = other->host;
	r->reaped |= other->reaped;
	r->seen += other->seen;
}

static int in_time(const void *x, const void *y)
{
	const struct mw_oom_report *a = *(struct mw_oom_report *const *)x;
	const struct mw_oom_report *b = *(struct mw_oom_report *const *)y;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	if (a->uptime != b->uptime)
		return a->uptime < b->uptime ? -1 : 1;
	return a->first_line < b->first_line ? -1 : a->first_line > b->first_line;
}

/* Pieces of a report that do not even say that somebody died, or was to, are no kill. */
static bool is_kill(const struct mw_oom_report *r)
{
	return r->victim_count || r->chosen || r->panic || *r->trigger.name;
}

size_t mw_oom_join(struct mw_oom_report **reports, size_t count)
{
	size_t kept = 0;
	bool timed = true, up = true;

	for (size_t i = 0; i < count; i++) {
		size_t at = 0;

		if (!is_kill(reports[i]))
			continue;
		while (at < kept && !same(reports[at], reports[i]))
			at++;
		if (at == kept) {
			reports[kept++] = reports[i];
		} else if (worth(reports[i]) > worth(reports[at])) {
			absorb(reports[i], reports[at]);
			reports[at] = reports[i];
		} else {
			absorb(reports[at], reports[i]);
		}
	}
	for (size_t i = 0; i < kept; i++) {
		timed &= reports[i]->time != 0;
		up &= reports[i]->uptime != UINT64_MAX;
	}
	if (timed || up)
		qsort(reports, kept, sizeof(*reports), in_time);
	return kept;
}
