/* Files kept open between sweeps. */
#include "test.h"

#include "source/held.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

struct place {
	char path[64];
	struct mw_source *source;
	struct mw_dir root;
	struct mw_held *kept;
	struct buf text;
};

static void put(const struct place *p, const char *name, const char *text)
{
	int fd = openat((int)p->root.handle, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	EXPECT(fd >= 0);
	EXPECT_EQ(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void place_init(struct place *p, size_t most)
{
	*p = (struct place){ .path = "/tmp/memwhy-test-held-XXXXXX" };
	EXPECT(mkdtemp(p->path) != NULL);
	EXPECT_EQ(mw_source_live(p->path, &p->source), 0);
	p->root = mw_root(p->source);
	EXPECT_EQ(mw_held_new(most, &p->kept), 0);
	put(p, "a", "one\n");
	put(p, "b", "two\n");
}

static void place_release(struct place *p)
{
	static const char *const names[] = { "a", "b", "long" };

	mw_held_free(p->kept);
	for (size_t i = 0; i < 3; i++)
		unlinkat((int)p->root.handle, names[i], 0);
	mw_source_free(p->source);
	buf_release(&p->text);
	EXPECT_EQ(rmdir(p->path), 0);
}

static int read_file(struct place *p, uint64_t owner, unsigned number, const char *name)
{
	return mw_held_read(p->kept, &p->root, owner, number, name, &p->text);
}

TEST(kept_from_the_second_sweep_on)
{
	struct place p;

	place_init(&p, 10);
	for (int sweep = 0; sweep < 4; sweep++) {
		EXPECT_EQ(read_file(&p, 1, 0, "a"), 0);
		EXPECT_SLICE(buf_slice(&p.text), sweep < 3 ? "one\n" : "other\n");
		EXPECT_EQ(read_file(&p, 1, 1, "b"), 0);
		EXPECT_SLICE(buf_slice(&p.text), "two\n");
		EXPECT_EQ(read_file(&p, 1, 2, "none"), -ENOENT);
		EXPECT_EQ(mw_held_end(p.kept), 0);
		EXPECT_EQ(mw_held_count(p.kept), sweep ? 2 : 0);
		/* the same file, with another text */
		if (sweep == 2)
			put(&p, "a", "other\n");
	}
	place_release(&p);
}

TEST(what_a_sweep_does_not_ask_for_is_closed)
{
	struct place p;

	place_init(&p, 10);
	for (int sweep = 0; sweep < 2; sweep++) {
		EXPECT_EQ(read_file(&p, 1, 0, "a"), 0);
		EXPECT_EQ(read_file(&p, 2, 0, "b"), 0);
		EXPECT_EQ(mw_held_end(p.kept), 0);
	}
	EXPECT_EQ(mw_held_count(p.kept), 2);
	EXPECT_EQ(read_file(&p, 2, 0, "b"), 0);
	EXPECT_EQ(mw_held_end(p.kept), 0);
	EXPECT_EQ(mw_held_count(p.kept), 1);
	EXPECT_EQ(read_file(&p, 2, 0, "b"), 0);
	EXPECT_SLICE(buf_slice(&p.text), "two\n");
	EXPECT_EQ(mw_held_end(p.kept), 0);
	EXPECT_EQ(mw_held_end(p.kept), 0);
	EXPECT_EQ(mw_held_count(p.kept), 0);
	place_release(&p);
}

TEST(the_first_files_of_all_before_the_others_of_some)
{
	struct place p;

	place_init(&p, 3);
	for (int sweep = 0; sweep < 3; sweep++) {
		for (uint64_t owner = 1; owner <= 3; owner++) {
			EXPECT_EQ(read_file(&p, owner, 0, "a"), 0);
			EXPECT_EQ(read_file(&p, owner, 1, "b"), 0);
			EXPECT_SLICE(buf_slice(&p.text), "two\n");
		}
		EXPECT_EQ(mw_held_end(p.kept), 0);
	}
	EXPECT_EQ(mw_held_count(p.kept), 3);
	place_release(&p);
}

TEST(longer_than_the_buffer)
{
	static char text[100001];
	struct place p;

	place_init(&p, 3);
	memset(text, 'x', sizeof(text) - 1);
	put(&p, "long", text);
	for (int sweep = 0; sweep < 3; sweep++) {
		EXPECT_EQ(read_file(&p, 1, 0, "long"), 0);
		EXPECT_EQ(p.text.len, sizeof(text) - 1);
		EXPECT_EQ(mw_held_end(p.kept), 0);
	}
	EXPECT_EQ(mw_held_count(p.kept), 1);
	place_release(&p);
}
