/* Captured directories: plain copies and those with a manifest. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static char folder[64];

static void put(const char *path, const char *text)
{
	char full[4096];
	int fd;

	snprintf(full, sizeof(full), "%s/%s", folder, path);
	for (char *c = full + strlen(folder) + 1; (c = strchr(c, '/')); c++) {
		*c = '\0';
		mkdir(full, 0700);
		*c = '/';
	}
	if (full[strlen(full) - 1] == '/')
		return;
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	EXPECT(fd >= 0);
	EXPECT_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

static int discard(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/memwhy-test-tree-XXXXXX");
	EXPECT(mkdtemp(folder) != NULL);
}

static void end(void)
{
	EXPECT_EQ(nftw(folder, discard, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static struct mw_source *load(void)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_source *source = NULL;

	if (mw_source_tree(folder, NULL, &source, &problem))
		fail_msg("%s", problem.at);
	return source;
}

static void expect_refused(int error, const char *words)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_source *source = NULL;

	EXPECT_EQ(mw_source_open(folder, NULL, &source, &problem), error);
	EXPECT(source == NULL);
	if (!problem.at || !strstr(problem.at, words))
		fail_msg("\"%s\" lacks \"%s\"", problem.at ? problem.at : "", words);
}

static int names(const struct mw_dirent *entry, void *argument)
{
	buf_printf(argument, "%s%d ", entry->name, (int)entry->type);
	return 0;
}

static int second(const struct mw_dirent *entry, void *argument)
{
	(void)entry;
	return ++*(int *)argument == 2 ? -ECANCELED : 0;
}

TEST(the_page_size_of_a_plain_copy_follows_from_free_memory)
{
	static const struct {
		const char *meminfo, *vmstat;
		uint32_t size;
	} cases[] = {
		{ "MemFree: 400000 kB\n", "nr_free_pages 99000\n", 4096 },
		{ "MemFree: 1600000 kB\n", "nr_free_pages 101000\n", 16384 },
		{ "MemFree: 6400000 kB\n", "nr_free_pages 100321\n", 65536 },
		{ "MemFree: 6400000 kB\n", "nr_free_pages\n", 4096 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		begin();
		put("proc/meminfo", cases[i].meminfo);
		put("proc/vmstat", cases[i].vmstat);
		scoped_source struct mw_source *source = load();
		end();
		EXPECT_EQ(source->machine.page_size, cases[i].size);
	}
}

TEST(a_plain_copy_is_read_and_the_machine_guessed)
{
	scoped_buf struct buf text = { 0 };
	struct mw_dir root;
	char link[128];

	begin();
	put("proc/version", "Linux version 3.10.0-1160.el7.x86_64 (mockbuild@kbuilder) #1 SMP\n");
	put("proc/uptime", "350735.47 234388.90\n");
	put("proc/sys/kernel/hostname", "web-1\n");
	put("proc/100/status", "Name:\tten\n");
	put("proc/20/status", "Name:\ttwo\n");
	put("proc/empty", "");
	put("sys/fs/cgroup/memory/a/b/memory.stat", "cache 0\n");
	put("etc/passwd", "never read\n");
	snprintf(link, sizeof(link), "%s/proc/self", folder);
	EXPECT_EQ(symlink("/etc/hostname", link), 0);
	snprintf(link, sizeof(link), "%s/proc/fifo", folder);
	EXPECT_EQ(mkfifo(link, 0600), 0);
	scoped_source struct mw_source *source = load();
	end();

	EXPECT_EQ(source->machine.kind, MW_TREE);
	EXPECT_STR(source->machine.kernel, "3.10.0-1160.el7.x86_64");
	EXPECT_STR(source->machine.host, "web-1");
	EXPECT_EQ(source->machine.page_size, 4096);
	EXPECT_EQ(mw_clock(source), 350735470000000);
	root = mw_root(source);
	EXPECT_EQ(mw_read(&root, "proc/empty", &text), 0);
	EXPECT_EQ(text.len, 0);
	EXPECT_EQ(mw_read(&root, "proc/missing", &text), -ENOENT);
	EXPECT_EQ(mw_read(&root, "etc/passwd", &text), -ENOENT);
	EXPECT_EQ(mw_read(&root, "proc", &text), -EISDIR);
	EXPECT_EQ(mw_read(&root, "proc/../proc/empty", &text), -EINVAL);
	EXPECT_EQ(mw_read(&root, "proc/self", &text), -ENOENT);
	EXPECT_EQ(mw_readlink(&root, "proc/empty", &text), -EINVAL);
	EXPECT_EQ(mw_readlink(&root, "proc/self", &text), 0);
	EXPECT_STR(text.at, "/etc/hostname");
}

TEST(a_plain_copy_is_listed_numbers_first)
{
	scoped_buf struct buf text = { 0 };
	struct mw_dir root, proc = { 0 }, missing = { 0 };
	struct mw_stat st, other;
	int calls = 0;

	begin();
	put("proc/100/status", "x");
	put("proc/20/", "");
	put("proc/20/status", "x");
	put("proc/meminfo", "x");
	put("sys/fs/cgroup/a/", "");
	put("sys/fs/cgroup/a/x", "");
	put("sys/fs/cgroup/b/x", "");
	scoped_source struct mw_source *source = load();
	end();

	root = mw_root(source);
	EXPECT_EQ(mw_open(&root, "proc/meminfo", &missing), -ENOTDIR);
	EXPECT_EQ(mw_open(&root, "proc/7", &missing), -ENOENT);
	EXPECT(missing.source == NULL);
	EXPECT_EQ(mw_open(&root, "./proc//", &proc), 0);
	EXPECT_EQ(mw_list(&proc, names, &text), 0);
	EXPECT_STR(text.at, "202 1002 meminfo1 ");
	EXPECT_EQ(mw_list(&proc, second, &calls), -ECANCELED);
	EXPECT_EQ(calls, 2);
	EXPECT_EQ(mw_stat(&root, "sys/fs/cgroup", &st), 0);
	EXPECT_EQ(st.links, 4);
	EXPECT(S_ISDIR(st.mode));
	EXPECT_EQ(mw_stat(&root, "sys/fs/cgroup/a", &other), 0);
	EXPECT_EQ(other.links, 2);
	EXPECT(st.inode != other.inode);
	EXPECT_EQ(mw_stat(&proc, "", &st), 0);
	EXPECT_EQ(mw_stat(&proc, "meminfo", &st), 0);
	EXPECT(S_ISREG(st.mode));
	mw_close(&proc);
}

TEST(a_text_longer_than_the_buffer_may_be_is_cut)
{
	scoped_buf struct buf text = { .limit = 10 };
	struct mw_dir root;

	begin();
	put("proc/meminfo", "0123456789abc");
	scoped_source struct mw_source *source = load();
	end();
	root = mw_root(source);
	EXPECT_EQ(mw_read(&root, "proc/meminfo", &text), -EFBIG);
	EXPECT_SLICE(buf_slice(&text), "0123456789");
}

TEST(a_manifest_and_entries_are_obeyed)
{
	scoped_buf struct buf text = { 0 };
	struct mw_dir root, dir = { 0 };
	struct mw_stat st;

	begin();
	put("memwhy/manifest", "memwhy-capture 1\npage_size 65536\nclock_ticks 250\n"
			       "taken_at 17\nclock 18\nkernel 5.4\\x20odd\nhost h\nnews at ten\n");
	put("memwhy/entries", "open 0 proc/9\n"
			      "read EACCES proc/9/smaps\n"
			      "read ESRCH proc/9/maps\n"
			      "list 0 .\n- 5 dir sys\n- 6 unknown zz\\x20top\n- 4 dir proc\n"
			      "link 0 proc/9/exe /bin/a\\x20b\n"
			      "stat 0 proc/9 77 2049 3 40555 9 1000\n"
			      "open EPERM proc/1\n");
	put("proc/9/maps", "half a");
	put("run/other", "read with a manifest");
	scoped_source struct mw_source *source = load();
	end();

	EXPECT_EQ(source->machine.page_size, 65536);
	EXPECT_EQ(source->machine.clock_ticks, 250);
	EXPECT_EQ(source->machine.taken_at, 17);
	EXPECT_STR(source->machine.kernel, "5.4 odd");
	root = mw_root(source);
	EXPECT_EQ(mw_read(&root, "proc/9/smaps", &text), -EACCES);
	EXPECT_EQ(mw_read(&root, "proc/9/maps", &text), -ESRCH);
	EXPECT_STR(text.at, "half a");
	EXPECT_EQ(mw_read(&root, "run/other", &text), 0);
	EXPECT_EQ(mw_open(&root, "proc/1", &dir), -EPERM);
	EXPECT_EQ(mw_open(&root, "proc/9", &dir), 0);
	EXPECT_EQ(mw_readlink(&dir, "exe", &text), 0);
	EXPECT_STR(text.at, "/bin/a b");
	EXPECT_EQ(mw_stat(&dir, "", &st), 0);
	EXPECT_EQ(st.inode, 77);
	EXPECT_EQ(st.mode, 040555);
	EXPECT_EQ(st.uid, 1000);
	buf_clear(&text);
	EXPECT_EQ(mw_list(&root, names, &text), 0);
	EXPECT_STR(text.at, "sys2 zz top0 proc2 ");
}

TEST(what_is_no_capture_is_refused)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_source *source = NULL;

	begin();
	put("home/me/file", "x");
	expect_refused(-EBADMSG, "not a capture");
	put("memwhy/manifest", "memwhy-capture 2\n");
	expect_refused(-EBADMSG, "newer");
	put("memwhy/manifest", "memwhy-capture 1\npage_size 4095\n");
	expect_refused(-EBADMSG, "memwhy/manifest line 2");
	put("memwhy/manifest", "memwhy-capture 1\nhost a\nhost b\n");
	expect_refused(-EBADMSG, "memwhy/manifest line 3");
	put("memwhy/manifest", "memwhy-capture 1\nentries 3\n");
	put("memwhy/entries", "open 0 proc\nopen 0 sys\n");
	expect_refused(-EBADMSG, "truncated");
	put("memwhy/entries", "open 0 proc\nopen 0 proc\n");
	expect_refused(-EBADMSG, "memwhy/entries line 2: says it twice");
	put("memwhy/entries", "- 1 dir x\n");
	expect_refused(-EBADMSG, "memwhy/entries line 1");
	end();
	expect_refused(-ENOENT, "No such file");
	EXPECT_EQ(mw_source_tree("/dev/null", NULL, &source, &problem), -EINVAL);
	EXPECT_STR(problem.at, "/dev/null: neither a directory nor a file");
}

TEST(too_deep_a_tree_is_refused)
{
	char path[1024] = "proc/";

	begin();
	for (int i = 0; i < 264; i++)
		strcat(path, "d/");
	put(path, "");
	expect_refused(-EBADMSG, "too deep");
	end();
}

TEST(the_root_option_finds_the_kernel)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_source *source;

	EXPECT_EQ(mw_source_open(NULL, NULL, &source, &problem), 0);
	EXPECT_EQ(source->machine.kind, MW_LIVE);
	mw_source_free(source);
	EXPECT_EQ(mw_source_open("/proc/self/root", NULL, &source, &problem), 0);
	EXPECT_EQ(source->machine.kind, MW_LIVE);
	mw_source_free(source);
	EXPECT_EQ(problem.len, 0);
}
