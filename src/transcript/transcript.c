#include "base/scoped.h"
#include "transcript/bulk.h"
#include "transcript/parts.h"

#include <errno.h>

enum { BLOCKS_MAX = 20000, RANGES_MAX = 4096 };

static void place(const struct mw_paste *p, struct mw_block *b)
{
	b->file = p->lines[b->line].file;
	b->first_line = p->lines[b->line].first;
	b->last_line = p->lines[b->line + b->lines - 1].last;
}

/* --- what was read as it came ----------------------------------------------------------------- */

/* The room that reads kernel logs makes reports of them, no rows. */
static int read_log(struct mw_reading *r, const struct mw_block *b)
{
	return 0;
}

static const struct mw_format kernel_log = {
	.id = "kernel-log",
	.name = N_("kernel log"),
	.rank = MW_RANK_KERNEL,
	.read = read_log,
};

/* Its rows are there already: give the process its number. */
static int read_fold(struct mw_reading *r, const struct mw_block *b)
{
	struct mw_fold *f = r->notes->fold;
	struct mw_snapshot *empty = r->s;

	r->notes->fold = f->next;
	f->process->id = b->command ? b->command->pid : 0;
	r->block->cut = f->cut;
	r->s = f->s;
	f->s = empty;
	return 0;
}

static const struct mw_format large_smaps = {
	.id = "smaps-large",
	.name = N_("/proc/PID/smaps"),
	.rank = MW_RANK_KERNEL,
	.read = read_fold,
};

/* Lines that were taken: of the block before them, if nothing but blank lines stands between. */
static void taken_lines(const struct mw_paste *p, size_t line, struct buf *blocks)
{
	const struct mw_format *format = p->lines[line].kind == MW_LINE_LOG ? &kernel_log
									    : &large_smaps;
	struct mw_block *last = blocks->len
					? (struct mw_block *)(void *)(blocks->at + blocks->len) - 1
					: NULL;
	struct mw_block one = { .format = format,
				.command = mw_paste_command_of(p, line),
				.line = line,
				.lines = 1,
				.certainty = MW_SURE,
				.path = { "", 0 } };

	if (last && last->format == &kernel_log && format == &kernel_log &&
	    p->lines[last->line].file == p->lines[line].file) {
		size_t gap = last->line + last->lines;

		while (gap < line && p->lines[gap].kind == MW_LINE_BLANK)
			gap++;
		if (gap == line) {
			last->lines = line + 1 - last->line;
			place(p, last);
			return;
		}
	}
	place(p, &one);
	buf_add(blocks, (struct slice){ (const char *)&one, sizeof(one) });
}

/* --- blocks ----------------------------------------------------------------------------------- */

/* Lines that belong to no block and are no text that somebody printed. */
static bool aside(const struct mw_paste_line *l)
{
	return l->kind != MW_LINE_TEXT;
}

static const char *const cutters[] = { "grep", "egrep", "head", "tail", "awk", "sed", "zgrep" };

/* Does the command leave out lines? */
static bool cuts(const struct mw_paste_command *c)
{
	for (size_t i = 0; c && i < sizeof(cutters) / sizeof(*cutters); i++)
		if (slice_is(c->program, cutters[i]) || slice_begins(c->filter, cutters[i]))
			return true;
	return false;
}

/* The block that begins at a line, by the format that takes the most lines, or is the surest. */
static struct mw_block recognise(const struct mw_paste *p, size_t line)
{
	const struct mw_paste_command *hint = mw_paste_command_of(p, line);
	struct mw_block best = { .lines = 0 };

	for (size_t i = 0; mw_formats[i]; i++) {
		struct mw_block b = {
			.format = mw_formats[i], .command = hint, .line = line, .path = { "", 0 }
		};

		b.lines = mw_formats[i]->recognise(p, line, hint, &b);
		if (b.lines > p->count - line)
			b.lines = p->count - line;
		if (b.lines > best.lines ||
		    (b.lines && b.lines == best.lines && b.certainty > best.certainty))
			best = b;
	}
	if (best.lines) {
		best.cut |= cuts(hint);
		place(p, &best);
	}
	return best;
}

static void unrecognised(struct mw_transcript *t, const struct mw_paste_line *l)
{
	struct mw_line_range *last = t->unrecognised_count
					     ? &t->unrecognised[t->unrecognised_count - 1]
					     : NULL;

	t->unrecognised_lines += l->last - l->first + 1;
	if (last && last->file == l->file && last->last + 1 == l->first)
		last->last = l->last;
	else if (t->unrecognised_count < RANGES_MAX)
		t->unrecognised[t->unrecognised_count++] = (struct mw_line_range){ l->file,
										   l->first,
										   l->last };
}

static void find_blocks(struct mw_transcript *t, struct buf *blocks)
{
	const struct mw_paste *p = &t->paste;

	for (size_t i = 0; i < p->count;) {
		struct mw_block b = { .lines = 0 };
		enum mw_line_kind kind = p->lines[i].kind;

		if (kind == MW_LINE_LOG || kind == MW_LINE_MAPS) {
			taken_lines(p, i++, blocks);
			continue;
		}
		if (kind != MW_LINE_BLANK && kind != MW_LINE_PROMPT &&
		    blocks->len < BLOCKS_MAX * sizeof(b))
			b = recognise(p, i);
		if (b.lines)
			buf_add(blocks, (struct slice){ (const char *)&b, sizeof(b) });
		else if (!aside(&p->lines[i]))
			unrecognised(t, &p->lines[i]);
		i += b.lines ? b.lines : 1;
	}
}

static int walk(struct mw_transcript *t)
{
	scoped_buf struct buf blocks = { 0 };

	find_blocks(t, &blocks);
	t->blocks = arena_alloc(&t->arena, blocks.len + 1);
	if (!t->blocks || blocks.error)
		return -ENOMEM;
	if (blocks.len)
		memcpy(t->blocks, blocks.at, blocks.len);
	t->block_count = blocks.len / sizeof(struct mw_block);
	return 0;
}

static int read_blocks(struct mw_transcript *t, struct mw_notes *notes)
{
	int error = 0;

	for (size_t i = 0; i < t->block_count && !error; i++)
		error = mw_block_read(t, i, notes);
	if (!error)
		error = mw_transcript_hosts(t);
	return error ? error : mw_transcript_merge(t, notes);
}

static int read_text(struct mw_transcript *t, const struct mw_paste_file *files, size_t count,
		     struct mw_bulk *bulk)
{
	const struct mw_paste_taker taker = { mw_bulk_take, bulk };
	struct mw_notes notes = { .error = 0 };
	int error = mw_paste_read(&t->arena, files, count, &taker, &t->paste);

	if (!error)
		error = mw_bulk_finish(bulk, t);
	if (!error)
		error = walk(t);
	notes.fold = bulk->folds;
	if (!error)
		error = read_blocks(t, &notes);
	buf_release(&notes.list);
	return error;
}

int mw_transcript_read(const struct mw_paste_file *files, size_t count, struct mw_transcript *out)
{
	struct mw_bulk bulk;
	int error;

	*out = (struct mw_transcript){ .block_count = 0 };
	error = mw_bulk_init(&bulk, &out->arena);
	if (error)
		return error;
	out->unrecognised = arena_array(&out->arena, RANGES_MAX, sizeof(*out->unrecognised));
	error = out->unrecognised ? read_text(out, files, count, &bulk) : -ENOMEM;
	mw_bulk_release(&bulk);
	if (error)
		mw_transcript_release(out);
	return error;
}

void mw_transcript_release(struct mw_transcript *t)
{
	for (size_t i = 0; i < t->host_count; i++)
		for (size_t k = 0; k < t->hosts[i].count; k++)
			mw_snapshot_free(t->hosts[i].moments[k]);
	arena_release(&t->arena);
	*t = (struct mw_transcript){ .block_count = 0 };
}

const char *mw_block_format(const struct mw_block *b)
{
	return b->format->id;
}

const char *mw_block_name(const struct mw_block *b)
{
	return b->format->name;
}
