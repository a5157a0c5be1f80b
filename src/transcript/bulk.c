#include "transcript/bulk.h"

#include "collect/process/smaps.h"

#include <errno.h>

enum { FOLD_TEXT = 1 << 20, MAPPINGS_MAX = 16384 };

int mw_bulk_init(struct mw_bulk *b, struct arena *arena)
{
	const struct mw_oom_rule rule = { .page_size = 0 };

	*b = (struct mw_bulk){ .arena = arena, .log = mw_oom_log_new(arena, &rule) };
	b->tail = &b->folds;
	return b->log ? 0 : -ENOMEM;
}

/* --- smaps ------------------------------------------------------------------------------------ */

static bool mapping(struct slice line)
{
	struct mw_map map;
	char c = line.len ? *line.at : 0;

	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')) && mw_map_parse(line, &map);
}

/* "Rss:  4 kB", "VmFlags: rd mr" */
static bool detail(struct slice line)
{
	return line.len && *line.at >= 'A' && *line.at <= 'Z' &&
	       memchr(line.at, ':', line.len < 24 ? line.len : 24);
}

static int flush(struct mw_fold *f)
{
	struct mw_parse_error at;
	struct slice text = buf_slice(&f->text);
	int error = 0;

	if (mw_snapshot_count(f->s, MW_REGION) < MAPPINGS_MAX)
		error = mw_smaps_parse(text, f->s, f->process, &at);
	else
		f->cut = true;
	if (error != -ENOMEM)
		mw_smaps_add(text, f->process, &at);
	buf_clear(&f->text);
	return error == -ENOMEM ? error : 0;
}

static int open_fold(struct mw_bulk *b)
{
	const struct mw_machine machine = { .kind = MW_TRANSCRIPT, .page_size = 4096 };
	struct mw_fold *f = arena_new(b->arena, struct mw_fold);

	if (!f)
		return -ENOMEM;
	f->s = mw_snapshot_new(&machine);
	*b->tail = b->open = f;
	b->tail = &f->next;
	if (f->s)
		f->process = mw_snapshot_add(f->s, MW_PROCESS, NULL, (struct slice){ "", 0 }, 0, 0);
	return f->process ? 0 : -ENOMEM;
}

static int close_fold(struct mw_bulk *b)
{
	int error = b->open ? flush(b->open) : 0;

	if (b->open)
		buf_release(&b->open->text);
	b->open = NULL;
	return error;
}

static int fold(struct mw_bulk *b, struct slice line, bool begins)
{
	int error = b->open ? 0 : open_fold(b);

	if (!error && begins && b->open->text.len >= FOLD_TEXT)
		error = flush(b->open);
	if (error)
		return error;
	buf_add(&b->open->text, line);
	buf_char(&b->open->text, '\n');
	return b->open->text.error;
}

/* --- lines ------------------------------------------------------------------------------------ */

enum mw_line_kind mw_bulk_take(void *bulk, struct slice line, const char *file, uint32_t number,
			       bool large)
{
	struct mw_bulk *b = bulk;
	bool begins = large && mapping(line);

	if (begins || (b->open && detail(line))) {
		int error = fold(b, line, begins);

		b->error = b->error ? b->error : error;
		return MW_LINE_MAPS;
	}
	if (b->open) {
		int error = close_fold(b);

		b->error = b->error ? b->error : error;
	}
	return mw_oom_log_line(b->log, line, file, number) ? MW_LINE_LOG : MW_LINE_TEXT;
}

int mw_bulk_finish(struct mw_bulk *b, struct mw_transcript *t)
{
	int error = close_fold(b), unread;

	error = b->error ? b->error : error;
	/* what there was room for is there */
	unread = mw_oom_log_finish(b->log, &t->ooms, &t->oom_count);
	return error ? error : unread == -ENOMEM ? unread : 0;
}

void mw_bulk_release(struct mw_bulk *b)
{
	for (struct mw_fold *f = b->folds; f; f = f->next) {
		buf_release(&f->text);
		mw_snapshot_free(f->s);
	}
	mw_oom_log_free(b->log);
	*b = (struct mw_bulk){ .log = NULL };
}
