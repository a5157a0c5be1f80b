/* Which columns there are. */
#include "cli/list/columns.h"
#include "cli/options.h"

#include <errno.h>

/* Names beside the metrics': what is no metric, and short names. Those of a listing's usual columns
 * are short, since they are its titles. */
static const struct {
	enum mw_kind kind;
	const char *name;
	enum mw_listed_as as;
	enum mw_metric metric;
	const char *help;
} special[] = {
	{ MW_PROCESS, "pid", MW_AS_PID, M_P_PPID, N_("Process id") },
	{ MW_PROCESS, "name", MW_AS_NAME, M_P_COMM, N_("Name of the program") },
	{ MW_PROCESS, "user", MW_AS_USER, M_P_UID, N_("Real user, by name") },
	{ MW_PROCESS, "container", MW_AS_CONTAINER, M_P_CGROUP,
	  N_("The container it is in, otherwise the group") },
	{ MW_PROCESS, "anon", MW_AS_METRIC, M_P_RSS_ANON, "rss_anon" },
	{ MW_PROCESS, "file", MW_AS_METRIC, M_P_RSS_FILE, "rss_file" },
	{ MW_PROCESS, "shmem", MW_AS_METRIC, M_P_RSS_SHMEM, "rss_shmem" },
	{ MW_CGROUP, "name", MW_AS_NAME, M_CG_VERSION,
	  N_("What it is called: pod and container, its runtime's name for it, its unit; otherwise its path") },
	{ MW_CGROUP, "container", MW_AS_NAME, M_CG_VERSION, N_("The same") },
	{ MW_CGROUP, "eff_limit", MW_AS_METRIC, M_CG_EFFECTIVE_LIMIT, "effective_limit" },
	{ MW_CGROUP, "unreclaim", MW_AS_METRIC, M_CG_UNRECLAIMABLE, "unreclaimable" },
	{ MW_CGROUP, "wss", MW_AS_METRIC, M_CG_WORKING_SET, "working_set" },
	{ MW_CGROUP, "procs", MW_AS_METRIC, M_CG_PROCESSES, "processes" },
	{ MW_SOCKETS, "pid", MW_AS_PID, M_SK_COUNT, N_("Process id") },
	{ MW_SOCKETS, "container", MW_AS_CONTAINER, M_SK_COUNT,
	  N_("The container it is in, otherwise the group") },
	{ MW_SOCKETS, "recv", MW_AS_METRIC, M_SK_RECV_QUEUE, "recv_queue" },
	{ MW_SOCKETS, "send", MW_AS_METRIC, M_SK_SEND_QUEUE, "send_queue" },
	{ MW_POD, "name", MW_AS_NAME, M_PD_POD, N_("namespace/name") },
	{ MW_POD, "eff_limit", MW_AS_METRIC, M_PD_EFFECTIVE_LIMIT, "effective_limit" },
	{ MW_POD, "unreclaim", MW_AS_METRIC, M_PD_UNRECLAIMABLE, "unreclaimable" },
	{ MW_POD, "wss", MW_AS_METRIC, M_PD_WORKING_SET, "working_set" },
	{ MW_FILE, "path", MW_AS_PATH, M_F_PATH, N_("Where it is on the machine") },
	{ MW_FILE, "inside", MW_AS_PATH, M_F_CONTAINER_PATH,
	  N_("Where processes of its group see it; otherwise the same") },
	{ MW_FILE, "container", MW_AS_CONTAINER, M_F_GROUP,
	  N_("The container that pays for it, otherwise the group") },
};

enum { SPECIAL_COUNT = sizeof(special) / sizeof(*special), LONGEST_NAME = 63 };

bool mw_column_find(enum mw_kind kind, struct slice name, struct mw_listed *out)
{
	char copy[LONGEST_NAME + 1];
	enum mw_metric m;

	if (!name.len || name.len > LONGEST_NAME)
		return false;
	for (size_t i = 0; i < SPECIAL_COUNT; i++)
		if (special[i].kind == kind && slice_is(name, special[i].name)) {
			*out = (struct mw_listed){ .as = special[i].as,
						   .metric = special[i].metric,
						   .name = special[i].name };
			return true;
		}
	memcpy(copy, name.at, name.len);
	copy[name.len] = '\0';
	if (!strcmp(copy, "name")) {
		*out = (struct mw_listed){ .as = MW_AS_NAME,
					   .metric = mw_metric_first(kind),
					   .name = "name" };
		return true;
	}
	m = mw_metric_find(kind, copy);
	if (m == MW_METRICS)
		return false;
	*out = (struct mw_listed){ .metric = m, .name = mw_metric_info(m)->name };
	return true;
}

const char *mw_column_name(enum mw_kind kind, size_t i)
{
	enum mw_metric m;

	for (size_t at = 0; at < SPECIAL_COUNT; at++)
		if (special[at].kind == kind && i-- == 0)
			return special[at].name;
	m = mw_metric_first(kind) + (enum mw_metric)i;
	return m < mw_metric_end(kind) ? mw_metric_info(m)->name : NULL;
}

static const char *name_for_suggest(size_t i, const void *context)
{
	return mw_column_name(*(const enum mw_kind *)context, i);
}

static int unknown_column(enum mw_kind kind, struct slice name, const struct mw_language *language,
			  struct buf *problem)
{
	char copy[LONGEST_NAME + 1];
	size_t len = name.len < LONGEST_NAME ? name.len : LONGEST_NAME;
	const char *like;

	memcpy(copy, name.at, len);
	copy[len] = '\0';
	like = mw_suggest(copy, name_for_suggest, &kind);
	buf_printf(problem, mw_language_text(language, "unknown column '%s'; "), copy);
	if (like)
		buf_printf(problem, mw_language_text(language, "did you mean '%s'? "), like);
	buf_puts(problem, mw_language_text(language, "-o list shows all"));
	return -EINVAL;
}

/* Take the next of "a,b:3,c". */
static bool next_name(struct slice *list, struct slice *name, uint8_t *drop)
{
	struct slice before;
	uint64_t rank = MW_KEEP;

	if (!list->len)
		return false;
	if (!slice_until(list, ',', name)) {
		*name = *list;
		list->len = 0;
	}
	*name = slice_trim(*name);
	if (slice_until(name, ':', &before)) {
		slice_u64(name, &rank);
		*name = before;
	}
	*drop = (uint8_t)rank;
	return true;
}

static int add_columns(enum mw_kind kind, struct slice list, const struct mw_language *language,
		       struct mw_columns *to, struct buf *problem)
{
	struct slice name;
	uint8_t drop;

	while (next_name(&list, &name, &drop)) {
		struct mw_listed column;

		if (!mw_column_find(kind, name, &column))
			return unknown_column(kind, name, language, problem);
		if (to->count == MW_MOST_COLUMNS) {
			buf_printf(problem, mw_language_text(language, "more than %d columns"),
				   MW_MOST_COLUMNS);
			return -EINVAL;
		}
		column.drop = drop;
		to->at[to->count++] = column;
	}
	return 0;
}

int mw_columns_parse(enum mw_kind kind, const char *usual, const char *list,
		     const struct mw_language *language, struct mw_columns *out,
		     struct buf *problem)
{
	struct mw_columns columns = { .count = 0 };
	int error = 0;

	if (!list || *list == '+')
		error = add_columns(kind, slice_of(usual), language, &columns, problem);
	if (!error && list)
		error = add_columns(kind, slice_of(list + (*list == '+')), language, &columns,
				    problem);
	if (!error && !columns.count) {
		buf_puts(problem,
			 mw_language_text(language,
					  "--columns: no column is named; -o list shows all"));
		error = -EINVAL;
	}
	if (!error)
		*out = columns;
	return error;
}

/* What one looks for stands first: large numbers, but small headroom; names in their order. */
static bool usually_descending(const struct mw_listed *by)
{
	if (by->as != MW_AS_METRIC || by->metric == M_CG_HEADROOM || by->metric == M_PD_HEADROOM ||
	    by->metric == M_PD_EVICTION_RANK)
		return false;
	return !mw_metric_is_text(by->metric);
}

int mw_sorting_parse(enum mw_kind kind, const char *text, const struct mw_language *language,
		     struct mw_sorting *out, struct buf *problem)
{
	bool turned = *text == '-';
	struct mw_listed by;

	text += turned || *text == '+';
	if (!mw_column_find(kind, slice_of(text), &by))
		return unknown_column(kind, slice_of(text), language, problem);
	*out = (struct mw_sorting){ by, usually_descending(&by) != turned };
	return 0;
}

bool mw_columns_cost(const struct mw_columns *columns, const struct mw_sorting *sorting)
{
	for (size_t i = 0; i <= columns->count; i++) {
		const struct mw_listed *c = i ? &columns->at[i - 1] : &sorting->by;
		const char *file = mw_metric_info(c->metric)->file;

		if (c->as == MW_AS_METRIC && mw_metric_info(c->metric)->kind == MW_PROCESS &&
		    (c->metric == M_P_USS || (file && !strcmp(file, "smaps_rollup"))))
			return true;
	}
	return false;
}

int mw_columns_help(enum mw_kind kind, const struct mw_style *style, struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("column") },
		{ .title = N_("JSON key"), .drop = MW_DROP_LAST },
		{ .title = N_("what it is"), .flex = MW_FLEX_END },
	};
	scoped_table struct mw_table t = { 0 };

	mw_table_init(&t, style, columns, 3);
	for (size_t i = 0; i < SPECIAL_COUNT; i++) {
		if (special[i].kind != kind)
			continue;
		mw_table_row(&t, 0);
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(special[i].name));
		mw_cell_name(&t, MW_TONE_DIM,
			     slice_of(special[i].as == MW_AS_METRIC || special[i].as == MW_AS_PATH
					      ? mw_metric_info(special[i].metric)->json
					      : special[i].name));
		mw_cell_puts(&t, MW_TONE_PLAIN,
			     special[i].as == MW_AS_METRIC ? mw_metric_info(special[i].metric)->help
							   : special[i].help);
	}
	for (enum mw_metric m = mw_metric_first(kind); m < mw_metric_end(kind); m++) {
		const struct mw_metric_info *info = mw_metric_info(m);
		struct mw_listed listed;

		/* a column of that name is told above */
		if (mw_column_find(kind, slice_of(info->name), &listed) && listed.as == MW_AS_PATH)
			continue;
		mw_table_row(&t, 0);
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(info->name));
		mw_cell_name(&t, MW_TONE_DIM, slice_of(info->json));
		mw_cell_puts(&t, MW_TONE_PLAIN, info->help);
	}
	return mw_table_write(&t, out);
}
