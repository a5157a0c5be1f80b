/* memwhy containers, memwhy pods, memwhy ps */
#include "cli/cli.h"
#include "cli/list/grouping.h"
#include "cli/list/select.h"
#include "cli/screens/lists.h"

#include <errno.h>

enum { USUAL_ROWS = 20, MOST_USERS = 64 };

size_t mw_list_most(const struct mw_cli *cli)
{
	if (cli->options.rows != MW_NOT_GIVEN)
		return cli->options.rows;
	/* a person reads the first screen, a program wants all */
	return cli->terminal && !cli->options.json ? USUAL_ROWS : 0;
}

/* The size that --min means: the sort column when it is one, otherwise the usual one. */
static struct mw_listed min_column(const struct mw_cli *cli)
{
	const struct mw_listed *by = &cli->sorting.by;
	enum mw_kind kind = cli->screen->kind;
	struct mw_listed usual = { .metric = kind == MW_PROCESS ? M_P_RSS
					     : kind == MW_POD   ? M_PD_USAGE
					     : kind == MW_FILE  ? M_F_CACHED
								: M_CG_USAGE };
	enum mw_unit unit = mw_metric_info(by->metric)->unit;

	if (by->as == MW_AS_METRIC && by->metric != M_CG_HEADROOM && by->metric != M_PD_HEADROOM &&
	    (unit == MW_BYTES || unit == MW_KIB || unit == MW_PAGES))
		return *by;
	return usual;
}

int mw_list_choose(struct mw_cli *cli, struct mw_sample *x, size_t most)
{
	const struct mw_options *o = &cli->options;
	uint32_t uids[MOST_USERS];
	struct mw_listed min_by = min_column(cli);
	struct mw_filter filter = {
		.uids = uids,
		.min_by = &min_by,
		.min = o->min != MW_NOT_GIVEN ? o->min : 0,
		.most = most,
	};
	struct mw_entity *container = NULL;
	struct slice who;
	int error;

	if (cli->screen->kind == MW_PROCESS)
		mw_users_read(&cli->users, cli->source, !o->root);
	if (o->users.len) {
		int count = mw_users_resolve(&cli->users, o->users, uids, MOST_USERS, &who);

		if (count < 0) {
			buf_puts(&cli->problem, mw_tr(&cli->style, "--user: nobody is called '"));
			buf_add(&cli->problem, who);
			buf_puts(&cli->problem, mw_tr(&cli->style, "' here"));
			return count;
		}
		filter.uid_count = (size_t)count;
	}
	if (o->container) {
		error = mw_select_container(x->snapshot, o->container, cli->style.language,
					    &container, &cli->problem);
		if (error)
			return error;
		filter.container = container;
	}
	if (o->role && !mw_role_known(o->role)) {
		buf_printf(&cli->problem, mw_tr(&cli->style, "--role: no group is a '%s'"),
			   o->role);
		return -EINVAL;
	}
	filter.role = o->role;
	return mw_rows_choose(&x->view, cli->screen->kind, &filter, &cli->sorting, &x->arena,
			      &x->rows);
}

static int choose(struct mw_cli *cli, struct mw_sample *x)
{
	const struct mw_options *o = &cli->options;
	const struct mw_by *by;
	int error;

	if (!o->by)
		return mw_list_choose(cli, x, mw_list_most(cli));
	by = mw_by_find(cli->screen->kind, o->by, cli->style.language, &cli->problem);
	if (!by)
		return -EINVAL;
	error = mw_list_choose(cli, x, 0);
	return error ? error
		     : mw_rows_group(by, o->role, &cli->sorting, mw_list_most(cli), &x->arena,
				     &x->rows);
}

/* In a run that repeats, PSS of processes that stand still is measured as often as this. */
enum { PSS_AGE_S = 10 };

static void keep_pss(struct mw_cli *cli, struct mw_sample *x)
{
	int64_t now = mw_snapshot_machine(x->snapshot)->clock;

	if (x->view.before && !cli->options.exact &&
	    now - cli->pss_measured < PSS_AGE_S * INT64_C(1000000000))
		mw_engine_keep_pss(&x->view, x->rows.at, x->rows.count);
	else
		cli->pss_measured = now;
}

/* PSS of what will be shown; of all candidates when it decides what that is. */
static int read_pss(struct mw_cli *cli, struct mw_sample *x)
{
	const struct mw_columns none = { .count = 0 };
	bool decides = mw_columns_cost(&none, &cli->sorting);
	struct mw_sorting wanted = cli->sorting;
	int error;

	if (!mw_columns_cost(&cli->columns, &cli->sorting))
		return 0;
	/* the largest first: a budget that does not reach is spent where it matters */
	if (decides)
		mw_sorting_parse(MW_PROCESS, "rss", cli->style.language, &cli->sorting,
				 &cli->problem);
	error = mw_list_choose(cli, x, decides ? 0 : mw_list_most(cli));
	cli->sorting = wanted;
	if (error)
		return error;
	keep_pss(cli, x);
	return mw_engine_measure_pss(cli->source, x->snapshot, x->rows.at, x->rows.count,
				     mw_cli_budget(cli, MW_BUDGET_DEFAULT));
}

static const char *nothing(const struct mw_cli *cli, const struct mw_sample *x)
{
	switch (cli->screen->kind) {
	case MW_PROCESS: return N_("  no such process\n");
	case MW_CGROUP: return N_("  no such control group\n");
	default:
		return mw_snapshot_count(x->snapshot, MW_POD) ? N_("  no such pod\n")
							      : N_("  no pod runs here\n");
	}
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_rows *rows = &x->rows;
	size_t left = rows->groups ? rows->group_total - rows->group_count
				   : rows->total - rows->count;
	bool nested = !rows->groups && cli->sorting.by.as == MW_AS_NAME &&
		      !cli->sorting.descending && cli->screen->kind == MW_CGROUP;
	int error = mw_rows_write(&x->view, &x->rows, &cli->columns, &cli->sorting, &cli->users,
				  &cli->style, nested, &x->notes, out);

	if (!rows->count)
		buf_puts(out, mw_tr(&cli->style, nothing(cli, x)));
	if (left)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: -n 0 shows all\n"),
			   cli->style.unicode ? "…" : "...", left);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	return error;
}

static void json_groups(const struct mw_cli *cli, const struct mw_rows *rows, struct mw_json *j)
{
	mw_json_array(j, "groups");
	for (size_t i = 0; i < rows->group_count; i++) {
		const struct mw_row_group *g = &rows->groups[i];

		mw_json_object(j, NULL);
		mw_json_puts(j, "by", cli->options.by);
		mw_json_puts(j, "name", g->sum->name);
		mw_json_sums(j, g->sum);
		mw_json_array(j, "members");
		for (size_t row = 0; row < g->count; row++)
			mw_json_puts(j, NULL, g->at[row]->name);
		mw_json_end(j);
		mw_json_end(j);
	}
	mw_json_end(j);
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	enum mw_kind kind = cli->screen->kind;

	mw_json_array(j, kind == MW_PROCESS  ? "processes"
			 : kind == MW_CGROUP ? "containers"
					     : "pods");
	for (size_t i = 0; i < x->rows.count; i++) {
		mw_json_object(j, NULL);
		mw_json_row(j, &x->view, x->rows.at[i]);
		mw_json_end(j);
	}
	mw_json_end(j);
	if (x->rows.groups)
		json_groups(cli, &x->rows, j);
	return 0;
}

const struct mw_screen mw_screen_containers = {
	.want = MW_WANT_NODE | MW_WANT_CGROUP_SIZES,
	.kind = MW_CGROUP,
	.columns = "name,usage,eff_limit,unreclaim,headroom,wss:3,anon:2,file:4,shmem:5,kernel:7,"
		   "swap:6,procs:8",
	.sort = "headroom",
	.choose = choose,
	.text = text,
	.json = json,
};

const struct mw_screen mw_screen_pods = {
	.want = MW_WANT_NODE | MW_WANT_CGROUP_SIZES,
	.kind = MW_POD,
	.columns =
		"name,usage,eff_limit,unreclaim,headroom,request:2,wss:5,qos:3,restarts:4,image:6",
	.sort = "headroom",
	.choose = choose,
	.text = text,
	.json = json,
};

const struct mw_screen mw_screen_ps = {
	.want = MW_WANT_PROCESSES | MW_WANT_CGROUP_NAMES,
	.kind = MW_PROCESS,
	.columns = "pid,user:2,name,container:5,vss:7,rss,anon:4,file:8,shmem:9,pss,uss:3,swap:1,"
		   "threads:6",
	.sort = "rss",
	.read = read_pss,
	.choose = choose,
	.text = text,
	.json = json,
};
