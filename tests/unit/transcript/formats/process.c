/* Files of /proc/PID: mappings, limits, scores. The texts are of one process of Linux 6.18, whose
 * status said VmSize 2920 kB and VmRSS 1748 kB. */
#include "paste.h"

enum { KIB = 1 << 10 };

TEST(a_whole_smaps)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("proc-smaps.txt");
	struct mw_entity *p = process(&t, 505);
	uint64_t heap = 0;
	struct mw_entity *e;

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(p, M_P_RSS), 1692 * KIB);
	EXPECT_EQ(cell(p, M_P_VSS), 2920 * KIB);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_REGION), 37);
	mw_for_each (e, now(&t), MW_REGION)
		if (!strcmp(e->name, "[heap]"))
			heap = cell(e, M_R_SIZE);
	EXPECT_EQ(heap, 0x21000);
}

TEST(smaps_rollup_is_the_process)
{
	scoped_transcript struct mw_transcript t = paste(
		"[root@n1 ~]# cat /proc/69/smaps_rollup\n"
		"5654859d7000-7ffd27561000 ---p 00000000 00:00 0              [rollup]\n"
		"Rss:                1748 kB\n"
		"Pss:                 288 kB   # that little\n"
		"Shared_Clean:       1600 kB\n"
		"Private_Clean:        44 kB\n"
		"Private_Dirty:       104 kB\n"
		"Anonymous:           104 kB\n"
		"Swap:                  8 kB\n"
		"SwapPss:               4 kB\n");
	struct mw_entity *p = process(&t, 69);

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(p, M_P_PSS), 288 * KIB);
	EXPECT_EQ(cell(p, M_P_RSS), 1748 * KIB);
	EXPECT_EQ(cell(p, M_P_USS), 148 * KIB);
	EXPECT_EQ(cell(p, M_P_SMAPS_SWAP), 8 * KIB);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_REGION), 0);
}

TEST(maps_have_sizes)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("proc-maps.txt");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(process(&t, 505), M_P_VSS), 2920 * KIB);
	EXPECT_EQ(mw_get(process(&t, 505), M_P_RSS).state, MW_ABSENT);
}

TEST(some_mappings_are_not_the_process)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ grep -A6 -E 'heap|stack' /proc/7/smaps\n"
		"5654bebaa000-5654bebcb000 rw-p 00000000 00:00 0                  [heap]\n"
		"Size:                132 kB\n"
		"KernelPageSize:        4 kB\n"
		"MMUPageSize:           4 kB\n"
		"Rss:                  12 kB\n"
		"Pss:                  12 kB\n"
		"Pss_Dirty:            12 kB\n"
		"--\n"
		"7ffd27540000-7ffd27561000 rw-p 00000000 00:00 0                  [stack]\n"
		"Size:                132 kB\n"
		"Rss:                  16 kB\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(t.blocks[0].cut, 1);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_REGION), 2);
	EXPECT_EQ(cell(mw_snapshot_at(now(&t), MW_REGION, 1), M_R_RSS), 16 * KIB);
	EXPECT_EQ(mw_get(process(&t, 7), M_P_RSS).state, MW_ABSENT);
	EXPECT_EQ(mw_get(process(&t, 7), M_P_PSS).state, MW_ABSENT);
}

TEST(what_grep_left_of_smaps_is_summed)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ grep -E '^(Pss|Swap):' /proc/7/smaps\n"
		"Pss:                   8 kB\nSwap:                  1 kB\n"
		"Pss:                  20 kB\nSwap:                  2 kB\n"
		"$ grep Pss: /proc/8/smaps | head -2\n"
		"Pss:                   8 kB\nPss:                   8 kB\n"
		"$ grep Pss: /proc/[0-9]*/smaps_rollup\n"
		"/proc/9/smaps_rollup:Pss:                 282 kB\n"
		"/proc/10/smaps_rollup:Pss:                 283 kB\n");

	EXPECT_EQ(cell(process(&t, 7), M_P_PSS), 28 * KIB);
	EXPECT_EQ(cell(process(&t, 7), M_P_SMAPS_SWAP), 3 * KIB);
	EXPECT_EQ(mw_get(process(&t, 8), M_P_PSS).state, MW_ABSENT);
	EXPECT_EQ(cell(process(&t, 9), M_P_PSS), 282 * KIB);
	EXPECT_EQ(cell(process(&t, 10), M_P_PSS), 283 * KIB);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(a_few_words_are_no_smaps)
{
	scoped_transcript struct mw_transcript t = paste(
		"Size: 12 kB\nRss: 4 kB\nhello\nPss: 4 kB is what I see\n"
		"12-11 rw-p 0 0:0 0\n0-1000 rwx\nLocked: 5\n");

	EXPECT_EQ(t.block_count, 0);
}

TEST(limits_of_a_process)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ cat /proc/69/limits\n"
		"Limit                     Soft Limit           Hard Limit           Units     \n"
		"Max file size             unlimited            unlimited            bytes     \n"
		"Max stack size            8388608              unlimited            bytes     \n"
		"...\n"
		"Max open files            20000                20000                files     \n"
		"Max address space         unlimited            unlimited            bytes     \n"
		"Max nice priority         0                    0                    \n"
		"$ grep 'open files' /proc/70/limits\n"
		"Max open files            1024                 4096                 files     \n"
		"Max attention span        12                   12\n"
		"Max open files            many                 more\n");

	EXPECT_EQ(cell(process(&t, 69), M_P_FD_LIMIT), 20000);
	EXPECT_EQ(cell(process(&t, 69), M_P_STACK_LIMIT), 8388608);
	EXPECT_EQ(mw_get(process(&t, 69), M_P_AS_LIMIT).state, MW_UNLIMITED);
	EXPECT_EQ(block(&t, "limits", 0)->cut, 1);
	EXPECT_EQ(cell(process(&t, 70), M_P_FD_LIMIT), 1024);
	EXPECT_EQ(t.unrecognised_lines, 2);
}

TEST(numbers_of_a_process)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ cat /proc/69/oom_score /proc/69/oom_score_adj\n667\n-998\n"
		"$ grep . /proc/1/oom_score_adj /proc/70/oom_score_adj\n"
		"/proc/1/oom_score_adj:0\n/proc/70/oom_score_adj:1000\n"
		"$ head /proc/71/oom_score\n==> /proc/71/oom_score <==\n12\n"
		"$ cat /proc/72/statm\n730 437 411 5 0 89 0\n"
		"$ cat /proc/73/oom_score\nhello\n$ cat /proc/74/cmdline\n5\n");

	EXPECT_EQ(cell(process(&t, 69), M_P_OOM_SCORE), 667);
	EXPECT_EQ((int64_t)cell(process(&t, 69), M_P_OOM_SCORE_ADJ), -998);
	EXPECT_EQ(cell(process(&t, 1), M_P_OOM_SCORE_ADJ), 0);
	EXPECT_EQ(cell(process(&t, 70), M_P_OOM_SCORE_ADJ), 1000);
	EXPECT_EQ(cell(process(&t, 71), M_P_OOM_SCORE), 12);
	EXPECT_EQ(cell(process(&t, 72), M_P_RSS), 437 * 4 * KIB);
	EXPECT_EQ(t.unrecognised_lines, 2);
}

TEST(all_of_one_process)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("proc-small.txt");
	struct mw_entity *p = process(&t, 505);

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(p, M_P_RSS), 1748 * KIB);
	EXPECT_EQ(cell(p, M_P_VSS), 2920 * KIB);
}

TEST(cut_anywhere)
{
	scoped_buf struct buf text = fixture_text("../fuzz/corpus/transcript-whole/proc-small.txt");

	for (size_t n = 0; n < text.len; n += 7) {
		scoped_transcript struct mw_transcript t = paste_slice(
			(struct slice){ text.at, n });

		/* a header alone, and a row that lost its end */
		EXPECT(t.unrecognised_lines <= 2);
	}
}
