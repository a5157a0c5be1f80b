/* /proc/zoneinfo (mm/vmstat.c zoneinfo_show_print()), whole or what grep left of it. */
#include "base/buf.h"
#include "collect/node/node.h"
#include "transcript/formats/kernel/zone.h"

/* What stands in a zone beside "word number". */
static const char *const others[] = { "pages free ", "per-node stats", "pagesets",
				      "protection:", "vm stats threshold:" };

static bool is_body(struct slice line)
{
	struct slice key;
	struct mw_quantity q;

	line = slice_trim(line);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (slice_begins(line, others[i]))
			return true;
	return line.len && *line.at >= 'a' && *line.at <= 'z' && mw_key_line(line, &key, &q) &&
	       !q.unit;
}

struct run {
	struct slice first; /* zone; empty: none yet */
	size_t lines;       /* of its body */
	bool indented;      /* the kernel's blanks are there: what has none is another file */
};

static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct run *run = context;
	struct slice line = mw_line_bare(l), zone;
	bool indented = line.len && slice_blank(*line.at);

	if (mw_zone_head(&line, &zone)) {
		if (slice_trim(line).len || slice_equal(zone, run->first))
			return false;
		if (!run->first.len)
			run->first = zone;
		return true;
	}
	if (!run->first.len || !is_body(line))
		return false;
	if (!run->lines++)
		run->indented = indented;
	return indented || !run->indented;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct run run = { .lines = 0 };
	size_t lines = mw_block_run(paste, line, is_next, &run, b);

	b->certainty = MW_SURE;
	return run.lines ? lines : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct state {
	struct buf text;
	bool in_node, in_zone, in_cpus, cut;
};

static void put(struct state *t, struct slice line)
{
	buf_add(&t->text, line);
	buf_char(&t->text, '\n');
}

/* Where grep took away the line that says what follows, put it back, or leave out what could be
 * either the node's or the zone's. */
static void add(struct state *t, struct slice line)
{
	struct slice head = line, zone;

	if (mw_zone_head(&head, &zone)) {
		t->in_node = t->in_zone = t->in_cpus = false;
	} else if (slice_begins(line, "per-node stats")) {
		t->in_node = true;
	} else if (slice_begins(line, "pages free")) {
		t->in_zone = true;
	} else if (slice_begins(line, "pagesets")) {
		t->in_cpus = true;
	} else if (!t->in_node && !t->in_zone && slice_begins(line, "nr_") &&
		   !slice_begins(line, "nr_zone_") && !slice_begins(line, "nr_free_")) {
		return;
	} else if (!t->in_cpus && (slice_begins(line, "cpu:") || slice_begins(line, "count:") ||
				   slice_begins(line, "high:"))) {
		t->in_cpus = true;
		put(t, SLICE("pagesets"));
	}
	/* a sum over some of the processors is none */
	if (!t->in_cpus || !t->cut)
		put(t, line);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct state t = { .cut = b->cut };
	struct mw_parse_error at;
	int error;

	for (size_t i = 0; i < b->lines; i++)
		if (mw_block_line(r, b, i)->kind == MW_LINE_TEXT)
			add(&t, slice_trim(mw_line_bare(mw_block_line(r, b, i))));
	error = t.text.error ? t.text.error : mw_parse_zoneinfo(r->s, buf_slice(&t.text), &at);
	buf_release(&t.text);
	return error;
}

const struct mw_format mw_format_zoneinfo = {
	.id = "zoneinfo",
	.name = N_("/proc/zoneinfo"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
