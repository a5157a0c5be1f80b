#include "collect/process/smaps.h"

#include <errno.h>

bool mw_map_parse(struct slice line, struct mw_map *out)
{
	struct mw_map m;

	if (!slice_hex(&line, &m.start) || !slice_word(&line, "-") || !slice_hex(&line, &m.end) ||
	    m.end < m.start || !slice_token(&line, &m.perms) || m.perms.len != 4 ||
	    !slice_hex(&line, &m.offset) || !slice_hex(&line, &m.major) ||
	    !slice_word(&line, ":") || !slice_hex(&line, &m.minor) || !slice_u64(&line, &m.inode))
		return false;
	/* padding of blanks; a path begins with "/", other names with "[" */
	slice_skip_blanks(&line);
	m.name = line;
	*out = m;
	return true;
}

/* The mappings of a text, one by one. */
struct walk {
	struct slice rest;
	struct mw_map map;    /* of the mapping last taken */
	struct slice details; /* its lines of smaps; empty in maps */
	uint32_t line;        /* number of its first line; 0 = none yet */
	uint32_t lines;       /* lines taken so far */
};

/* Keys begin with a capital, addresses do not. */
static bool may_be_map(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool next_mapping(struct walk *w)
{
	struct slice line, ahead;

	do {
		if (!slice_line(&w->rest, &line))
			return false;
		w->lines++;
	} while (!mw_map_parse(line, &w->map));
	w->line = w->lines;
	w->details = (struct slice){ w->rest.at, 0 };
	for (ahead = w->rest; slice_line(&ahead, &line); w->rest = ahead) {
		struct mw_map map;

		if (line.len && may_be_map(*line.at) && mw_map_parse(line, &map))
			break;
		w->lines++;
		w->details.len = (size_t)(ahead.at - w->details.at);
	}
	return true;
}

static struct mw_entity *add_region(struct mw_snapshot *s, struct mw_entity *process,
				    const struct mw_map *m)
{
	char name[4352];
	struct slice rest = m->name;
	size_t len = 0;
	struct mw_entity *e;

	/* only newlines are escaped: a file really called \012 looks the same */
	while (rest.len && len < sizeof(name)) {
		if (slice_word(&rest, "\\012")) {
			name[len++] = '\n';
			continue;
		}
		name[len++] = *rest.at;
		rest = slice_skip(rest, 1);
	}
	e = mw_snapshot_add(s, MW_REGION, process, (struct slice){ name, len }, m->start, 0);
	if (!e)
		return NULL;
	mw_set(e, M_R_END, m->end);
	mw_set(e, M_R_SIZE, m->end - m->start);
	mw_set_text(s, e, M_R_PERMS, m->perms);
	mw_set(e, M_R_OFFSET, m->offset);
	mw_set(e, M_R_DEVICE, m->major << 20 | m->minor);
	mw_set(e, M_R_INODE, m->inode);
	return e;
}

static int bad(struct mw_parse_error *error, uint32_t line, const char *what)
{
	*error = (struct mw_parse_error){ line, what };
	return -EBADMSG;
}

int mw_smaps_parse(struct slice text, struct mw_snapshot *s, struct mw_entity *process,
		   struct mw_parse_error *error)
{
	struct walk w = { .rest = text };
	struct mw_keyed keyed;
	int result = 0;

	mw_keyed_init(&keyed, "smaps");
	while (next_mapping(&w)) {
		struct mw_entity *e = add_region(s, process, &w.map);
		struct slice flags = w.details, line;
		struct mw_parse_error at;
		int failed;

		if (!e)
			return -ENOMEM;
		failed = mw_keyed_parse(&keyed, w.details, 0, e, &at);
		if (failed && !result)
			result = bad(error, w.line + at.line, at.what);
		if (slice_after(&flags, "\nVmFlags:") && slice_line(&flags, &line))
			mw_set_text(s, e, M_R_VMFLAGS, slice_trim(line));
	}
	return result || w.line || !text.len ? result : bad(error, 1, N_("a mapping"));
}

static void add_up(struct mw_entity *sum, const struct mw_keyed *keyed,
		   const struct mw_entity *part)
{
	for (size_t i = 0; i < keyed->count; i++) {
		enum mw_metric m = keyed->places[i]->metric;
		struct mw_num n = mw_get(part, m);
		uint64_t total;

		if (mw_get(sum, m).state == MW_MALFORMED)
			continue;
		if (n.state == MW_OK && !__builtin_add_overflow(mw_get_or(sum, m, 0), n.v, &total))
			mw_set(sum, m, total);
		else if (n.state != MW_ABSENT)
			mw_set_state(sum, m, MW_MALFORMED);
	}
}

int mw_smaps_add(struct slice text, struct mw_entity *process, struct mw_parse_error *error)
{
	uint64_t values[MW_METRICS];
	uint8_t states[MW_METRICS];
	struct mw_entity part = { MW_PROCESS, .first = process->first, .values = values };
	struct walk w = { .rest = text };
	struct mw_keyed keyed;
	struct mw_num clean, dirty;
	int result = 0;

	part.states = states;
	mw_keyed_init(&keyed, "smaps_rollup");
	while (next_mapping(&w)) {
		struct mw_parse_error at;

		memset(states, 0, sizeof(states));
		if (mw_keyed_parse(&keyed, w.details, 0, &part, &at) && !result)
			result = bad(error, w.line + at.line, at.what);
		add_up(process, &keyed, &part);
	}
	clean = mw_get(process, M_P_PRIVATE_CLEAN);
	dirty = mw_get(process, M_P_PRIVATE_DIRTY);
	if (clean.state == MW_OK && dirty.state == MW_OK)
		mw_set(process, M_P_USS, clean.v + dirty.v);
	else
		mw_set_state(process, M_P_USS, clean.state == MW_OK ? dirty.state : clean.state);
	return result || w.line || !text.len ? result : bad(error, 1, N_("a mapping"));
}

int mw_smaps_total(struct slice text, struct mw_entity *process, struct mw_parse_error *error)
{
	struct mw_keyed keyed;

	mw_keyed_init(&keyed, "smaps_rollup");
	for (size_t i = 0; i < keyed.count; i++)
		mw_set_state(process, keyed.places[i]->metric, MW_ABSENT);
	return mw_smaps_add(text, process, error);
}

int mw_numa_maps_parse(struct slice text, struct mw_snapshot *s, size_t first,
		       struct mw_parse_error *error)
{
	size_t row = first, count = mw_snapshot_count(s, MW_REGION);
	struct slice line;
	uint32_t number = 0;
	int result = 0;

	while (slice_line(&text, &line)) {
		uint64_t start;

		number++;
		if (!slice_hex(&line, &start)) {
			result = result ? result : bad(error, number, N_("an address"));
			continue;
		}
		/* both are in the order of addresses; mappings may have come and gone between */
		while (row < count && mw_snapshot_at(s, MW_REGION, row)->id < start)
			row++;
		if (row < count && mw_snapshot_at(s, MW_REGION, row)->id == start)
			mw_set_text(s, mw_snapshot_at(s, MW_REGION, row), M_R_NUMA,
				    slice_trim(line));
	}
	return result;
}
