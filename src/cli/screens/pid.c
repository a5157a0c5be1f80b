/* memwhy pid PID */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/list/select.h"
#include "ledger/sockets.h"

#include <errno.h>
#include <stdlib.h>

enum { LEDGER_DEPTH = 2 };

static int read_more(struct mw_cli *cli, struct mw_sample *x)
{
	const char *what = cli->options.operand;
	char own[16];
	int error;

	if (!strcmp(what, "self")) {
		snprintf(own, sizeof(own), "%d", (int)getpid());
		what = own;
	}
	error = mw_select_process(x->snapshot, what, cli->style.language, &x->target,
				  &cli->problem);
	if (error)
		return error;
	error = mw_engine_measure_pss(cli->source, x->snapshot, &x->target, 1,
				      mw_cli_budget(cli, MW_BUDGET_DEFAULT));
	if (!error)
		error = mw_engine_open_process(cli->source, x->snapshot, x->target,
					       mw_cli_budget(cli, MW_BUDGET_DEFAULT));
	if (error == -ESRCH)
		buf_printf(&cli->problem, mw_tr(&cli->style, "process %s ended while it was read"),
			   what);
	return error;
}

static void put_header(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *e = x->target;
	const char *comm = mw_get_text(e, M_P_COMM), *cmdline = mw_get_text(e, M_P_CMDLINE);
	struct mw_num uid = mw_get(e, M_P_UID), start = mw_get(e, M_P_START_TIME);
	uint64_t up = (uint64_t)mw_snapshot_machine(x->snapshot)->clock / 1000;
	scoped_buf struct buf user = { 0 };

	mw_tone_begin(out, &cli->style, MW_TONE_BOLD);
	mw_text_safe(out, slice_of(comm ? comm : e->name), cli->style.unicode);
	buf_printf(out, "[%llu]", (unsigned long long)e->id);
	mw_tone_end(out, &cli->style, MW_TONE_BOLD);
	if (uid.state == MW_OK) {
		mw_users_name(&cli->users, (uint32_t)uid.v, &user);
		buf_puts(out, mw_tr(&cli->style, "   user "));
		mw_text_safe(out, buf_slice(&user), cli->style.unicode);
	}
	if (start.state == MW_OK && up > start.v) {
		buf_puts(out, mw_tr(&cli->style, ", up "));
		mw_number_duration(out, &cli->style, up - start.v);
	}
	if (mw_get_or(e, M_P_KERNEL_THREAD, 0))
		buf_puts(out, mw_tr(&cli->style, ", a kernel thread: no memory of its own"));
	buf_puts(out, "\n");
	if (cmdline && *cmdline) {
		size_t room = cli->style.width > 4 ? cli->style.width - 2 : 0;
		scoped_buf struct buf safe = { 0 };

		mw_text_safe(&safe, slice_of(cmdline), cli->style.unicode);
		buf_puts(out, "  ");
		if (room)
			mw_text_shorten(out, buf_slice(&safe), room, MW_FLEX_END,
					cli->style.unicode);
		else
			buf_add(out, buf_slice(&safe));
		buf_char(out, '\n');
	}
	buf_char(out, '\n');
}

static const struct {
	enum mw_metric metric;
	const char *label, *remark;
} facts[] = {
	{ M_P_VSS, N_("address space"), N_("VSZ, VIRT: reserved, not memory") },
	{ M_P_RSS, N_("RSS"), N_("ps, top RES: shared pages count in full") },
	{ M_P_RSS_PEAK, N_("RSS, highest"), NULL },
	{ M_P_PSS, N_("PSS"), N_("shared pages divided by those who map them") },
	{ M_P_USS, N_("USS"), N_("what its end would free") },
	{ M_P_SWAP, N_("swap"), N_("anonymous memory only") },
	{ M_P_SWAP_PSS, N_("swap, shared divided"), NULL },
	{ M_P_PAGE_TABLES, N_("page tables"), N_("RAM, not in RSS") },
	{ M_P_HUGETLB, N_("huge pages (hugetlbfs)"), N_("RAM, not in RSS") },
	{ M_P_SOCKET_MEMORY, N_("socket buffers"), N_("kernel memory, not in RSS") },
	{ M_P_LOCKED, N_("locked"), NULL },
	{ M_P_PINNED, N_("pinned for devices"), NULL },
	{ M_P_ANON_THP, N_("transparent huge pages"), NULL },
	{ M_P_THREADS, N_("threads"), NULL },
	{ M_P_FDS, N_("descriptors"), NULL },
	{ M_P_OOM_SCORE, N_("OOM score"), N_("the highest is killed first") },
	{ M_P_OOM_SCORE_ADJ, N_("OOM adjustment"), N_("-1000 is never killed") },
	{ M_P_EXE, N_("program"), NULL },
	{ M_P_FD_LIMIT, N_("descriptor limit"), NULL },
	{ M_P_LOCK_LIMIT, N_("lock limit"), NULL },
	{ M_P_AS_LIMIT, N_("address space limit"), NULL },
	{ M_P_STACK_LIMIT, N_("stack limit"), NULL },
	{ M_P_MAJFLT, N_("faults with reading"), NULL },
};

/* "23: files 12 (1 deleted), sockets 7" */
static void put_descriptors(struct mw_cli *cli, const struct mw_entity *process, struct buf *out)
{
	static const struct {
		enum mw_metric metric;
		const char *kind;
	} kinds[] = {
		{ M_P_FD_FILES, N_("files") },      { M_P_FD_SOCKETS, N_("sockets") },
		{ M_P_FD_PIPES, N_("pipes") },      { M_P_FD_MEMFDS, N_("memfds") },
		{ M_P_FD_DMABUFS, N_("dma-bufs") }, { M_P_FD_OTHER, N_("others") },
	};
	uint64_t deleted = mw_get_or(process, M_P_FD_DELETED, 0);
	bool any = false;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		uint64_t count = mw_get_or(process, kinds[i].metric, 0);

		if (!count)
			continue;
		buf_puts(out, any ? ", " : ": ");
		any = true;
		buf_puts(out, mw_tr(&cli->style, kinds[i].kind));
		buf_char(out, ' ');
		buf_u64(out, count);
		if (kinds[i].metric == M_P_FD_FILES && deleted)
			buf_printf(out, mw_tr(&cli->style, " (%llu deleted)"),
				   (unsigned long long)deleted);
	}
}

/* "ESTAB 4, CLOSE-WAIT 1; 97.7 KiB received, not read": of TCP, unless a capture has them all. */
static int put_sockets(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *sum = mw_sockets_sum(x->snapshot, x->target, &x->arena);
	struct mw_socket_groups states;
	int error = mw_sockets_group(x->snapshot, MW_SOCKETS_BY_STATE, x->target, &x->arena,
				     &states);

	if (!sum || error)
		return -ENOMEM;
	if (!states.count)
		return 0;
	mw_fact(cli, out, N_("sockets by state"));
	for (size_t i = 0; i < states.count; i++) {
		buf_puts(out, i ? ", " : "");
		mw_text_safe(out, slice_of(states.at[i]->name), cli->style.unicode);
		buf_char(out, ' ');
		buf_u64(out, mw_get_or(states.at[i], M_SK_COUNT, 0));
	}
	mw_amount(cli, out, "; ", mw_get_or(sum, M_SK_RECV_QUEUE, 0), N_("received, not read"));
	mw_amount(cli, out, "; ", mw_get_or(sum, M_SK_SEND_QUEUE, 0), N_("sent, not acknowledged"));
	buf_char(out, '\n');
	return 0;
}

static void put_facts(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++) {
		enum mw_metric metric = facts[i].metric;
		struct mw_num n = mw_get(x->target, metric);
		size_t start;
		double rate;

		if (n.state == MW_ABSENT)
			continue;
		mw_fact(cli, out, facts[i].label);
		start = out->len;
		if (n.state == MW_UNLIMITED)
			buf_puts(out, mw_tr(&cli->style, "none"));
		else
			mw_number_metric(out, &cli->style, x->target, metric, &x->notes);
		if (metric == M_P_FDS)
			put_descriptors(cli, x->target, out);
		if (mw_metric_info(metric)->type == MW_COUNTER &&
		    mw_view_rate(&x->view, x->target, metric, &rate) == MW_OK) {
			buf_puts(out, mw_tr(&cli->style, ", now "));
			mw_number_rate(out, rate);
		}
		if (facts[i].remark) {
			size_t used = mw_text_width(slice_skip(buf_slice(out), start));

			do
				buf_char(out, ' ');
			while (++used < 12);
			mw_tone_puts(out, &cli->style, MW_TONE_DIM, facts[i].remark);
		}
		buf_char(out, '\n');
	}
}

/* Its groups, outwards. */
static int put_groups(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("in the groups"), .flex = MW_FLEX_MIDDLE },
		{ .title = N_("used"), .align = MW_RIGHT },
		{ .title = N_("limit"), .align = MW_RIGHT },
		{ .title = N_("left"), .align = MW_RIGHT },
	};
	static const enum mw_metric metrics[] = { M_CG_USAGE, M_CG_LIMIT, M_CG_HEADROOM };
	scoped_table struct mw_table t = { 0 };

	if (x->target->parent)
		buf_char(out, '\n');
	mw_table_init(&t, &cli->style, columns, 4);
	for (const struct mw_entity *g = x->target->parent; g; g = g->parent) {
		mw_table_row(&t, 0);
		mw_cell_group(&t, MW_TONE_PLAIN, g);
		for (size_t i = 0; i < 3; i++)
			mw_number_metric(mw_cell(&t, MW_TONE_PLAIN), &cli->style, g, metrics[i],
					 &x->notes);
	}
	return mw_table_write(&t, out);
}

static void put_next(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const char *commands[4] = { NULL };
	size_t n = 0;

	if (cli->options.depth == MW_NOT_GIVEN)
		commands[n++] = arena_printf(&x->arena, "memwhy pid %llu --depth 4",
					     (unsigned long long)x->target->id);
	if (x->target->parent)
		commands[n++] = arena_printf(&x->arena, "memwhy container %llu",
					     (unsigned long long)x->target->id);
	commands[n++] = "memwhy ps";
	mw_next(cli, out, commands);
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_account *account = mw_ledger_process(&x->arena, x->snapshot, x->target);
	int error;

	if (!account)
		return -ENOMEM;
	mw_users_read(&cli->users, cli->source, !cli->options.root);
	put_header(cli, x, out);
	error = mw_findings_put(cli, x, out);
	if (error)
		return error;
	error = mw_cli_account(cli, x, account, N_("resident memory (RSS)"), LEDGER_DEPTH, out);
	if (error)
		return error;
	buf_char(out, '\n');
	put_facts(cli, x, out);
	error = put_sockets(cli, x, out);
	if (!error)
		error = put_groups(cli, x, out);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	put_next(cli, x, out);
	return error;
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	const struct mw_filter all = { .container = x->target };
	const struct mw_sorting by = { { .metric = M_R_RSS, .name = "rss" }, true };
	struct mw_account *account = mw_ledger_process(&x->arena, x->snapshot, x->target);
	struct mw_rows regions;
	int error = account ? mw_rows_choose(&x->view, MW_REGION, &all, &by, &x->arena, &regions)
			    : -ENOMEM;

	if (error)
		return error;
	mw_json_array(j, "processes");
	mw_json_object(j, NULL);
	mw_json_row(j, &x->view, x->target);
	mw_json_entities(j, "regions", regions.at, regions.count);
	mw_json_end(j);
	mw_json_end(j);
	mw_cli_account_json(j, account);
	return 0;
}

/* A capture has what was made of all processes' sockets in the place of each one's. */
static uint32_t want_more(const struct mw_cli *cli)
{
	struct mw_dir root = mw_root(cli->source);
	struct mw_stat st;

	return cli->source->machine.kind != MW_LIVE && !mw_stat(&root, MW_KEPT_SOCKETS, &st)
		       ? MW_WANT_SOCKETS
		       : 0;
}

const struct mw_screen mw_screen_pid = {
	.want = MW_WANT_NODE | MW_WANT_CGROUPS | MW_WANT_PROCESSES | MW_WANT_CMDLINE,
	.kind = MW_KINDS,
	.findings = true,
	.more = want_more,
	.read = read_more,
	.text = text,
	.json = json,
};
