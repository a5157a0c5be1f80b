/* What passes a recorder, written, loaded and asked again, is the same to the last byte. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

static char folder[64];

static int discard(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void begin(void)
{
	snprintf(folder, sizeof(folder), "/tmp/memwhy-test-recorder-XXXXXX");
	EXPECT(mkdtemp(folder) != NULL);
}

static void end(void)
{
	EXPECT_EQ(nftw(folder, discard, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void put(const char *name, const char *text)
{
	char full[4096];
	int fd;

	snprintf(full, sizeof(full), "%s/%s", folder, name);
	fd = open(full, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	EXPECT(fd >= 0);
	EXPECT_EQ(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
}

/* --- everything that can be asked, put in words ----------------------------------------------- */

static int say_name(const struct mw_dirent *entry, void *argument)
{
	buf_printf(argument, "  %llu %d %s\n", (unsigned long long)entry->inode, (int)entry->type,
		   entry->name);
	return 0;
}

struct first {
	struct buf *said;
	int count, most;
	char names[20][256];
};

static int first_numbers(const struct mw_dirent *entry, void *argument)
{
	struct first *f = argument;
	struct slice name = slice_of(entry->name);
	uint64_t pid;

	if (slice_u64(&name, &pid) && !name.len)
		snprintf(f->names[f->count++], sizeof(f->names[0]), "%s", entry->name);
	return f->count == f->most ? 99 : 0;
}

static void say_read(struct buf *said, const struct mw_dir *at, const char *path)
{
	scoped_buf struct buf text = { 0 };
	int error = mw_read(at, path, &text);

	buf_printf(said, "read %s %d ", path, error);
	buf_add(said, buf_slice(&text));
	buf_char(said, '\n');
}

static void say_link(struct buf *said, const struct mw_dir *at, const char *path)
{
	scoped_buf struct buf text = { 0 };
	int error = mw_readlink(at, path, &text);

	buf_printf(said, "link %s %d %s\n", path, error, error ? "" : text.at);
}

static void say_stat(struct buf *said, const struct mw_dir *at, const char *path)
{
	struct mw_stat st = { 0 };
	int error = mw_stat(at, path, &st);

	buf_printf(said, "stat %s %d %llu %llu %llu %o %u %u\n", path, error,
		   (unsigned long long)st.inode, (unsigned long long)st.device,
		   (unsigned long long)st.size, st.mode, st.links, st.uid);
}

static void say_list(struct buf *said, const struct mw_dir *at, const char *path)
{
	struct mw_dir dir = { 0 };
	int error = mw_open(at, path, &dir);

	buf_printf(said, "open %s %d\n", path, error);
	if (error)
		return;
	error = mw_list(&dir, say_name, said);
	buf_printf(said, "list %s %d\n", path, error);
	say_stat(said, &dir, "");
	mw_close(&dir);
}

static void say_process(struct buf *said, const struct mw_dir *proc, const char *pid)
{
	static const char *const files[] = { "stat",          "status",       "statm",
					     "cgroup",        "cmdline",      "maps",
					     "oom_score_adj", "smaps_rollup", "environ",
					     "gone",          "fd",           "mem" };
	struct mw_dir dir = { 0 };
	int error = mw_open(proc, pid, &dir);

	buf_printf(said, "open %s %d\n", pid, error);
	if (error)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		say_read(said, &dir, files[i]);
	say_link(said, &dir, "exe");
	say_link(said, &dir, "ns/mnt");
	say_link(said, &dir, "stat");
	say_list(said, &dir, "fd");
	say_list(said, &dir, "stat");
	say_stat(said, &dir, "");
	mw_close(&dir);
}

static void say_kernel(struct buf *said, struct mw_source *source)
{
	struct mw_dir root = mw_root(source), proc = { 0 };
	struct first first = { .said = said, .most = 12 };

	buf_printf(said, "clock %lld\n", (long long)mw_clock(source));
	EXPECT_EQ(mw_open(&root, "proc", &proc), 0);
	EXPECT_EQ(mw_list(&proc, first_numbers, &first), 99);
	/* the listing that was stopped above was recorded whole */
	for (int i = 0; i < first.count; i++)
		say_process(said, &proc, first.names[i]);
	say_process(said, &proc, "self");
	say_process(said, &proc, "4194305");
	mw_close(&proc);
	say_read(said, &root, "proc/meminfo");
	say_read(said, &root, "proc/./vmstat");
	say_read(said, &root, "proc/no/such");
	say_read(said, &root, "proc");
	say_list(said, &root, "sys/fs/cgroup");
	say_list(said, &root, "proc/pressure");
	say_stat(said, &root, "proc/uptime");
	say_stat(said, &root, "proc/mounts");
	say_link(said, &root, "proc/self");
	say_stat(said, &root, "nowhere");
}

static struct mw_source *load(const char *path)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_source *source = NULL;

	if (mw_source_tree(path, NULL, &source, &problem))
		fail_msg("%s", problem.at);
	return source;
}

static void expect_same(const struct buf *one, const struct buf *other)
{
	size_t at = 0;

	while (at < one->len && at < other->len && one->at[at] == other->at[at])
		at++;
	if (at != one->len || at != other->len)
		fail_msg("replay differs at %zu: \"%.80s\" not \"%.80s\"", at, other->at + at,
			 one->at + at);
}

TEST(a_replay_of_this_kernel_gives_the_same_answers)
{
	static const char *const names[] = { "k.tar", "k.tar.zst", "k.tar.gz" };
	scoped_buf struct buf said = { 0 };
	struct mw_source *live, *recorder;

	begin();
	EXPECT_EQ(mw_source_live("/", &live), 0);
	EXPECT_EQ(mw_source_recorder(live, &recorder), 0);
	say_kernel(&said, recorder);
	for (size_t i = 0; i < 3; i++) {
		scoped_buf struct buf again = { 0 };
		struct stat st;
		char path[128];

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		EXPECT_EQ(mw_recorder_write(recorder, path), 0);
		EXPECT_EQ(stat(path, &st), 0);
		EXPECT_EQ(st.st_mode & 07777, 0600);
		scoped_source struct mw_source *tree = load(path);
		EXPECT_EQ(tree->machine.kind, MW_TREE);
		EXPECT_EQ(tree->machine.page_size, live->machine.page_size);
		EXPECT_EQ(tree->machine.clock_ticks, live->machine.clock_ticks);
		EXPECT_EQ(tree->machine.taken_at, live->machine.taken_at);
		EXPECT_STR(tree->machine.kernel, live->machine.kernel);
		EXPECT_STR(tree->machine.host, live->machine.host);
		say_kernel(&again, tree);
		expect_same(&said, &again);
	}
	mw_source_free(recorder);
	mw_source_free(live);
	end();
}

static void say_oddities(struct buf *said, struct mw_source *source)
{
	struct mw_dir root = mw_root(source);

	say_list(said, &root, "");
	say_read(said, &root, "a b\n\x1b[31m\\x2f\xff");
	say_read(said, &root, "caf\xc3\xa9");
	say_read(said, &root, "empty");
	say_link(said, &root, "evil");
	say_stat(said, &root, "evil");
}

TEST(odd_names_survive)
{
	scoped_buf struct buf said = { 0 };
	scoped_buf struct buf again = { 0 };
	struct mw_source *live, *recorder;
	char path[128];

	begin();
	put("a b\n\x1b[31m\\x2f\xff", "odd");
	put("caf\xc3\xa9", "utf-8");
	put("empty", "");
	snprintf(path, sizeof(path), "%s/evil", folder);
	EXPECT_EQ(symlink("../../etc/pass wd\n", path), 0);
	EXPECT_EQ(mw_source_live(folder, &live), 0);
	EXPECT_EQ(mw_source_recorder(live, &recorder), 0);
	say_oddities(&said, recorder);
	snprintf(path, sizeof(path), "%s/odd.tar.zst", folder);
	EXPECT_EQ(mw_recorder_write(recorder, path), 0);
	mw_source_free(recorder);
	mw_source_free(live);
	scoped_source struct mw_source *tree = load(path);
	say_oddities(&again, tree);
	expect_same(&said, &again);
	end();
}

TEST(the_first_answer_is_kept_and_failures_are)
{
	scoped_buf struct buf text = { 0 };
	struct mw_source *live, *faulty, *recorder;
	struct mw_dir root;
	char path[128];

	begin();
	put("file", "one");
	EXPECT_EQ(mw_source_live(folder, &live), 0);
	EXPECT_EQ(mw_source_faulty(live, 3, EPERM, &faulty), 0);
	EXPECT_EQ(mw_source_recorder(faulty, &recorder), 0);
	root = mw_root(recorder);
	EXPECT_EQ(mw_read(&root, "file", &text), 0);
	put("file", "two");
	EXPECT_EQ(mw_read(&root, "file", &text), 0);
	EXPECT_STR(text.at, "two");
	EXPECT_EQ(mw_read(&root, "other", &text), -EPERM);
	EXPECT_EQ(mw_read(&root, "other", &text), -ENOENT);
	snprintf(path, sizeof(path), "%s/c.tar", folder);
	EXPECT_EQ(mw_recorder_write(recorder, path), 0);
	mw_source_free(recorder);
	mw_source_free(faulty);
	scoped_source struct mw_source *tree = load(path);
	root = mw_root(tree);
	EXPECT_EQ(mw_read(&root, "file", &text), 0);
	EXPECT_STR(text.at, "one");
	EXPECT_EQ(mw_read(&root, "other", &text), -EPERM);
	end();
}

TEST(a_file_that_cannot_be_written_leaves_nothing)
{
	struct mw_source *live, *recorder;
	struct stat st;
	char path[128];

	begin();
	EXPECT_EQ(mw_source_live("/", &live), 0);
	EXPECT_EQ(mw_source_recorder(live, &recorder), 0);
	EXPECT_EQ(mw_recorder_write(recorder, "/nonexistent/x.tar"), -ENOENT);
	snprintf(path, sizeof(path), "%s/dir", folder);
	EXPECT_EQ(mkdir(path, 0700), 0);
	EXPECT_EQ(mw_recorder_write(recorder, path), -EISDIR);
	EXPECT_EQ(mw_recorder_write(recorder, "/dev/null"), 0);
	EXPECT_EQ(stat("/dev/null", &st), 0);
	EXPECT(S_ISCHR(st.st_mode));
	EXPECT_EQ(mw_recorder_write(recorder, "/dev/full"), -ENOSPC);
	EXPECT_EQ(rmdir(path), 0);
	EXPECT_EQ(rmdir(folder), 0); /* so nothing was left in it */
	mw_source_free(recorder);
	mw_source_free(live);
}
