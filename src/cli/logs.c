#include "cli/logs.h"
#include "oom/envelope.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { BLOCK = 256 << 10, LONGEST_LINE = 256 << 10, PEEKED_LINES = 200 };

/** @return anything but 0 ends the reading */
typedef int (*line_fn)(void *argument, struct slice line);

/* --- one file --------------------------------------------------------------------------------- */

static int failed(struct archive *a)
{
	int error = archive_errno(a);

	return error > 0 ? -error : -EIO;
}

/* Whole lines of a block; the rest is kept for the next one. A line that is longer than any log's is
 * cut in pieces. */
static int take_block(struct buf *rest, struct slice block, line_fn fn, void *argument)
{
	struct slice before;
	int stop;

	while (slice_until(&block, '\n', &before)) {
		if (rest->len) {
			buf_add(rest, before);
			before = buf_slice(rest);
		}
		stop = fn(argument, before);
		if (stop)
			return stop;
		buf_clear(rest);
	}
	buf_add(rest, block);
	if (rest->len < LONGEST_LINE)
		return rest->error;
	stop = fn(argument, buf_slice(rest));
	buf_clear(rest);
	return stop;
}

static int read_blocks(struct archive *a, line_fn fn, void *argument)
{
	scoped_buf struct buf rest = { .limit = BUF_LIMIT };
	const void *block;
	size_t size;
	la_int64_t at;
	int got, stop = 0;

	while ((got = archive_read_data_block(a, &block, &size, &at)) == ARCHIVE_OK ||
	       got == ARCHIVE_WARN) {
		stop = take_block(&rest, (struct slice){ block, size }, fn, argument);
		if (stop)
			return stop;
	}
	if (rest.len)
		stop = fn(argument, buf_slice(&rest));
	return stop ? stop : got == ARCHIVE_EOF ? 0 : failed(a);
}

static int read_file(const char *path, line_fn fn, void *argument)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	bool standard = !strcmp(path, "-");
	scoped_fd int fd = standard ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	int error = fd < 0 || fstat(fd, &st) ? -errno : S_ISDIR(st.st_mode) ? -EISDIR : 0;

	if (!a)
		return -ENOMEM;
	archive_read_support_filter_gzip(a);
	archive_read_support_filter_xz(a);
	archive_read_support_filter_zstd(a);
	archive_read_support_filter_bzip2(a);
	archive_read_support_format_raw(a);
	archive_read_support_format_empty(a);
	if (!error && archive_read_open_fd(a, fd, BLOCK))
		error = failed(a);
	if (!error) {
		int got = archive_read_next_header(a, &entry);

		error = got == ARCHIVE_EOF                         ? 0
			: got == ARCHIVE_OK || got == ARCHIVE_WARN ? read_blocks(a, fn, argument)
								   : failed(a);
	}
	archive_read_free(a);
	return error;
}

/* --- their order ------------------------------------------------------------------------------ */

struct input {
	const char *path;
	int64_t time; /* of its first line that has one; 0 = none */
	size_t place;
};

struct peek {
	struct mw_stamp_rule rule;
	int64_t time;
	unsigned lines;
};

static int peek_line(void *argument, struct slice line)
{
	struct peek *p = argument;
	struct mw_envelope e;

	mw_envelope_read(line, &p->rule, &e);
	p->time = e.time;
	return p->time || ++p->lines == PEEKED_LINES;
}

static int earlier_first(const void *x, const void *y)
{
	const struct input *a = x, *b = y;

	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

/* Only ordinary files can be read twice, and only when all have times do these say something. */
static void put_in_order(struct input *inputs, size_t count, const struct mw_oom_rule *rule)
{
	struct stat st;

	for (size_t i = 0; i < count; i++) {
		struct peek p = { .rule = { rule->now, rule->zone } };

		if (!strcmp(inputs[i].path, "-") || stat(inputs[i].path, &st) ||
		    !S_ISREG(st.st_mode) || read_file(inputs[i].path, peek_line, &p) < 0 || !p.time)
			return;
		inputs[i].time = p.time;
	}
	qsort(inputs, count, sizeof(*inputs), earlier_first);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct feed {
	struct mw_oom_log *log;
	struct mw_logs *logs;
	const char *path;
	uint64_t number;
};

static int feed_line(void *argument, struct slice line)
{
	struct feed *f = argument;

	f->logs->lines++;
	f->logs->kernel_lines += mw_oom_log_line(f->log, line, f->path, ++f->number);
	return 0;
}

int mw_logs_read(struct mw_cli *cli, const char *const *paths, size_t count, struct mw_oom_log *log,
		 const struct mw_oom_rule *rule, struct mw_logs *out)
{
	struct input *inputs = calloc(count, sizeof(*inputs));
	int error = inputs ? 0 : -ENOMEM;

	*out = (struct mw_logs){ 0 };
	for (size_t i = 0; !error && i < count; i++)
		inputs[i] = (struct input){ paths[i], 0, i };
	if (!error && count > 1)
		put_in_order(inputs, count, rule);
	for (size_t i = 0; !error && i < count; i++) {
		struct feed f = { log, out, inputs[i].path, 0 };

		out->files++;
		error = read_file(f.path, feed_line, &f);
		if (error)
			buf_printf(&cli->problem, "%s: %s", f.path,
				   mw_language_error(cli->style.language, -error));
	}
	free(inputs);
	return error;
}
