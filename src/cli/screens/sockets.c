/* memwhy sockets */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/list/select.h"
#include "ledger/sockets.h"

#include <errno.h>

enum { USUAL_ROWS = 10 };

/* What --by takes, with the columns that say something then. */
static const struct {
	const char *name, *columns, *title;
} modes[] = {
	[MW_SOCKETS_BY_STATE] = { "state",
				  "protocol,name,count,processes:2,unread:3,recv,unsent:4,send,"
				  "memory,room:5",
				  N_("by protocol and state") },
	[MW_SOCKETS_BY_PROCESS] = { "process",
				    "pid,name,container:4,count,close_wait:3,recv,send,memory,"
				    "shared:5",
				    N_("by process") },
	[MW_SOCKETS_BY_CONTAINER] = { "container",
				      "name,processes:2,count,close_wait:3,recv,send,memory,"
				      "ownerless:4",
				      N_("by container") },
	[MW_SOCKETS_BY_PEER] = { "peer", "name,processes:2,count,close_wait:1,recv,send,memory:3",
				 N_("by remote address") },
};

enum { MODES = sizeof(modes) / sizeof(*modes) };

static int mode_of(struct mw_cli *cli, enum mw_sockets_by *out)
{
	const char *by = cli->options.by;

	*out = MW_SOCKETS_BY_PROCESS;
	if (!by)
		return 0;
	for (size_t i = 0; i < MODES; i++)
		if (!strcmp(modes[i].name, by)) {
			*out = i;
			return 0;
		}
	buf_puts(&cli->problem, mw_tr(&cli->style, "--by takes "));
	for (size_t i = 0; i < MODES; i++)
		buf_printf(&cli->problem, "%s%s", i ? ", " : "", modes[i].name);
	return -EINVAL;
}

static uint32_t want_more(const struct mw_cli *cli)
{
	return cli->options.by && !strcmp(cli->options.by, "peer") ? MW_WANT_PEERS : 0;
}

/* Rows under the headings of a mode. @usual  the columns too are those of the mode */
static int choose_rows(struct mw_cli *cli, struct mw_sample *x, enum mw_sockets_by by, size_t most,
		       struct mw_rows *out)
{
	const struct mw_options *o = &cli->options;
	struct mw_listed memory = { .metric = M_SK_MEMORY };
	struct mw_filter filter = {
		.min_by = cli->sorting.by.as == MW_AS_METRIC ? &cli->sorting.by : &memory,
		.min = o->min != MW_NOT_GIVEN ? o->min : 0,
		.most = most,
	};
	struct mw_socket_groups groups;
	int error = mw_sockets_group(x->snapshot, by, x->target, &x->arena, &groups);

	return error ? error
		     : mw_rows_choose_of(&x->view, groups.at, groups.count, &filter, &cli->sorting,
					 &x->arena, out);
}

static int choose(struct mw_cli *cli, struct mw_sample *x)
{
	const struct mw_options *o = &cli->options;
	bool all = o->json || !cli->terminal;
	size_t most = o->rows != MW_NOT_GIVEN ? o->rows : all ? 0 : USUAL_ROWS;
	enum mw_sockets_by by;
	int error = mode_of(cli, &by);

	if (!error && o->container)
		error = mw_select_container(x->snapshot, o->container, cli->style.language,
					    &x->target, &cli->problem);
	return error ? error : choose_rows(cli, x, by, most, &x->rows);
}

static int put_table(struct mw_cli *cli, struct mw_sample *x, enum mw_sockets_by by,
		     const char *columns, const struct mw_rows *rows, struct buf *out)
{
	/* headings are made anew each time: they have no before */
	const struct mw_view now = mw_view_of(NULL, x->snapshot);
	struct mw_columns shown;
	int error = mw_columns_parse(MW_SOCKETS, modes[by].columns, columns, cli->style.language,
				     &shown, &cli->problem);

	if (error)
		return error;
	mw_heading(cli, out, modes[by].title);
	if (!rows->count)
		buf_puts(out, mw_tr(&cli->style, "  none\n"));
	return mw_rows_write(&now, rows, &shown, &cli->sorting, &cli->users, &cli->style, false,
			     &x->notes, out);
}

/* --- the sum ---------------------------------------------------------------------------------- */

/* v1 charges TCP's buffers to no group's usage, but those of unix sockets and pipes, as kernel memory. */
static bool is_v1(const struct mw_snapshot *s)
{
	return mw_snapshot_count(s, MW_CGROUP) &&
	       mw_get_or(mw_snapshot_at(s, MW_CGROUP, 0), M_CG_VERSION, 2) == 1;
}

static void put_queue(struct mw_cli *cli, struct mw_sample *x, struct buf *out, const char *label,
		      enum mw_metric bytes, enum mw_metric count, const struct mw_entity *sum)
{
	mw_fact(cli, out, label);
	mw_number_metric(out, &cli->style, sum, bytes, &x->notes);
	if (mw_get_or(sum, count, 0)) {
		buf_puts(out, mw_tr(&cli->style, " in "));
		mw_number_count(out, &cli->style, mw_get(sum, count).v, "socket", "sockets");
	}
	buf_char(out, '\n');
}

static void put_tcp(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);

	if (mw_get(node, M_TCP_MEM).state != MW_OK || x->target)
		return;
	mw_fact(cli, out, N_("TCP, the kernel's count"));
	mw_number_metric(out, &cli->style, node, M_TCP_MEM, &x->notes);
	if (mw_get(node, M_TCP_MEM_PRESSURE).state == MW_OK) {
		buf_puts(out, mw_tr(&cli->style, ", throttled from "));
		mw_number_metric(out, &cli->style, node, M_TCP_MEM_PRESSURE, &x->notes);
	}
	buf_char(out, '\n');
}

static int put_sum(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *sum = mw_sockets_sum(x->snapshot, x->target, &x->arena);

	if (!sum)
		return -ENOMEM;
	mw_fact(cli, out, N_("sockets and pipes"));
	mw_number_metric(out, &cli->style, sum, M_SK_COUNT, &x->notes);
	if (mw_get_or(sum, M_SK_PROCESSES, 0)) {
		buf_puts(out, mw_tr(&cli->style, " of "));
		mw_number_count(out, &cli->style, mw_get(sum, M_SK_PROCESSES).v, "process",
				"processes");
	}
	if (mw_get_or(sum, M_SK_OWNERLESS, 0))
		buf_printf(out, mw_tr(&cli->style, ", %llu of nobody"),
			   (unsigned long long)mw_get(sum, M_SK_OWNERLESS).v);
	buf_char(out, '\n');
	mw_fact(cli, out, N_("memory of their queues"));
	mw_number_metric(out, &cli->style, sum, M_SK_MEMORY, &x->notes);
	if (is_v1(x->snapshot) && mw_get_or(sum, M_SK_MEMORY, 0))
		mw_tone_puts(out, &cli->style, MW_TONE_DIM,
			     N_("   TCP's part is in no group's usage: cgroup v1"));
	buf_char(out, '\n');
	put_queue(cli, x, out, N_("received, not read"), M_SK_RECV_QUEUE, M_SK_UNREAD, sum);
	put_queue(cli, x, out, N_("sent, not acknowledged"), M_SK_SEND_QUEUE, M_SK_UNSENT, sum);
	put_tcp(cli, x, out);
	return 0;
}

/* --- the screen ------------------------------------------------------------------------------- */

/* The other views. */
static void put_next(struct mw_cli *cli, enum mw_sockets_by by, struct buf *out)
{
	static const struct {
		enum mw_sockets_by by;
		const char *command;
	} views[] = {
		{ MW_SOCKETS_BY_PEER, "memwhy sockets --by peer" },
		{ MW_SOCKETS_BY_CONTAINER, "memwhy sockets --by container" },
	};
	const char *next[sizeof(views) / sizeof(*views) + 2] = { NULL };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(views) / sizeof(*views); i++)
		if (views[i].by != by)
			next[n++] = views[i].command;
	next[n] = "ss -tanmp";
	mw_next(cli, out, next);
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	enum mw_sockets_by by;
	struct mw_rows states;
	size_t left = x->rows.total - x->rows.count;
	int error = mode_of(cli, &by);

	x->notes.reason[MW_ABSENT] = N_(
		"absent: what listens holds no data; what is in pipes, only BPF tells "
		"(root)");
	if (!error)
		error = mw_findings_put(cli, x, out);
	if (!error)
		error = put_sum(cli, x, out);
	if (!error && !cli->options.by) {
		const struct mw_sorting sorting = cli->sorting;

		mw_sorting_parse(MW_SOCKETS, "memory", cli->style.language, &cli->sorting,
				 &cli->problem);
		error = choose_rows(cli, x, MW_SOCKETS_BY_STATE, 0, &states);
		if (!error)
			error = put_table(cli, x, MW_SOCKETS_BY_STATE, NULL, &states, out);
		cli->sorting = sorting;
	}
	if (!error)
		error = put_table(cli, x, by, cli->options.columns, &x->rows, out);
	if (error)
		return error;
	if (left)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: -n 0 shows all\n"),
			   cli->style.unicode ? "…" : "...", left);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	put_next(cli, by, out);
	return 0;
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	const struct mw_entity *row;

	if (cli->options.by) {
		mw_json_array(j, "socket_groups");
		for (size_t i = 0; i < x->rows.count; i++) {
			mw_json_object(j, NULL);
			mw_json_puts(j, "by", cli->options.by);
			mw_json_entity(j, x->rows.at[i]);
			mw_json_end(j);
		}
		mw_json_end(j);
		return 0;
	}
	mw_json_array(j, "sockets");
	mw_for_each (row, x->snapshot, MW_SOCKETS) {
		if (x->target && !mw_is_within(mw_sockets_owner(row), x->target))
			continue;
		mw_json_object(j, NULL);
		mw_json_row(j, &x->view, row);
		mw_json_end(j);
	}
	mw_json_end(j);
	return 0;
}

const struct mw_screen mw_screen_sockets = {
	.want = MW_WANT_PROCESSES | MW_WANT_CGROUP_NAMES | MW_WANT_SOCKETS | MW_WANT_SOCKET_OWNERS,
	.kind = MW_SOCKETS,
	.columns = "name,count",
	.sort = "memory",
	.findings = true,
	.more = want_more,
	.choose = choose,
	.text = text,
	.json = json,
};
