/* Kernel files: whole, cut, and as pipes left them. */
#include "paste.h"

TEST(values_of_a_group)
{
	scoped_transcript struct mw_transcript t = paste(
		"root@web-1:/# cat /sys/fs/cgroup/memory/memory.usage_in_bytes "
		"/sys/fs/cgroup/memory/memory.limit_in_bytes\n"
		"5368709120\n"
		"9223372036854771712\n"
		"root@web-1:/# cat /sys/fs/cgroup/memory/memory.failcnt\n"
		"118\n"
		"root@web-1:/# cat /sys/fs/cgroup/memory/memory.oom_control\n"
		"oom_kill_disable 0\n"
		"under_oom 0\n"
		"oom_kill 3\n");
	struct mw_entity *e = group(&t, "web-1");

	EXPECT_EQ(cell(e, M_CG_USAGE), 5368709120);
	EXPECT_EQ(mw_get(e, M_CG_LIMIT).state, MW_UNLIMITED);
	EXPECT_EQ(cell(e, M_CG_FAILCNT), 118);
	EXPECT_EQ(cell(e, M_CG_OOM_KILLS), 3);
	EXPECT_EQ(cell(e, M_CG_VERSION), 1);
	EXPECT_EQ(t.hosts[0].count, 1);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(values_with_names_in_front)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ head /sys/fs/cgroup/shop/memory.{max,current}\n"
		"==> /sys/fs/cgroup/shop/memory.max <==\n"
		"max\n"
		"\n"
		"==> /sys/fs/cgroup/shop/memory.current <==\n"
		"4096\n"
		"$ grep . /sys/fs/cgroup/shop/memory.*\n"
		"/sys/fs/cgroup/shop/memory.peak:8192\n"
		"/sys/fs/cgroup/shop/memory.stat:anon 1024\n"
		"/sys/fs/cgroup/shop/memory.stat:file 2048\n"
		"/sys/fs/cgroup/shop/memory.swap.current:0\n"
		"/sys/fs/cgroup/shop/memory.events:low 0\n"
		"/sys/fs/cgroup/shop/memory.events:max 7\n");
	struct mw_entity *e = group(&t, "/shop");

	EXPECT_EQ(mw_get(e, M_CG_LIMIT).state, MW_UNLIMITED);
	EXPECT_EQ(cell(e, M_CG_USAGE), 4096);
	EXPECT_EQ(cell(e, M_CG_PEAK), 8192);
	EXPECT_EQ(cell(e, M_CG_ANON), 1024);
	EXPECT_EQ(cell(e, M_CG_SWAP), 0);
	EXPECT_EQ(cell(e, M_CG_EVENTS_MAX), 7);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(values_that_somebody_wrote_down)
{
	scoped_transcript struct mw_transcript t = paste("memory.max: 1Gi\n"
							 "memory.current = 512M\n");

	EXPECT_EQ(cell(group(&t, "container"), M_CG_LIMIT), 1 << 30);
	EXPECT_EQ(cell(group(&t, "container"), M_CG_USAGE), 512 << 20);
}

TEST(a_number_alone_is_nothing)
{
	scoped_transcript struct mw_transcript t = paste("12345\nmax\n$ wc -l x\n17\n");

	EXPECT_EQ(t.block_count, 0);
	EXPECT_EQ(t.unrecognised_lines, 3);
}

TEST(memory_stat_of_version_2)
{
	scoped_transcript struct mw_transcript t = paste(
		"anon 1000\nfile 2000\nkernel_stack 10\npagetables 20\npercpu 30\nsock 40\n"
		"shmem 5\ninactive_file 600\nactive_file 700\nslab_reclaimable 1\n"
		"slab_unreclaimable 2\nslab 3\npgfault 9\n");
	struct mw_entity *e = group(&t, NULL);

	EXPECT_EQ(cell(e, M_CG_VERSION), 2);
	/* before Linux 5.18 there is no `kernel` */
	EXPECT_EQ(cell(e, M_CG_KERNEL), 63);
	EXPECT_EQ(cell(e, M_CG_USAGE), 3103);
	EXPECT_EQ(t.derived_count, 1);
	EXPECT_STR(t.derived[0].how, "anon + file + kernel + sock");
}

TEST(what_grep_left_of_memory_stat)
{
	scoped_transcript struct mw_transcript t = paste(
		"[root@n1 ~]# cd /sys/fs/cgroup/memory/docker/3f2a\n"
		"[root@n1 3f2a]# grep total_rss memory.stat\n"
		"total_rss 4096\n"
		"total_rss_huge 0\n"
		"[root@n1 3f2a]# cat memory.stat | grep cache\n"
		"cache 100\n"
		"total_cache 8192\n");
	struct mw_entity *e = group(&t, "/docker/3f2a");

	/* different lines of one file are one moment */
	EXPECT_EQ(t.hosts[0].count, 1);
	EXPECT_EQ(cell(e, M_CG_ANON), 4096);
	EXPECT_EQ(cell(e, M_CG_USAGE), 12288);
}

TEST(what_awk_left_of_memory_stat)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ grep total_rss /sys/fs/cgroup/memory/a/memory.stat | head -1 | awk '{print $2}'\n"
		"4096\n"
		"$ cat /sys/fs/cgroup/memory/pod*/memory.stat |grep total_active_file |awk "
		"'{a+=$2}END{print a}'\n"
		"35410173952\n");

	EXPECT_EQ(cell(group(&t, "/a"), M_CG_ANON), 4096);
	EXPECT_EQ(printed(&t, "extract", "total_active_file")->value, 35410173952);
	EXPECT_EQ(printed(&t, "extract", "total_active_file")->metric, MW_METRICS);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(events_by_their_words)
{
	scoped_transcript struct mw_transcript t = paste(
		"low 0\nhigh 12\nmax 7\noom 1\noom_kill 1\noom_group_kill 0\n");

	EXPECT_EQ(cell(group(&t, NULL), M_CG_EVENTS_HIGH), 12);
	EXPECT_EQ(cell(group(&t, NULL), M_CG_OOM_KILLS), 1);
}

TEST(pressure_of_the_machine_and_of_a_group)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ cat /proc/pressure/io /proc/pressure/memory\n"
		"some avg10=1.50 avg60=0.00 avg300=0.00 total=100\n"
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=50\n"
		"some avg10=2.50 avg60=0.00 avg300=0.00 total=200\n"
		"full avg10=0.25 avg60=0.00 avg300=0.00 total=150\n"
		"$ cat /sys/fs/cgroup/shop/memory.pressure\n"
		"some avg10=9.00 avg60=0.00 avg300=0.00 total=7\n"
		"full avg10=8.00 avg60=0.00 avg300=0.00 total=6\n");

	EXPECT_EQ(cell(node(&t), M_PSI_IO_SOME_US), 100);
	EXPECT_EQ(cell(node(&t), M_PSI_MEMORY_SOME_US), 200);
	EXPECT_EQ(cell(node(&t), M_PSI_MEMORY_FULL_AVG10), 250000);
	EXPECT_EQ(cell(group(&t, "/shop"), M_CG_PSI_FULL_US), 6);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(vmstat_file)
{
	scoped_transcript struct mw_transcript t = paste(
		"nr_free_pages 1000\nnr_zone_inactive_anon 5\nnr_inactive_anon 5\n"
		"nr_active_anon 6\nnr_inactive_file 7\nnr_active_file 8\nnr_unevictable 9\n"
		"nr_slab_reclaimable 1\nnr_slab_unreclaimable 2\npgpgin 77\npgpgout 88\n"
		"allocstall_normal 3\nallocstall_movable 4\nworkingset_refault_file 55\n"
		"oom_kill 2\n");

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(cell(node(&t), M_ALLOCSTALL), 7);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(two_processes_one_after_the_other)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ grep -E 'VmRSS|VmSwap' /proc/12/status\n"
		"VmRSS:\t  100 kB\nVmSwap:\t  1 kB\n"
		"$ cat /proc/13/status | grep Vm\n"
		"VmPeak:\t  300 kB\nVmSize:\t  300 kB\nVmRSS:\t  200 kB\n"
		"VmRSS:\t  201 kB\n");

	EXPECT_EQ(cell(process(&t, 12), M_P_RSS), 100 << 10);
	EXPECT_EQ(cell(process(&t, 12), M_P_SWAP), 1 << 10);
	EXPECT_EQ(cell(process(&t, 13), M_P_VSS), 300 << 10);
}

TEST(two_machines_in_one_text)
{
	scoped_transcript struct mw_transcript t = paste("[root@n1 ~]# cat /proc/meminfo\n"
							 "MemTotal:  1024 kB\nMemFree:  12 kB\n"
							 "[root@n2 ~]# cat /proc/meminfo\n"
							 "MemTotal:  2048 kB\nMemFree:  13 kB\n"
							 "[root@n1 ~]# cat /proc/meminfo\n"
							 "MemTotal:  1024 kB\nMemFree:  11 kB\n");

	EXPECT_EQ(t.host_count, 2);
	EXPECT_STR(t.hosts[1].name, "n2");
	EXPECT_EQ(cell(mw_snapshot_node(now_of(&t, 1)), M_MEM_FREE), 13 << 10);
	EXPECT_EQ(t.hosts[0].count, 2);
	EXPECT_EQ(cell(mw_snapshot_node(now_of(&t, 0)), M_MEM_FREE), 11 << 10);
}

TEST(overflow_and_repeats)
{
	scoped_transcript struct mw_transcript t = paste(
		"total_cache 1\ntotal_rss 99999999999999999999999\ntotal_swap 3\n");

	/* a number that does not fit ends the text that is understood */
	EXPECT_EQ(t.unrecognised_lines, 1);
	EXPECT_EQ(cell(group(&t, NULL), M_CG_FILE), 1);
	EXPECT_EQ(cell(group(&t, NULL), M_CG_SWAP), 3);
	EXPECT_EQ(mw_get(group(&t, NULL), M_CG_ANON).state, MW_ABSENT);
}
