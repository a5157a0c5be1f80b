#include "test.h"

#include "model/view.h"

#include <errno.h>

static struct mw_snapshot *snapshot_at(int64_t clock)
{
	struct mw_machine machine = { .page_size = 4096, .clock = clock };
	struct mw_snapshot *s = mw_snapshot_new(&machine);

	assert_non_null(s);
	return s;
}

TEST(every_metric_belongs_to_its_kinds_range_and_is_named_once)
{
	for (enum mw_metric m = 0; m < MW_METRICS; m++) {
		const struct mw_metric_info *info = mw_metric_info(m);

		EXPECT(m >= mw_metric_first(info->kind) && m < mw_metric_end(info->kind));
		if (mw_metric_find(info->kind, info->json) != m)
			fail_msg("%s: %s is taken", info->id, info->json);
		EXPECT(info->help[0]);
	}
}

TEST(five_kinds_of_nothing_stay_apart)
{
	EXPECT_EQ(mw_state_of(-ENOENT), MW_ABSENT);
	EXPECT_EQ(mw_state_of(-EOPNOTSUPP), MW_ABSENT);
	EXPECT_EQ(mw_state_of(-EACCES), MW_DENIED);
	EXPECT_EQ(mw_state_of(-ESRCH), MW_VANISHED);
	EXPECT_EQ(mw_state_of(-ENODEV), MW_VANISHED);
	EXPECT_EQ(mw_state_of(-EBADMSG), MW_MALFORMED);
	EXPECT_EQ(mw_state_of(0), MW_OK);
}

TEST(rows_keep_their_place_and_are_found)
{
	struct mw_snapshot *s = snapshot_at(0);
	struct mw_entity *first = mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("a"), 1, 10), *found;

	for (uint64_t pid = 2; pid < 3000; pid++)
		EXPECT(mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("b"), pid, 10) != NULL);
	mw_set(first, M_P_RSS, 4096);
	EXPECT_EQ(mw_snapshot_count(s, MW_PROCESS), 2999);
	EXPECT(mw_snapshot_at(s, MW_PROCESS, 0) == first);
	found = mw_snapshot_by_id(s, MW_PROCESS, 2500);
	EXPECT(found && found->id == 2500);
	EXPECT_EQ(mw_get(found, M_P_RSS).state, MW_ABSENT);
	EXPECT(mw_snapshot_by_id(s, MW_PROCESS, 3000) == NULL);
	mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/a b"), 7, 0);
	EXPECT(mw_snapshot_by_name(s, MW_CGROUP, SLICE("/a b")) != NULL);
	EXPECT(mw_snapshot_by_name(s, MW_CGROUP, SLICE("/a")) == NULL);
	mw_snapshot_free(s);
}

TEST(an_overflowing_unit_is_malformed)
{
	struct mw_snapshot *s = snapshot_at(0);

	mw_set_unit(mw_snapshot_node(s), M_MEM_TOTAL, UINT64_MAX / 2, MW_KIB, 4096);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEM_TOTAL).state, MW_MALFORMED);
	mw_set_unit(mw_snapshot_node(s), M_MEM_TOTAL, 3, MW_PAGES, 65536);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEM_TOTAL).v, 3 * 65536);
	mw_snapshot_free(s);
}

TEST(the_same_problem_is_counted_not_listed_again)
{
	struct mw_snapshot *s = snapshot_at(0);
	const struct mw_problem *list;

	mw_snapshot_problem(s, SLICE("proc/1/smaps_rollup"), 0, -EACCES, NULL);
	mw_snapshot_problem(s, SLICE("proc/2/smaps_rollup"), 0, -EACCES, NULL);
	mw_snapshot_problem(s, SLICE("proc/2/status"), 0, -EACCES, NULL);
	EXPECT_EQ(mw_snapshot_problems(s, &list), 2);
	EXPECT_EQ(list[0].count, 2);
	EXPECT_EQ(list[0].error, EACCES);
	EXPECT_STR(list[0].path, "proc/1/smaps_rollup");
	mw_snapshot_free(s);
}

struct pair {
	struct mw_snapshot *before, *now;
};

static struct pair two_moments(uint64_t birth_before, uint64_t birth_now, uint64_t then,
			       uint64_t now)
{
	struct pair p = { snapshot_at(1000000000), snapshot_at(3000000000) };

	mw_set(mw_snapshot_add(p.before, MW_PROCESS, NULL, SLICE("x"), 9, birth_before), M_P_MAJFLT,
	       then);
	mw_set(mw_snapshot_add(p.now, MW_PROCESS, NULL, SLICE("x"), 9, birth_now), M_P_MAJFLT, now);
	return p;
}

static enum mw_state rate_of(struct pair p, double *rate)
{
	struct mw_view v = mw_view_of(p.before, p.now);
	enum mw_state state = mw_view_rate(&v, mw_snapshot_at(p.now, MW_PROCESS, 0), M_P_MAJFLT,
					   rate);

	mw_snapshot_free(p.before);
	mw_snapshot_free(p.now);
	return state;
}

TEST(a_rate_is_change_over_elapsed_time)
{
	double rate = -1;

	EXPECT_EQ(rate_of(two_moments(5, 5, 100, 300), &rate), MW_OK);
	EXPECT(rate == 100.0);
}

TEST(a_counter_that_went_back_and_a_reused_pid_have_no_rate)
{
	double rate = -1;

	EXPECT_EQ(rate_of(two_moments(5, 5, 300, 100), &rate), MW_ABSENT);
	EXPECT_EQ(rate_of(two_moments(5, 6, 100, 300), &rate), MW_ABSENT);
	EXPECT(rate == -1);
}

TEST(a_file_is_found_again_by_device_and_group_too)
{
	const struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *before = mw_snapshot_new(&machine), *now = mw_snapshot_new(&machine);
	struct mw_entity *groups[2], *rows[5], *e;

	for (uint64_t i = 0; i < 2; i++)
		groups[i] = mw_snapshot_add(before, MW_CGROUP, NULL, i ? SLICE("/b") : SLICE("/a"),
					    10 + i, 0);
	rows[0] = mw_snapshot_add(before, MW_FILE, groups[0], SLICE(""), 7, 1);
	rows[1] = mw_snapshot_add(before, MW_FILE, groups[1], SLICE(""), 7, 1);
	rows[2] = mw_snapshot_add(before, MW_FILE, groups[0], SLICE(""), 7, 2);
	rows[3] = mw_snapshot_add(before, MW_FILE, NULL, SLICE(""), 7, 1);
	rows[4] = mw_snapshot_add(before, MW_FILE, groups[0], SLICE(""), 7, 1);
	mw_set(rows[4], M_F_GROUP, 99); /* a removed group below the first */
	groups[1] = mw_snapshot_add(now, MW_CGROUP, NULL, SLICE("/b"), 11, 0);
	e = mw_snapshot_add(now, MW_FILE, groups[1], SLICE(""), 7, 1);
	EXPECT(mw_snapshot_file(before, e) == rows[1]);
	EXPECT(mw_snapshot_file(before, rows[2]) == rows[2]);
	EXPECT(mw_snapshot_file(before, rows[3]) == rows[3]);
	EXPECT(mw_snapshot_file(before, rows[4]) == rows[4]);
	EXPECT(!mw_snapshot_file(now, rows[2]));
	mw_snapshot_free(before);
	mw_snapshot_free(now);
}
