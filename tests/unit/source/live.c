/* The running kernel, and roots that want to harm. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

TEST(a_text_is_cut_at_the_buffers_limit_and_not_before)
{
	static const char text[] = "0123456789";
	char path[] = "/tmp/memwhy-test-live-XXXXXX";
	struct mw_source *source;
	struct mw_dir root;
	int fd = mkostemp(path, O_CLOEXEC);

	EXPECT_EQ(write(fd, text, 10), 10);
	close(fd);
	EXPECT_EQ(mw_source_live("/tmp", &source), 0);
	root = mw_root(source);
	for (size_t limit = 1; limit < 13; limit++) {
		scoped_buf struct buf got = { .limit = limit };

		EXPECT_EQ(mw_read(&root, path + 5, &got), limit < 10 ? -EFBIG : 0);
		EXPECT_EQ(got.len, limit < 10 ? limit : 10);
		EXPECT_EQ(memcmp(got.at, text, got.len), 0);
		EXPECT_EQ(mw_read_record(&root, path + 5, &got), limit < 10 ? -EFBIG : 0);
		EXPECT_EQ(got.len, limit < 10 ? limit : 10);
	}
	unlink(path);
	mw_source_free(source);
}

TEST(a_fifo_does_not_hold_the_reader)
{
	scoped_buf struct buf text = { 0 };
	char folder[] = "/tmp/memwhy-test-live-XXXXXX", path[64];
	struct mw_source *source;
	struct mw_dir root, dir = { 0 };

	EXPECT(mkdtemp(folder) != NULL);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	EXPECT_EQ(mkfifo(path, 0600), 0);
	EXPECT_EQ(mw_source_live(folder, &source), 0);
	root = mw_root(source);
	EXPECT_EQ(mw_read(&root, "fifo", &text), 0);
	EXPECT_EQ(text.len, 0);
	EXPECT_EQ(mw_open(&root, "fifo", &dir), -ENOTDIR);
	EXPECT_EQ(mw_read(&root, "", &text), -ENOENT);
	unlink(path);
	rmdir(folder);
	mw_source_free(source);
	EXPECT_EQ(mw_source_live(folder, &source), -ENOENT);
}

static int count(const struct mw_dirent *entry, void *argument)
{
	EXPECT(strcmp(entry->name, ".") && strcmp(entry->name, ".."));
	++*(int *)argument;
	return 0;
}

TEST(a_directory_of_many_buffers_is_listed_once_and_again)
{
	char folder[] = "/tmp/memwhy-test-live-XXXXXX", path[128];
	struct mw_source *source;
	struct mw_dir root;
	struct mw_stat st;
	int names = 0;

	EXPECT(mkdtemp(folder) != NULL);
	for (int i = 0; i < 600; i++) {
		snprintf(path, sizeof(path), "%s/a-name-of-some-length-%d", folder, i);
		EXPECT_EQ(mkdir(path, 0700), 0);
	}
	EXPECT_EQ(mw_source_live(folder, &source), 0);
	root = mw_root(source);
	EXPECT_EQ(mw_list(&root, count, &names), 0);
	EXPECT_EQ(names, 600);
	EXPECT_EQ(mw_list(&root, count, &names), 0);
	EXPECT_EQ(names, 1200);
	EXPECT_EQ(mw_stat(&root, "", &st), 0);
	EXPECT(S_ISDIR(st.mode));
	mw_source_free(source);
	for (int i = 0; i < 600; i++) {
		snprintf(path, sizeof(path), "%s/a-name-of-some-length-%d", folder, i);
		rmdir(path);
	}
	EXPECT_EQ(rmdir(folder), 0);
}

static int cached_of(const char *path, struct mw_cached *out)
{
	struct mw_source *source;
	struct mw_dir root;
	int error;

	EXPECT_EQ(mw_source_live("/", &source), 0);
	root = mw_root(source);
	error = mw_cached(&root, path + 1, out);
	mw_source_free(source);
	return error;
}

TEST(what_was_written_is_in_memory)
{
	char path[] = "/tmp/memwhy-test-live-XXXXXX", text[8192] = { 1 };
	struct mw_cached cached;
	scoped_fd int fd = mkostemp(path, O_CLOEXEC);

	EXPECT_EQ(write(fd, text, sizeof(text)), sizeof(text));
	EXPECT_EQ(cached_of(path, &cached), 0);
	EXPECT_EQ(cached.cached, sizeof(text));
	unlink(path);
	EXPECT_EQ(cached_of("/proc/self/status", &cached), -EINVAL);
}

/* Its process never answers: whoever asks for anything of it waits for ever. */
TEST(a_dead_file_system_is_not_asked)
{
	char path[] = "/tmp/memwhy-test-live-XXXXXX", options[80];
	scoped_fd int fd = mkostemp(path, O_CLOEXEC);
	scoped_fd int fuse = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	struct mw_cached cached;

	snprintf(options, sizeof(options), "fd=%d,rootmode=100000,user_id=0,group_id=0", fuse);
	if (fuse < 0 || unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("memwhy-test", path, "fuse", 0, options)) {
		unlink(path);
		skip();
	}
	alarm(20);
	EXPECT_EQ(cached_of(path, &cached), -EREMOTE);
	alarm(0);
	EXPECT_EQ(umount2(path, MNT_DETACH), 0);
	EXPECT_EQ(cached_of(path, &cached), 0);
	unlink(path);
}
