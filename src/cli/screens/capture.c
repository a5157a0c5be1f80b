/* memwhy capture: everything a command reads, in one file. */
#include "cli/cli.h"
#include "cli/output.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

/* Mappings cost the process more than PSS: the list of files is worth a longer wait. */
#define BUDGET ((struct mw_budget){ .time = 2000000000, .rss = (uint64_t)4 << 30 })

struct tally {
	size_t processes, opened, skipped;
};

/* "memwhy-web-7-20261120-104207.tar.zst"; a host's name is no path. */
static void usual_name(const struct mw_machine *machine, struct buf *out)
{
	time_t seconds = (time_t)(machine->taken_at / 1000000000);
	struct tm tm;
	char date[32] = "";

	if (localtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%Y%m%d-%H%M%S", &tm);
	buf_puts(out, "memwhy-");
	for (const char *p = machine->host; *p; p++)
		buf_char(out, *p == '/' || (unsigned char)*p <= ' ' ? '_' : *p);
	buf_printf(out, "-%s.tar.zst", date);
}

static int largest_first(struct mw_snapshot *s, struct arena *a, struct mw_rows *out)
{
	const struct mw_view view = mw_view_of(NULL, s);
	const struct mw_filter all = { .most = 0 };
	const struct mw_sorting by = { { .metric = M_P_RSS, .name = "rss" }, true };

	return mw_rows_choose(&view, MW_PROCESS, &all, &by, a, out);
}

/* Mappings of one process after the other, the largest first, while the time lasts. */
static int open_processes(struct mw_cli *cli, struct mw_snapshot *s, const struct mw_rows *rows,
			  struct tally *tally)
{
	int64_t start = mw_clock(cli->source), spent = 0;

	for (size_t i = 0; i < rows->count; i++) {
		struct mw_budget budget = mw_cli_budget(cli, BUDGET);
		struct mw_entity *e = rows->at[i];
		int error;

		tally->processes++;
		if (!budget.unlimited &&
		    (spent >= budget.time || mw_get_or(e, M_P_RSS, 0) > budget.rss)) {
			tally->skipped++;
			continue;
		}
		budget.time -= spent;
		error = mw_engine_open_process(cli->source, s, e, budget);
		if (error == -ENOMEM)
			return error;
		/* whose smaps may not be read has no PSS either */
		tally->opened += !error && mw_get(e, M_P_PSS).state == MW_OK;
		spent = mw_clock(cli->source) - start;
	}
	return 0;
}

static void put_summary(struct mw_cli *cli, const struct mw_snapshot *s, const char *path,
			const struct tally *tally, struct buf *out)
{
	const struct mw_problem *problems;
	size_t count = mw_snapshot_problems(s, &problems), files = 0;
	struct stat st;
	char room[16];

	if (strcmp(path, "-") != 0 && !stat(path, &st)) {
		mw_text_safe(out, slice_of(path), cli->style.unicode);
		buf_puts(out, "  ");
		mw_number_size(out, &cli->style, (uint64_t)st.st_size);
		buf_puts(out, "\n");
	}
	buf_puts(out, "  ");
	mw_number_count(out, &cli->style, mw_snapshot_count(s, MW_CGROUP), "group", "groups");
	buf_puts(out, ", ");
	mw_number_count(out, &cli->style, tally->processes, "process", "processes");
	buf_printf(out, mw_tr(&cli->style, ", mappings of %zu"), tally->opened);
	if (tally->skipped)
		buf_printf(out,
			   mw_tr(&cli->style,
				 "; those of %zu were left out, reading them costs too "
				 "much: --exact"),
			   tally->skipped);
	buf_char(out, '\n');
	for (size_t i = 0; i < count; i++)
		files += problems[i].count;
	if (files) {
		buf_puts(out, "  ");
		mw_number_count(out, &cli->style, files, "file", "files");
		buf_puts(out, mw_tr(&cli->style, " could not be read:"));
		for (size_t i = 0; i < count && i < 3; i++) {
			buf_puts(out, i ? ", " : " ");
			mw_text_safe(out, slice_of(problems[i].path), cli->style.unicode);
			buf_printf(out, " (%s)", mw_error_name(problems[i].error, room));
		}
		buf_puts(out, count > 3 ? ", ..." : "");
		buf_puts(out, mw_tr(&cli->style, "; the capture holds the errors too\n"));
	}
	if (strcmp(path, "-") != 0) {
		buf_puts(out, "  memwhy --root ");
		mw_text_safe(out, slice_of(path), cli->style.unicode);
		buf_puts(out,
			 mw_tr(&cli->style,
			       "    shows it; it names every process, group and mapped file\n"));
	}
}

static int read_all(struct mw_cli *cli, struct mw_snapshot *s, struct tally *tally)
{
	scoped_arena struct arena arena = { 0 };
	struct mw_rows rows;
	int error = largest_first(s, &arena, &rows);

	/* what the user names of listings come from */
	mw_users_read(&cli->users, cli->source, false);
	if (!error)
		error = mw_engine_measure_pss(cli->source, s, rows.at, rows.count,
					      mw_cli_budget(cli, BUDGET));
	return error ? error : open_processes(cli, s, &rows, tally);
}

static int write_capture(struct mw_cli *cli, const char *path)
{
	int error = mw_recorder_write(cli->source, path);

	if (error && error != -EPIPE)
		buf_printf(&cli->problem, "%s: %s",
			   strcmp(path, "-") != 0 ? path : mw_tr(&cli->style, "standard output"),
			   mw_language_error(cli->style.language, -error));
	return error;
}

static int run(struct mw_cli *cli)
{
	const char *path = cli->options.output;
	scoped_buf struct buf name = { 0 }, out = { 0 };
	struct tally tally = { 0 };
	struct mw_snapshot *s;
	int error;

	if (path && !strcmp(path, "-") && isatty(STDOUT_FILENO)) {
		buf_puts(&cli->problem,
			 mw_tr(&cli->style,
			       "a capture is no text for a terminal; name a file with -o"));
		return -EINVAL;
	}
	error = mw_cli_open(cli, true);
	if (error)
		return error;
	if (!path) {
		usual_name(&cli->source->machine, &name);
		path = name.error ? NULL : name.at;
	}
	if (!path)
		return -ENOMEM;
	error = mw_engine_sweep(cli->source, ~0u, &s);
	if (error)
		return error;
	error = mw_engine_identify(cli->meta, cli->source, s);
	if (!error)
		error = mw_engine_read_klog(cli->meta, cli->source, s);
	if (!error)
		error = read_all(cli, s, &tally);
	if (!error)
		error = mw_meta_keep(cli->meta, cli->source, s);
	if (!error)
		error = mw_engine_keep_files(cli->source, s);
	if (!error)
		error = write_capture(cli, path);
	if (!error) {
		put_summary(cli, s, path, &tally, &out);
		/* with -o - the archive has standard output */
		error = mw_output_write(strcmp(path, "-") != 0 ? STDOUT_FILENO : STDERR_FILENO,
					buf_slice(&out));
	}
	mw_snapshot_free(s);
	return error;
}

const struct mw_screen mw_screen_capture = { .kind = MW_KINDS, .run = run };
