#include "bpf/slots.h"

#include <errno.h>
#include <string.h>

static const char *const sums[] = { "slab", "pgscan", "pgsteal" };

void mw_slots_init(struct mw_slots *s, uint32_t states, uint32_t events, uint32_t page_size)
{
	*s = (struct mw_slots){ .states = states, .events = events, .page_size = page_size };
}

static uint64_t first_bits(uint32_t count)
{
	return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

/* Counts have no other unit than one, and sizes are no events. */
static void may_be_all(const struct mw_slots *s, struct mw_slot_line *line)
{
	uint64_t states = first_bits(s->states);

	line->once = line->twice = (struct mw_slot_set){ .event = 0 };
	line->set = (struct mw_slot_set){ .state = { states } };
	if (line->bytes)
		line->set.state[1] = line->set.state[2] = states;
	else
		line->set.event = first_bits(s->events);
}

struct mw_slot_line *mw_slots_line(struct mw_slots *s, struct slice key, bool bytes)
{
	struct mw_slot_line *line;

	for (size_t i = 0; i < s->count; i++)
		if (slice_is(key, s->at[i].key))
			return &s->at[i];
	if (s->count == MW_SLOT_LINES || key.len >= MW_SLOT_KEY)
		return NULL;
	line = &s->at[s->count++];
	*line = (struct mw_slot_line){ .bytes = bytes };
	memcpy(line->key, key.at, key.len);
	may_be_all(s, line);
	return line;
}

static void add_parts(struct mw_slots *s, struct mw_slot_line *sum)
{
	size_t len = strlen(sum->key);

	sum->part_count = 0;
	for (size_t i = 0; i < s->count && sum->part_count < MW_SLOT_PARTS; i++)
		if (!strncmp(s->at[i].key, sum->key, len) && s->at[i].key[len] == '_')
			sum->parts[sum->part_count++] = (uint8_t)i;
}

void mw_slots_sums(struct mw_slots *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < sizeof(sums) / sizeof(*sums); k++)
			if (!strcmp(s->at[i].key, sums[k]))
				add_parts(s, &s->at[i]);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static uint64_t unit_of(const struct mw_slots *s, size_t unit)
{
	return unit == 2 ? s->page_size : unit ? 1024 : 1;
}

/* The kernel shows a number that is below zero for a moment as zero. */
static uint64_t shown(int64_t v, uint64_t unit)
{
	return v > 0 ? (uint64_t)v * unit : 0;
}

/* What one text says of slots of one unit. */
struct evidence {
	const __s64 *before, *after;
	uint64_t unit, text;
};

/* Strike those of `set` that held another number than the text before and after. */
static void strike(uint64_t *set, uint64_t *once, uint64_t *twice, const struct evidence *e)
{
	for (uint64_t left = *set; left; left &= left - 1) {
		uint64_t bit = left & -left;
		int slot = __builtin_ctzll(left);

		if (e->before[slot] != e->after[slot])
			continue;
		if (shown(e->before[slot], e->unit) == e->text) {
			/* that zero is zero says little */
			*once &= e->text ? ~bit : ~UINT64_C(0);
			*twice &= e->text ? ~bit : ~UINT64_C(0);
		} else if (*twice & bit) {
			*set &= ~bit;
		} else if (*once & bit) {
			*once &= ~bit;
			*twice |= bit;
		} else {
			*once |= bit;
		}
	}
}

static bool is_empty(const struct mw_slot_set *set)
{
	return !(set->state[0] | set->state[1] | set->state[2] | set->event);
}

static int check_sum(const struct mw_slots *s, const struct mw_slot_line *line, uint64_t text,
		     const struct mw_group_slots *before, const struct mw_group_slots *after)
{
	uint64_t first, second;

	if (mw_slots_value(s, line, before, &first) || mw_slots_value(s, line, after, &second))
		return 0;
	return first == second && first != text ? -EBADMSG : 0;
}

int mw_slots_learn(struct mw_slots *s, struct mw_slot_line *line, uint64_t text,
		   const struct mw_group_slots *before, const struct mw_group_slots *after)
{
	struct mw_slot_set *set = &line->set;

	if (line->part_count)
		return check_sum(s, line, text, before, after);
	for (size_t unit = 0; unit < MW_SLOT_UNITS; unit++)
		strike(&set->state[unit], &line->once.state[unit], &line->twice.state[unit],
		       &(struct evidence){ before->state, after->state, unit_of(s, unit), text });
	strike(&set->event, &line->once.event, &line->twice.event,
	       &(struct evidence){ before->event, after->event, 1, text });
	if (!is_empty(set))
		return 0;
	may_be_all(s, line);
	s->lost++;
	return -EBADMSG;
}

/* --- a line's number -------------------------------------------------------------------------- */

struct finding {
	uint64_t v;
	bool any, differ;
};

static void look(struct finding *f, uint64_t set, const __s64 *slots, uint64_t unit)
{
	for (; set && !f->differ; set &= set - 1) {
		uint64_t v = shown(slots[__builtin_ctzll(set)], unit);

		f->differ = f->any && v != f->v;
		f->any = true;
		f->v = v;
	}
}

static int sum_of(const struct mw_slots *s, const struct mw_slot_line *line,
		  const struct mw_group_slots *slots, uint64_t *out)
{
	uint64_t sum = 0, part;

	for (size_t i = 0; i < line->part_count; i++) {
		if (mw_slots_value(s, &s->at[line->parts[i]], slots, &part))
			return -EAGAIN;
		sum += part;
	}
	*out = sum;
	return 0;
}

int mw_slots_value(const struct mw_slots *s, const struct mw_slot_line *line,
		   const struct mw_group_slots *slots, uint64_t *out)
{
	struct finding f = { 0 };

	if (line->part_count)
		return sum_of(s, line, slots, out);
	for (size_t unit = 0; unit < MW_SLOT_UNITS; unit++)
		look(&f, line->set.state[unit], slots->state, unit_of(s, unit));
	look(&f, line->set.event, slots->event, 1);
	if (f.differ || !f.any)
		return -EAGAIN;
	*out = f.v;
	return 0;
}
