/* The mappings of a process: /proc/PID/maps, smaps, smaps_rollup (fs/proc/task_mmu.c), whole or what
 * grep left of them. Files of many megabytes are read as they come (bulk.c). */
#include "base/scoped.h"
#include "collect/process/smaps.h"
#include "transcript/formats/process/proc_file.h"

#include <errno.h>

enum { ROLLUP = 1, SMAPS, MAPS, EXTRACT };
enum { LOOK_AHEAD = 32 };

struct row {
	struct slice text, path; /* without what grep put in front */
	struct slice key;        /* of "Pss: 4 kB"; empty: a mapping */
	struct mw_map map;
};

/* Lines of smaps that no metric has. */
static const char *const others[] = { "Size", "THPeligible", "ProtectionKey", NULL };
static const struct mw_key_set mapping_keys = { "smaps", others, NULL };
static const struct mw_key_set rollup_keys = { "smaps_rollup", NULL, NULL };

static bool is_rollup(const struct row *row)
{
	return !row->key.len && slice_is(row->map.name, "[rollup]");
}

static bool is_detail(struct slice text, struct slice *key)
{
	struct slice rest = text;
	struct mw_quantity q;

	if (!slice_until(&rest, ':', key))
		return false;
	if (slice_is(*key, "VmFlags"))
		return true;
	return (mw_key_known(&mapping_keys, *key) || mw_key_known(&rollup_keys, *key)) &&
	       mw_key_line(text, key, &q);
}

static bool take(const struct mw_paste_line *l, struct row *out)
{
	struct row row = { .text = slice_trim(l->text), .path = { "", 0 }, .key = { "", 0 } };
	char c;

	if (l->kind != MW_LINE_TEXT)
		return false;
	mw_proc_file_prefix(&row.text, &row.path);
	row.text = slice_trim(row.text);
	c = row.text.len ? *row.text.at : 0;
	if (c >= 'A' && c <= 'Z' ? !is_detail(row.text, &row.key)
				 : !mw_map_parse(row.text, &row.map))
		return false;
	*out = row;
	return true;
}

/* Lines without a mapping in front could be of meminfo: only a command or its words tell. */
static bool likely(const struct mw_paste *p, size_t line, const struct mw_paste_command *hint,
		   const struct row *first)
{
	bool pss = false;
	size_t keys = 0;
	struct row row;

	if (!first->key.len || mw_proc_file_is(first->path, hint, "smaps") ||
	    mw_proc_file_is(first->path, hint, "smaps_rollup"))
		return true;
	for (size_t i = line; i < p->count && i - line < LOOK_AHEAD && take(&p->lines[i], &row);
	     i++) {
		keys++;
		pss |= slice_is(row.key, "Pss") || !row.key.len;
	}
	return pss && keys > 2;
}

/* "--" stands between what `grep -A` found. */
static bool is_gap(const struct mw_paste_line *l)
{
	return l->kind == MW_LINE_ELLIPSIS || slice_is(slice_trim(l->text), "--");
}

struct seen {
	struct row first, last; /* `last` is of a mapping */
	size_t maps, details, repeats;
	bool rollup, gap;
	bool alone; /* a file that holds each key once */
};

/* Does another process' text begin here? */
static bool begins_anew(const struct seen *seen, const struct row *row)
{
	if (!slice_equal(row->path, seen->first.path))
		return true;
	if (row->key.len)
		return seen->alone && slice_equal(row->key, seen->first.key);
	return is_rollup(row) || seen->rollup ||
	       (seen->maps && row->map.start < seen->last.map.end);
}

static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct seen *seen = context;
	struct row row;

	if (is_gap(l))
		return seen->gap = true;
	if (!take(l, &row))
		return false;
	if (!seen->maps && !seen->details)
		seen->first = row;
	else if (begins_anew(seen, &row))
		return false;
	if (row.key.len) {
		seen->details++;
		seen->repeats += slice_equal(row.key, seen->first.key);
		return true;
	}
	seen->rollup |= is_rollup(&row);
	seen->maps++;
	seen->last = row;
	return true;
}

static uint32_t variant_of(const struct seen *seen)
{
	if (seen->rollup || (!seen->maps && seen->repeats < 2))
		return ROLLUP;
	if (!seen->maps)
		return EXTRACT;
	return seen->details ? SMAPS : MAPS;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct seen seen = { .maps = 0 };
	size_t lines;

	if (!take(&paste->lines[line], &seen.first) || !likely(paste, line, hint, &seen.first))
		return 0;
	seen.alone = mw_proc_file_is(seen.first.path, hint, "smaps_rollup");
	lines = mw_block_run(paste, line, is_next, &seen, b);
	b->cut |= seen.gap;
	b->path = seen.first.path;
	b->variant = variant_of(&seen);
	b->certainty = MW_SURE;
	return lines;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool shortens(const struct mw_paste_command *c)
{
	return c && (slice_is(c->program, "head") || slice_is(c->program, "tail") ||
		     slice_is(c->program, "sed") || slice_begins(c->filter, "head") ||
		     slice_begins(c->filter, "tail") || slice_begins(c->filter, "sed"));
}

/* Are all mappings there, so that their sum is the process'? Each process has a stack. */
static bool is_whole(const struct mw_reading *r, const struct mw_block *b)
{
	bool stack = false, one = false, gap = false, named;
	struct row row;

	for (size_t i = 0; i < b->lines; i++) {
		const struct mw_paste_line *l = mw_block_line(r, b, i);

		gap |= is_gap(l);
		if (!take(l, &row))
			continue;
		stack |= !row.key.len && slice_is(row.map.name, "[stack]");
		one |= slice_is(row.key, "Size") || slice_is(row.key, "VmFlags");
	}
	if (gap || shortens(b->command))
		return false;
	if (b->variant == SMAPS || b->variant == MAPS)
		return stack && !b->cut && take(mw_block_line(r, b, 0), &row) && !row.key.len;
	/* the lines of a single mapping look like smaps_rollup */
	named = mw_proc_file_is(b->path, b->command, "smaps_rollup");
	return b->variant == EXTRACT || named || !one;
}

/* As the kernel's file would be; lines that grep left of mappings get one in front again. */
static int collect(const struct mw_reading *r, const struct mw_block *b, struct buf *text)
{
	bool bare = b->variant == ROLLUP || b->variant == EXTRACT;
	struct row row, first = { .key = { "", 0 } };

	for (size_t i = 0; i < b->lines; i++) {
		if (!take(mw_block_line(r, b, i), &row))
			continue;
		if (!row.key.len)
			bare = false;
		if (!first.key.len)
			first = row;
		if (bare && slice_equal(row.key, first.key))
			buf_add(text, SLICE("0-0 ---p 0 00:00 0\n"));
		buf_add(text, row.text);
		buf_char(text, '\n');
	}
	return text->error;
}

static int set_size(struct mw_reading *r, struct mw_entity *process)
{
	struct mw_entity *e;
	uint64_t sum = 0;

	mw_for_each (e, r->s, MW_REGION)
		if (strcmp(e->name, "[vsyscall]") != 0 &&
		    __builtin_add_overflow(sum, mw_get_or(e, M_R_SIZE, 0), &sum))
			return 0;
	return mw_reading_derive(r, process, M_P_VSS, sum, N_("sum of its mappings"));
}

static int read_block(struct mw_reading *r, const struct mw_block *b)
{
	scoped_buf struct buf text = { 0 };
	struct mw_entity *process = mw_proc_file_process(r, b);
	bool mappings = b->variant == SMAPS || b->variant == MAPS, whole = is_whole(r, b);
	struct mw_parse_error at;
	struct mw_num rss;
	int error = collect(r, b, &text), broken = 0;

	if (error || !process)
		return -ENOMEM;
	if (mappings)
		broken = mw_smaps_parse(buf_slice(&text), r->s, process, &at);
	if (broken == -ENOMEM)
		return broken;
	if (whole && b->variant != MAPS && mw_smaps_add(buf_slice(&text), process, &at))
		broken = -EBADMSG;
	rss = mw_get(process, M_P_SMAPS_RSS);
	if (rss.state == MW_OK)
		mw_set(process, M_P_RSS, rss.v);
	if (whole && mappings)
		error = set_size(r, process);
	return error ? error : broken;
}

const struct mw_format mw_format_smaps = {
	.id = "smaps",
	.name = N_("/proc/PID/maps, smaps, smaps_rollup"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read_block,
};
