/* /proc/PID/limits (fs/proc/base.c proc_pid_limits()), whole or what grep left of it:
 *
 *	Limit                     Soft Limit           Hard Limit           Units
 *	Max open files            20000                20000                files */
#include "base/scoped.h"
#include "transcript/formats/process/proc_file.h"

#include <errno.h>

static const char *const names[] = {
	"cpu time",       "file size",     "data size",         "stack size",
	"core file size", "resident set",  "processes",         "open files",
	"locked memory",  "address space", "file locks",        "pending signals",
	"msgqueue size",  "nice priority", "realtime priority", "realtime timeout",
};

enum { NAMES = sizeof(names) / sizeof(*names) };

static bool is_value(struct slice *rest)
{
	struct slice word;
	uint64_t v;

	return slice_token(rest, &word) &&
	       (slice_is(word, "unlimited") || (slice_u64(&word, &v) && !word.len));
}

/* Which of the names a row has: a soft and a hard limit stand behind it. */
static size_t row_of(struct slice line)
{
	struct slice rest = line, value;
	size_t i = 0;

	if (!slice_word(&rest, "Max "))
		return NAMES;
	for (; i < NAMES; i++) {
		value = rest;
		if (slice_word(&value, names[i]) && is_value(&value) && is_value(&value))
			break;
	}
	return i;
}

static bool is_header(struct slice line)
{
	return slice_begins(line, "Limit ") && slice_after(&line, "Soft Limit") &&
	       slice_after(&line, "Hard Limit");
}

static bool take(const struct mw_paste_line *l, struct slice *text, struct slice *path, size_t *row)
{
	*path = (struct slice){ "", 0 };
	*text = slice_trim(mw_line_bare(l));
	mw_proc_file_prefix(text, path);
	*text = slice_trim(*text);
	*row = row_of(*text);
	return *row < NAMES || is_header(*text);
}

struct run {
	bool begun, seen[NAMES + 1]; /* the last one is the header */
	struct slice path;
	size_t rows;
};

/* A name that comes again is another process'. */
static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct run *run = context;
	struct slice text, path;
	size_t row;

	if (!take(l, &text, &path, &row) || run->seen[row] ||
	    (run->begun && !slice_equal(path, run->path)))
		return false;
	run->begun = run->seen[row] = true;
	run->path = path;
	run->rows += row < NAMES;
	return true;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct run run = { .begun = false };
	size_t lines = mw_block_run(paste, line, is_next, &run, b);

	b->path = run.path;
	b->certainty = MW_SURE;
	return run.rows ? lines : 0;
}

static int read_block(struct mw_reading *r, const struct mw_block *b)
{
	scoped_buf struct buf all = { 0 };
	struct mw_entity *process = mw_proc_file_process(r, b);
	struct mw_parse_error at;
	struct mw_keyed keyed;
	struct slice text, path;
	size_t row;

	for (size_t i = 0; i < b->lines; i++)
		if (take(mw_block_line(r, b, i), &text, &path, &row)) {
			buf_add(&all, text);
			buf_char(&all, '\n');
		}
	if (!process || all.error)
		return -ENOMEM;
	mw_keyed_init(&keyed, "limits");
	return mw_keyed_parse(&keyed, buf_slice(&all), 0, process, &at);
}

const struct mw_format mw_format_limits = {
	.id = "limits",
	.name = N_("/proc/PID/limits"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read_block,
};
