/* Prompts and commands as they stand in pastes. */
#include "paste.h"

static const struct {
	const char *line, *user, *host, *cwd, *command;
} prompts[] = {
	{ "$ free -m", "", "", "", "free -m" },
	{ "$", "", "", "", "" },
	{ "# cat /proc/meminfo", "", "", "", "cat /proc/meminfo" },
	{ "# free -h", "", "", "", "free -h" },
	{ "# kubectl top pod", "", "", "", "kubectl top pod" },
	{ "root@mysql-0:/proc/1# cat status", "root", "mysql-0", "/proc/1", "cat status" },
	{ "root@x:/#", "root", "x", "/", "" },
	{ "root@x:~# ls", "root", "x", "~", "ls" },
	{ "ops@db-3:~$ ps aux", "ops", "db-3", "~", "ps aux" },
	{ "[q@centos ~]$ free -h", "q", "centos", "~", "free -h" },
	{ "[root@node1 memory]# cat memory.stat", "root", "node1", "memory", "cat memory.stat" },
	{ "[root@node1 /]#", "root", "node1", "/", "" },
	{ "/app # cd /sys/fs/cgroup/memory/", "", "", "/app", "cd /sys/fs/cgroup/memory/" },
	{ "/sys/fs/cgroup/memory # cat memory.stat ", "", "", "/sys/fs/cgroup/memory",
	  "cat memory.stat" },
	{ "~ $ ps", "", "", "~", "ps" },
	{ "/ # ", "", "", "/", "" },
	{ "bash-4.2# pmap -x 7", "", "", "", "pmap -x 7" },
	{ "sh-4.2$ free", "", "", "", "free" },
	{ "bash-5.1$", "", "", "", "" },
	{ "\xe2\x9e\x9c pmap -x 1", "", "", "", "pmap -x 1" },
	{ "\xe2\x9e\x9c  shop git:(main) \xe2\x9c\x97 free -m", "", "", "shop", "free -m" },
	{ "\xe2\x9e\x9c  ~ free -m", "", "", "~", "free -m" },
	{ "\xe2\x9d\xaf docker stats", "", "", "", "docker stats" },
	{ "ops@mac shop % kubectl top pod", "ops", "mac", "shop", "kubectl top pod" },
	{ "web-7:~ # free", "", "web-7", "~", "free" },
	{ "web-7:/var/log # free", "", "web-7", "/var/log", "free" },
	{ "(venv) ops@db-3:~/x$ free", "ops", "db-3", "~/x", "free" },
	{ "[10:42:07] root@x:/# free", "root", "x", "/", "free" },
	{ "10:42:07 root@x:/# free", "root", "x", "/", "free" },
	{ "[root@node1 app (main)]$ free", "root", "node1", "app", "free" },
	{ "  root@x:/# free", "root", "x", "/", "free" },
	{ "% sar -r 1 3", "", "", "", "sar -r 1 3" },
};

TEST(prompts)
{
	for (size_t i = 0; i < sizeof(prompts) / sizeof(*prompts); i++) {
		struct mw_prompt p;

		if (!mw_prompt_parse(slice_of(prompts[i].line), &p))
			fail_msg("no prompt: %s", prompts[i].line);
		EXPECT_SLICE(p.user, prompts[i].user);
		EXPECT_SLICE(p.host, prompts[i].host);
		EXPECT_SLICE(p.cwd, prompts[i].cwd);
		EXPECT_SLICE(p.command, prompts[i].command);
	}
}

TEST(not_prompts)
{
	static const char *const lines[] = {
		"# a remark",
		"# free memory is low",
		"# ps shows this",
		"# \xe4\xbb\xa5 kubelet\xe8\xbf\x9b\xe7\xa8\x8b",
		"# free \xe5\x91\xbd\xe4\xbb\xa4",
		"# /sys/fs/cgroup/memory/kubepods.slice/kubepods-burstable-pod<pod ID>.slice/",
		"# HELP node_memory_MemFree_bytes Memory information field MemFree_bytes.",
		"# name            <active_objs> <num_objs> <objsize>",
		"total_rss 123",
		"MemTotal:       15085684 kB",
		"mysql> show status",
		"C:\\> dir",
		"",
		"$100 a month",
		"root",
		"2.5% used",
		"00007fb12b6a2000      12       0       0 -----   [ anon ]",
		"/dev/sda1 50% /",
		"/usr/bin/java # \xe8\xbf\x9b\xe7\xa8\x8b",
		"[ 1234.567890] Out of memory: Killed process 1 (x)",
		"root           1       0  0 Aug08 ?        00:00:00 /pause",
	};
	struct mw_prompt p = { .root = true };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (mw_prompt_parse(slice_of(lines[i]), &p))
			fail_msg("taken for a prompt: %s", lines[i]);
	EXPECT(p.root);
}

static const struct {
	const char *text, *program, *path, *filter;
	uint64_t pid;
	const char *pod, *container, *host;
} commands[] = {
	{ "free -m", "free", "", "", 0, "", "", "" },
	{ "sudo cat /proc/meminfo", "cat", "/proc/meminfo", "", 0, "", "", "" },
	{ "sudo -u root cat /proc/7/status", "cat", "/proc/7/status", "", 7, "", "", "" },
	{ "cat memory.stat | grep total_", "cat", "/cwd/memory.stat", "grep total_", 0, "", "",
	  "" },
	{ "grep -E 'cache|rss' memory.stat", "grep", "/cwd/memory.stat", "", 0, "", "", "" },
	{ "grep -n rss ./memory.stat", "grep", "/cwd/memory.stat", "", 0, "", "", "" },
	{ "awk '/rss/{print $2}' ../memory.stat", "awk", "/memory.stat", "", 0, "", "", "" },
	{ "head -n 3 a/memory.stat", "head", "/cwd/a/memory.stat", "", 0, "", "", "" },
	{ "tail -5 /proc/vmstat", "tail", "/proc/vmstat", "", 0, "", "", "" },
	{ "cd /sys/fs/cgroup && cat memory.max", "cat", "/sys/fs/cgroup/memory.max", "", 0, "", "",
	  "" },
	{ "cat < /proc/meminfo", "cat", "<", "", 0, "", "", "" },
	{ "kubectl exec -it web-1 -n shop -c app -- cat /sys/fs/cgroup/memory.stat", "cat",
	  "/sys/fs/cgroup/memory.stat", "", 0, "web-1", "app", "" },
	{ "kubectl -n shop exec web-1 -- ps aux", "ps", "", "", 0, "web-1", "", "" },
	{ "kubectl exec pod/web-1 -- sh -c 'cat /proc/1/status'", "cat", "/proc/1/status", "", 1,
	  "web-1", "", "" },
	{ "docker exec -it 3f2a free -m", "free", "", "", 0, "", "3f2a", "" },
	{ "ssh -p 22 root@web-7 cat /proc/meminfo", "cat", "/proc/meminfo", "", 0, "", "",
	  "web-7" },
	{ "jstat -gc 7 1000", "jstat", "", "", 7, "", "", "" },
	{ "pmap -x 4711 | tail -1", "pmap", "", "tail -1", 4711, "", "", "" },
	{ "jhsdb jmap --heap --pid 7", "jhsdb", "", "", 7, "", "", "" },
	{ "top -b -n1 -p 12", "top", "", "", 12, "", "", "" },
	{ "watch -n 1 cat /proc/vmstat", "cat", "/proc/vmstat", "", 0, "", "", "" },
	{ "time free", "free", "", "", 0, "", "", "" },
	{ "for i in 1 2 3; do cat memory.stat; done", "cat", "/cwd/memory.stat", "", 0, "", "",
	  "" },
	{ "/usr/bin/free -h", "free", "", "", 0, "", "", "" },
	{ "", "", "", "", 0, "", "", "" },
	{ "| ; && ||", "", "", "", 0, "", "", "" },
	{ "cat 'a b", "cat", "/cwd/'a b", "", 0, "", "", "" },
};

TEST(commands)
{
	scoped_arena struct arena a = { 0 };

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		struct mw_paste_command c = { .cwd = SLICE("/cwd") };
		struct slice none = { "", 0 };

		c.host = none;
		EXPECT_EQ(mw_command_parse(&a, slice_of(commands[i].text), &c), 0);
		if (!slice_is(c.program, commands[i].program))
			fail_msg("%s: program %.*s", commands[i].text, SLICE_ARG(c.program));
		if (*commands[i].path && !slice_is(c.paths[0], commands[i].path) &&
		    *commands[i].path != '<')
			fail_msg("%s: path %.*s", commands[i].text, SLICE_ARG(c.paths[0]));
		EXPECT_EQ(c.path_count > 0, *commands[i].path != 0);
		EXPECT(slice_is(c.filter, commands[i].filter));
		EXPECT_EQ(c.pid, commands[i].pid);
		EXPECT(slice_is(c.pod, commands[i].pod));
		EXPECT(slice_is(c.container, commands[i].container));
		EXPECT(slice_is(c.host, commands[i].host));
	}
}

TEST(a_directory_is_remembered_where_the_prompt_does_not_show_it)
{
	scoped_transcript struct mw_transcript t = paste("$ cd /sys/fs/cgroup/memory/docker/3f2a\n"
							 "$ cat memory.stat\n"
							 "total_rss 4096\n");

	EXPECT_EQ(cell(group(&t, "/docker/3f2a"), M_CG_ANON), 4096);
}

TEST(a_command_over_several_lines)
{
	scoped_transcript struct mw_transcript t = paste("ops@mac ~ % kubectl exec web-1 \\\n"
							 "    -n shop -- \\\n"
							 "    cat /sys/fs/cgroup/memory.stat\n"
							 "anon 4096\nfile 8192\n");

	EXPECT_EQ(cell(group(&t, "web-1"), M_CG_ANON), 4096);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(a_command_noted_without_a_prompt)
{
	scoped_transcript struct mw_transcript t = paste(
		"cat /sys/fs/cgroup/memory/docker/3f2a/memory.usage_in_bytes\n"
		"4096\n"
		"\n"
		"grep VmRSS /proc/12/status\n"
		"VmRSS:\t100 kB\n"
		"top - 10:42:07 up 3 days\n");

	EXPECT_EQ(cell(group(&t, "/docker/3f2a"), M_CG_USAGE), 4096);
	EXPECT_EQ(cell(process(&t, 12), M_P_RSS), 100 << 10);
	EXPECT(block(&t, "status", 0)->cut);
	EXPECT(!mw_command_likely(SLICE("top - 10:42:07 up 3 days")));
	EXPECT(!mw_command_likely(SLICE("free memory is low")));
}
