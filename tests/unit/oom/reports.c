/* Reports of kernels 2.6.32 to 6.18. The numbers expected are added up by hand from the texts. */
#include "oom.h"

#define KIB(n)   ((uint64_t)(n) << 10)
#define PAGES(n) ((uint64_t)(n) << 12)

TEST(linux_2_6_32_group_of_rhel)
{
	scoped_told struct told *t = tell_file("oom/2.6.32-memcg.txt", NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->constraint, MW_OOM_MEMCG);
	EXPECT_EQ(r->cause, MW_OOM_OWN_LIMIT);
	EXPECT_STR(r->limit_group, "/lxc/shop");
	EXPECT_STR(r->victim_group, "/lxc/shop");
	EXPECT_STR(r->host, "web-3");
	EXPECT_STR(r->kernel, "2.6.32-431.el6.x86_64");
	EXPECT_STR(r->stamp, "Nov 20 03:14:07");
	EXPECT_EQ(r->time, INT64_C(1795144447000000000));
	EXPECT_EQ(r->memory.usage, KIB(524288));
	EXPECT_EQ(r->memory.limit, KIB(524288));
	EXPECT_EQ(r->memory.failcnt, 977);
	EXPECT_EQ(r->memsw.limit, MW_OOM_UNLIMITED);
	EXPECT_STR(r->trigger.name, "httpd");
	EXPECT_EQ(r->trigger.pid, 4711);
	EXPECT_EQ(r->trigger.gfp, 0xd0);
	EXPECT_EQ(r->trigger.order, 0);
	EXPECT_EQ(r->kernel_score, 735);
	EXPECT_EQ(r->victim_count, 1);
	EXPECT_EQ(r->victims[0].pid, 4711);
	EXPECT_EQ(r->victims[0].uid, 48);
	EXPECT_STR(r->victims[0].name, "httpd");
	EXPECT_EQ(r->victims[0].total_vm, KIB(757280));
	EXPECT_EQ(r->victims[0].anon, KIB(381240));
	EXPECT_EQ(r->victims[0].file, KIB(4440));
	EXPECT_EQ(r->victims[0].shmem, MW_OOM_NOT_TOLD);
	EXPECT_EQ(r->tasks_listed, 3);
	EXPECT_EQ(r->task_sum.rss, PAGES(122 + 96420 + 31200));
	EXPECT_EQ(r->tasks[0].pid, 4711);
	EXPECT_EQ(r->tasks[0].badness, 96420);
	EXPECT_EQ(r->choice, MW_OOM_CHOICE_HIGHEST);
	EXPECT_EQ(r->held_by, MW_OOM_HELD_PROCESSES);
	EXPECT_EQ(r->sums.unlisted, KIB(524288) - PAGES(127742));
	EXPECT_EQ(r->info[MW_OOM_I_SWAP_TOTAL], KIB(2097144));
	EXPECT_EQ(r->zones[0].managed, MW_OOM_NOT_TOLD);
	EXPECT_EQ(r->zones[0].blocks[0], 2);
	EXPECT_EQ(r->zones[0].blocks[10], 3);
}

TEST(linux_2_6_32_machine_on_a_console)
{
	scoped_told struct told *t = tell_file("oom/2.6.32-vanilla.txt", NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->constraint, MW_OOM_NONE);
	EXPECT_EQ(r->cause, MW_OOM_MACHINE_FULL);
	EXPECT_EQ(r->held_by, MW_OOM_HELD_PROCESSES);
	EXPECT_EQ(r->time, 0);
	EXPECT_EQ(r->uptime, UINT64_MAX);
	EXPECT(r->stamp == NULL);
	EXPECT_STR(r->kernel, "2.6.32");
	EXPECT_EQ(r->sums.total, PAGES(131056 - 4110));
	EXPECT_EQ(r->sums.processes, PAGES(95010 + 24001 - 831));
	EXPECT_EQ(r->sums.free, PAGES(1252));
	EXPECT_EQ(r->sums.kernel, PAGES(194 + 1366 + 534) + KIB(1360));
	EXPECT_EQ(r->victims[0].pid, 3203);
	EXPECT_EQ(r->victims[0].total_vm, PAGES(150110));
	EXPECT_EQ(r->kernel_score, 150110);
	/* its points followed from the address space, its age and its children */
	EXPECT_EQ(r->choice, MW_OOM_CHOICE_UNKNOWN);
	EXPECT(!r->tasks[0].has_badness);
	EXPECT_EQ(r->zone_count, 2);
	EXPECT_STR(r->zones[1].name, "Normal");
	EXPECT_EQ(r->zones[1].free, KIB(2820));
}

/* the pod's limit, filled by a tmpfs of its container; written by three daemons */
TEST(linux_3_10_limit_of_the_group_above)
{
	const struct mw_oom_rule rule = { .now = NOW, .zone = 8 * 3600 };
	scoped_told struct told *t = tell_file("oom/3.10-kubepods.txt", &rule);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->cause, MW_OOM_ANCESTOR_LIMIT);
	EXPECT_STR(r->limit_group, "/kubepods/burstable/podaa");
	EXPECT_STR(r->victim_group, "/kubepods/burstable/podaa/c1");
	EXPECT_STR(r->kernel, "3.10.0-957.el7.x86_64");
	EXPECT_EQ(r->time, INT64_C(1795144447000000000));
	EXPECT_EQ(r->held_by, MW_OOM_HELD_SHMEM);
	EXPECT_EQ(r->sums.processes, KIB(40 + 321496));
	EXPECT_EQ(r->sums.shmem, KIB(716784));
	EXPECT_EQ(r->sums.file, KIB(16));
	EXPECT_EQ(r->sums.kernel, KIB(10240));
	EXPECT_EQ(r->totalpages, 262144);
	EXPECT_EQ(r->tasks[0].badness, 82110 + 302 + 936 * 262);
	EXPECT_EQ(r->tasks[0].badness * 1000 / (int64_t)r->totalpages, r->kernel_score);
	EXPECT_EQ(r->tasks[1].pid, 21104);
	EXPECT_EQ(r->tasks[0].page_tables, PAGES(302));
	EXPECT_EQ(r->victim_count, 1);
}

TEST(linux_3_13_low_memory_of_32_bits)
{
	scoped_told struct told *t = tell_file("oom/3.13-lowmem-zone.txt", NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->cause, MW_OOM_ZONE);
	EXPECT_EQ(r->held_by, MW_OOM_HELD_KERNEL);
	EXPECT_EQ(r->zone_count, 3);
	EXPECT_STR(r->trigger.name, "kworker/u8:1");
	EXPECT_EQ(r->totalpages, 2061724 - 8842 + 1046524 / 4);
	EXPECT_EQ(r->chosen, 1911);
	EXPECT_EQ(r->victims[0].pid, 1920);
	EXPECT_EQ(r->choice, MW_OOM_CHOICE_CHILD);
	EXPECT_EQ(r->uptime, UINT64_C(86400100000));
	EXPECT_EQ(r->tasks[0].badness * 1000 / (int64_t)r->totalpages, r->kernel_score);
}

TEST(linux_4_4_no_block_in_one_piece)
{
	scoped_told struct told *t = tell_file("oom/4.4-fragmentation.txt", NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->cause, MW_OOM_FRAGMENTATION);
	EXPECT_EQ(r->trigger.order, 2);
	EXPECT_STR(r->victims[0].name, "apache2 (w)");
	EXPECT_STR(r->tasks[0].name, "apache2 (w)");
	EXPECT_EQ(r->tasks[0].badness, 240000 + 90000 + 1200 + 8);
	EXPECT_EQ(r->tasks[0].badness * 1000 / (int64_t)r->totalpages, r->kernel_score);
	EXPECT_EQ(r->info[MW_OOM_I_KERNEL_STACK], KIB(6000));
	EXPECT_EQ(r->zones[1].usable, 3);
	EXPECT(!r->tasks[2].has_badness);
}

/* 64 KiB pages; nobody may be killed */
TEST(linux_5_10_dies_of_it)
{
	scoped_told struct told *t = tell_file("oom/panic.txt", NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->victim_count, 0);
	EXPECT_STR(r->panic, "System is deadlocked on memory");
	EXPECT_EQ(r->choice, MW_OOM_CHOICE_NO_VICTIM);
	EXPECT_EQ(r->page_size, 65536);
	EXPECT_EQ(r->held_by, MW_OOM_HELD_SHMEM);
	EXPECT_EQ(r->sums.total, UINT64_C(16000) << 16);
	EXPECT_EQ(r->tasks[0].rss, UINT64_C(200) << 16);
	EXPECT_EQ(r->tasks[0].page_tables, 131072);
}

TEST(linux_6_18_container)
{
	static const char group[] =
		"/kubepods/burstable/pod22222222-2222-3333-4444-555555555555/"
		"99b74f39663b15437acd384b3f9282ac07493788c2f9a6bf43d9a0c07d485e8c";
	scoped_told struct told *t = tell_file("oom/6.18-v1-kubepods.txt", NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	EXPECT_EQ(t->kernel_lines, t->lines);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->cause, MW_OOM_OWN_LIMIT);
	EXPECT_STR(r->limit_group, group);
	EXPECT_STR(r->victim_group, group);
	EXPECT_EQ(r->uptime, 2411744927);
	EXPECT_EQ(r->kmem.usage, KIB(204));
	EXPECT_EQ(r->stat[MW_OOM_S_ANON], 24956928);
	EXPECT_EQ(r->limit_kind, MW_OOM_LIMIT_MEMORY);
	EXPECT_EQ(r->victims[0].page_tables, KIB(88));
	EXPECT_EQ(r->victims[0].adj, 900);
	EXPECT_EQ(r->tasks[0].anon, PAGES(6080));
	EXPECT_EQ(r->tasks[0].badness, 6243 + 22 + 900 * 6);
	EXPECT_STR(r->trigger.gfp_names, "GFP_KERNEL");
	EXPECT_EQ(r->trigger.adj, 900);
}

TEST(linux_6_1_five_kinds)
{
	scoped_told struct told *t = tell_file("oom/6.1-v2.txt", NULL);

	EXPECT_EQ(t->count, 5);
	for (size_t i = 0; i < t->count; i++)
		EXPECT(t->at[i]->complete);
	/* a name with blanks and brackets, and a child's death by its parent group's limit */
	EXPECT_EQ(t->at[0]->cause, MW_OOM_ANCESTOR_LIMIT);
	EXPECT_STR(t->at[0]->limit_group, "/pod1");
	EXPECT_STR(t->at[0]->victim_group, "/pod1/app");
	EXPECT_STR(t->at[0]->trigger.name, "my (odd] name");
	EXPECT_STR(t->at[0]->tasks[0].name, "my (odd] name");
	EXPECT_STR(t->at[0]->victims[0].name, "my (odd] name");
	EXPECT_EQ(t->at[0]->memory.limit, KIB(49152));
	/* memory.oom.group: the chosen one is written twice */
	EXPECT_STR(t->at[1]->group, "/grp");
	EXPECT_EQ(t->at[1]->victim_count, 2);
	EXPECT_STR(t->at[1]->victims[0].name, "big");
	EXPECT_STR(t->at[1]->victims[1].name, "mate");
	/* 33 MiB in a tmpfs: no listed task has them */
	EXPECT_EQ(t->at[2]->held_by, MW_OOM_HELD_SHMEM);
	EXPECT_EQ(t->at[2]->sums.shmem, UINT64_C(33) << 20);
	EXPECT(t->at[2]->sums.unlisted > UINT64_C(32) << 20);
	/* sysrq f, and nobody to kill */
	EXPECT_EQ(t->at[3]->cause, MW_OOM_REQUESTED);
	EXPECT_EQ(t->at[3]->trigger.order, -1);
	EXPECT_EQ(t->at[3]->victim_count, 0);
	EXPECT_EQ(t->at[3]->held_by, MW_OOM_HELD_UNKNOWN);
	EXPECT_EQ(t->at[3]->choice, MW_OOM_CHOICE_NO_VICTIM);
	/* the machine */
	EXPECT_EQ(t->at[4]->cause, MW_OOM_MACHINE_FULL);
	EXPECT_EQ(t->at[4]->constraint, MW_OOM_NONE);
	EXPECT_EQ(t->at[4]->held_by, MW_OOM_HELD_PROCESSES);
	EXPECT_STR(t->at[4]->victims[0].name, "eater");
	EXPECT_EQ(t->at[4]->choice, MW_OOM_CHOICE_HIGHEST);
}

TEST(linux_6_1_v1_memory_and_swap)
{
	scoped_told struct told *t = tell_file("oom/6.1-v1.txt", NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 2);
	r = t->at[0];
	EXPECT_EQ(r->limit_kind, MW_OOM_LIMIT_MEMSW);
	EXPECT_EQ(r->memsw.limit, UINT64_C(40) << 20);
	EXPECT_EQ(r->totalpages, 10240);
	EXPECT_EQ(r->tasks[0].badness, 8274 + 2036 + 114688 / 4096);
	EXPECT_EQ(r->tasks[0].swap, PAGES(2036));
	EXPECT_EQ(t->at[1]->info[MW_OOM_I_SWAP_FREE], 0);
	EXPECT_EQ(t->at[1]->sums.swap, KIB(65532));
}

TEST(linux_6_12_records)
{
	scoped_told struct told *t = tell_file("oom/6.12-v2.kmsg", NULL);

	EXPECT(t->count >= 2);
	EXPECT_EQ(t->kernel_lines, t->lines);
	for (size_t i = 0; i < t->count; i++) {
		EXPECT(t->at[i]->complete);
		EXPECT_EQ(slice_begins(slice_of(t->at[i]->kernel), "6.12."), true);
	}
	EXPECT_EQ(t->at[t->count - 1]->cause, MW_OOM_MACHINE_FULL);
	EXPECT_STR(t->at[t->count - 1]->victims[0].name, "eater");
	EXPECT(t->at[t->count - 1]->tasks[0].anon != MW_OOM_NOT_TOLD);
}

TEST(linux_6_1_cpuset)
{
	scoped_told struct told *t = tell_file("oom/6.1-cpuset.txt", NULL);

	EXPECT_EQ(t->count, 1);
	EXPECT_EQ(t->at[0]->constraint, MW_OOM_CPUSET);
	EXPECT_EQ(t->at[0]->cause, MW_OOM_BY_CPUSET);
	EXPECT_STR(t->at[0]->cpuset, "node1");
	EXPECT_STR(t->at[0]->mems_allowed, "1");
	EXPECT_STR(t->at[0]->victims[0].name, "bound");
	EXPECT(t->at[0]->complete);
}

TEST(what_is_no_oom_kill)
{
	scoped_told struct told *t = tell_file("oom/others.txt", NULL);

	EXPECT_EQ(t->count, 0);
	EXPECT(t->kernel_lines > 8);
}

/* a page allocation failure inside a report: its numbers are not the report's */
TEST(a_failure_between)
{
	static const char text[] =
		"[1.000001] a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"[1.000002] Mem-Info:\n"
		"[1.000003] active_anon:630 inactive_anon:75304 isolated_anon:0\n"
		"[1.000004] free:809 free_pcp:0\n"
		"[1.000005] b: page allocation failure: order:4, mode:0xcc0\n"
		"[1.000006] Mem-Info:\n"
		"[1.000007] free:4444 free_pcp:0\n"
		"[1.000008] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
		"[1.000009] [      7]     0     7      100       50    45056        0             0 a\n"
		"[1.000010] Out of memory: Killed process 7 (a) total-vm:400kB, anon-rss:200kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:44kB oom_score_adj:0\n";
	scoped_told struct told *t = tell(SLICE(text), NULL);

	EXPECT_EQ(t->count, 1);
	EXPECT_EQ(t->at[0]->info[MW_OOM_I_FREE], PAGES(809));
	EXPECT_EQ(t->at[0]->victims[0].pid, 7);
}

TEST(numbers_beyond_all_bounds)
{
	static const char text[] =
		"[1.0] a invoked oom-killer: gfp_mask=0xffffffffffffffffffff, order=99999999999999999999, oom_score_adj=99999\n"
		"[1.0] memory: usage 18446744073709551615kB, limit 18446744073709551616kB, failcnt 1\n"
		"[1.0] memory: usage 5kB, limit 18014398509481983kB, failcnt 1\n"
		"[1.0] [ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name\n"
		"[1.0] [ 99999999999] 1 1 1 1 1 1 1 x\n"
		"[1.0] [ 5] -1 5 9223372036854775807 9223372036854775807 -3 9223372036854775807 -32768 x\n"
		"[1.0] Memory cgroup out of memory: Killed process 5 (x) total-vm:99999999999999999999kB, anon-rss:1kB\n";
	scoped_told struct told *t = tell(SLICE(text), NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(!r->complete);
	EXPECT(!r->trigger.has_gfp);
	EXPECT(!r->trigger.has_adj);
	EXPECT_EQ(r->memory.usage, KIB(5));
	EXPECT_EQ(r->memory.limit, MW_OOM_UNLIMITED);
	EXPECT_EQ(r->tasks_listed, 1);
	EXPECT_EQ(r->victims[0].anon, KIB(1));
}

/* The head is cut off with the limit in it: what adj weighs cannot be known, so memory alone ranks,
 * and a task without adj does not come first for being the only one that could be rated. */
TEST(without_the_limit_memory_ranks)
{
	static const char text[] =
		"[1.0] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
		"[1.0] [      3]     0     3     1000      386    45056        0             0 small\n"
		"[1.0] [      4]     0     4    10000     8857   122880        0           684 large\n"
		"[1.0] [      5]     0     5    10000     6732   102400        0           780 next\n"
		"[1.0] [      6]     0     6    90000    80000   102400        0         -1000 spared\n"
		"[1.0] Memory cgroup out of memory: Killed process 5 (next) total-vm:40000kB, anon-rss:26928kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:100kB oom_score_adj:780\n";
	scoped_told struct told *t = tell(SLICE(text), NULL);
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT_EQ(r->task_count, 4);
	EXPECT_EQ(r->tasks[0].pid, 4);
	EXPECT(!r->tasks[0].has_badness);
	EXPECT_EQ(r->tasks[1].pid, 5);
	EXPECT_EQ(r->tasks[2].pid, 3);
	EXPECT_EQ(r->tasks[3].pid, 6);
}
