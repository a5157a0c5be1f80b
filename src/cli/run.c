/* One run: open the source, take samples, show each. */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/screens/inside.h"
#include "cli/output.h"
#include "source/held.h"

#include "render/finding.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { LISTED_PROBLEMS = 3, SPARE = 64 << 20 };

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number)
{
	interrupted = 1;
}

/* --- the source ------------------------------------------------------------------------------- */

static int open_meta(struct mw_cli *cli)
{
	const struct mw_options *o = &cli->options;
	const struct mw_meta_options options = {
		.offline = o->offline,
		.root = o->root ? o->root : "/",
		.docker = getenv("DOCKER_HOST"),
		.podman = getenv("CONTAINER_HOST"),
		.kubelet = o->kubelet,
		.kube_api = o->kube_api,
		.kube_node = o->kube_node ? o->kube_node : getenv("NODE_NAME"),
		.token_file = o->kube_token,
		.ca_file = o->kube_ca,
		.insecure = o->kube_insecure,
	};

	return mw_meta_new(&options, &cli->meta);
}

/* The programs see the running kernel: what is elsewhere, or a captured past, has text only. */
static int open_bpf(struct mw_cli *cli)
{
	static const char *const whens[] = { "auto", "on", "off" };
	const char *root = cli->options.root, *when = cli->options.bpf;
	size_t i = 0;
	int error;

	if (!when)
		when = getenv("MEMWHY_BPF");
	while (i < 3 && when && strcmp(when, whens[i]) != 0)
		i++;
	if (i == 3) {
		buf_puts(&cli->problem,
			 mw_tr(&cli->style, "--bpf and MEMWHY_BPF take auto, on or off"));
		return -EINVAL;
	}
	if (cli->source->machine.kind != MW_LIVE || (root && strcmp(root, "/") != 0))
		return 0;
	error = mw_bpf_new(i == 2, &cli->bpf);
	if (i == 1 || cli->options.interval != MW_NOT_GIVEN)
		mw_bpf_expect_repeats(cli->bpf);
	cli->source->bpf = cli->bpf;
	return error;
}

int mw_cli_open(struct mw_cli *cli, bool record)
{
	const char *root = cli->options.root;
	int error = mw_source_open(root, cli->style.language, &cli->source, &cli->problem);

	if (!error)
		error = open_bpf(cli);
	if (error)
		return error;
	if (cli->source->machine.kind != MW_LIVE && cli->options.interval != MW_NOT_GIVEN) {
		buf_puts(&cli->problem,
			 mw_tr(&cli->style,
			       "--interval needs a running kernel; a capture is one moment"));
		return -EINVAL;
	}
	if (cli->options.interval != MW_NOT_GIVEN)
		error = mw_source_keep_open(cli->source);
	if (!error && record) {
		cli->inner = cli->source;
		error = mw_source_recorder(cli->inner, &cli->source);
		if (error) {
			cli->source = cli->inner;
			cli->inner = NULL;
		}
	}
	return error ? error : open_meta(cli);
}

void mw_cli_close(struct mw_cli *cli)
{
	mw_meta_free(cli->meta);
	cli->meta = NULL;
	if (cli->source)
		mw_source_free(cli->source);
	if (cli->inner)
		mw_source_free(cli->inner);
	cli->source = cli->inner = NULL;
	mw_bpf_free(cli->bpf);
	cli->bpf = NULL;
}

struct mw_budget mw_cli_budget(const struct mw_cli *cli, struct mw_budget normal)
{
	normal.unlimited = cli->options.exact || cli->source->machine.kind != MW_LIVE;
	return normal;
}

unsigned mw_cli_depth(const struct mw_cli *cli, unsigned usual)
{
	uint64_t depth = cli->options.depth;

	if (depth == MW_NOT_GIVEN)
		return usual;
	return depth && depth < MW_JSON_DEPTH ? (unsigned)depth : MW_JSON_DEPTH;
}

/* --- one sample ------------------------------------------------------------------------------- */

void mw_sample_release(struct mw_sample *x)
{
	mw_snapshot_free(x->snapshot);
	arena_release(&x->arena);
	*x = (struct mw_sample){ 0 };
}

/* A page census costs something; one that was kept in a capture does not. */
static uint32_t kept_census(const struct mw_cli *cli)
{
	struct mw_dir root = mw_root(cli->source);
	struct mw_stat st;
	bool ledger = cli->options.command == MW_CMD_OVERVIEW ||
		      cli->options.command == MW_CMD_NODE;

	return ledger && cli->source->machine.kind == MW_TREE &&
			       !mw_stat(&root, MW_KEPT_CENSUS, &st)
		       ? MW_WANT_CENSUS
		       : 0;
}

/* A file that few listings show is read for those. */
static uint32_t want(const struct mw_cli *cli)
{
	static const struct {
		enum mw_metric first, last;
		enum mw_want group, want;
	} rare[] = {
		{ M_P_OOM_SCORE, M_P_OOM_SCORE, MW_WANT_PROCESSES, MW_WANT_OOM_SCORE },
		{ M_P_CMDLINE, M_P_CMDLINE, MW_WANT_PROCESSES, MW_WANT_CMDLINE },
		{ M_CG_PSI_SOME_US, M_CG_PSI_FULL_AVG10, MW_WANT_CGROUP_SIZES,
		  MW_WANT_CGROUP_PRESSURE },
	};
	uint32_t all = cli->screen->want | kept_census(cli);

	for (size_t k = 0; k < sizeof(rare) / sizeof(*rare); k++) {
		enum mw_metric by = cli->sorting.by.metric;
		bool shown = cli->options.json || (by >= rare[k].first && by <= rare[k].last);

		for (size_t i = 0; i < cli->columns.count; i++)
			shown |= cli->columns.at[i].metric >= rare[k].first &&
				 cli->columns.at[i].metric <= rare[k].last;
		if (shown && all & rare[k].group)
			all |= rare[k].want;
	}
	return all | (cli->screen->more ? cli->screen->more(cli) : 0);
}

static int take(struct mw_cli *cli, const struct mw_snapshot *before, struct mw_sample *x)
{
	const struct mw_screen *screen = cli->screen;
	int error = mw_engine_sweep(cli->source, want(cli), &x->snapshot);

	if (error)
		return error;
	error = mw_engine_identify(cli->meta, cli->source, x->snapshot);
	if (error)
		return error;
	x->view = mw_view_of(before, x->snapshot);
	if (before)
		x->notes.reason[MW_ABSENT] = N_(
			"absent: new since the last time, set back, or not on this kernel");
	x->notes.reason[MW_DENIED] =
		cli->source->machine.kind != MW_LIVE ? N_("denied to whoever made the capture")
		: geteuid() == 0
			? N_("denied, even to root: a sandbox, a namespace, a security module")
			: NULL;
	if (cli->source->machine.kind != MW_LIVE)
		x->notes.reason[MW_SKIPPED] = N_(
			"not in the capture: what made it did not read this");
	if (screen->findings)
		error = mw_engine_sweep_more(cli->source, want(cli), mw_diagnose_more(x->snapshot),
					     x->snapshot);
	if (!error)
		error = mw_engine_read_klog(cli->meta, cli->source, x->snapshot);
	if (!error && screen->read)
		error = screen->read(cli, x);
	if (!error)
		error = mw_meta_keep(cli->meta, cli->source, x->snapshot);
	if (!error)
		error = mw_engine_keep_files(cli->source, x->snapshot);
	if (!error)
		error = mw_engine_finish(x->snapshot);
	if (!error && screen->choose)
		error = screen->choose(cli, x);
	return error ? error : mw_findings_find(cli, x);
}

/* What a mark on the screen has told already, in place of the number. */
static bool is_told(const struct mw_problem *problem, const struct mw_notes *notes)
{
	return mw_state_of(-problem->error) == MW_DENIED && notes->seen[MW_DENIED] &&
	       !problem->what;
}

static void put_problem(const struct mw_cli *cli, const struct mw_problem *problem, struct buf *out)
{
	char room[16];

	mw_text_safe(out, slice_of(problem->path), cli->style.unicode);
	if (problem->line)
		buf_printf(out, mw_tr(&cli->style, " line %u"), problem->line);
	buf_printf(out, " (%s", mw_error_name(problem->error, room));
	/* a single word is the kernel's name of a counter */
	if (problem->what)
		buf_printf(out, ": %s",
			   strchr(problem->what, ' ') ? mw_tr(&cli->style, problem->what)
						      : problem->what);
	/* a single look has no later */
	if (problem->again && cli->options.interval != MW_NOT_GIVEN)
		buf_printf(out, mw_tr(&cli->style, "; asked again in %u s"), problem->again);
	buf_char(out, ')');
	if (problem->count > 1)
		buf_printf(out, mw_tr(&cli->style, " and %u like it"), problem->count - 1);
}

/* "3 files could not be read: …; --json lists them" */
static void put_problems(const struct mw_cli *cli, const struct mw_sample *x, struct buf *out)
{
	const struct mw_problem *problems;
	size_t count = mw_snapshot_problems(x->snapshot, &problems), files = 0, listed = 0,
	       like = 0;

	for (size_t i = 0; i < count; i++)
		files += is_told(&problems[i], &x->notes) ? 0 : problems[i].count;
	if (!files)
		return;
	buf_puts(out, "\n  ");
	mw_tone_begin(out, &cli->style, MW_TONE_DIM);
	mw_number_count(out, &cli->style, files, "source", "sources");
	buf_puts(out, mw_tr(&cli->style, " could not be read or understood: "));
	for (size_t i = 0; i < count && listed < LISTED_PROBLEMS; i++) {
		if (is_told(&problems[i], &x->notes))
			continue;
		buf_puts(out, listed++ ? ", " : "");
		put_problem(cli, &problems[i], out);
		like += problems[i].count;
	}
	if (listed < like || like < files)
		buf_puts(out, mw_tr(&cli->style, "; --json lists them"));
	mw_tone_end(out, &cli->style, MW_TONE_DIM);
	buf_char(out, '\n');
}

static bool longer_than_screen(const struct mw_cli *cli, struct slice text)
{
	struct slice line;
	unsigned lines = 0;

	while (slice_line(&text, &line))
		lines++;
	return cli->screen_rows && lines >= cli->screen_rows;
}

int mw_cli_print(const struct mw_cli *cli, struct slice text)
{
	if (cli->terminal && !cli->options.no_pager && cli->options.interval == MW_NOT_GIVEN &&
	    longer_than_screen(cli, text))
		return mw_output_page(text);
	return mw_output_write(STDOUT_FILENO, text);
}

static int show_text(struct mw_cli *cli, struct mw_sample *x)
{
	scoped_buf struct buf out = { 0 };
	int error;

	mw_inside_note(cli, x, true, &out);
	error = cli->screen->text(cli, x, &out);
	mw_inside_note(cli, x, false, &out);
	put_problems(cli, x, &out);
	if (!error)
		error = out.error;
	if (error)
		return error;
	return mw_cli_print(cli, buf_slice(&out));
}

static int show_json(struct mw_cli *cli, struct mw_sample *x)
{
	scoped_buf struct buf out = { 0 };
	struct mw_json j;
	int error, ending;

	mw_json_init(&j, &out, mw_output_sink, NULL, cli->options.interval == MW_NOT_GIVEN);
	mw_json_object(&j, NULL);
	mw_json_header(&j, x->snapshot, MEMWHY_VERSION);
	error = cli->screen->json(cli, x, &j);
	if (cli->screen->findings)
		mw_json_findings(&j, &x->diagnosis, &cli->style);
	mw_json_runs(&j, x->snapshot);
	ending = mw_json_finish(&j);
	return error ? error : ending;
}

/* --- again and again -------------------------------------------------------------------------- */

static uint64_t monotonic(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Sleep until `*next`, and move it one interval on; late samples are left out, not made up for. */
static void wait_for(uint64_t *next, uint64_t interval)
{
	uint64_t now = monotonic();
	struct timespec t;

	while (*next <= now)
		*next += interval;
	t = (struct timespec){ (time_t)(*next / 1000000000), (long)(*next % 1000000000) };
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

int mw_cli_show(struct mw_cli *cli, struct mw_sample *x)
{
	return cli->options.json ? show_json(cli, x) : show_text(cli, x);
}

static int show(struct mw_cli *cli, struct mw_sample *x, uint64_t number)
{
	if (number && !cli->options.json && mw_output_write(STDOUT_FILENO, SLICE("\n")) < 0)
		return -EPIPE;
	return mw_cli_show(cli, x);
}

/* The source is stamped with the moment it was opened at. */
static void stamp(struct mw_source *source)
{
	int64_t clock = mw_clock(source);

	source->machine.taken_at += clock - source->machine.clock;
	source->machine.clock = clock;
}

/* Without /proc there is nothing to say of a running kernel, and dashes would look like an answer. */
static int check_kernel(struct mw_cli *cli)
{
	struct mw_source *source = cli->inner ? cli->inner : cli->source;
	struct mw_dir root = mw_root(source);
	struct mw_stat stat;

	if (source->machine.kind != MW_LIVE || mw_stat(&root, "proc/self", &stat) != -ENOENT)
		return 0;
	buf_puts(&cli->problem, mw_tr(&cli->style, "no /proc is mounted here"));
	return -ENOENT;
}

int mw_cli_run(struct mw_cli *cli)
{
	uint64_t interval = cli->options.interval, next = monotonic();
	struct mw_sample before = { 0 }, x = { 0 };
	int error = check_kernel(cli);

	if (interval != MW_NOT_GIVEN) {
		/* without SA_RESTART: it ends the sleep */
		sigaction(SIGINT, &(struct sigaction){ .sa_handler = on_interrupt }, NULL);
		arena_keep_spare(SPARE);
	}
	for (uint64_t n = 0; !error && !interrupted; n++) {
		x = (struct mw_sample){ 0 };
		error = take(cli, before.snapshot, &x);
		if (!error)
			error = show(cli, &x, n);
		mw_sample_release(&before);
		before = x;
		if (interval == MW_NOT_GIVEN || n + 1 == cli->options.count)
			break;
		if (!error) {
			wait_for(&next, interval);
			stamp(cli->source);
		}
	}
	arena_keep_spare(0);
	mw_sample_release(&before);
	if (!error && cli->options.save)
		error = mw_recorder_write(cli->source, cli->options.save);
	return error;
}
