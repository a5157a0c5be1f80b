/* Whose numbers they are: machines, containers, pods. */
#include "paste.h"

TEST(a_shell_in_a_pod)
{
	scoped_transcript struct mw_transcript t = paste(
		"ops@mac ~ % kubectl -n shop exec -it web-1 -c app -- sh\n"
		"/ # cat /sys/fs/cgroup/memory.stat\n"
		"anon 4096\nfile 8192\n"
		"/ # grep VmRSS /proc/1/status\n"
		"VmRSS:\t100 kB\n"
		"/ # exit\n"
		"ops@mac ~ % cat /proc/meminfo\n"
		"MemTotal: 1024 kB\n");
	struct mw_entity *e = group(&t, "web-1/app");

	EXPECT_EQ(t.host_count, 1);
	EXPECT_STR(t.hosts[0].name, "mac");
	EXPECT_EQ(cell(e, M_CG_ANON), 4096);
	EXPECT(process(&t, 1)->parent == e);
	EXPECT_STR(e->parent->name, "web-1");
}

TEST(process_1_of_two_containers)
{
	scoped_transcript struct mw_transcript t = paste(
		"[root@n1 ~]# docker exec web grep VmRSS /proc/1/status\n"
		"VmRSS:\t100 kB\n"
		"[root@n1 ~]# docker exec db grep VmRSS /proc/1/status\n"
		"VmRSS:\t200 kB\n"
		"[root@n1 ~]# grep VmRSS /proc/1/status\n"
		"VmRSS:\t300 kB\n");

	EXPECT_EQ(t.hosts[0].count, 1);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_PROCESS), 3);
}

TEST(a_group_inside_is_named_by_the_prompt)
{
	scoped_transcript struct mw_transcript t = paste("root@web-1:/# cat /proc/meminfo\n"
							 "MemTotal: 1024 kB\n"
							 "root@web-1:/# cat "
							 "/sys/fs/cgroup/memory.max\n"
							 "4096\n"
							 "root@web-2:/# cat "
							 "/sys/fs/cgroup/memory.max\n"
							 "max\n");

	EXPECT_EQ(t.host_count, 2);
	EXPECT_EQ(cell(group(&t, "web-1"), M_CG_LIMIT), 4096);
	EXPECT_STR(mw_snapshot_at(now_of(&t, 1), MW_CGROUP, 0)->name, "web-2");
}

TEST(a_kernel_log_among_other_things)
{
	scoped_transcript struct mw_transcript t = paste("[root@n1 ~]# dmesg | tail -3\n"
							 "[  100.000001] usb 1-1: new device\n"
							 "[  100.000002] usb 1-2: new device\n"
							 "[root@n1 ~]# cat /proc/meminfo\n"
							 "MemTotal: 1024 kB\n");

	EXPECT_EQ(block(&t, "kernel-log", 0)->first_line, 2);
	EXPECT_EQ(block(&t, "kernel-log", 0)->last_line, 3);
	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(t.oom_count, 0);
	EXPECT_STR(t.hosts[0].name, "n1");
}

TEST(a_kill_belongs_to_the_machine_whose_log_has_it)
{
	scoped_transcript struct mw_transcript t = paste(
		"[root@n1 ~]# cat /proc/meminfo\n"
		"MemTotal: 1024 kB\n"
		"[root@n2 ~]# dmesg\n"
		"[  100.000001] a.out invoked oom-killer: "
		"gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"[  100.000002] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),"
		"cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=a.out,pid=12,uid=0\n"
		"[  100.000003] Memory cgroup out of memory: Killed process 12 (a.out) "
		"total-vm:200kB, anon-rss:100kB, file-rss:0kB, shmem-rss:0kB, UID:0 "
		"pgtables:40kB oom_score_adj:0\n");
	const struct mw_oom_report *const *ooms;

	EXPECT_EQ(t.oom_count, 1);
	EXPECT_EQ(mw_snapshot_ooms(now_of(&t, 0), &ooms), 0);
	EXPECT_EQ(mw_snapshot_ooms(now_of(&t, 1), &ooms), 1);
	EXPECT_EQ(ooms[0]->first_line, 4);
}

struct pieces {
	struct slice text;
	size_t step;
};

static ssize_t more(void *context, char *to, size_t room)
{
	struct pieces *p = context;
	size_t n = p->text.len < p->step ? p->text.len : p->step;

	n = n < room ? n : room;
	memcpy(to, p->text.at, n);
	p->text = slice_skip(p->text, n);
	return (ssize_t)n;
}

/* A mapping of a large smaps, of which there are as many as one likes. */
static void add_mapping(struct buf *b, unsigned i)
{
	buf_printf(b, "%08x000-%08x000 rw-p 00000000 00:00 0 \n", i * 2 + 0x1000, i * 2 + 0x1001);
	buf_printf(b, "Size:                  4 kB\nKernelPageSize:        4 kB\n"
		      "MMUPageSize:           4 kB\nRss:                   4 kB\n"
		      "Pss:                   2 kB\nShared_Clean:          0 kB\n"
		      "Shared_Dirty:          4 kB\nPrivate_Clean:         0 kB\n"
		      "Private_Dirty:         0 kB\nReferenced:            4 kB\n"
		      "Anonymous:             4 kB\nSwap:                  1 kB\n"
		      "VmFlags: rd wr mr mw me ac \n");
}

TEST(smaps_larger_than_what_is_kept)
{
	enum { MAPPINGS = 30000 };
	scoped_buf struct buf text = { 0 };
	struct pieces p = { .step = 70001 };
	struct mw_paste_file file = { .name = "smaps", .more = more, .context = &p };
	scoped_transcript struct mw_transcript t = { 0 };
	struct mw_entity *e;

	buf_puts(&text, "root@x:/# cat /proc/69/smaps\n");
	for (unsigned i = 0; i < MAPPINGS; i++)
		add_mapping(&text, i);
	buf_puts(&text, "root@x:/# cat /proc/meminfo\nMemTotal: 1024 kB\n");
	EXPECT(text.len > MW_PASTE_WHOLE);
	p.text = buf_slice(&text);
	EXPECT_EQ(mw_transcript_read(&file, 1, &t), 0);
	e = process(&t, 69);
	EXPECT_EQ(cell(e, M_P_PSS), MAPPINGS * 2 << 10);
	EXPECT_EQ(cell(e, M_P_USS), 0);
	EXPECT(block(&t, "smaps-large", 0)->cut);
	EXPECT_EQ(block(&t, "smaps-large", 0)->last_line, 1 + MAPPINGS * 14);
	EXPECT(mw_snapshot_count(now(&t), MW_REGION) >= 16384);
	EXPECT_EQ(cell(node(&t), M_MEM_TOTAL), 1 << 20);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

static ssize_t broken(void *context, char *to, size_t room)
{
	return -5;
}

TEST(a_file_that_cannot_be_read)
{
	struct mw_paste_file file = { .name = "x", .more = broken };
	struct mw_transcript t;

	EXPECT_EQ(mw_transcript_read(&file, 1, &t), -5);
	EXPECT_EQ(t.host_count, 0);
}

TEST(a_question_with_a_machine_and_a_container)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("mixed-node-and-container.txt");
	struct mw_entity *e = group(&t, "3f2a");

	EXPECT_EQ(t.host_count, 1);
	EXPECT_STR(t.hosts[0].name, "node-3");
	EXPECT_EQ(t.hosts[0].count, 1);
	EXPECT_EQ(cell(e, M_CG_USAGE), 3221196800);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 3221225472);
	EXPECT_EQ(cell(e, M_CG_ACTIVE_FILE), 1347825664);
	EXPECT_EQ(cell(node(&t), M_MEM_FREE), (uint64_t)4131860 << 10);
	/* free was called at another moment: it shows another number */
	EXPECT(block(&t, "free", 0)->differs);
	EXPECT(!printed(&t, "free", "free")->agrees);
	EXPECT(printed(&t, "free", "total")->agrees);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_PROCESS), 2);
	EXPECT_EQ(t.unrecognised_lines, 5);
}

TEST(a_quoted_mail)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("mail-quoted-printable.txt");
	struct mw_entity *e = group(&t, "container");

	EXPECT_EQ(cell(e, M_CG_ANON), 2392379392);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 3145728000);
	EXPECT_EQ(cell(e, M_CG_EVENTS_MAX), 118);
	EXPECT_EQ(cell(node(&t), M_PSI_MEMORY_SOME_US), 123456);
	EXPECT_EQ(t.unrecognised_lines, 2);
}

TEST(more_machines_than_anybody_pastes)
{
	scoped_buf struct buf text = { 0 };
	scoped_transcript struct mw_transcript t = { 0 };

	for (int i = 0; i < 1000; i++)
		buf_printf(&text, "[r@h%d ~]$ cat /sys/fs/cgroup/g/memory.max\n%d\n", i, i);
	t = paste_slice(buf_slice(&text));
	EXPECT_EQ(t.block_count, 1000);
	EXPECT_EQ(t.host_count, 64);
	EXPECT_STR(t.hosts[63].name, "h63");
	EXPECT_EQ(t.hosts[63].blocks, 1000 - 63);
}
