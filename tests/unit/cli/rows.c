#include "cli/list/columns.h"
#include "test.h"

#include <errno.h>

static void scoped_snapshot_free(struct mw_snapshot **s)
{
	mw_snapshot_free(*s);
}
#define scoped_snapshot SCOPED(scoped_snapshot_free)

static struct mw_snapshot *at(int64_t clock)
{
	struct mw_machine m = { .page_size = 4096, .clock = clock };
	struct mw_snapshot *s = mw_snapshot_new(&m);

	assert_non_null(s);
	return s;
}

static struct mw_entity *process(struct mw_snapshot *s, uint64_t pid, const char *comm,
				 uint64_t rss, uint64_t uid)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_PROCESS, NULL, slice_of(comm), pid, 1);

	mw_set_text(s, e, M_P_COMM, slice_of(comm));
	mw_set(e, M_P_RSS, rss);
	mw_set(e, M_P_UID, uid);
	return e;
}

/* The pids in the order in which they come. */
static void expect_order(const struct mw_snapshot *s, const char *sort,
			 const struct mw_filter *filter, const char *pids)
{
	const struct mw_filter all = { .most = 0 };
	const struct mw_view v = mw_view_of(NULL, s);
	scoped_arena struct arena a = { 0 };
	scoped_buf struct buf got = { 0 }, problem = { 0 };
	struct mw_sorting sorting;
	struct mw_rows rows;

	EXPECT_EQ(mw_sorting_parse(MW_PROCESS, sort, NULL, &sorting, &problem), 0);
	EXPECT_EQ(mw_rows_choose(&v, MW_PROCESS, filter ? filter : &all, &sorting, &a, &rows), 0);
	for (size_t i = 0; i < rows.count; i++)
		buf_printf(&got, "%s%llu", i ? " " : "", (unsigned long long)rows.at[i]->id);
	EXPECT_STR(got.at ? got.at : "", pids);
}

static struct mw_snapshot *three(void)
{
	struct mw_snapshot *s = at(1);

	mw_set(process(s, 10, "b", 2 << 20, 0), M_P_OOM_SCORE_ADJ, (uint64_t)-5);
	mw_set(process(s, 11, "a", 3 << 20, 33), M_P_OOM_SCORE_ADJ, 5);
	mw_set_state(process(s, 12, "c", 0, 33), M_P_RSS, MW_DENIED);
	return s;
}

TEST(what_is_not_known_comes_last_either_way)
{
	scoped_snapshot struct mw_snapshot *s = three();

	expect_order(s, "rss", NULL, "11 10 12");
	expect_order(s, "-rss", NULL, "10 11 12");
	expect_order(s, "rss_bytes", NULL, "11 10 12");
	expect_order(s, "name", NULL, "11 10 12");
	expect_order(s, "-name", NULL, "12 10 11");
	expect_order(s, "pid", NULL, "10 11 12");
	/* -5 is less than 5, though its bits are not */
	expect_order(s, "oom_score_adj", NULL, "11 10 12");
}

TEST(filters)
{
	scoped_snapshot struct mw_snapshot *s = three();
	const struct mw_listed rss = { .metric = M_P_RSS };
	const uint32_t www = 33;
	struct mw_filter f = { .uids = &www, .uid_count = 1 };

	expect_order(s, "rss", &f, "11 12");
	f = (struct mw_filter){ .min_by = &rss, .min = (2 << 20) + 1 };
	expect_order(s, "rss", &f, "11");
	f = (struct mw_filter){ .most = 2 };
	expect_order(s, "pid", &f, "10 11");
}

TEST(unlimited_is_more_than_any_limit)
{
	scoped_snapshot struct mw_snapshot *s = at(1);
	const struct mw_view v = mw_view_of(NULL, s);
	const struct mw_filter all = { .most = 0 };
	scoped_arena struct arena a = { 0 };
	scoped_buf struct buf problem = { 0 };
	struct mw_sorting sorting;
	struct mw_rows rows;

	mw_set(mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/a"), 1, 0), M_CG_LIMIT, 5);
	mw_set_state(mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/b"), 2, 0), M_CG_LIMIT,
		     MW_UNLIMITED);
	mw_set(mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/a/c"), 3, 0), M_CG_LIMIT, 9);
	EXPECT_EQ(mw_sorting_parse(MW_CGROUP, "limit", NULL, &sorting, &problem), 0);
	EXPECT_EQ(mw_rows_choose(&v, MW_CGROUP, &all, &sorting, &a, &rows), 0);
	EXPECT_STR(rows.at[0]->name, "/b");
	EXPECT_STR(rows.at[1]->name, "/a/c");
	/* by name: what is below a group follows it, whatever '-' and '/' are in ASCII */
	mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/a-b"), 4, 0);
	EXPECT_EQ(mw_sorting_parse(MW_CGROUP, "name", NULL, &sorting, &problem), 0);
	EXPECT_EQ(mw_rows_choose(&v, MW_CGROUP, &all, &sorting, &a, &rows), 0);
	EXPECT_STR(rows.at[0]->name, "/a");
	EXPECT_STR(rows.at[1]->name, "/a/c");
	EXPECT_STR(rows.at[2]->name, "/a-b");
}

TEST(columns)
{
	struct mw_columns c = { .count = 7 };
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(mw_columns_parse(MW_PROCESS, "pid,rss:3", NULL, NULL, &c, &problem), 0);
	EXPECT_EQ(c.count, 2);
	EXPECT_EQ(c.at[1].drop, 3);
	EXPECT_EQ(mw_columns_parse(MW_PROCESS, "pid,rss:3", "+majflt, uss", NULL, &c, &problem), 0);
	EXPECT_EQ(c.count, 4);
	EXPECT_STR(c.at[3].name, "uss");
	EXPECT_EQ(mw_columns_parse(MW_PROCESS, "pid", "anon", NULL, &c, &problem), 0);
	EXPECT_EQ(c.at[0].metric, M_P_RSS_ANON);
	EXPECT_EQ(mw_columns_parse(MW_PROCESS, "pid", "rrs", NULL, &c, &problem), -EINVAL);
	EXPECT_STR(problem.at, "unknown column 'rrs'; did you mean 'rss'? -o list shows all");
	buf_clear(&problem);
	EXPECT_EQ(mw_columns_parse(MW_PROCESS, "pid", "", NULL, &c, &problem), -EINVAL);
	EXPECT_EQ(c.count, 1);
	/* another kind's column is none */
	EXPECT_EQ(mw_columns_parse(MW_CGROUP, "name", "pid", NULL, &c, &problem), -EINVAL);
}

TEST(pss_costs)
{
	struct mw_columns c;
	struct mw_sorting sorting;
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(mw_columns_parse(MW_PROCESS, "pid,rss", NULL, NULL, &c, &problem), 0);
	EXPECT_EQ(mw_sorting_parse(MW_PROCESS, "rss", NULL, &sorting, &problem), 0);
	EXPECT(!mw_columns_cost(&c, &sorting));
	EXPECT_EQ(mw_sorting_parse(MW_PROCESS, "uss", NULL, &sorting, &problem), 0);
	EXPECT(mw_columns_cost(&c, &sorting));
}

TEST(counters_become_rates_and_the_sort_column_shows_its_change)
{
	const struct mw_style style = { .unicode = false };
	const struct mw_filter all = { .most = 0 };
	scoped_snapshot struct mw_snapshot *one = at(1000000000), *two = at(3000000000);
	const struct mw_view v = mw_view_of(one, two);
	scoped_arena struct arena a = { 0 };
	scoped_buf struct buf out = { 0 }, problem = { 0 };
	struct mw_users users = { .read = true };
	struct mw_notes notes = { 0 };
	struct mw_columns c;
	struct mw_sorting sorting;
	struct mw_rows rows;

	mw_set(process(one, 7, "x", 1 << 20, 0), M_P_MAJFLT, 10);
	mw_set(process(two, 7, "x", 5 << 20, 0), M_P_MAJFLT, 30);
	EXPECT_EQ(mw_columns_parse(MW_PROCESS, "pid,rss,majflt", NULL, NULL, &c, &problem), 0);
	EXPECT_EQ(mw_sorting_parse(MW_PROCESS, "rss", NULL, &sorting, &problem), 0);
	EXPECT_EQ(mw_rows_choose(&v, MW_PROCESS, &all, &sorting, &a, &rows), 0);
	EXPECT_EQ(mw_rows_write(&v, &rows, &c, &sorting, &users, &style, false, &notes, &out), 0);
	EXPECT_STR(out.at, "  pid       rss     change/s  majflt/s\n"
			   "    7  5.00 MiB  +2.00 MiB/s   +10.0/s\n");
}

TEST(users)
{
	struct mw_users u = { .read = true };
	uint32_t uids[2] = { 0 };
	struct slice who = { NULL, 0 };
	scoped_buf struct buf name = { 0 };

	buf_puts(&u.text, "root:x:0:0:root:/root:/bin/sh\nbad line\n:x:5:\n"
			  "www-data:x:33:33::/:/x\nbig:x:4294967296:0\n");
	EXPECT_EQ(mw_users_resolve(&u, SLICE("www-data, 1000"), uids, 2, &who), 2);
	EXPECT_EQ(uids[0], 33);
	EXPECT_EQ(uids[1], 1000);
	EXPECT_EQ(mw_users_resolve(&u, SLICE("root,nobody-here"), uids, 2, &who), -EINVAL);
	EXPECT_SLICE(who, "nobody-here");
	EXPECT_EQ(mw_users_resolve(&u, SLICE("big"), uids, 2, &who), -EINVAL);
	EXPECT_EQ(mw_users_resolve(&u, SLICE("0,1,2"), uids, 2, &who), -EINVAL);
	mw_users_name(&u, 33, &name);
	mw_users_name(&u, 5, &name);
	EXPECT_STR(name.at, "www-data5");
	mw_users_release(&u);
}
