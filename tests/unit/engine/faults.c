/* Every single call to a source fails once, with each of several errors, while a whole analysis runs:
 * nothing crashes, the failure is told, and what did not depend on it is still right. */
#include "test.h"

#include "engine/engine.h"
#include "ledger/account.h"
#include "ledger/words.h"

#include <errno.h>

enum { EVERYTHING = ~0u, MOST_CALLS = 4000, LOOKS = 30 };

/* What an analysis says, to compare with the one in which nothing failed. */
struct answer {
	uint64_t calls;
	uint64_t mem_total;
	size_t groups, processes;
	size_t problems;
	size_t failed; /* collectors that gave nothing */
};

static void open_all(struct mw_source *source, struct mw_snapshot *s)
{
	struct mw_entity *list[64], *e;
	size_t count = 0;

	mw_for_each (e, s, MW_PROCESS)
		if (count < 64)
			list[count++] = e;
	EXPECT_EQ(mw_engine_measure_pss(source, s, list, count, MW_BUDGET_DEFAULT), 0);
	for (size_t i = 0; i < count && i < 2; i++)
		mw_engine_open_process(source, s, list[i], MW_BUDGET_DEFAULT);
}

static void balance(const struct mw_snapshot *s)
{
	scoped_arena struct arena a = { 0 };
	struct mw_account *node = mw_ledger_node(&a, s);
	struct mw_entity *e;
	struct mw_word *words;

	EXPECT(node != NULL);
	EXPECT(mw_words_node(&a, s, &words) > 0);
	mw_for_each (e, s, MW_CGROUP)
		EXPECT(mw_ledger_container(&a, s, e) != NULL);
}

static struct answer analyse(const char *name, uint64_t nth, int error)
{
	scoped_source struct mw_source *source = NULL;
	struct mw_snapshot *s = NULL;
	struct answer answer;
	const struct mw_problem *list;
	const struct mw_run *runs;
	size_t run_count;

	EXPECT_EQ(mw_source_faulty(fixture(name), nth, error, &source), 0);
	EXPECT_EQ(mw_engine_sweep(source, EVERYTHING, &s), 0);
	open_all(source, s);
	EXPECT_EQ(mw_engine_finish(s), 0);
	balance(s);
	answer = (struct answer){
		.calls = mw_source_faulty_calls(source),
		.mem_total = mw_get_or(mw_snapshot_node(s), M_MEM_TOTAL, 0),
		.groups = mw_snapshot_count(s, MW_CGROUP),
		.processes = mw_snapshot_count(s, MW_PROCESS),
		.problems = mw_snapshot_problems(s, &list),
	};
	run_count = mw_snapshot_runs(s, &runs);
	for (size_t i = 0; i < run_count; i++)
		answer.failed += runs[i].status != 0;
	mw_snapshot_free(s);
	return answer;
}

static void fail_each(const char *name, int error)
{
	struct answer whole = analyse(name, 0, 0);
	size_t silent = 0, without_total = 0;

	EXPECT(whole.calls > 50 && whole.calls < MOST_CALLS);
	for (uint64_t nth = 1; nth <= whole.calls; nth++) {
		struct answer a = analyse(name, nth, error);

		EXPECT(a.mem_total == whole.mem_total || a.mem_total == 0);
		without_total += a.mem_total == 0;
		silent += a.problems <= whole.problems && a.failed == whole.failed;
	}
	/* only the read of meminfo itself costs MemTotal */
	EXPECT_EQ(without_total, 1);
	/* not finding one of 30 places of procps is an answer; where a second place is looked at,
	 * or a lost process takes its own problem along, nothing more is told */
	if (error == EIO && silent > LOOKS + whole.calls / 8)
		fail_msg("%s: %zu of %zu failures went untold", name, silent, (size_t)whole.calls);
}

TEST(every_io_error_is_survived_and_told_v1)
{
	fail_each("rhel7-3.10-v1", EIO);
}

TEST(every_io_error_is_survived_and_told_v2)
{
	fail_each("arm64-64k-4.18-v2", EIO);
}

TEST(everything_may_be_denied)
{
	fail_each("rhel7-3.10-v1", EACCES);
}

TEST(everything_may_vanish)
{
	fail_each("arm64-64k-4.18-v2", ENODEV);
}
