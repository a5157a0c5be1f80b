/* memwhy oom [FILE...]: past OOM kills, from the kernel log or from files. */
#include "cli/cli.h"
#include "cli/logs.h"
#include "cli/output.h"
#include "render/oom.h"

#include <errno.h>
#include <time.h>

enum { USUAL_ROWS = 5 };

/* --- files ------------------------------------------------------------------------------------ */

/* Stamps without a zone are taken to be local. */
static struct mw_oom_rule local_rule(void)
{
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct mw_oom_rule){
		.now = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec,
		.zone = localtime_r(&now.tv_sec, &tm) ? (int32_t)tm.tm_gmtoff : 0,
		.swap_total = MW_OOM_NOT_TOLD,
	};
}

static int read_files(struct mw_cli *cli, struct mw_snapshot *s, struct mw_logs *logs)
{
	struct mw_oom_rule rule = local_rule();
	struct mw_oom_log *log = mw_oom_log_new(mw_snapshot_arena(s), &rule);
	const struct mw_oom_report *const *reports;
	size_t count;
	int error;

	if (!log)
		return -ENOMEM;
	error = mw_logs_read(cli, cli->options.operands, cli->options.operand_count, log, &rule,
			     logs);
	if (!error)
		error = mw_oom_log_finish(log, &reports, &count);
	mw_oom_log_free(log);
	if (!error)
		mw_snapshot_set_ooms(s, reports, count);
	return error ? error : mw_engine_finish(s);
}

static void put_none_in_files(struct mw_cli *cli, const struct mw_logs *logs, struct buf *out)
{
	const struct mw_style *style = &cli->style;

	for (size_t i = 0; i < cli->options.operand_count; i++) {
		buf_puts(out, i ? ", " : "");
		mw_text_safe(out, slice_of(cli->options.operands[i]), style->unicode);
	}
	buf_printf(
		out,
		mw_tr(style, N_(": no OOM kill in %llu lines, of which %llu are the kernel's\n")),
		(unsigned long long)logs->lines, (unsigned long long)logs->kernel_lines);
}

static int run_files(struct mw_cli *cli)
{
	const struct mw_machine machine = { .kind = MW_TRANSCRIPT, .page_size = 4096 };
	struct mw_sample x = { .snapshot = mw_snapshot_new(&machine) };
	scoped_buf struct buf out = { 0 };
	struct mw_logs logs;
	const struct mw_oom_report *const *reports;
	int error = x.snapshot ? read_files(cli, x.snapshot, &logs) : -ENOMEM;

	x.view = mw_view_of(NULL, x.snapshot);
	if (!error && !cli->options.json && !mw_snapshot_ooms(x.snapshot, &reports)) {
		put_none_in_files(cli, &logs, &out);
		error = mw_output_write(STDOUT_FILENO, buf_slice(&out));
	} else if (!error) {
		error = mw_cli_show(cli, &x);
	}
	mw_sample_release(&x);
	return error;
}

static int run(struct mw_cli *cli)
{
	const struct mw_options *o = &cli->options;
	int error;

	if (o->operand_count && (o->root || o->save || o->interval != MW_NOT_GIVEN)) {
		buf_puts(&cli->problem,
			 mw_tr(&cli->style,
			       N_("--root, --save and --interval do not go with files")));
		return -EINVAL;
	}
	if (o->operand_count && o->next) {
		buf_puts(&cli->problem,
			 mw_tr(&cli->style, "--next is about a machine, not about files"));
		return -EINVAL;
	}
	if (o->operand_count)
		return run_files(cli);
	if (o->next)
		cli->screen = &mw_screen_oom_next;
	error = mw_cli_open(cli, o->save != NULL);
	return error ? error : mw_cli_run(cli);
}

/* --- the kernel log --------------------------------------------------------------------------- */

/* How far back it reaches, in us; 0 = cannot tell. */
static uint64_t reach_of(const struct mw_snapshot *s, struct slice log)
{
	int64_t now = mw_snapshot_machine(s)->clock / 1000;
	uint64_t skipped, first;

	if (!slice_u64(&log, &skipped) || !slice_word(&log, ",") || !slice_u64(&log, &skipped) ||
	    !slice_word(&log, ",") || !slice_u64(&log, &first) || now <= 0 || first > (uint64_t)now)
		return 0;
	return (uint64_t)now - first;
}

static void put_no_log(const struct mw_cli *cli, enum mw_state state, struct buf *out)
{
	bool live = cli->source->machine.kind == MW_LIVE;

	buf_puts(
		out,
		mw_tr(&cli->style,
		      state == MW_DENIED && live
			      ? N_("cannot tell: the kernel log may only be read with CAP_SYSLOG "
				   "(kernel.dmesg_restrict is 1); as root, or:\n")
		      : state == MW_DENIED ? N_("cannot tell: the kernel log was denied to whoever "
						"made the capture\n")
		      : live ? N_("cannot tell: there is no /dev/kmsg here (a container?); on the host, "
				  "or:\n")
			     : N_("cannot tell: the kernel log is not in the capture\n")));
	if (live)
		buf_puts(out, "  journalctl -k | memwhy oom -\n");
}

static void put_none(const struct mw_cli *cli, const struct mw_sample *x, struct slice log,
		     struct buf *out)
{
	uint64_t reach = reach_of(x->snapshot, log);

	buf_puts(out, mw_tr(&cli->style, N_("no OOM kill in the kernel log")));
	if (reach) {
		buf_puts(out, mw_tr(&cli->style, N_(", which reaches back ")));
		mw_number_duration(out, &cli->style, reach);
	}
	buf_char(out, '\n');
}

/* The log forgets, the counter does not. */
static void put_counter(const struct mw_cli *cli, const struct mw_sample *x, size_t told,
			struct buf *out)
{
	uint64_t counted = mw_get_or(mw_snapshot_node(x->snapshot), M_OOM_KILL, 0);

	if (counted <= told)
		return;
	buf_puts(out, "  ");
	buf_printf(
		out,
		mw_tr(&cli->style,
		      N_("the kernel has counted %llu kills since boot, more than its log tells of\n")),
		(unsigned long long)counted);
}

static int put_reports(const struct mw_cli *cli, const struct mw_oom_report *const *reports,
		       size_t count, struct buf *out)
{
	size_t rows = cli->options.rows;
	struct mw_oom_options options = { .elsewhere = cli->options.operand_count > 0 };
	int error = 0;

	options.rows = rows == MW_NOT_GIVEN ? USUAL_ROWS : rows ? rows : SIZE_MAX;
	for (size_t i = 0; i < count && !error; i++) {
		if (i)
			buf_char(out, '\n');
		error = mw_oom_write(reports[i], &options, &cli->style, out);
	}
	return error;
}

static size_t killed(const struct mw_oom_report *const *reports, size_t count)
{
	size_t victims = 0;

	for (size_t i = 0; i < count; i++)
		victims += reports[i]->victim_count;
	return victims;
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const char *const next[] = { "memwhy oom --next", NULL };
	const struct mw_oom_report *const *reports;
	size_t count = mw_snapshot_ooms(x->snapshot, &reports);
	struct slice log;
	enum mw_state state = mw_snapshot_klog(x->snapshot, &log);

	if (cli->options.operand_count)
		return put_reports(cli, reports, count, out);
	if (state != MW_OK)
		put_no_log(cli, state, out);
	else if (!count)
		put_none(cli, x, log, out);
	put_counter(cli, x, killed(reports, count), out);
	if (!count)
		mw_next(cli, out, next);
	return put_reports(cli, reports, count, out);
}

/* Nothing was looked at: no empty list, which would say that there was no kill. */
static void json_no_log(struct mw_json *j)
{
	mw_json_array(j, "cannot_tell");
	mw_json_object(j, NULL);
	mw_json_puts(j, "id", "node-oom-killed");
	mw_json_puts(j, "entity", "node");
	mw_json_puts(j, "missing", "the kernel log");
	mw_json_puts(j, "next", "journalctl -k | memwhy oom -");
	mw_json_end(j);
	mw_json_end(j);
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	const struct mw_oom_report *const *reports;
	size_t count = mw_snapshot_ooms(x->snapshot, &reports);
	struct slice log;

	if (!cli->options.operand_count && mw_snapshot_klog(x->snapshot, &log) != MW_OK) {
		json_no_log(j);
		return 0;
	}
	mw_json_array(j, "oom");
	for (size_t i = 0; i < count; i++)
		mw_json_oom(j, reports[i], &cli->style);
	mw_json_end(j);
	return 0;
}

const struct mw_screen mw_screen_oom = {
	.want = MW_WANT_KLOG | MW_WANT_NODE | MW_WANT_CGROUP_NAMES,
	.kind = MW_KINDS,
	.text = text,
	.json = json,
	.run = run,
};
