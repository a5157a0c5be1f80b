/* A row of the kernel's numbers into the cells that the group's files would have filled. */
#include "collect/cgroup/fast.h"

#include <errno.h>
#include <stddef.h>

/* No machine has 2^62 bytes: as in cgroup1.c. */
static const uint64_t unlimited = (uint64_t)1 << 62;

struct field {
	enum mw_metric metric;
	uint16_t at;
	bool pages;
};

#define FIELD(metric, member, pages)                                 \
	{                                                            \
		metric, offsetof(struct mw_group_row, member), pages \
	}

/* At most 64: struct mw_slots.given has a bit for each. */
static const struct field v1[] = {
	FIELD(M_CG_USAGE, usage, true),
	FIELD(M_CG_KERNEL, kmem, true),
	FIELD(M_CG_MEMSW_USAGE, swap, true),
	FIELD(M_CG_MEMSW_LIMIT, swap_max, true),
	FIELD(M_CG_PEAK, watermark, true),
	FIELD(M_CG_OOM_KILL_DISABLE, oom_kill_disable, false),
	FIELD(M_CG_UNDER_OOM, under_oom, false),
	FIELD(M_CG_OOM_KILLS, own_kills, false),
	FIELD(M_CG_SWAPPINESS, swappiness, false),
	FIELD(M_CG_FAILCNT, failcnt, false),
	FIELD(M_CG_LIMIT, max, true),
};

static const struct field v2[] = {
	FIELD(M_CG_USAGE, usage, true),
	FIELD(M_CG_SWAP, swap, true),
	FIELD(M_CG_HIGH, high, true),
	FIELD(M_CG_LOW, low, true),
	FIELD(M_CG_MIN, min, true),
	FIELD(M_CG_SWAP_LIMIT, swap_max, true),
	FIELD(M_CG_PEAK, watermark, true),
	FIELD(M_CG_EVENTS_LOW, events[0], false),
	FIELD(M_CG_EVENTS_HIGH, events[1], false),
	FIELD(M_CG_EVENTS_MAX, events[2], false),
	FIELD(M_CG_EVENTS_OOM, events[3], false),
	FIELD(M_CG_OOM_KILLS, events[4], false),
	FIELD(M_CG_OOM_GROUP_KILLS, events[5], false),
	FIELD(M_CG_OOM_GROUP, oom_group, false),
	FIELD(M_CG_LIMIT, max, true),
};

static const struct field *fields_of(int version, size_t *count)
{
	*count = version == 1 ? sizeof(v1) / sizeof(*v1) : sizeof(v2) / sizeof(*v2);
	return version == 1 ? v1 : v2;
}

uint64_t mw_group_given(const struct mw_entity *text, int version)
{
	size_t count;
	const struct field *fields = fields_of(version, &count);
	uint64_t given = 0;

	for (size_t i = 0; i < count; i++)
		if (mw_get(text, fields[i].metric).state != MW_ABSENT)
			given |= (uint64_t)1 << i;
	return given;
}

void mw_group_forget(struct mw_entity *e)
{
	for (enum mw_metric m = mw_metric_first(e->kind); m < mw_metric_end(e->kind); m++)
		mw_set_state(e, m, MW_ABSENT);
}

/* --- the plan --------------------------------------------------------------------------------- */

static bool is_single(const struct mw_slot_set *set)
{
	return __builtin_popcountll(set->state[0]) + __builtin_popcountll(set->state[1]) +
		       __builtin_popcountll(set->state[2]) + __builtin_popcountll(set->event) ==
	       1;
}

static void plan_single(struct mw_group_cell *cell, const struct mw_slots *slots,
			const struct mw_slot_set *set)
{
	for (int unit = 0; unit < MW_SLOT_UNITS; unit++)
		if (set->state[unit]) {
			cell->unit = unit == 2 ? slots->page_size : unit ? 1024 : 1;
			cell->slot = (uint16_t)__builtin_ctzll(set->state[unit]);
			return;
		}
	cell->unit = 1;
	cell->slot = (uint16_t)(MW_GROUP_STATES + __builtin_ctzll(set->event));
}

static void plan_others(struct mw_group_cell *cell, const struct mw_slots *slots,
			const struct mw_slot_line *line)
{
	for (size_t i = 0; i < line->part_count; i++)
		plan_others(cell, slots, &slots->at[line->parts[i]]);
	if (line->part_count)
		return;
	cell->states |= line->set.state[0] | line->set.state[1] | line->set.state[2];
	cell->events |= line->set.event;
}

void mw_group_plan(struct mw_group_plan *plan, const struct mw_slots *slots, int version)
{
	plan->slots = slots;
	plan->version = version;
	plan->count = 0;
	for (size_t i = 0; i < slots->count; i++) {
		const struct mw_slot_line *line = &slots->at[i];
		struct mw_group_cell cell = { .all = line->all, .own = line->own, .line = line };

		if (cell.all == MW_METRICS && cell.own == MW_METRICS)
			continue;
		if (!line->part_count && is_single(&line->set))
			plan_single(&cell, slots, &line->set);
		else
			plan_others(&cell, slots, line);
		plan->cells[plan->count++] = cell;
	}
}

/* --- cells ------------------------------------------------------------------------------------ */

/* A group's slots, and which of them are above zero. */
struct reading {
	const struct mw_group_slots *slots;
	uint64_t states, events;
};

static uint64_t positive(const __s64 *slots, uint32_t count)
{
	uint64_t bits = 0;

	for (uint32_t i = 0; i < count; i++)
		bits |= (uint64_t)(slots[i] > 0) << i;
	return bits;
}

static struct reading reading_of(const struct mw_group_plan *plan,
				 const struct mw_group_slots *slots)
{
	return (struct reading){ slots, positive(slots->state, plan->slots->states),
				 positive(slots->event, plan->slots->events) };
}

static int put(const struct mw_group_plan *plan, const struct mw_group_cell *cell,
	       const struct reading *r, struct mw_entity *e, enum mw_metric metric)
{
	bool blank = !(cell->states & r->states || cell->events & r->events);
	uint64_t sum = 0;
	int64_t v;

	if (cell->unit) {
		v = cell->slot < MW_GROUP_STATES ? r->slots->state[cell->slot]
						 : r->slots->event[cell->slot - MW_GROUP_STATES];
		mw_set(e, metric, v > 0 ? (uint64_t)v * cell->unit : 0);
		return 0;
	}
	if (!blank && mw_slots_value(plan->slots, cell->line, r->slots, &sum))
		return -EAGAIN;
	mw_set(e, metric, sum);
	return 0;
}

static int put_slots(const struct mw_group_plan *plan, const struct mw_group_row *row,
		     struct mw_entity *e)
{
	struct reading all = reading_of(plan, &row->all);
	struct reading own = plan->version == 1 ? reading_of(plan, &row->local) : all;
	int error = 0;

	for (size_t i = 0; i < plan->count; i++) {
		const struct mw_group_cell *cell = &plan->cells[i];

		if (cell->all != MW_METRICS)
			error |= put(plan, cell, &all, e, cell->all);
		if (cell->own != MW_METRICS)
			error |= put(plan, cell, &own, e, cell->own);
	}
	return error;
}

static void put_fields(const struct mw_group_plan *plan, const struct mw_group_row *row,
		       struct mw_entity *e)
{
	uint64_t page_size = plan->slots->page_size;
	size_t count;
	const struct field *fields = fields_of(plan->version, &count);

	for (size_t i = 0; i < count; i++) {
		uint64_t v;

		if (!(plan->slots->given >> i & 1))
			continue;
		memcpy(&v, (const char *)row + fields[i].at, sizeof(v));
		if (!fields[i].pages)
			mw_set(e, fields[i].metric, v);
		else if (v >= unlimited / page_size)
			mw_set_state(e, fields[i].metric, MW_UNLIMITED);
		else
			mw_set(e, fields[i].metric, v * page_size);
	}
}

/* The smallest limit up to the root, which a container may not see: its top's text tells. */
static void put_smallest(struct mw_entity *e, enum mw_metric smallest, enum mw_metric limit)
{
	struct mw_num own = mw_get(e, limit), above = mw_get(e->parent, smallest);

	if (above.state == MW_OK && (own.state != MW_OK || above.v < own.v))
		mw_set(e, smallest, above.v);
	else if (above.state == MW_OK || above.state == MW_UNLIMITED)
		own.state == MW_OK ? mw_set(e, smallest, own.v)
				   : mw_set_state(e, smallest, own.state);
}

int mw_group_fill(const struct mw_group_plan *plan, const struct mw_group_row *row,
		  struct mw_entity *e)
{
	int error;

	if (!(row->flags & MW_GROUP_UNCOUNTED))
		mw_set(e, M_CG_PROCESSES, row->processes);
	if (!(row->flags & MW_GROUP_MEMORY))
		return 0;
	put_fields(plan, row, e);
	error = put_slots(plan, row, e);
	if (plan->version == 1 && e->parent) {
		put_smallest(e, M_CG_HIERARCHICAL_LIMIT, M_CG_LIMIT);
		put_smallest(e, M_CG_HIERARCHICAL_MEMSW_LIMIT, M_CG_MEMSW_LIMIT);
		/* before Linux 5.11, without this walk, a group could do without */
		mw_set(e, M_CG_USE_HIERARCHY, 1);
	}
	return error ? -EAGAIN : 0;
}
