#include "base/scoped.h"
#include "oom/log.h"
#include "transcript/parts.h"

#include <errno.h>

enum { BLOCKS_MAX = 20000, RANGES_MAX = 4096 };

/* The kernel's log is no block of its own making: the room that reads it says which lines are of one,
 * and makes reports of them. */
static int read_nothing(struct mw_reading *r, const struct mw_block *b)
{
	return 0;
}

static const struct mw_format kernel_log = {
	.id = "kernel-log",
	.name = N_("kernel log"),
	.rank = MW_RANK_KERNEL,
	.read = read_nothing,
};

static void place(const struct mw_paste *p, struct mw_block *b)
{
	b->file = p->lines[b->line].file;
	b->first_line = p->lines[b->line].first;
	b->last_line = p->lines[b->line + b->lines - 1].last;
}

/* One more line of a log: of the block before it, if nothing but blank lines stands between. */
static void log_line(const struct mw_paste *p, size_t line, struct buf *blocks)
{
	struct mw_block *last = (struct mw_block *)(void *)(blocks->at + blocks->len) - 1;
	struct mw_block one = { .format = &kernel_log,
				.command = mw_paste_command_of(p, line),
				.line = line,
				.lines = 1,
				.certainty = MW_SURE,
				.path = { "", 0 } };
	size_t gap;

	if (blocks->len && last->format == &kernel_log &&
	    p->lines[last->line].file == p->lines[line].file) {
		gap = last->line + last->lines;
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

/* Lines that belong to no block and are no text that somebody printed. */
static bool aside(const struct mw_paste_line *l)
{
	return l->kind != MW_LINE_TEXT;
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
	if (best.lines)
		place(p, &best);
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

static bool log_claims(struct mw_oom_log *log, const struct mw_paste *p, const struct mw_paste_line *l)
{
	return l->kind != MW_LINE_PROMPT &&
	       mw_oom_log_line(log, l->text, p->files[l->file], l->first);
}

static void find_blocks(struct mw_transcript *t, struct mw_oom_log *log, struct buf *blocks)
{
	const struct mw_paste *p = &t->paste;

	for (size_t i = 0; i < p->count;) {
		struct mw_block b = { .lines = 0 };

		if (log_claims(log, p, &p->lines[i])) {
			log_line(p, i++, blocks);
			continue;
		}
		if (p->lines[i].kind != MW_LINE_BLANK && p->lines[i].kind != MW_LINE_PROMPT &&
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
	const struct mw_oom_rule rule = { .page_size = 0 };
	struct mw_oom_log *log = mw_oom_log_new(&t->arena, &rule);
	scoped_buf struct buf blocks = { 0 };
	int error;

	if (!log)
		return -ENOMEM;
	find_blocks(t, log, &blocks);
	error = mw_oom_log_finish(log, &t->ooms, &t->oom_count);
	mw_oom_log_free(log);
	t->blocks = arena_alloc(&t->arena, blocks.len + 1);
	if (!t->blocks || blocks.error || error == -ENOMEM)
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

int mw_transcript_read(const struct mw_paste_file *files, size_t count, struct mw_transcript *out)
{
	struct mw_notes notes = { .error = 0 };
	int error;

	*out = (struct mw_transcript){ .block_count = 0 };
	out->unrecognised = arena_array(&out->arena, RANGES_MAX, sizeof(*out->unrecognised));
	error = out->unrecognised ? 0 : -ENOMEM;
	if (!error)
		error = mw_paste_read(&out->arena, files, count, &out->paste);
	if (!error)
		error = walk(out);
	if (!error)
		error = read_blocks(out, &notes);
	buf_release(&notes.list);
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
