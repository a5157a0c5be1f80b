/* What is shown of a group: of a container, of a pod. */
#include "cli/screens/group.h"
#include "bpf/capability.h"
#include "ledger/headroom.h"
#include "ledger/words.h"

#include <errno.h>

enum { USUAL_ROWS = 10, SHOWN_FILES = 5, NAMED_FILES = 32 };

static size_t most_rows(const struct mw_cli *cli)
{
	return cli->options.rows == MW_NOT_GIVEN ? USUAL_ROWS : cli->options.rows;
}

/* The processes in the group and below it, the largest first. */
int mw_group_processes(struct mw_cli *cli, struct mw_sample *x, size_t most, struct mw_rows *out)
{
	const struct mw_filter inside = { .container = x->target, .most = most };
	const struct mw_sorting by = { { .metric = M_P_RSS, .name = "rss" }, true };

	return mw_rows_choose(&x->view, MW_PROCESS, &inside, &by, &x->arena, out);
}

int mw_group_cached(struct mw_cli *cli, struct mw_sample *x, size_t most, struct mw_rows *out)
{
	const struct mw_filter inside = { .container = x->target, .most = most };
	const struct mw_sorting by = { { .metric = M_F_CACHED, .name = "cached" }, true };
	int error = mw_rows_choose(&x->view, MW_FILE, &inside, &by, &x->arena, out);
	size_t kept = 0;

	/* what nobody could name is no answer */
	for (size_t i = 0; !error && i < out->count; i++)
		if (mw_get(out->at[i], M_F_PATH).state == MW_OK)
			out->at[kept++] = out->at[i];
	if (!error)
		out->count = kept;
	return error;
}

int mw_group_cached_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_rows rows;
	int error = mw_group_cached(cli, x, SHOWN_FILES, &rows);

	rows.total = rows.count;
	return error ? error
		     : mw_group_rows_put(cli, x, MW_FILE, N_("largest files in its page cache"),
					 "cached,active,dirty:3,inside,used_by:2", &rows, out);
}

/* A census of 1/64 of all pages takes 10 ms; without BPF it would be ten times that. */
static bool census_is_cheap(const struct mw_cli *cli)
{
	struct mw_source *past = mw_unrecorded(cli->source);
	const struct mw_dir root = mw_root(past);
	struct mw_stat kept;

	if (past->machine.kind == MW_LIVE)
		return mw_bpf_need(past->bpf, 1U << MW_BPF_CENSUS | 1U << MW_BPF_PATHS);
	return !mw_stat(&root, MW_KEPT_FILES, &kept);
}

static int read_files(struct mw_cli *cli, struct mw_sample *x)
{
	struct mw_rows rows;
	int error = 0;

	/* a rule may have wanted it already */
	if (mw_get(mw_snapshot_node(x->snapshot), M_CENSUS_SAMPLE).state != MW_OK &&
	    census_is_cheap(cli))
		error = mw_engine_sweep_more(cli->source, cli->screen->want, MW_WANT_CENSUS,
					     x->snapshot);
	if (!error)
		error = mw_group_cached(cli, x, NAMED_FILES, &rows);
	return error ? error
		     : mw_engine_name_files(cli->source, x->snapshot, rows.at, rows.count, true);
}

int mw_group_open(struct mw_cli *cli, struct mw_sample *x)
{
	struct mw_rows inside;
	int error = mw_engine_open_cgroup(cli->source, x->snapshot, x->target);

	if (error == -ENOENT)
		buf_puts(&cli->problem,
			 mw_tr(&cli->style, "the group was removed while it was read"));
	if (!error)
		error = mw_meta_ask_stats(cli->meta, cli->source, x->snapshot, x->target);
	if (!error)
		error = read_files(cli, x);
	if (!error)
		error = mw_group_processes(cli, x, 0, &inside);
	if (error)
		return error;
	return mw_engine_measure_pss(cli->source, x->snapshot, inside.at, inside.count,
				     mw_cli_budget(cli, MW_BUDGET_DEFAULT));
}

static void put_fact(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *e,
		     const struct mw_labelled *fact, struct buf *out)
{
	size_t room = cli->style.width;
	scoped_buf struct buf value = { 0 };
	double rate;

	mw_number_metric(&value, &cli->style, e, fact->metric, &x->notes);
	if (mw_metric_info(fact->metric)->type == MW_COUNTER &&
	    mw_view_rate(&x->view, e, fact->metric, &rate) == MW_OK) {
		buf_puts(&value, mw_tr(&cli->style, ", now "));
		mw_number_rate(&value, rate);
	}
	mw_text_wrap(mw_fact(cli, out, fact->label), buf_slice(&value), MW_FACT_WIDTH, room);
	buf_char(out, '\n');
}

/* Those that are known, below a title where there are any. */
void mw_facts_put(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *e,
		  const char *title, const struct mw_labelled *list, size_t count, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < count; i++) {
		enum mw_state state = mw_get(e, list[i].metric).state;

		if (state == MW_ABSENT || state == MW_UNLIMITED)
			continue;
		if (!any)
			mw_heading(cli, out, title);
		any = true;
		put_fact(cli, x, e, &list[i], out);
	}
}

int mw_group_limits_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("limits on the way up"), .flex = MW_FLEX_MIDDLE, .min = 30 },
		{ .title = N_("used"), .align = MW_RIGHT },
		{ .title = N_("limit"), .align = MW_RIGHT },
		{ .title = N_("cannot be reclaimed"), .align = MW_RIGHT },
		{ .title = N_("left"), .align = MW_RIGHT },
		{ .title = "", .drop = MW_DROP_LAST },
	};
	const char *binding = mw_get_text(x->target, M_CG_HEADROOM_OF);
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	scoped_table struct mw_table t = { 0 };

	buf_char(out, '\n');
	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (const struct mw_entity *g = x->target; g; g = g->parent) {
		mw_table_row(&t, 0);
		mw_cell_group(&t, MW_TONE_PLAIN, g);
		mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style, mw_get(g, M_CG_USAGE),
			      &x->notes);
		mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style, mw_get(g, M_CG_LIMIT),
			      &x->notes);
		mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style,
			      mw_get(g, M_CG_UNRECLAIMABLE), &x->notes);
		mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style,
			      mw_headroom_own(x->snapshot, g), &x->notes);
		mw_cell_puts(&t, MW_TONE_BOLD,
			     binding && !strcmp(binding, g->name) ? N_("runs out first") : "");
	}
	mw_table_row(&t, 0);
	mw_cell_puts(&t, MW_TONE_PLAIN, "the machine");
	mw_cell_skip(&t, 1);
	mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style, mw_get(node, M_MEM_TOTAL),
		      &x->notes);
	mw_cell_skip(&t, 1);
	mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style, mw_get(node, M_MEM_AVAILABLE),
		      &x->notes);
	mw_cell_puts(&t, MW_TONE_BOLD,
		     binding && !strcmp(binding, "machine") ? N_("runs out first") : "");
	return mw_table_write(&t, out);
}

int mw_group_rows_put(struct mw_cli *cli, struct mw_sample *x, enum mw_kind kind, const char *title,
		      const char *names, struct mw_rows *rows, struct buf *out)
{
	const struct mw_sorting by = { { .as = MW_AS_NAME, .name = "name" }, false };
	struct mw_columns columns;
	int error;

	if (!rows->total)
		return 0;
	error = mw_columns_parse(kind, names, NULL, cli->style.language, &columns, &cli->problem);
	if (error)
		return error;
	mw_heading(cli, out, title);
	error = mw_rows_write(&x->view, rows, &columns, &by, &cli->users, &cli->style, false,
			      &x->notes, out);
	if (rows->count < rows->total)
		buf_printf(out, mw_tr(&cli->style, "  %s %zu more: -n 0 shows all\n"),
			   cli->style.unicode ? "…" : "...", rows->total - rows->count);
	return error;
}

int mw_group_processes_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_rows rows;
	int error = mw_group_processes(cli, x, most_rows(cli), &rows);

	if (error)
		return error;
	mw_users_read(&cli->users, cli->source, !cli->options.root);
	return mw_group_rows_put(
		cli, x, MW_PROCESS, N_("processes"),
		"pid,user:1,name,rss,anon:2,file:4,shmem:5,pss,uss:3,swap,threads:6", &rows, out);
}

static unsigned levels_below(const struct mw_entity *e, const struct mw_entity *group)
{
	unsigned levels = 0;

	for (; e && e != group; e = e->parent)
		levels++;
	return levels;
}

int mw_group_children(struct mw_cli *cli, struct mw_sample *x, struct mw_rows *out)
{
	const struct mw_filter below = { .container = x->target, .sandboxes = true };
	const struct mw_sorting by = { { .metric = M_CG_USAGE, .name = "usage" }, true };
	unsigned depth = mw_cli_depth(cli, 1);
	size_t kept = 0;
	int error = mw_rows_choose(&x->view, MW_CGROUP, &below, &by, &x->arena, out);

	if (error)
		return error;
	for (size_t i = 0; i < out->count; i++) {
		unsigned levels = levels_below(out->at[i], x->target);

		if (levels && levels <= depth)
			out->at[kept++] = out->at[i];
	}
	out->total = kept;
	out->count = most_rows(cli) && most_rows(cli) < kept ? most_rows(cli) : kept;
	return 0;
}

int mw_group_words_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_num limit = mw_get(x->target, M_CG_EFFECTIVE_LIMIT);
	uint64_t all = mw_get_or(mw_snapshot_node(x->snapshot), M_MEM_TOTAL, UINT64_MAX);
	struct mw_word *words;
	size_t count = mw_words_container(&x->arena, x->snapshot, x->target, &words);

	if (!count)
		return 0;
	buf_char(out, '\n');
	return mw_words_write(cli, x, words, count,
			      limit.state == MW_OK && limit.v < all ? limit.v : 0, out);
}

void mw_group_next(struct mw_cli *cli, struct mw_sample *x, const char *list, const char *more,
		   struct buf *out)
{
	const char *commands[6] = { list };
	struct mw_rows largest;
	size_t n = 1;

	if (more)
		commands[n++] = more;
	if (!mw_group_processes(cli, x, 1, &largest) && largest.count)
		commands[n++] = arena_printf(&x->arena, "memwhy pid %llu",
					     (unsigned long long)largest.at[0]->id);
	commands[n++] = mw_command_about(x, "memwhy ps --container", x->target);
	if (mw_snapshot_count(x->snapshot, MW_FILE))
		commands[n++] = mw_command_about(x, "memwhy files --container", x->target);
	mw_next(cli, out, commands);
}

static void json_row(struct mw_sample *x, struct mw_json *j, const struct mw_entity *e)
{
	mw_json_object(j, NULL);
	mw_json_row(j, &x->view, e);
	mw_json_end(j);
}

int mw_group_json(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *own,
		  const struct mw_rows *rows, const struct mw_account *account, struct mw_json *j)
{
	struct mw_rows inside;
	struct mw_word *words;
	size_t count;
	int error = mw_group_processes(cli, x, 0, &inside);

	if (error)
		return error;
	mw_json_array(j, "containers");
	if (own)
		json_row(x, j, own);
	for (size_t i = 0; i < rows->total; i++)
		json_row(x, j, rows->at[i]);
	mw_json_end(j);
	mw_json_entities(j, "processes", inside.at, inside.count);
	if (mw_snapshot_count(x->snapshot, MW_FILE)) {
		error = mw_group_cached(cli, x, NAMED_FILES, &inside);
		if (error)
			return error;
		mw_json_entities(j, "files", inside.at, inside.count);
	}
	mw_cli_account_json(j, account);
	mw_json_array(j, "words");
	count = own ? mw_words_container(&x->arena, x->snapshot, own, &words) : 0;
	if (count)
		mw_json_words(j, arena_printf(&x->arena, "container:%s", own->name), words, count);
	mw_json_end(j);
	return 0;
}
