/* Folders that strangers write to, on the running kernel. */
#include "collect/files/walk.h"
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

struct trial {
	char top[64];
	struct mw_source *source;
	struct mw_walk walk;
	struct buf seen; /* "/a/b=0 ": paths and what was said of them, as they came */
	void (*meddle)(struct trial *);
	int say;
};

static int note(const struct mw_walk_entry *entry, void *argument)
{
	struct trial *t = argument;
	struct mw_cached cached;
	int error = mw_cached_in(entry->dir, entry->name, entry->in, &cached);
	char name[16];

	if (t->meddle)
		t->meddle(t);
	t->meddle = NULL;
	if (error == -EISDIR)
		return error;
	snprintf(name, sizeof(name), "%s", entry->name);
	buf_printf(&t->seen, "%s=%d ", name, error);
	return t->say;
}

static void start(struct trial *t)
{
	*t = (struct trial){ .top = "/tmp/memwhy-test-walk-XXXXXX" };
	EXPECT(mkdtemp(t->top) != NULL);
	EXPECT_EQ(mw_source_live("/", &t->source), 0);
	t->walk = (struct mw_walk){ { 8, 1000, 10000 }, note, t };
	EXPECT_EQ(chdir(t->top), 0);
}

static int walk(struct trial *t, const char *path)
{
	const struct mw_dir root = mw_root(t->source);

	return mw_walk(&root, path, &t->walk);
}

static void end(struct trial *t)
{
	char command[128];

	EXPECT_EQ(chdir("/"), 0);
	snprintf(command, sizeof(command), "rm -rf %s", t->top);
	EXPECT_EQ(system(command), 0);
	buf_release(&t->seen);
	mw_source_free(t->source);
}

static void make(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	EXPECT(fd >= 0);
	EXPECT_EQ(write(fd, "x", 1), 1);
	close(fd);
}

TEST(only_files_are_asked_and_no_link_is_followed)
{
	struct trial t;

	start(&t);
	make("file");
	EXPECT_EQ(mkdir("sub", 0700), 0);
	make("sub/inner");
	EXPECT_EQ(symlink("/etc", "out"), 0);
	EXPECT_EQ(symlink("file", "near"), 0);
	EXPECT_EQ(mkfifo("sub/fifo", 0600), 0);
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT(strstr(t.seen.at, "file=0 ") && strstr(t.seen.at, "inner=0 "));
	EXPECT(strstr(t.seen.at, "fifo=-22 "));
	EXPECT(!strstr(t.seen.at, "near") && !strstr(t.seen.at, "hosts"));
	EXPECT_EQ(t.walk.folders, 2);
	EXPECT_EQ(t.walk.names, 6);
	EXPECT_EQ(t.walk.denied + t.walk.failed + t.walk.mounts + t.walk.deep, 0);
	end(&t);
}

static void swap(struct trial *t)
{
	EXPECT_EQ(rename("sub", "../memwhy-test-walk-away"), 0);
	EXPECT_EQ(symlink("/etc", "sub"), 0);
}

TEST(a_folder_that_becomes_a_link_leads_nowhere)
{
	struct trial t;

	start(&t);
	EXPECT_EQ(mkdir("sub", 0700), 0);
	make("sub/inner");
	make("file");
	t.meddle = swap;
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT_STR(t.seen.at, "file=0 ");
	EXPECT_EQ(t.walk.folders, 1);
	EXPECT_EQ(rename("../memwhy-test-walk-away", "away"), 0);
	end(&t);
}

TEST(longer_than_a_path_may_be_and_no_deeper_than_wanted)
{
	struct trial t;
	char name[251];

	start(&t);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 20; i++) {
		EXPECT_EQ(mkdir(name, 0700), 0);
		EXPECT_EQ(chdir(name), 0);
	}
	make("file");
	t.walk.most.depth = 20;
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT_STR(t.seen.at, "file=0 ");
	EXPECT_EQ(t.walk.folders, 21);
	EXPECT_EQ(t.walk.deep, 0);
	t.walk = (struct mw_walk){ { 19, 1000, 10000 }, note, &t };
	buf_clear(&t.seen);
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT_EQ(t.seen.len, 0);
	EXPECT_EQ(t.walk.folders, 20);
	EXPECT_EQ(t.walk.deep, 1);
	end(&t);
}

TEST(bounds_end_it_and_are_told)
{
	struct trial t;
	char name[32];

	start(&t);
	for (int i = 0; i < 30; i++) {
		snprintf(name, sizeof(name), "folder%d", i);
		EXPECT_EQ(mkdir(name, 0700), 0);
	}
	t.walk.most.names = 30;
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT_EQ(t.walk.folders, 31);
	EXPECT(!t.walk.cut);
	t.walk = (struct mw_walk){ { 8, 29, 10000 }, note, &t };
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT_EQ(t.walk.names, 29);
	EXPECT_EQ(t.walk.folders, 0);
	EXPECT(t.walk.cut);
	t.walk = (struct mw_walk){ { 8, 1000, 100 }, note, &t };
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT(t.walk.cut);
	make("file");
	t.walk = (struct mw_walk){ { 8, 1000, 10000 }, note, &t };
	t.say = -EFBIG;
	EXPECT_EQ(walk(&t, t.top), -EFBIG);
	end(&t);
}

TEST(what_is_no_folder_of_files_is_refused)
{
	struct trial t;

	start(&t);
	make("file");
	EXPECT_EQ(walk(&t, "/proc/self"), -EINVAL);
	EXPECT_EQ(walk(&t, "/sys"), -EINVAL);
	EXPECT_EQ(walk(&t, "/memwhy-test-nothing"), -ENOENT);
	EXPECT_EQ(walk(&t, "/etc/passwd"), -ENOTDIR);
	EXPECT_EQ(t.walk.names, 0);
	end(&t);
}

TEST(what_is_mounted_below_is_left_out)
{
	struct trial t;

	start(&t);
	make("file");
	EXPECT_EQ(mkdir("tmpfs", 0700), 0);
	EXPECT_EQ(mkdir("loop", 0700), 0);
	EXPECT_EQ(mkdir("proc", 0700), 0);
	make("over");
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "tmpfs", "tmpfs", 0, NULL)) {
		end(&t);
		skip();
	}
	/* the source's root was one of the mounts before */
	mw_source_free(t.source);
	EXPECT_EQ(mw_source_live("/", &t.source), 0);
	make("tmpfs/hidden");
	EXPECT_EQ(mount(t.top, "loop", NULL, MS_BIND, NULL), 0);
	EXPECT_EQ(mount("/proc", "proc", NULL, MS_BIND, NULL), 0);
	EXPECT_EQ(mount("/etc/passwd", "over", NULL, MS_BIND, NULL), 0);
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT(strstr(t.seen.at, "file=0 ") && strstr(t.seen.at, "over=-18 "));
	EXPECT(!strstr(t.seen.at, "hidden"));
	EXPECT_EQ(t.walk.folders, 1);
	EXPECT_EQ(t.walk.mounts, 3);
	for (size_t i = 0; i < 4; i++)
		EXPECT_EQ(umount2((const char *[]){ "tmpfs", "loop", "proc", "over" }[i], 0), 0);
	end(&t);
}

TEST(who_may_not_read_a_folder_is_told)
{
	struct trial t;

	start(&t);
	EXPECT_EQ(mkdir("open", 0755), 0);
	EXPECT_EQ(mkdir("closed", 0700), 0);
	make("closed/inner");
	make("file");
	EXPECT_EQ(chmod(".", 0755), 0);
	if (seteuid(65534)) {
		end(&t);
		skip();
	}
	EXPECT_EQ(walk(&t, t.top), 0);
	EXPECT_EQ(seteuid(0), 0);
	EXPECT_STR(t.seen.at, "file=-13 ");
	EXPECT_EQ(t.walk.folders, 2);
	EXPECT_EQ(t.walk.denied, 1);
	end(&t);
}
