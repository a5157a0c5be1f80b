/* memwhy: one page. */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/screens/inside.h"
#include "model/title.h"

#include <errno.h>
#include <time.h>

enum { USUAL_ROWS = 5 };

/* --- first line ------------------------------------------------------------------------------- */

static void put_time(const struct mw_machine *machine, struct buf *out)
{
	time_t seconds = (time_t)(machine->taken_at / 1000000000);
	struct tm tm;
	char text[64] = "";

	/* a capture is not of today */
	if (machine->taken_at && localtime_r(&seconds, &tm))
		strftime(text, sizeof(text),
			 machine->kind == MW_LIVE ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &tm);
	buf_puts(out, text);
}

/* @return how much of the line is the name */
static size_t put_name(struct mw_cli *cli, const struct mw_snapshot *s, struct buf *line)
{
	const struct mw_machine *machine = mw_snapshot_machine(s);
	const struct mw_entity *own = mw_inside_is(s) ? mw_inside_group(s) : NULL;
	scoped_buf struct buf name = { 0 };
	size_t used;

	if (own && mw_group_has_title(own))
		mw_group_title(own, &name);
	else
		buf_puts(&name,
			 *machine->host ? machine->host : mw_tr(&cli->style, "this machine"));
	mw_text_safe(line, buf_slice(&name), cli->style.unicode);
	used = line->len;
	buf_puts(line, "   ");
	if (mw_inside_is(s)) {
		mw_inside_where(cli, s, line);
		buf_puts(line, mw_tr(&cli->style, ", "));
	}
	return used;
}

static void put_memory(struct mw_cli *cli, const struct mw_snapshot *s, struct buf *line)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	struct mw_num swap = mw_get(node, M_SWAP_TOTAL);

	mw_number_num(line, &cli->style, mw_get(node, M_MEM_TOTAL), NULL);
	if (swap.state == MW_OK && swap.v) {
		buf_puts(line, mw_tr(&cli->style, ", swap "));
		mw_number_size(line, &cli->style, swap.v);
	} else if (swap.state == MW_OK) {
		buf_puts(line, mw_tr(&cli->style, ", no swap"));
	}
}

/* A limit above counts as well, where it is told. */
static void put_limit(struct mw_cli *cli, const struct mw_snapshot *s, struct buf *line)
{
	const struct mw_entity *own = mw_inside_group(s);
	struct mw_num all = mw_get(mw_snapshot_node(s), M_MEM_TOTAL);
	struct mw_num limit = { 0, MW_ABSENT };

	if (own)
		limit = mw_get(own, M_CG_EFFECTIVE_LIMIT);
	if (limit.state != MW_OK) {
		buf_puts(line, mw_tr(&cli->style, "limit unknown"));
	} else if (all.state == MW_OK && limit.v >= all.v) {
		buf_puts(line, mw_tr(&cli->style, "no limit below the machine's "));
		mw_number_num(line, &cli->style, all, NULL);
	} else {
		buf_puts(line, mw_tr(&cli->style, "limit "));
		mw_number_num(line, &cli->style, limit, NULL);
	}
}

static void put_header(struct mw_cli *cli, const struct mw_snapshot *s, struct buf *out)
{
	const struct mw_machine *machine = mw_snapshot_machine(s);
	const char *cgroup = mw_get_text(mw_snapshot_node(s), M_CGROUP);
	bool inside = mw_inside_is(s);
	scoped_buf struct buf line = { 0 }, time = { 0 }, up = { 0 };
	size_t used = put_name(cli, s, &line), room = cli->style.width;

	buf_puts(&line, "Linux ");
	mw_text_safe(&line,
		     slice_of(*machine->kernel ? machine->kernel : mw_tr(&cli->style, "(unknown)")),
		     cli->style.unicode);
	buf_printf(&line, mw_tr(&cli->style, ", cgroup %s, "),
		   cgroup ? cgroup : mw_tr(&cli->style, "none"));
	(inside ? put_limit : put_memory)(cli, s, &line);
	put_time(machine, &time);
	if (machine->clock && !inside) {
		buf_puts(&up, mw_tr(&cli->style, ", up "));
		mw_number_duration(&up, &cli->style, (uint64_t)machine->clock / 1000);
	}
	/* what is known elsewhere gives way first */
	if (!room ||
	    mw_text_width(buf_slice(&line)) + mw_text_width(buf_slice(&up)) + 3 + time.len <= room)
		buf_add(&line, buf_slice(&up));
	if (room && mw_text_width(buf_slice(&line)) + 3 + time.len > room)
		buf_clear(&time);
	mw_tone_begin(out, &cli->style, MW_TONE_BOLD);
	buf_add(out, (struct slice){ line.at, used });
	mw_tone_end(out, &cli->style, MW_TONE_BOLD);
	buf_add(out, slice_skip(buf_slice(&line), used));
	used = mw_text_width(buf_slice(&line)) + time.len;
	for (size_t blanks = 0; time.len && (blanks < 3 || used + blanks < room); blanks++)
		buf_char(out, ' ');
	buf_add(out, buf_slice(&time));
	buf_puts(out, "\n\n");
}

/* --- containers ------------------------------------------------------------------------------- */

/* A limit is told once: at the group that has it. */
static bool has_binding_limit(const struct mw_entity *e)
{
	const char *of = mw_get_text(e, M_CG_HEADROOM_OF);

	return of && !strcmp(of, e->name) && mw_get(e, M_CG_LIMIT).state == MW_OK;
}

/* Where nothing is limited, groups that hold processes themselves are what people call containers. */
static bool holds_processes(const struct mw_entity *e)
{
	return mw_get_or(e, M_CG_PROCESSES, 0) > 0 && strcmp(e->name, "/") != 0;
}

static size_t most_rows(const struct mw_cli *cli)
{
	return cli->options.rows == MW_NOT_GIVEN ? USUAL_ROWS : cli->options.rows;
}

static void keep(struct mw_rows *rows, bool (*wanted)(const struct mw_entity *), size_t most)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->count; i++)
		if (wanted(rows->at[i]))
			rows->at[kept++] = rows->at[i];
	rows->total = kept;
	rows->count = most && most < kept ? most : kept;
}

static int choose_groups(struct mw_cli *cli, struct mw_sample *x)
{
	const struct mw_filter all = { .most = 0 };
	const struct mw_sorting left = { { .metric = M_CG_HEADROOM }, false };
	const struct mw_sorting used = { { .metric = M_CG_USAGE }, true };
	int error = mw_rows_choose(&x->view, MW_CGROUP, &all, &left, &x->arena, &x->rows);

	if (error)
		return error;
	keep(&x->rows, has_binding_limit, most_rows(cli));
	if (x->rows.count)
		return 0;
	error = mw_rows_choose(&x->view, MW_CGROUP, &all, &used, &x->arena, &x->rows);
	if (!error)
		keep(&x->rows, holds_processes, most_rows(cli));
	return error;
}

/* Our own container first, then those in it. */
static int put_own_first(struct mw_sample *x)
{
	struct mw_entity **at = arena_array(&x->arena, x->rows.count + 1,
					    sizeof(struct mw_entity *));
	size_t count = 1;

	if (!at)
		return -ENOMEM;
	at[0] = x->target;
	for (size_t i = 0; i < x->rows.count; i++)
		if (x->rows.at[i] != x->target)
			at[count++] = x->rows.at[i];
	x->rows.at = at;
	x->rows.count = count;
	return 0;
}

static int choose_containers(struct mw_cli *cli, struct mw_sample *x)
{
	int error = choose_groups(cli, x);

	if (error || !mw_inside_is(x->snapshot))
		return error;
	x->target = mw_inside_group(x->snapshot);
	return x->target ? put_own_first(x) : 0;
}

/* @limited false: the machine is everybody's limit, which says nothing in each row */
static void put_container(struct mw_cli *cli, struct mw_sample *x, struct mw_table *t,
			  const struct mw_entity *e, bool limited)
{
	struct mw_num limit = mw_get(e, M_CG_EFFECTIVE_LIMIT),
		      fixed = mw_get(e, M_CG_UNRECLAIMABLE);
	struct mw_num left = mw_get(e, M_CG_HEADROOM);
	bool share = limited && limit.state == MW_OK && fixed.state == MW_OK && limit.v;
	enum mw_tone tone = left.state != MW_OK || limit.state != MW_OK ? MW_TONE_DIM
			    : left.v < limit.v / 20                     ? MW_TONE_CRITICAL
			    : left.v < limit.v / 10                     ? MW_TONE_WARNING
									: MW_TONE_PLAIN;

	mw_table_row(t, 0);
	mw_cell_group(t, MW_TONE_PLAIN, e);
	mw_number_num(mw_cell(t, MW_TONE_PLAIN), &cli->style, mw_get(e, M_CG_USAGE), &x->notes);
	if (limited)
		mw_number_num(mw_cell(t, MW_TONE_PLAIN), &cli->style, limit, &x->notes);
	else
		mw_cell_skip(t, 1);
	mw_number_num(mw_cell(t, MW_TONE_PLAIN), &cli->style, fixed, &x->notes);
	if (share) {
		mw_cell_bar(t, tone, fixed.v, limit.v);
		mw_number_percent(mw_cell(t, MW_TONE_PLAIN), &cli->style, (int64_t)fixed.v,
				  limit.v);
		buf_puts(&t->text, " %");
	} else {
		mw_cell_skip(t, 2);
	}
	mw_number_num(mw_cell(t, tone), &cli->style, left, &x->notes);
}

/* "  38 containers take 13.4 GiB, 12 pods: memwhy pods" */
static void put_sum(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	size_t containers = 0, pods = mw_snapshot_count(x->snapshot, MW_POD);
	const struct mw_entity *e;
	uint64_t used = 0;

	mw_for_each (e, x->snapshot, MW_CGROUP) {
		if (!mw_group_role_is(e, "container") || mw_group_container(e) != e)
			continue;
		containers++;
		used += mw_get_or(e, M_CG_USAGE, 0);
	}
	if (!containers)
		return;
	buf_puts(out, "  ");
	mw_number_count(out, &cli->style, containers, "container", "containers");
	buf_puts(out, mw_tr(&cli->style, " in all: "));
	mw_number_size(out, &cli->style, used);
	if (pods) {
		buf_puts(out, mw_tr(&cli->style, "; "));
		mw_number_count(out, &cli->style, pods, "Kubernetes pod", "Kubernetes pods");
		buf_puts(out, ": memwhy pods");
	}
	buf_char(out, '\n');
}

static int put_containers(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	bool limited = x->rows.count && has_binding_limit(x->rows.at[0]);
	const struct mw_column columns[] = {
		{ .title = limited ? N_("nearest to their limit")
				   : N_("largest groups, none has a limit"),
		  .flex = MW_FLEX_MIDDLE,
		  .min = 30 },
		{ .title = N_("used"), .align = MW_RIGHT },
		{ .title = limited ? N_("limit") : NULL, .align = MW_RIGHT },
		{ .title = N_("cannot be reclaimed"), .align = MW_RIGHT },
		{ .drop = MW_DROP_BAR, .bar = limited ? 10 : 0 },
		{ .align = MW_RIGHT, .drop = MW_DROP_SHARE },
		{ .title = N_("left"), .align = MW_RIGHT },
	};
	size_t all = mw_snapshot_count(x->snapshot, MW_CGROUP);
	scoped_table struct mw_table t = { 0 };
	int error;

	if (!x->rows.count)
		return 0;
	buf_char(out, '\n');
	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < x->rows.count; i++)
		put_container(cli, x, &t, x->rows.at[i], limited);
	error = mw_table_write(&t, out);
	put_sum(cli, x, out);
	if (all > x->rows.count)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: memwhy containers\n"),
			   cli->style.unicode ? "…" : "...", all - x->rows.count);
	return error;
}

/* --- processes -------------------------------------------------------------------------------- */

static int choose_processes(struct mw_cli *cli, struct mw_sample *x, struct mw_rows *out)
{
	const struct mw_filter some = { .container = x->target, .most = most_rows(cli) };
	const struct mw_sorting by = { { .metric = M_P_RSS, .name = "rss" }, true };

	return mw_rows_choose(&x->view, MW_PROCESS, &some, &by, &x->arena, out);
}

static int put_processes(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_sorting by = { { .as = MW_AS_PID, .name = "pid" }, true };
	struct mw_columns columns;
	struct mw_rows rows;
	int error = choose_processes(cli, x, &rows);

	if (error || !rows.count)
		return error;
	error = mw_columns_parse(MW_PROCESS,
				 x->target ? "pid,name,user:2,rss,anon:3,shmem:4,swap"
					   : "pid,name,user:2,container:1,rss,anon:3,shmem:4,swap",
				 NULL, cli->style.language, &columns, &cli->problem);
	if (error)
		return error;
	mw_users_read(&cli->users, cli->source, !cli->options.root);
	mw_heading(cli, out, "largest processes");
	error = mw_rows_write(&x->view, &rows, &columns, &by, &cli->users, &cli->style, false,
			      &x->notes, out);
	if (rows.total > rows.count)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: memwhy ps\n"),
			   cli->style.unicode ? "…" : "...", rows.total - rows.count);
	return error;
}

/* --- the page --------------------------------------------------------------------------------- */

static int put_next(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const char *commands[5] = { "memwhy node" };
	struct mw_rows largest;
	size_t n = 1;
	int error = choose_processes(cli, x, &largest);

	if (error)
		return error;
	if (x->rows.count)
		commands[n++] = mw_command_about(x, "memwhy container", x->rows.at[0]);
	if (largest.count)
		commands[n++] = arena_printf(&x->arena, "memwhy pid %llu",
					     (unsigned long long)largest.at[0]->id);
	mw_next(cli, out, commands);
	return 0;
}

static void put_available(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);

	if (mw_get(node, M_MEM_AVAILABLE).state != MW_OK)
		return;
	buf_puts(out, "  ");
	mw_number_metric(out, &cli->style, node, M_MEM_AVAILABLE, &x->notes);
	buf_puts(out, mw_tr(&cli->style, " could be had without swapping"));
	if (mw_get_or(node, M_SWAP_TOTAL, 0)) {
		buf_puts(out, mw_tr(&cli->style, "; swap: "));
		mw_number_metric(out, &cli->style, node, M_SWAP_FREE, &x->notes);
		buf_puts(out, mw_tr(&cli->style, " free"));
	}
	buf_char(out, '\n');
}

/* The machine's account and the groups nearest to their limits. */
static int put_machine(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_account *account = mw_ledger_node(&x->arena, x->snapshot);
	int error = account ? mw_cli_account(cli, x, account, N_("where the memory is"), 1, out)
			    : -ENOMEM;

	if (error)
		return error;
	put_available(cli, x, out);
	return put_containers(cli, x, out);
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	bool inside = mw_inside_is(x->snapshot);
	int error;

	put_header(cli, x->snapshot, out);
	error = mw_findings_put(cli, x, out);
	if (!error)
		error = inside ? mw_inside_account(cli, x, out) : put_machine(cli, x, out);
	if (!error)
		error = put_processes(cli, x, out);
	if (error)
		return error;
	if (inside)
		mw_inside_limits_of_view(cli, x, out);
	if (inside && (x->notes.seen[MW_ABSENT] || x->notes.seen[MW_DENIED]))
		buf_char(out, '\n');
	mw_notes_write(&x->notes, &cli->style, 2, out);
	return put_next(cli, x, out);
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	struct mw_account *account = mw_ledger_node(&x->arena, x->snapshot);
	struct mw_account *own = x->target ? mw_ledger_container(&x->arena, x->snapshot, x->target)
					   : NULL;
	struct mw_rows largest;
	int error = account ? choose_processes(cli, x, &largest) : -ENOMEM;

	if (error)
		return error;
	mw_json_node(j, x->snapshot);
	mw_json_entities(j, "containers", x->rows.at, x->rows.count);
	mw_json_entities(j, "processes", largest.at, largest.count);
	mw_json_array(j, "accounts");
	if (own)
		mw_json_account(j, own, 0);
	mw_json_account(j, account, 0);
	mw_json_end(j);
	return 0;
}

const struct mw_screen mw_screen_overview = {
	.want = MW_WANT_NODE | MW_WANT_CGROUPS | MW_WANT_PROCESSES,
	.kind = MW_KINDS,
	.findings = true,
	.choose = choose_containers,
	.text = text,
	.json = json,
};
