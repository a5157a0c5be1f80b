/* procps' vmstat, a line per interval:
 *
 *	procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 *	 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 *	 0  0      0 7743608   1112  92168    0    0     0     0   52  152  0  1 100  0  0
 *
 * Each line is a moment; the rates of the first are averages since boot. With -a "inact" and
 * "active" stand in place of "buff" and "cache". */
#include "transcript/format.h"

enum { FEWEST = 14, MOST_ROWS = 256 };

static bool is_header(struct slice line, struct mw_columns *c)
{
	return mw_columns_header(line, c) >= FEWEST && mw_columns_find(c, "swpd") < c->count &&
	       mw_columns_find(c, "si") < c->count && mw_columns_find(c, "so") < c->count;
}

static bool is_row(const struct mw_columns *c, struct slice line, struct slice *cells)
{
	struct slice rest = line, word;
	struct mw_quantity q;
	size_t n = 0;

	/* -t puts a time behind */
	for (; n < c->count && slice_token(&rest, &word); n++) {
		if (!mw_quantity_parse(word, 1024, &q))
			break;
		cells[n] = word;
	}
	return n >= FEWEST;
}

static bool is_banner(struct slice line)
{
	line = slice_trim(line);
	return slice_begins(line, "procs") && slice_after(&line, "memory");
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t n = line + is_banner(paste->lines[line].text), end;
	struct slice cells[MW_COLUMNS];
	struct mw_columns c;

	if (n >= paste->count || !is_header(paste->lines[n].text, &c))
		return 0;
	/* a long run repeats its headers */
	for (end = ++n; n < paste->count; n++) {
		struct slice text = paste->lines[n].text;
		struct mw_columns again;

		if (is_row(&c, text, cells)) {
			end = n + 1;
			b->keys++;
		} else if (!is_banner(text) && !is_header(text, &again)) {
			break;
		}
	}
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

static const struct {
	const char *name;
	enum mw_metric metric;
} columns[] = {
	{ "free", M_MEM_FREE }, { "buff", M_BUFFERS },
	{ "swpd", MW_METRICS }, { "cache", MW_METRICS }, /* with reclaimable slab */
	{ "si", MW_METRICS },   { "so", MW_METRICS },
};

/* "-S m" and so on: what the memory columns count. */
static uint64_t unit_of(const struct mw_paste_command *c)
{
	struct slice rest = c ? c->arguments : (struct slice){ "", 0 }, word, unit;

	while (slice_token(&rest, &word)) {
		if (!slice_begins(word, "-S"))
			continue;
		unit = slice_skip(word, 2);
		if (!unit.len && !slice_token(&rest, &unit))
			break;
		return slice_is(unit, "k")   ? 1000
		       : slice_is(unit, "m") ? 1000000
		       : slice_is(unit, "M") ? 1 << 20
					     : 1 << 10;
	}
	return 1 << 10;
}

static int read_row(struct mw_reading *r, const struct mw_columns *c, const struct slice *cells,
		    uint64_t unit)
{
	struct mw_entity *node = mw_reading_node(r);
	int error = 0;

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns) && !error; i++) {
		size_t at = mw_columns_find(c, columns[i].name);
		struct mw_quantity q;

		if (at >= FEWEST || !mw_quantity_parse(cells[at], 1024, &q) ||
		    q.value > UINT64_MAX / unit)
			continue;
		error = mw_reading_print(r, node, columns[i].metric, columns[i].name,
					 q.value * unit, unit > 1024 ? unit : 0, MW_NEAREST);
	}
	return error;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	uint64_t unit = unit_of(b->command);
	struct slice cells[MW_COLUMNS];
	struct mw_columns c = { .count = 0 };
	size_t rows = 0;
	int error = 0;

	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice text = mw_block_line(r, b, i)->text;
		struct mw_columns header;

		if (is_header(text, &header)) {
			c = header;
			continue;
		}
		if (!is_row(&c, text, cells) || rows++ >= MOST_ROWS)
			continue;
		if (rows > 1)
			error = mw_reading_moment(r);
		if (!error)
			error = read_row(r, &c, cells, unit);
	}
	return error;
}

const struct mw_format mw_format_vmstat = {
	.id = "vmstat-N",
	.name = N_("vmstat"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
