/* Points against what kernels said and did: oom_score of every process of the captured machines, and
 * whom they killed of the tasks that they listed. */
#include "test.h"

#include "engine/engine.h"
#include "oom/badness.h"

/* A row of a kernel's "Tasks state" table: in pages, page tables in bytes. */
struct row {
	int pid;
	uint64_t rss, page_tables, swap;
	int adj;
};

/* @return the pid of the highest points, of equals the last, as since Linux 5.3 */
static int chosen(const char *release, uint64_t limit_kib, uint64_t swap_kib,
		  const struct row *rows, size_t count)
{
	struct mw_oom_rules rules = mw_oom_rules(release);
	uint64_t total = (limit_kib + swap_kib) / 4;
	int64_t most = INT64_MIN;
	int pid = 0;

	for (size_t i = 0; i < count; i++) {
		int64_t points = mw_oom_badness(
			&rules, rows[i].rss + rows[i].swap + rows[i].page_tables / 4096,
			rows[i].adj, total, true);

		if (rows[i].adj == MW_OOM_NEVER || points < most)
			continue;
		most = points;
		pid = rows[i].pid;
	}
	return pid;
}

#define CHOSEN(release, limit, swap, rows) \
	chosen(release, limit, swap, rows, sizeof(rows) / sizeof(*(rows)))

/* 6.1, v2: "memory: usage 72520kB, limit 72520kB", "swap: usage 8192kB, limit 8192kB" */
TEST(swap_entries_decide_and_the_largest_is_exempt)
{
	static const struct row rows[] = {
		{ 169, 3392, 73728, 535, 0 },    { 172, 234, 45056, 0, 0 },
		{ 166, 2677, 77824, 1513, 0 },   { 167, 5000, 86016, 0, -941 },
		{ 168, 7490, 102400, 0, -1000 },
	};

	EXPECT_EQ(CHOSEN("6.1.0-56-amd64", 72520, 8192, rows), 166);
}

/* 6.1, v2: "memory: usage 1048kB, limit 1048kB", "swap: usage 49152kB, limit 49152kB": 469
 * thousandths of the memory alone would not have been enough */
TEST(swap_is_part_of_what_adj_is_a_share_of)
{
	static const struct row rows[] = {
		{ 174, 63, 86016, 4115, 0 },     { 175, 373, 53248, 1027, 469 },
		{ 177, 347, 69632, 2819, -806 }, { 176, 373, 69632, 3075, 0 },
		{ 178, 370, 49152, 26, 0 },
	};

	EXPECT_EQ(CHOSEN("6.1.0-56-amd64", 1048, 49152, rows), 175);
	EXPECT_EQ(CHOSEN("6.1.0-56-amd64", 1048, 0, rows), 174);
}

/* 6.1, v2: "memory: usage 60576kB, limit 60752kB", "swap: usage 49152kB, limit 49152kB" */
TEST(adj_makes_a_small_one_the_first)
{
	static const struct row rows[] = {
		{ 180, 378, 53248, 771, 0 },  { 181, 308, 90112, 4627, -305 },
		{ 182, 384, 86016, 2563, 0 }, { 183, 6754, 102400, 743, 0 },
		{ 184, 5381, 110592, 0, 0 },  { 185, 3130, 73728, 0, 967 },
		{ 186, 232, 45056, 0, 0 },
	};

	EXPECT_EQ(CHOSEN("6.1.0-56-amd64", 60752, 49152, rows), 185);
}

/* 6.1, v2: "memory: usage 80232kB, limit 80232kB", "swap: usage 24576kB, limit 24576kB" */
TEST(adj_keeps_a_large_one_from_it)
{
	static const struct row rows[] = {
		{ 191, 516, 102400, 5379, -1000 }, { 192, 4690, 94208, 0, -889 },
		{ 188, 2764, 73728, 641, 0 },      { 189, 2934, 69632, 0, 0 },
		{ 190, 8024, 106496, 0, 0 },       { 195, 230, 49152, 0, 0 },
	};

	EXPECT_EQ(CHOSEN("6.1.0-56-amd64", 80232, 24576, rows), 190);
}

/* --- /proc/PID/oom_score ---------------------------------------------------------------------- */

static uint64_t pages(const struct mw_entity *process, enum mw_metric metric, uint32_t page_size)
{
	return mw_get_or(process, metric, 0) / page_size;
}

/* @return how many had a score */
static size_t compare_scores(const char *name)
{
	scoped_source struct mw_source *source = fixture(name);
	struct mw_snapshot *s;
	const struct mw_machine *machine;
	struct mw_oom_rules rules;
	struct mw_entity *process;
	uint64_t total;
	size_t compared = 0;

	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_NODE | MW_WANT_PROCESSES | MW_WANT_OOM_SCORE, &s),
		  0);
	machine = mw_snapshot_machine(s);
	rules = mw_oom_rules(machine->kernel);
	total = (mw_get_or(mw_snapshot_node(s), M_MEM_TOTAL, 0) +
		 mw_get_or(mw_snapshot_node(s), M_SWAP_TOTAL, 0)) /
		machine->page_size;
	mw_for_each (process, s, MW_PROCESS) {
		struct mw_num score = mw_get(process, M_P_OOM_SCORE);
		int adj = (int)(int64_t)mw_get_or(process, M_P_OOM_SCORE_ADJ, 0);
		int64_t points;

		if (score.state != MW_OK)
			continue;
		/* whom the kernel does not consider; process 1 of a container it does */
		if (mw_get_or(process, M_P_KERNEL_THREAD, 0) || (process->id == 1 && !score.v) ||
		    adj == MW_OOM_NEVER || mw_get(process, M_P_RSS).state != MW_OK) {
			EXPECT_EQ(score.v, 0);
			continue;
		}
		points = mw_oom_badness(&rules,
					pages(process, M_P_RSS, machine->page_size) +
						pages(process, M_P_SWAP, machine->page_size) +
						pages(process, M_P_PAGE_TABLES, machine->page_size),
					adj, total, true);
		/* another file, a moment later */
		EXPECT(llabs(mw_oom_score(&rules, points, total) - (int64_t)score.v) <= 1);
		compared++;
	}
	mw_snapshot_free(s);
	return compared;
}

TEST(oom_score_of_captured_machines)
{
	EXPECT(compare_scores("6.1-v1") >= 2);
	EXPECT(compare_scores("6.1-v2-swap-numa") >= 2);
	EXPECT(compare_scores("6.12-v2") >= 2);
	EXPECT(compare_scores("6.18-v1-hybrid") >= 2);
}
