/* free, vmstat, ps, top: what real ones print. */
#include "paste.h"

enum { KIB = 1 << 10, MIB = 1 << 20 };
#define GIB ((uint64_t)1 << 30)

static uint64_t of_node(const struct mw_transcript *t, enum mw_metric metric)
{
	struct mw_num n = mw_get(node(t), metric);

	EXPECT_EQ(n.state, MW_OK);
	return n.v;
}

TEST(free_in_mebibytes)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ free -m\n"
		"              total        used        free      shared  buff/cache   available\n"
		"Mem:          14732        1512        4036           4        9183       12888\n"
		"Swap:             0           0           0\n");

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(of_node(&t, M_MEM_TOTAL), 14732 * (uint64_t)MIB);
	EXPECT_EQ(of_node(&t, M_MEM_FREE), 4036 * (uint64_t)MIB);
	EXPECT_EQ(of_node(&t, M_SHMEM), 4 * MIB);
	EXPECT_EQ(of_node(&t, M_MEM_AVAILABLE), 12888 * (uint64_t)MIB);
	EXPECT_EQ(of_node(&t, M_SWAP_TOTAL), 0);
	EXPECT_EQ(printed(&t, "free", "used")->value, 1512 * (uint64_t)MIB);
	/* whole units are cut off: 14732.99 MiB look the same */
	EXPECT_EQ(printed(&t, "free", "total")->low, 14732 * (uint64_t)MIB);
	EXPECT(printed(&t, "free", "total")->high >= 14733 * (uint64_t)MIB - 1);
}

TEST(free_for_humans)
{
	scoped_transcript struct mw_transcript t = paste(
		"[q@box ~]$ free -h\n"
		"              total        used        free      shared  buff/cache   available\n"
		"Mem:            15G        7.8G        345M        1.6G        7.4G        3.8G\n"
		"Swap:          8.0G        314M        7.7G\n");

	EXPECT_EQ(of_node(&t, M_MEM_TOTAL), 15 * GIB);
	EXPECT_EQ(of_node(&t, M_MEM_FREE), 345 * (uint64_t)MIB);
	EXPECT_EQ(of_node(&t, M_SWAP_TOTAL), 8 * GIB);
	assert_float_equal((double)of_node(&t, M_MEM_AVAILABLE), 3.8 * (double)GIB, 1);
}

TEST(free_of_old)
{
	scoped_transcript struct mw_transcript t = paste(
		"             total       used       free     shared    buffers     cached\n"
		"Mem:       3921508    3754124     167384          0     185052    2741192\n"
		"-/+ buffers/cache:     827880    3093628\n"
		"Swap:      4194296          8    4194288\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(of_node(&t, M_MEM_TOTAL), 3921508 * (uint64_t)KIB);
	EXPECT_EQ(of_node(&t, M_BUFFERS), 185052 * (uint64_t)KIB);
	EXPECT_EQ(of_node(&t, M_CACHED), 2741192 * (uint64_t)KIB);
	EXPECT_EQ(of_node(&t, M_SWAP_FREE), 4194288 * (uint64_t)KIB);
}

TEST(free_in_chinese)
{
	scoped_transcript struct mw_transcript t = paste(
		"              总计         已用        空闲      共享    缓冲/缓存    可用\n"
		"内存：      16266252     5363264     1843796      612340     9059192     9951568\n"
		"交换：       2097148           0     2097148\n");

	EXPECT_EQ(of_node(&t, M_MEM_TOTAL), 16266252 * (uint64_t)KIB);
	EXPECT_EQ(of_node(&t, M_MEM_AVAILABLE), 9951568 * (uint64_t)KIB);
	EXPECT_EQ(of_node(&t, M_SWAP_TOTAL), 2097148 * (uint64_t)KIB);
}

TEST(vmstat_is_a_series)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ vmstat 1\n"
		"procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n"
		"r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st\n"
		"0  0      0 7743608   1112  92168    0    0     0     0   52  152  0  1 100  0  0\n"
		" 0  0      0 7743600   1112  92168    7    0     0     0   36   92  0  0 100  0  0\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(t.hosts[0].count, 2);
	EXPECT_EQ(of_node(&t, M_MEM_FREE), 7743600 * (uint64_t)KIB);
	EXPECT_EQ(of_node(&t, M_BUFFERS), 1112 * (uint64_t)KIB);
}

TEST(ps_by_its_header)
{
	scoped_transcript struct mw_transcript t = paste(
		"# ps aux\n"
		"USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n"
		"root           1  0.0  0.1 168084 11404 ?        Ss   Nov20   0:03 /sbin/init splash\n"
		"root          12  0.0  0.0      0     0 ?        I<   Nov20   0:00 [kworker/0:0H]\n"
		"www-data    4711  9.9  2.0 268084 51404 ?        S    10:20   0:03 nginx: worker process\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_PROCESS), 3);
	EXPECT_EQ(mw_get(process(&t, 1), M_P_RSS).v, 11404 * KIB);
	EXPECT_EQ(mw_get(process(&t, 1), M_P_VSS).v, 168084 * KIB);
	EXPECT_STR(mw_get_text(process(&t, 1), M_P_COMM), "init");
	EXPECT_STR(mw_get_text(process(&t, 1), M_P_CMDLINE), "/sbin/init splash");
	EXPECT_STR(mw_get_text(process(&t, 12), M_P_COMM), "kworker/0:0H");
	EXPECT_STR(mw_get_text(process(&t, 4711), M_P_COMM), "nginx");
}

TEST(ps_without_header)
{
	scoped_transcript struct mw_transcript t = paste(
		"root@web:/# ps -ef | grep java\n"
		"root    1     0  0 Nov21 ?     00:00:00 /bin/sh -c java $JAVA_OPTS -jar /opt/app.jar\n"
		"root    7     1  1 Nov21 ?     03:50:49 java -Xmx2000m -jar /opt/app.jar\n"
		"root 64352 64329  0 10:43 pts/1 00:00:00 grep java\n");

	EXPECT_STR(mw_get_text(process(&t, 7), M_P_COMM), "java");
	EXPECT_STR(mw_get_text(process(&t, 7), M_P_CMDLINE), "java -Xmx2000m -jar /opt/app.jar");
	EXPECT_EQ(mw_get(process(&t, 7), M_P_PPID).v, 1);
}

TEST(a_sentence_with_numbers_is_no_table)
{
	scoped_transcript struct mw_transcript t = paste(
		"the PID is 7 and RSS grows\nMem: we have enough\nr b swpd\n");

	EXPECT_EQ(t.block_count, 0);
	EXPECT_EQ(t.unrecognised_lines, 3);
}

TEST(top_of_both_ages)
{
	scoped_transcript struct mw_transcript t = paste(
		"top - 10:42:07 up 41 days,  2:11,  1 user,  load average: 0.52, 0.58, 0.59\n"
		"Tasks: 211 total,   1 running, 210 sleeping,   0 stopped,   0 zombie\n"
		"%Cpu(s):  2.3 us,  0.7 sy,  0.0 ni, 97.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st\n"
		"MiB Mem :  15986.4 total,    345.1 free,   7987.0 used,   7654.3 buff/cache\n"
		"MiB Swap:   8192.0 total,   7877.9 free,    314.1 used.   3891.2 avail Mem \n"
		"\n"
		"    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n"
		"     69 root      20   0   20.8g   4.9g  24832 S  23.0  31.2   1171:54 java\n");
	scoped_transcript struct mw_transcript old = paste(
		"top - 10:42:07 up 41 days,  2:11,  1 user,  load average: 0.52, 0.58, 0.59\n"
		"Mem:  16370088k total, 16016704k used,   353384k free,   312340k buffers\n"
		"Swap:  8388604k total,   321600k used,  8067004k free,  3891200k cached\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	assert_float_equal((double)of_node(&t, M_MEM_TOTAL), 15986.4 * MIB, 1);
	assert_float_equal((double)of_node(&t, M_MEM_AVAILABLE), 3891.2 * MIB, 1);
	EXPECT_EQ(mw_get(process(&t, 69), M_P_RSS_SHARED).v, 24832 * KIB);
	assert_float_equal((double)mw_get(process(&t, 69), M_P_RSS).v, 4.9 * (double)GIB, 1);
	EXPECT_EQ(of_node(&old, M_MEM_TOTAL), 16370088 * (uint64_t)KIB);
	EXPECT_EQ(of_node(&old, M_CACHED), 3891200 * (uint64_t)KIB);
}
