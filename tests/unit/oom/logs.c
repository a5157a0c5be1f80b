/* One report in every form of log; several reports; reports in pieces. */
#include "oom.h"

#include "oom/envelope.h"

#define TIME INT64_C(1795144447) /* 2026-11-20 03:14:07 UTC */

/* The messages of the report of Linux 6.18, each without its "[ 2411.744927] ". */
static struct buf messages(void)
{
	scoped_buf struct buf text = fixture_text("oom/6.18-v1-kubepods.txt");
	struct slice rest = buf_slice(&text), line;
	struct buf out = { 0 };

	while (slice_line(&rest, &line)) {
		assert_true(slice_after(&line, "] "));
		buf_add(&out, line);
		buf_char(&out, '\n');
	}
	return out;
}

static struct buf wrapped(const char *front)
{
	scoped_buf struct buf text = messages();
	struct slice rest = buf_slice(&text), line;
	struct buf out = { 0 };

	while (slice_line(&rest, &line)) {
		buf_puts(&out, front);
		buf_add(&out, line);
		buf_char(&out, '\n');
	}
	return out;
}

/* @time seconds; 0 = none */
static void expect_report(const struct told *t, int64_t time, bool uptime)
{
	const struct mw_oom_report *r;

	EXPECT_EQ(t->count, 1);
	r = t->at[0];
	EXPECT(r->complete);
	EXPECT_EQ(r->time / 1000000000, time);
	EXPECT_EQ(r->uptime / 1000000, uptime ? 2411 : UINT64_MAX / 1000000);
	EXPECT_EQ(r->cause, MW_OOM_OWN_LIMIT);
	EXPECT_EQ(r->memory.limit, 25165824);
	EXPECT_EQ(r->stat[MW_OOM_S_ANON], 24956928);
	EXPECT_EQ(r->victim_count, 1);
	EXPECT_EQ(r->victims[0].pid, 22674);
	EXPECT_EQ(r->victims[0].total_vm, 41956 << 10);
	EXPECT_EQ(r->tasks_listed, 1);
	EXPECT_STR(r->trigger.name, "memhog");
}

TEST(every_form_of_log)
{
	static const struct {
		const char *front;
		int64_t time;
		bool uptime;
	} forms[] = {
		{ "", 0, false },
		{ "<4>[ 2411.744927] ", 0, true },
		{ "[ 2411.744927][T22674] ", 0, true },
		{ "[ 2411.744927][ T22674] ", 0, true },
		{ "[ 2411.744927] [T22674] ", 0, true },
		{ "[ 2411.744927 <    0.000012>] ", 0, true },
		{ "[  +0.000012] ", 0, false },
		{ "[Fri Nov 20 03:14:07 2026] ", TIME, false },
		{ "[Fr Nov 20 03:14:07 2026] ", TIME, false },
		{ "[ven. nov. 20 03:14:07 2026] ", TIME, false },
		{ "[\xe4\xba\x94 11\xe6\x9c\x88 20 03:14:07 2026] ", TIME, false },
		{ "[Nov20 03:14] ", TIME - 7, false },
		{ "2026-11-20T03:14:07,744927+00:00 ", TIME, false },
		{ "kern  :warn  : [ 2411.744927] ", 0, true },
		{ "kern  :warn  : [Fri Nov 20 03:14:07 2026] ", TIME, false },
		{ "Nov 20 03:14:07 web-3 kernel: ", TIME, false },
		{ "Nov 20 03:14:07 web-3 kernel: [ 2411.744927] ", TIME, true },
		{ "11\xe6\x9c\x88 20 03:14:07 web-3 kernel: ", TIME, false },
		{ "Nov 20 03:14:07.744927 web-3 kernel: ", TIME, false },
		{ "Nov 20 03:14:07 web-3 kern.warn kernel: [ 2411.744927] ", TIME, true },
		{ "2026-11-20T03:14:07+0000 web-3 kernel: ", TIME, false },
		{ "2026-11-20T04:14:07.744927+01:00 web-3 kernel: [ 2411.744927] ", TIME, true },
		{ "2026-11-20 03:14:07 web-3 kernel: ", TIME, false },
		{ "Fri 2026-11-20 03:14:07 UTC web-3 kernel: ", TIME, false },
		{ "1795144447.744927 web-3 kernel: ", TIME, false },
		{ "[ 2411.744927] web-3 kernel: ", 0, true },
		{ "<4>1 2026-11-20T03:14:07.744927Z web-3 kernel - - - ", TIME, false },
		{ "2026-11-20T03:14:07.744927123Z [ 2411.744927] ", TIME, true },
		{ "2026-11-20T03:14:07.744927123Z stdout F [ 2411.744927] ", TIME, true },
		{ "2026-11-20T03:14:07.744927123Z ", TIME, false },
		{ "web-1  | [ 2411.744927] ", 0, true },
		{ "[pod/agent-x2/log] [ 2411.744927] ", 0, true },
		{ "4,1234,2411744927,-;", 0, true },
		{ "4,1234,2411744927,-,caller=T22674;", 0, true },
		{ "    Nov 20 03:14:07 web-3 kernel: ", TIME, false },
		{ "Fri Nov 20 03:14:07 2026 kern.warn kernel: [ 2411.744927] ", TIME, true },
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		scoped_buf struct buf text = wrapped(forms[i].front);
		scoped_told struct told *t = tell(buf_slice(&text), NULL);

		expect_report(t, forms[i].time, forms[i].uptime);
		if (*forms[i].front && forms[i].front[10] != 'T')
			EXPECT_EQ(t->kernel_lines, t->lines);
	}
}

static struct buf records(bool export_form)
{
	scoped_buf struct buf text = messages();
	struct slice rest = buf_slice(&text), line;
	struct buf out = { 0 };

	while (slice_line(&rest, &line)) {
		if (export_form)
			buf_printf(&out,
				   "__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1795144447744927\n"
				   "_SOURCE_MONOTONIC_TIMESTAMP=2411744927\nMESSAGE=%.*s\n"
				   "_TRANSPORT=kernel\n_HOSTNAME=web-3\n\n",
				   SLICE_ARG(line));
		else
			buf_printf(&out,
				   "Fri 2026-11-20 03:14:07.744927 UTC [s=1;i=2;b=3;m=4;t=5;x=6]\n"
				   "    _TRANSPORT=kernel\n    MESSAGE=%.*s\n    _HOSTNAME=web-3\n"
				   "    _SOURCE_MONOTONIC_TIMESTAMP=2411744927\n",
				   SLICE_ARG(line));
	}
	return out;
}

TEST(records_of_the_journal)
{
	for (int export_form = 0; export_form < 2; export_form++) {
		scoped_buf struct buf text = records(export_form);
		scoped_told struct told *t = tell(buf_slice(&text), NULL);

		expect_report(t, TIME, true);
		EXPECT_STR(t->at[0]->host, "web-3");
		/* all but the empty lines between records */
		EXPECT_EQ(t->kernel_lines, export_form ? t->lines / 7 * 6 : t->lines);
	}
}

/* The statistics of Linux 5.3 to 6.5 are one message of many lines. */
TEST(messages_of_many_lines)
{
	static const char record[] =
		"4,1,5000000,-;a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		" SUBSYSTEM=none\n"
		"4,2,5000001,-;memory: usage 4096kB, limit 4096kB, failcnt 9\n"
		"6,3,5000002,-;Memory cgroup stats for /a\\x5cb:\n"
		"6,4,5000003,-;anon 2048\\x0afile 4096\\x0ashmem 1024\\x0akernel 512\n"
		"3,5,5000004,-;Memory cgroup out of memory: Killed process 7 (a\\x0ab) total-vm:4kB, anon-rss:2kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:44kB oom_score_adj:0\n";
	static const char verbose[] =
		"Fri 2026-11-20 03:14:07.744927 UTC [s=1;i=2]\n"
		"    MESSAGE=a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"    _TRANSPORT=kernel\n"
		"Fri 2026-11-20 03:14:07.744928 UTC [s=1;i=3]\n"
		"    _TRANSPORT=kernel\n"
		"    MESSAGE=Memory cgroup stats for /a:\n"
		"Fri 2026-11-20 03:14:07.744929 UTC [s=1;i=4]\n"
		"    _TRANSPORT=kernel\n"
		"    MESSAGE=anon 2048\n"
		"            file 4096\n"
		"    PRIORITY=6\n"
		"Fri 2026-11-20 03:14:07.744930 UTC [s=1;i=5]\n"
		"    MESSAGE=b invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"    _TRANSPORT=syslog\n";
	static const char short_form[] =
		"Nov 20 03:14:07 w kernel: a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
		"Nov 20 03:14:07 w kernel: Memory cgroup stats for /a:\n"
		"Nov 20 03:14:07 w kernel: anon 2048\n"
		"                          file 4096\n"
		"                          shmem 1024\n";
	scoped_told struct told *t = tell(SLICE(record), NULL);
	scoped_told struct told *u = tell(SLICE(verbose), NULL);
	scoped_told struct told *v = tell(SLICE(short_form), NULL);

	EXPECT_EQ(t->count, 1);
	EXPECT_STR(t->at[0]->limit_group, "/a\\b");
	EXPECT_EQ(t->at[0]->stat[MW_OOM_S_SHMEM], 1024);
	EXPECT_EQ(t->at[0]->stat[MW_OOM_S_KERNEL], 512);
	EXPECT_EQ(u->count, 1);
	EXPECT_EQ(u->at[0]->stat[MW_OOM_S_FILE], 4096);
	EXPECT(!u->at[0]->complete);
	EXPECT_EQ(v->count, 1);
	EXPECT_EQ(v->at[0]->stat[MW_OOM_S_SHMEM], 1024);
}

/* --- several, in pieces, echoed --------------------------------------------------------------- */

#define HEAD(name, pid) \
	name " invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0\n"
#define SUMMARY(group, name, pid)                                                                       \
	"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=" group \
	",task_memcg=" group ",task=" name ",pid=" pid ",uid=0\n"
#define HEADER \
	"[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name\n"
#define ROW(pid, pages, name) \
	"[" pid "]     0 " pid " " pages " " pages " 45056        0             0 " name "\n"
#define DEATH(pid, name, kib)                                                          \
	"Memory cgroup out of memory: Killed process " pid " (" name ") total-vm:" kib \
	"kB, anon-rss:" kib                                                            \
	"kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:44kB oom_score_adj:0\n"

/* two tasks ran out at once: who said a line is told by its caller */
TEST(interleaved_reports)
{
	static const char text[] = "[5.000001][ T7] " HEAD("a", "7") "[5.000002][ T8] " HEAD(
		"b",
		"8") "[5.000003][ T7] memory: usage 100kB, limit 100kB, failcnt 1\n"
		     "[5.000004][ T8] memory: usage 200kB, limit 200kB, failcnt 2\n"
		     "[5.000005][ T8] " HEADER "[5.000006][ T7] " HEADER
		     "[5.000007][ T7] " ROW("7", "100", "a") "[5.000008][ T8] " ROW("8", "200", "b") "[5.000009][ T8] " SUMMARY(
			     "/b", "b",
			     "8") "[5.000010][ T7] " SUMMARY("/a", "a",
							     "7") "[5.000011][ T7] " DEATH("7", "a",
											   "400") "[5.000012][ T8] " DEATH("8",
															   "b",
															   "800");
	scoped_told struct told *t = tell(SLICE(text), NULL);

	EXPECT_EQ(t->count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct mw_oom_report *r = t->at[i];

		EXPECT(r->complete);
		EXPECT_STR(r->limit_group, i ? "/b" : "/a");
		EXPECT_EQ(r->memory.usage, i ? 200 << 10 : 100 << 10);
		EXPECT_EQ(r->tasks_listed, 1);
		EXPECT_EQ(r->victim_count, 1);
		EXPECT_EQ(r->victims[0].pid, i ? 8 : 7);
	}
}

/* without callers order and pids tell, and it is said that they may mislead */
TEST(interleaved_reports_without_callers)
{
	static const char text[] = "[5.000001] " HEAD("a", "7") "[5.000002] " HEAD(
		"b", "8") "[5.000003] memory: usage 100kB, limit 100kB, failcnt 1\n"
			  "[5.000004] memory: usage 200kB, limit 200kB, failcnt 2\n"
			  "[5.000009] " SUMMARY("/a", "a", "7") "[5.000010] " SUMMARY(
				  "/b", "b",
				  "8") "[5.000011] " DEATH("8", "b",
							   "800") "[5.000012] " DEATH("7", "a",
										      "400");
	scoped_told struct told *t = tell(SLICE(text), NULL);

	EXPECT_EQ(t->count, 2);
	EXPECT_EQ(t->at[0]->victims[0].pid, 7);
	EXPECT_EQ(t->at[0]->memory.usage, 100 << 10);
	EXPECT_EQ(t->at[1]->victims[0].pid, 8);
	EXPECT_EQ(t->at[1]->memory.usage, 200 << 10);
	EXPECT(!t->at[1]->complete);
}

/* one journal of two machines */
TEST(hosts_are_streams)
{
	static const char text[] =
		"Nov 20 03:14:07 m1 kernel: " HEAD("a", "7") "Nov 20 03:14:07 m2 kernel: " HEAD(
			"a",
			"7") "Nov 20 03:14:07 m1 kernel: memory: usage 100kB, limit 100kB, failcnt 1\n"
			     "Nov 20 03:14:07 m2 kernel: memory: usage 200kB, limit 200kB, failcnt 2\n"
			     "Nov 20 03:14:07 m2 kernel: " DEATH(
				     "7", "a", "400") "Nov 20 03:14:07 m1 kernel: " DEATH("7", "a",
											  "400");
	scoped_told struct told *t = tell(SLICE(text), NULL);

	EXPECT_EQ(t->count, 2);
	EXPECT_EQ(t->at[0]->memory.usage + t->at[1]->memory.usage, 300 << 10);
	EXPECT(strcmp(t->at[0]->host, t->at[1]->host) != 0);
}

TEST(cut_at_the_head_and_at_the_tail)
{
	scoped_buf struct buf text = fixture_text("oom/6.18-v1-kubepods.txt");
	struct slice whole = buf_slice(&text), rest = whole, line;
	size_t lines = 0;

	while (slice_line(&rest, &line)) {
		scoped_told struct told *head = tell(rest, NULL);
		scoped_told struct told *tail = tell(
			(struct slice){ whole.at, whole.len - rest.len }, NULL);

		lines++;
		/* the last line alone is a kill */
		EXPECT_EQ(head->count, rest.len ? 1 : 0);
		if (rest.len) {
			EXPECT(!head->at[0]->complete);
			EXPECT_EQ(head->at[0]->victims[0].pid, 22674);
		}
		EXPECT_EQ(tail->count, 1);
		EXPECT_EQ(tail->at[0]->complete, !rest.len);
		EXPECT_EQ(tail->at[0]->victim_count, !rest.len);
	}
	EXPECT_EQ(lines, 80);
}

/* the ring buffer, the journal, and syslog twice: one kill */
TEST(echoes_are_one)
{
	static const char *const fronts[] = {
		"[ 2411.744927] ",
		"Nov 20 03:14:07 web-3 kernel: ",
		"Nov 20 03:14:08 web-3 kernel: [ 2411.744927] ",
		/* the same moment, written in local time */
		"[Fri Nov 20 11:14:07 2026] ",
	};
	scoped_buf struct buf all = { 0 };

	for (size_t i = 0; i < sizeof(fronts) / sizeof(*fronts); i++) {
		scoped_buf struct buf one = wrapped(fronts[i]);

		buf_add(&all, buf_slice(&one));
	}
	scoped_told struct told *t = tell(buf_slice(&all), NULL);

	EXPECT_EQ(t->count, 1);
	EXPECT_EQ(t->at[0]->seen, 4);
	EXPECT(t->at[0]->complete);
	EXPECT_EQ(t->at[0]->uptime / 1000000, 2411);
	EXPECT(t->at[0]->time != 0);
}

/* imklog and imjournal both at work: each line twice in a row */
TEST(lines_written_twice)
{
	scoped_buf struct buf once = wrapped("Nov 20 03:14:07 web-3 kernel: "), twice = { 0 };
	struct slice rest = buf_slice(&once), line;

	while (slice_line(&rest, &line))
		for (int i = 0; i < 2; i++) {
			buf_add(&twice, line);
			buf_char(&twice, '\n');
		}
	scoped_told struct told *t = tell(buf_slice(&twice), NULL);

	expect_report(t, TIME, false);
}

/* killed again after the same pid was given to another one: not an echo */
TEST(same_pid_another_day)
{
	static const char text[] = "Nov 19 03:14:07 m kernel: " HEAD("a", "7") "Nov 19 03:14:07 m kernel: " DEATH(
		"7", "a",
		"400") "Nov 20 05:02:11 m kernel: " HEAD("a",
							 "7") "Nov 20 05:02:11 m kernel: " DEATH("7",
												 "a",
												 "400");
	scoped_told struct told *t = tell(SLICE(text), NULL);

	EXPECT_EQ(t->count, 2);
	EXPECT(t->at[0]->time < t->at[1]->time);
}

/* the kernel limits the rate of reports, not of kills */
TEST(a_kill_without_a_report)
{
	static const char text[] = "[5.000001] " HEAD(
		"a",
		"7") "[5.000002] memory: usage 100kB, limit 100kB, failcnt 1\n"
		     "[5.000003] " SUMMARY("/a", "a", "7") "[5.000004] " DEATH("7", "a", "400") "[5.100000] " DEATH(
			     "9", "c",
			     "300") "[5.200000] oom_reaper: reaped process 7 (a), now anon-rss:0kB, file-rss:0kB, shmem-rss:8kB\n";
	scoped_told struct told *t = tell(SLICE(text), NULL);

	EXPECT_EQ(t->count, 2);
	EXPECT_EQ(t->at[0]->victim_count, 1);
	EXPECT(t->at[0]->complete);
	EXPECT(t->at[0]->reaped);
	EXPECT_EQ(t->at[0]->reaped_left, 8 << 10);
	EXPECT(!t->at[1]->complete);
	EXPECT_EQ(t->at[1]->victims[0].pid, 9);
	EXPECT_EQ(t->at[1]->constraint, MW_OOM_MEMCG);
	EXPECT_EQ(t->at[1]->cause, MW_OOM_CAUSE_UNKNOWN);
}

/* lines that journald says it lost; rows that were not written */
TEST(lost_lines_are_told)
{
	static const char text[] = "[5.000001] " HEAD(
		"a", "7") "[5.000002] memory: usage 100kB, limit 100kB, failcnt 1\n"
			  "[5.000003] Missed 12 kernel messages\n"
			  "[5.000004] " SUMMARY("/a", "a", "7") "[5.000005] " DEATH("7", "a",
										    "400");
	static const char unlisted[] = "[5.000001] " HEAD(
		"a", "7") "[5.000002] memory: usage 400kB, limit 400kB, failcnt 1\n"
			  "[5.000003] " HEADER
			  "[5.000004] " ROW("8", "10", "b") "[5.000005] " SUMMARY(
				  "/a", "a", "7") "[5.000006] " DEATH("7", "a", "400");
	scoped_told struct told *t = tell(SLICE(text), NULL);
	scoped_told struct told *u = tell(SLICE(unlisted), NULL);

	EXPECT_EQ(t->count, 1);
	EXPECT(!t->at[0]->complete);
	EXPECT_EQ(u->count, 1);
	EXPECT(!u->at[0]->complete);
	EXPECT_EQ(u->at[0]->choice, MW_OOM_CHOICE_UNLISTED);
}

/* a table of more tasks than are kept: the worst are, and the sums have all */
TEST(long_tables)
{
	enum { TASKS = 5000 };
	scoped_buf struct buf text = { 0 };

	buf_puts(
		&text,
		"[5.000001] " HEAD(
			"a", "7") "[5.000002] memory: usage 4000000kB, limit 4000000kB, failcnt 1\n"
				  "[5.000003] " HEADER);
	for (int i = 1; i <= TASKS; i++)
		buf_printf(&text,
			   "[5.000004] [%5d]     0 %5d %d %d 4096        0             0 t%d\n", i,
			   i, i * 2, i, i);
	buf_puts(&text, "[5.000006] " SUMMARY("/a", "t5000", "5000") "[5.000007] " DEATH(
				"5000", "t5000", "40000"));
	scoped_told struct told *t = tell(buf_slice(&text), NULL);

	EXPECT_EQ(t->count, 1);
	EXPECT_EQ(t->at[0]->task_count, MW_OOM_TASKS_KEPT);
	EXPECT_EQ(t->at[0]->tasks_listed, TASKS);
	EXPECT_EQ(t->at[0]->tasks[0].pid, TASKS);
	EXPECT_EQ(t->at[0]->tasks[MW_OOM_TASKS_KEPT - 1].pid, TASKS - MW_OOM_TASKS_KEPT + 1);
	EXPECT_EQ(t->at[0]->task_sum.rss, (uint64_t)TASKS * (TASKS + 1) / 2 * 4096);
	EXPECT_EQ(t->at[0]->choice, MW_OOM_CHOICE_HIGHEST);
	EXPECT(t->at[0]->complete);
}

TEST(other_programs_lines)
{
	static const struct {
		const char *line;
		enum mw_origin origin;
	} lines[] = {
		{ "Nov 20 03:14:07 web-3 sshd[812]: x", MW_ORIGIN_OTHER },
		{ "2026-11-20T03:14:07+00:00 web-3 kubelet[9]: x", MW_ORIGIN_OTHER },
		{ "30,1,2,-;systemd[1]: x", MW_ORIGIN_OTHER },
		{ "user  :info  : [    1.000000] x", MW_ORIGIN_OTHER },
		{ "<30>1 2026-11-20T03:14:07Z h app 1 - - x", MW_ORIGIN_OTHER },
		{ "2026-11-20T03:14:07Z just text", MW_ORIGIN_TIME },
		{ "cache 0", MW_ORIGIN_NONE },
		{ "Node 0 DMA: 2*4kB", MW_ORIGIN_NONE },
		{ "[  22674]     0 22674", MW_ORIGIN_NONE },
		{ "", MW_ORIGIN_NONE },
	};
	const struct mw_stamp_rule rule = { NOW, 0 };
	struct mw_envelope e;

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		mw_envelope_read(slice_of(lines[i].line), &rule, &e);
		EXPECT_EQ(e.origin, lines[i].origin);
	}
}

/* without a year the last one before tomorrow is meant */
TEST(years_that_are_not_written)
{
	const struct mw_stamp_rule rule = { NOW, 0 }, unknown = { 0 };
	struct slice a = SLICE("Nov 22 07:00:00"), b = SLICE("Nov 23 09:00:00"),
		     c = SLICE("Feb 29 00:00:00 2028"), d = a;
	struct mw_stamp s;

	EXPECT(mw_stamp_take(&a, &rule, &s));
	EXPECT_EQ(s.time / 1000000000, 1795330800);
	EXPECT(mw_stamp_take(&b, &rule, &s));
	EXPECT_EQ(s.time / 1000000000, 1763888400);
	EXPECT(mw_stamp_take(&c, &rule, &s));
	EXPECT_EQ(s.time / 1000000000, 1835395200);
	EXPECT(mw_stamp_take(&d, &unknown, &s));
	EXPECT_EQ(s.time, 0);
}
