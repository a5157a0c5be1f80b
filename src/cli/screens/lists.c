/* memwhy containers, memwhy ps */
#include "cli/cli.h"
#include "cli/select.h"

#include <errno.h>

enum { USUAL_ROWS = 20, MOST_USERS = 64 };

static size_t most_rows(const struct mw_cli *cli)
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
	struct mw_listed usual = { .metric = cli->screen->kind == MW_PROCESS ? M_P_RSS
									     : M_CG_USAGE };
	enum mw_unit unit = mw_metric_info(by->metric)->unit;

	if (by->as == MW_AS_METRIC && by->metric != M_CG_HEADROOM &&
	    (unit == MW_BYTES || unit == MW_KIB || unit == MW_PAGES))
		return *by;
	return usual;
}

static int choose_rows(struct mw_cli *cli, struct mw_sample *x, size_t most)
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
	return mw_rows_choose(&x->view, cli->screen->kind, &filter, &cli->sorting, &x->arena,
			      &x->rows);
}

static int choose(struct mw_cli *cli, struct mw_sample *x)
{
	return choose_rows(cli, x, most_rows(cli));
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
	error = choose_rows(cli, x, decides ? 0 : most_rows(cli));
	cli->sorting = wanted;
	if (error)
		return error;
	return mw_engine_measure_pss(cli->source, x->snapshot, x->rows.at, x->rows.count,
				     mw_cli_budget(cli, MW_BUDGET_DEFAULT));
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	bool nested = cli->sorting.by.as == MW_AS_NAME && !cli->sorting.descending &&
		      cli->screen->kind == MW_CGROUP;
	int error = mw_rows_write(&x->view, &x->rows, &cli->columns, &cli->sorting, &cli->users,
				  &cli->style, nested, &x->notes, out);

	if (!x->rows.total)
		buf_puts(out, mw_tr(&cli->style, cli->screen->kind == MW_PROCESS
							 ? N_("  no such process\n")
							 : N_("  no such control group\n")));
	if (x->rows.count < x->rows.total)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: -n 0 shows all\n"),
			   cli->style.unicode ? "…" : "...", x->rows.total - x->rows.count);
	mw_notes_write(&x->notes, &cli->style, 2, out);
	return error;
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	mw_json_array(j, cli->screen->kind == MW_PROCESS ? "processes" : "containers");
	for (size_t i = 0; i < x->rows.count; i++) {
		mw_json_object(j, NULL);
		mw_json_entity(j, x->rows.at[i]);
		if (x->view.before)
			mw_json_rates(j, &x->view, x->rows.at[i]);
		mw_json_end(j);
	}
	mw_json_end(j);
	return 0;
}

const struct mw_screen mw_screen_containers = {
	.want = MW_WANT_NODE | MW_WANT_CGROUPS,
	.kind = MW_CGROUP,
	.columns = "name,usage,eff_limit,unreclaim,headroom,wss:3,anon:2,file:4,shmem:5,kernel:7,"
		   "swap:6,procs:8",
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
