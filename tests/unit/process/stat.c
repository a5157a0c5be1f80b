#include "test.h"

#include "collect/process/stat.h"

#include <errno.h>

/* Linux 6.18: a process that called prctl(PR_SET_NAME, "a\nb\\) (c\001\377") */
static const char stat_text[] =
	"13831 (a\nb\\) (c\001\377) R 13544 13544 5526 0 -1 4194304 98 0 7 0 0 0 0 0 20 0 1 0 337421 "
	"2506752 300 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n";
static const char status_text[] =
	"Name:\ta\\nb\\\\) (c\001\377\nUmask:\t0022\nState:\tR (running)\n"
	"Uid:\t1000\t0\t0\t0\nGid:\t0\t0\t0\t0\n";

TEST(a_name_may_hold_what_ends_it)
{
	struct mw_proc_stat s;

	EXPECT_EQ(mw_proc_stat_parse(slice_of(stat_text), &s), 0);
	EXPECT_SLICE(s.comm, "a\nb\\) (c\001\377");
	EXPECT_EQ(s.pid, 13831);
	EXPECT_EQ(s.state, 'R');
	EXPECT_EQ(s.ppid, 13544);
	EXPECT_EQ(s.flags, 4194304);
	EXPECT_EQ(s.minflt, 98);
	EXPECT_EQ(s.majflt, 7);
	EXPECT_EQ(s.start, 337421);
}

TEST(a_cut_stat_is_refused_and_nothing_is_set)
{
	struct mw_proc_stat s = { .pid = 7 };
	const char *last = strstr(stat_text, "337421");

	for (size_t cut = 0; cut <= (size_t)(last - stat_text); cut++)
		EXPECT_EQ(mw_proc_stat_parse((struct slice){ stat_text, cut }, &s), -EBADMSG);
	EXPECT_EQ(s.pid, 7);
	EXPECT_EQ(mw_proc_stat_parse(SLICE("1 (x) R 99999999999999999999 1 1 1 1 1 1 1 1 1 1 1 1 "
					   "1 1 1 1 1 1 1 1 1"),
				     &s),
		  -EBADMSG);
}

TEST(status_escapes_a_name_and_it_is_undone)
{
	struct mw_proc_status s;
	char name[64];
	size_t len;

	EXPECT_EQ(mw_proc_status_parse(slice_of(status_text), &s), 0);
	EXPECT_EQ(s.uid, 1000);
	EXPECT_EQ(s.euid, 0);
	len = mw_proc_unescape(name, s.name);
	EXPECT_SLICE(((struct slice){ name, len }), "a\nb\\) (c\001\377");
	len = mw_proc_unescape(name, SLICE("end\\"));
	EXPECT_SLICE(((struct slice){ name, len }), "end\\");
	EXPECT_EQ(mw_proc_status_parse(SLICE("Name:\tx\nUid:\t?\n"), &s), -EBADMSG);
	EXPECT_EQ(mw_proc_status_parse(SLICE("Name:\tx\nState:\tR\n"), &s), -EBADMSG);
	EXPECT_EQ(mw_proc_status_parse(SLICE(""), &s), -EBADMSG);
}

TEST(the_memory_controllers_hierarchy_tells_the_group)
{
	struct slice path = { 0 };

	EXPECT(mw_proc_cgroup_parse(SLICE("9:name=systemd:/s\n4:cpu,memory:/a:b/c\n0::/u\n"),
				    &path));
	EXPECT_SLICE(path, "/a:b/c");
	EXPECT(mw_proc_cgroup_parse(SLICE("0::/user.slice/x (deleted)\n"), &path));
	EXPECT_SLICE(path, "/user.slice/x (deleted)");
	EXPECT(mw_proc_cgroup_parse(SLICE("3:name=memory:/no\n2:memoryx:/no\n0::/yes"), &path));
	EXPECT_SLICE(path, "/yes");
	EXPECT(!mw_proc_cgroup_parse(SLICE("3:name=memory:/no\nrubbish\n"), &path));
	EXPECT_SLICE(path, "/yes");
}

TEST(statm_splits_rss_on_old_kernels)
{
	uint64_t resident = 1, shared = 2;

	EXPECT_EQ(mw_proc_statm_parse(SLICE("765 427 398 5 0 90 0\n"), &resident, &shared), 0);
	EXPECT_EQ(resident, 427);
	EXPECT_EQ(shared, 398);
	EXPECT_EQ(mw_proc_statm_parse(SLICE("765 427"), &resident, &shared), -EBADMSG);
	EXPECT_EQ(resident, 427);
}
