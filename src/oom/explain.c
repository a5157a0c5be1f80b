/* What follows from a report's numbers: why it came to that, who held the memory, whether the
 * kernel's choice is the one that its own rule makes. */
#include "oom/badness.h"
#include "oom/parts.h"

/* Limits count as reached from here on: a charge that failed was up to 64 pages. */
#define CHARGE ((uint64_t)512 << 10)

static bool known(uint64_t v)
{
	return v < MW_OOM_UNLIMITED;
}

static uint64_t or_zero(uint64_t v)
{
	return known(v) ? v : 0;
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* --- totalpages ------------------------------------------------------------------------------- */

/* What of swap a group may use. */
static uint64_t group_swap(const struct mw_oom_report *r, uint64_t swap_total)
{
	uint64_t most = known(r->memsw.limit) && known(r->memory.limit)
				? less(r->memsw.limit, r->memory.limit)
			: known(r->swap.limit) ? r->swap.limit
					       : MW_OOM_UNLIMITED;

	if (known(swap_total))
		return most < swap_total ? most : swap_total;
	if (known(most))
		return most;
	/* unlimited on a machine of unknown swap: none, unless some is used */
	if (or_zero(r->swap.usage) || less(or_zero(r->memsw.usage), or_zero(r->memory.usage)) ||
	    or_zero(r->stat[MW_OOM_S_SWAP]) || or_zero(r->task_sum.swap))
		return MW_OOM_NOT_TOLD;
	return 0;
}

static bool in_list(const char *list, uint64_t number)
{
	struct slice s = slice_of(list);
	uint64_t from, to;

	while (slice_u64(&s, &from)) {
		to = from;
		if (slice_word(&s, "-") && !slice_u64(&s, &to))
			return false;
		if (number >= from && number <= to)
			return true;
		slice_word(&s, ",");
	}
	return false;
}

/* The nodes that the task might use; NULL = all. */
static const char *nodes_of(const struct mw_oom_report *r)
{
	if (r->constraint == MW_OOM_MEMPOLICY)
		return r->nodemask;
	return r->constraint == MW_OOM_CPUSET ? r->mems_allowed : NULL;
}

/* Pages of RAM that the task might use. */
static uint64_t usable_ram(const struct mw_oom_building *b, uint64_t size)
{
	const struct mw_oom_report *r = &b->r;
	const char *nodes = nodes_of(r);
	uint64_t pages = 0;

	if (!nodes && known(r->info[MW_OOM_I_RAM]))
		return less(r->info[MW_OOM_I_RAM], or_zero(r->info[MW_OOM_I_RESERVED]));
	for (uint32_t i = 0; i < b->zone_count; i++)
		if (!nodes)
			pages += or_zero(b->zones[i].managed) / size;
		else if (in_list(nodes, b->zones[i].node))
			pages += or_zero(b->zones[i].present) / size;
	return pages ? pages : MW_OOM_NOT_TOLD;
}

uint64_t mw_oom_totalpages(const struct mw_oom_building *b)
{
	const struct mw_oom_report *r = &b->r;
	uint64_t size = b->page_size ? b->page_size : r->page_size;
	uint64_t swap_total = known(r->info[MW_OOM_I_SWAP_TOTAL]) ? r->info[MW_OOM_I_SWAP_TOTAL]
								  : b->swap_total;
	uint64_t ram, swap;

	if (r->constraint == MW_OOM_MEMCG) {
		swap = group_swap(r, swap_total);
		if (!known(r->memory.limit) || !known(swap))
			return MW_OOM_NOT_TOLD;
		return (r->memory.limit + swap) / size;
	}
	ram = usable_ram(b, size);
	return known(ram) ? ram + or_zero(swap_total) / size : MW_OOM_NOT_TOLD;
}

/* --- the cause -------------------------------------------------------------------------------- */

enum { DMA, DMA32, NORMAL, HIGHMEM, MOVABLE };
enum { GFP_DMA = 1, GFP_HIGHMEM = 2, GFP_DMA32 = 4, GFP_MOVABLE = 8 };

static unsigned level_of(const char *zone)
{
	static const char *const names[] = { "DMA", "DMA32", "Normal", "HighMem", "Movable" };
	unsigned i = 0;

	while (i < MOVABLE && strcmp(zone, names[i]) != 0)
		i++;
	return i;
}

/* The highest zone that will do. The bits have been the same since 2.6.32. */
static unsigned wanted_level(uint64_t gfp)
{
	if (gfp & GFP_DMA)
		return DMA;
	if (gfp & GFP_DMA32)
		return DMA32;
	if (gfp & GFP_HIGHMEM)
		return gfp & GFP_MOVABLE ? MOVABLE : HIGHMEM;
	return NORMAL;
}

/* What a zone keeps from requests that might be met higher up. */
static uint64_t reserve_of(const struct mw_oom_report *r, const struct mw_oom_zone *z,
			   unsigned level)
{
	uint64_t most = 0;
	bool high = false;

	for (uint32_t i = 0; i < r->zone_count; i++)
		high |= level_of(r->zones[i].name) == HIGHMEM;
	/* zones are numbered without those that the kernel was not built with: with HighMem there
	 * is no DMA32 */
	if (level < NORMAL || (high && level == NORMAL)) {
		unsigned at = high && level ? level - 1 : level;

		return at < z->reserves ? z->reserve[at] * r->page_size : 0;
	}
	for (uint32_t i = 0; i < z->reserves; i++)
		most = z->reserve[i] > most ? z->reserve[i] : most;
	return known(most) && most < UINT64_C(1) << 40 ? most * r->page_size : 0;
}

/* A request for one page would be met from here. */
static bool has_pages(const struct mw_oom_report *r, const struct mw_oom_zone *z, unsigned level)
{
	return known(z->free) && known(z->min) &&
	       less(z->free, z->free_cma + z->highatomic) > z->min + reserve_of(r, z, level);
}

static bool is_fragmented(const struct mw_oom_report *r)
{
	unsigned level = wanted_level(r->trigger.gfp);

	if (!r->trigger.has_gfp || r->trigger.order <= 0)
		return false;
	for (uint32_t i = 0; i < r->zone_count; i++) {
		const struct mw_oom_zone *z = &r->zones[i];

		if (level_of(z->name) <= level && has_pages(r, z, level) &&
		    (!z->has_blocks || !(z->usable >> r->trigger.order)))
			return true;
	}
	return false;
}

/* The zones that would do are empty, others are not. */
static bool is_zone(const struct mw_oom_report *r)
{
	unsigned level = wanted_level(r->trigger.gfp);
	bool elsewhere = false, eligible = false;

	if (!r->trigger.has_gfp)
		return false;
	for (uint32_t i = 0; i < r->zone_count; i++) {
		const struct mw_oom_zone *z = &r->zones[i];

		if (level_of(z->name) <= level) {
			eligible = true;
			if (has_pages(r, z, level))
				return false;
		} else {
			elsewhere |= known(z->free) && known(z->high) && z->free > z->high;
		}
	}
	return eligible && elsewhere;
}

/* Before Linux 5.0 the report does not say so, but shows only the nodes that might be used. */
static enum mw_oom_constraint guess_constraint(const struct mw_oom_report *r)
{
	uint64_t shown = 0, all;

	for (uint32_t i = 0; i < r->zone_count; i++)
		shown += or_zero(r->zones[i].managed);
	all = known(r->info[MW_OOM_I_RAM])
		      ? less(r->info[MW_OOM_I_RAM], or_zero(r->info[MW_OOM_I_RESERVED]))
		      : 0;
	if (shown && all && shown < all / 10 * 9) {
		if (r->nodemask)
			return MW_OOM_MEMPOLICY;
		if (r->cpuset && strcmp(r->cpuset, "/") != 0)
			return MW_OOM_CPUSET;
	}
	return MW_OOM_NONE;
}

static enum mw_oom_cause cause_of(const struct mw_oom_report *r)
{
	if (r->trigger.has_gfp && r->trigger.order == -1)
		return MW_OOM_REQUESTED;
	switch (r->constraint) {
	case MW_OOM_MEMCG:
		if (!r->limit_group || (!r->victim_group && r->victim_count))
			return MW_OOM_CAUSE_UNKNOWN;
		return !r->victim_group || !strcmp(r->victim_group, r->limit_group)
			       ? MW_OOM_OWN_LIMIT
			       : MW_OOM_ANCESTOR_LIMIT;
	case MW_OOM_CPUSET: return MW_OOM_BY_CPUSET;
	case MW_OOM_MEMPOLICY: return MW_OOM_BY_MEMPOLICY;
	case MW_OOM_NONE:
		if (is_fragmented(r))
			return MW_OOM_FRAGMENTATION;
		return is_zone(r) ? MW_OOM_ZONE : MW_OOM_MACHINE_FULL;
	default: return MW_OOM_CAUSE_UNKNOWN;
	}
}

static bool reached(const struct mw_oom_counter *c)
{
	return known(c->usage) && known(c->limit) && c->usage + CHARGE >= c->limit;
}

static enum mw_oom_limit limit_of(const struct mw_oom_report *r)
{
	/* where both are, nothing more could be swapped out */
	if (reached(&r->memsw) && (!reached(&r->memory) || r->memsw.limit > r->memory.limit))
		return MW_OOM_LIMIT_MEMSW;
	if (reached(&r->memory))
		return MW_OOM_LIMIT_MEMORY;
	return reached(&r->kmem) ? MW_OOM_LIMIT_KMEM : MW_OOM_LIMIT_MEMORY;
}

/* --- who held it ------------------------------------------------------------------------------ */

/* What tasks hold alone. Before Linux 6.9 the table has only the whole RSS. */
static uint64_t tasks_anon(const struct mw_oom_report *r)
{
	return known(r->task_sum.anon) ? r->task_sum.anon : r->task_sum.rss;
}

static void sum_group(struct mw_oom_report *r)
{
	struct mw_oom_sums *s = &r->sums;
	const uint64_t *v = r->stat;
	uint64_t lists = or_zero(v[MW_OOM_S_ACTIVE_ANON]) + or_zero(v[MW_OOM_S_INACTIVE_ANON]);

	s->total = r->memory.usage;
	s->processes = known(v[MW_OOM_S_ANON]) ? v[MW_OOM_S_ANON] : tasks_anon(r);
	s->shmem = v[MW_OOM_S_SHMEM];
	if (!known(s->shmem) && known(v[MW_OOM_S_ANON]) && known(v[MW_OOM_S_ACTIVE_ANON]))
		s->shmem = less(lists, v[MW_OOM_S_ANON]); /* tmpfs is on the anonymous lists */
	if (known(v[MW_OOM_S_FILE]))
		s->file = less(v[MW_OOM_S_FILE], or_zero(s->shmem));
	s->kernel = known(v[MW_OOM_S_KERNEL]) ? v[MW_OOM_S_KERNEL] : r->kmem.usage;
	if (!known(s->kernel) && known(v[MW_OOM_S_SLAB_UNRECLAIMABLE]))
		s->kernel = or_zero(v[MW_OOM_S_SLAB_RECLAIMABLE]) + v[MW_OOM_S_SLAB_UNRECLAIMABLE] +
			    or_zero(v[MW_OOM_S_KERNEL_STACK]) + or_zero(v[MW_OOM_S_PAGE_TABLES]) +
			    or_zero(v[MW_OOM_S_PERCPU]);
	if (known(s->kernel))
		s->kernel += or_zero(v[MW_OOM_S_SOCK]);
	s->swap = known(r->swap.usage) ? r->swap.usage
		  : known(r->memsw.usage) && known(r->memory.usage)
			  ? less(r->memsw.usage, r->memory.usage)
			  : v[MW_OOM_S_SWAP];
}

static void sum_machine(struct mw_oom_report *r)
{
	struct mw_oom_sums *s = &r->sums;
	const uint64_t *v = r->info;

	if (known(v[MW_OOM_I_RAM]))
		s->total = less(v[MW_OOM_I_RAM], or_zero(v[MW_OOM_I_RESERVED]));
	s->free = v[MW_OOM_I_FREE];
	s->shmem = v[MW_OOM_I_SHMEM];
	if (known(v[MW_OOM_I_ACTIVE_ANON]))
		s->processes = less(v[MW_OOM_I_ACTIVE_ANON] + or_zero(v[MW_OOM_I_INACTIVE_ANON]) +
					    or_zero(v[MW_OOM_I_ISOLATED_ANON]),
				    or_zero(s->shmem));
	/* locked memory is on no anonymous list */
	if (known(r->task_sum.anon) && (!known(s->processes) || r->task_sum.anon > s->processes))
		s->processes = r->task_sum.anon;
	if (known(v[MW_OOM_I_ACTIVE_FILE]))
		s->file = v[MW_OOM_I_ACTIVE_FILE] + or_zero(v[MW_OOM_I_INACTIVE_FILE]) +
			  or_zero(v[MW_OOM_I_ISOLATED_FILE]);
	if (known(v[MW_OOM_I_SLAB_UNRECLAIMABLE]))
		s->kernel = v[MW_OOM_I_SLAB_UNRECLAIMABLE] + or_zero(v[MW_OOM_I_SLAB_RECLAIMABLE]) +
			    or_zero(v[MW_OOM_I_PAGE_TABLES]) +
			    or_zero(v[MW_OOM_I_SEC_PAGE_TABLES]) +
			    or_zero(v[MW_OOM_I_KERNEL_STACK]);
	s->huge = v[MW_OOM_I_HUGETLB];
	if (known(v[MW_OOM_I_SWAP_TOTAL]) && known(v[MW_OOM_I_SWAP_FREE]))
		s->swap = less(v[MW_OOM_I_SWAP_TOTAL], v[MW_OOM_I_SWAP_FREE]);
}

static bool swap_full(const struct mw_oom_report *r)
{
	uint64_t total = r->info[MW_OOM_I_SWAP_TOTAL], free = r->info[MW_OOM_I_SWAP_FREE];

	if (r->constraint != MW_OOM_MEMCG)
		return known(total) && total && known(free) && free <= total / 100;
	return known(r->swap.limit) && r->swap.limit && reached(&r->swap);
}

/* Memory that nothing in the report accounts for: the kernel's own pages, drivers. */
static uint64_t rest_of(const struct mw_oom_sums *s)
{
	uint64_t parts = or_zero(s->processes) + or_zero(s->shmem) + or_zero(s->kernel) +
			 or_zero(s->file) + or_zero(s->huge) + or_zero(s->free);

	return known(s->total) ? less(s->total, parts) : 0;
}

static enum mw_oom_holder holder_of(const struct mw_oom_report *r)
{
	const struct mw_oom_sums *s = &r->sums;
	bool group = r->constraint == MW_OOM_MEMCG;
	uint64_t kernel = or_zero(s->kernel) + or_zero(s->huge) + (group ? 0 : rest_of(s));
	const struct {
		uint64_t v;
		enum mw_oom_holder who;
	} parts[] = {
		{ or_zero(s->processes), MW_OOM_HELD_PROCESSES },
		{ or_zero(s->shmem), MW_OOM_HELD_SHMEM },
		{ kernel, MW_OOM_HELD_KERNEL },
		{ or_zero(s->file), MW_OOM_HELD_FILE },
		{ swap_full(r) ? or_zero(s->swap) : 0, MW_OOM_HELD_SWAP },
	};
	size_t most = 0;

	if (!known(s->processes))
		return MW_OOM_HELD_UNKNOWN;
	for (size_t i = 1; i < sizeof(parts) / sizeof(*parts); i++)
		most = parts[i].v > parts[most].v ? i : most;
	/* asked for while there was memory: nothing was missing */
	if (r->cause == MW_OOM_REQUESTED && or_zero(s->free) > parts[most].v)
		return MW_OOM_HELD_UNKNOWN;
	/* what is not accounted for could be any of them */
	if (!parts[most].v || (group && rest_of(s) > parts[most].v))
		return MW_OOM_HELD_UNKNOWN;
	return parts[most].who;
}

static void sum(struct mw_oom_report *r)
{
	struct mw_oom_sums *s = &r->sums;

	s->total = s->processes = s->shmem = s->kernel = s->file = s->huge = s->free = s->unlisted =
		s->swap = MW_OOM_NOT_TOLD;
	if (r->constraint == MW_OOM_MEMCG)
		sum_group(r);
	else
		sum_machine(r);
	if (known(s->total) && r->has_table)
		s->unlisted = less(s->total, or_zero(s->free) + or_zero(r->task_sum.rss));
	r->held_by = holder_of(r);
}

/* --- why that one ----------------------------------------------------------------------------- */

static bool nearly(int64_t a, int64_t b, unsigned percent)
{
	int64_t most = a > b ? a : b, least = a > b ? b : a;

	return most - least <= (most > 0 ? most / 100 * percent : 0);
}

/* What may lie between two tasks that the kernel took for equal, or for the other way round: the
 * table is written after the choice was made, and whether root's old bonus of 3 % was given shows
 * nowhere. */
static unsigned slack(const struct mw_oom_report *r, const struct mw_oom_row *a,
		      const struct mw_oom_row *b)
{
	bool old = r->kernel ? mw_oom_rules(r->kernel).root_bonus : r->kernel_score != UINT32_MAX;

	return old && (!a->uid || !b->uid) ? 4 : 1;
}

static void judge_choice(struct mw_oom_report *r, bool old_adj)
{
	const struct mw_oom_row *top = r->task_count ? &r->tasks[0] : NULL, *it;
	uint32_t chosen = r->chosen ? r->chosen : r->victim_count ? r->victims[0].pid : 0;

	if (!r->victim_count) {
		r->choice = r->chosen ? MW_OOM_CHOICE_UNKNOWN : MW_OOM_CHOICE_NO_VICTIM;
		return;
	}
	if (r->asked_dies) {
		r->choice = MW_OOM_CHOICE_ASKED;
		return;
	}
	if (!top || !top->has_badness || old_adj)
		return;
	it = mw_oom_find_row(r, chosen);
	if (!it) {
		r->choice = r->tasks_listed > r->task_count ? MW_OOM_CHOICE_UNKNOWN
							    : MW_OOM_CHOICE_UNLISTED;
		return;
	}
	if (!it->has_badness)
		return;
	if (it == top)
		r->choice = MW_OOM_CHOICE_HIGHEST;
	else if (nearly(top->badness, it->badness, slack(r, top, it)))
		r->choice = MW_OOM_CHOICE_EQUAL;
	else if (it->swap == MW_OOM_NOT_TOLD && or_zero(r->sums.swap))
		return; /* before Linux 3.7 the table left out what counted */
	else
		r->choice = MW_OOM_CHOICE_OTHER;
	if (r->choice == MW_OOM_CHOICE_OTHER)
		r->expected = top->pid;
	else if (r->victims[0].pid != chosen)
		r->choice = MW_OOM_CHOICE_CHILD;
}

void mw_oom_explain(struct mw_oom_building *b)
{
	struct mw_oom_report *r = &b->r;

	if (r->constraint == MW_OOM_CONSTRAINT_UNKNOWN && known(r->info[MW_OOM_I_FREE]))
		r->constraint = guess_constraint(r);
	r->cause = cause_of(r);
	r->limit_kind = limit_of(r);
	sum(r);
	judge_choice(r, b->old_adj);
}
