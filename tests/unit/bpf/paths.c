/* The names that we gave our files ourselves, against what the kernel's cache of names is read as. */
#include "test.h"

#include "bpf/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANY = 1000 };

struct place {
	struct mw_bpf *bpf;
	char folder[64];
	int at; /* the folder, open */
};

static void place_release(struct place *p)
{
	char command[96];

	mw_bpf_free(p->bpf);
	if (p->at < 0)
		return;
	close(p->at);
	snprintf(command, sizeof(command), "rm -rf '%s'", p->folder);
	EXPECT_EQ(system(command), 0);
}
#define scoped_place SCOPED(place_release)

/* @return false: no such programs here */
static bool place_init(struct place *p)
{
	*p = (struct place){ .at = -1, .folder = "/tmp/memwhy-test-paths-XXXXXX" };
	EXPECT_EQ(mw_bpf_new(false, &p->bpf), 0);
	if (!mw_bpf_need(p->bpf, 1U << MW_BPF_PATHS)) {
		struct mw_bpf_status status;

		mw_bpf_status(p->bpf, MW_BPF_PATHS, &status);
		print_message("# skipped: %s\n", status.why);
		return false;
	}
	EXPECT(mkdtemp(p->folder) != NULL);
	p->at = open(p->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->at >= 0;
}

static int make(const struct place *p, const char *name)
{
	int fd = openat(p->at, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	EXPECT(fd >= 0);
	return fd;
}

static const struct mw_path_row *row_of(const struct place *p, int fd, struct buf *rows)
{
	struct mw_path_want want;

	EXPECT_EQ(mw_bpf_path_own(p->bpf, fd, &want), 0);
	EXPECT_EQ(mw_bpf_paths(p->bpf, &want, 1, rows), 0);
	EXPECT(rows->len > sizeof(struct mw_path_row));
	return (const void *)rows->at;
}

static const char *name_of(const struct mw_path_row *r, uint32_t number)
{
	const char *name = (const char *)(r + 1);

	while (number--)
		name += strlen(name) + 1;
	return name;
}

TEST(a_file_is_called_by_its_folders_too)
{
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	const struct mw_path_row *r;

	if (!place_init(&p))
		skip();
	scoped_fd int fd = make(&p, "white space\n\x1b[31m");
	EXPECT_EQ(ftruncate(fd, 12345), 0);
	r = row_of(&p, fd, &rows);
	EXPECT_EQ(r->flags, 0);
	EXPECT(r->names >= 2);
	EXPECT_STR(name_of(r, 0), "white space\n\x1b[31m");
	EXPECT_STR(name_of(r, 1), strrchr(p.folder, '/') + 1);
	EXPECT_EQ(r->links, 1);
	EXPECT_EQ(r->bytes, 12345);
	EXPECT(S_ISREG(r->mode));
}

TEST(names_of_255_bytes_are_whole)
{
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	const struct mw_path_row *r;
	char name[256];

	if (!place_init(&p))
		skip();
	memset(name, 'n', 255);
	name[255] = '\0';
	scoped_fd int fd = make(&p, name);
	r = row_of(&p, fd, &rows);
	EXPECT_STR(name_of(r, 0), name);
	EXPECT_EQ(r->flags, 0);
}

/* Folders in folders. @return the innermost, open */
static int nested(const struct place *p, unsigned depth, const char *name)
{
	int at = dup(p->at);

	for (unsigned i = 0; i < depth; i++) {
		int next;

		EXPECT_EQ(mkdirat(at, name, 0700), 0);
		next = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		EXPECT(next >= 0);
		close(at);
		at = next;
	}
	return at;
}

TEST(deep_paths_are_whole_and_deeper_ones_cut)
{
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	const struct mw_path_row *r;
	char name[201];

	if (!place_init(&p))
		skip();
	scoped_fd int deep = nested(&p, 150, "d");
	scoped_fd int fd = openat(deep, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	r = row_of(&p, fd, &rows);
	EXPECT_EQ(r->flags, 0);
	EXPECT(r->names >= 152);
	EXPECT_STR(name_of(r, 151), strrchr(p.folder, '/') + 1);

	memset(name, 'l', 200);
	name[200] = '\0';
	scoped_fd int deeper = nested(&p, 80, name);
	scoped_fd int other = openat(deeper, "file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	r = row_of(&p, other, &rows);
	EXPECT_EQ(r->flags, MW_PATH_CUT);
	EXPECT(r->names > 40 && r->names < 80);
	EXPECT_STR(name_of(r, 0), "file");
	EXPECT_STR(name_of(r, r->names - 1), name);
}

TEST(a_deleted_file_keeps_its_name)
{
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	const struct mw_path_row *r;

	if (!place_init(&p))
		skip();
	scoped_fd int fd = make(&p, "gone");
	EXPECT_EQ(unlinkat(p.at, "gone", 0), 0);
	r = row_of(&p, fd, &rows);
	EXPECT_EQ(r->flags, MW_PATH_UNHASHED);
	EXPECT_EQ(r->links, 0);
	EXPECT_STR(name_of(r, 0), "gone");
}

TEST(of_two_names_the_one_that_holds_is_told)
{
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	const struct mw_path_row *r;

	if (!place_init(&p))
		skip();
	scoped_fd int fd = make(&p, "first");
	EXPECT_EQ(linkat(p.at, "first", p.at, "second", 0), 0);
	scoped_fd int held = openat(p.at, "second", O_RDONLY | O_CLOEXEC);
	EXPECT(held >= 0);
	EXPECT_EQ(unlinkat(p.at, "first", 0), 0);
	r = row_of(&p, fd, &rows);
	EXPECT_EQ(r->flags, 0);
	EXPECT_STR(name_of(r, 0), "second");
}

TEST(what_never_had_a_folder)
{
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	const struct mw_path_row *r;

	if (!place_init(&p))
		skip();
	scoped_fd int fd = memfd_create("a/b", MFD_CLOEXEC);
	r = row_of(&p, fd, &rows);
	EXPECT_EQ(r->flags, MW_PATH_ROOTLESS);
	EXPECT_EQ(r->names, 1);
	EXPECT_STR(name_of(r, 0), "memfd:a/b");
}

TEST(another_inode_is_not_taken_for_the_one_that_was_meant)
{
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	struct mw_path_want want[4];
	const struct mw_path_row *r;

	if (!place_init(&p))
		skip();
	scoped_fd int fd = make(&p, "file");
	EXPECT_EQ(mw_bpf_path_own(p.bpf, fd, &want[0]), 0);
	want[1] = want[2] = want[3] = want[0];
	want[0].ino++;
	want[1].device++;
	want[2].inode = 8; /* no address of the kernel's */
	EXPECT_EQ(mw_bpf_paths(p.bpf, want, 4, &rows), 0);
	r = (const void *)rows.at;
	for (uint32_t i = 0; i < 4; i++) {
		EXPECT_EQ(r->index, i);
		EXPECT_EQ(r->flags, i < 3 ? MW_PATH_GONE : 0);
		r = (const void *)((const char *)r + r->size);
	}
	EXPECT_EQ((const char *)r - rows.at, rows.len);
}

TEST(a_thousand_and_more)
{
	static struct mw_path_want want[MANY + 400];
	scoped_place struct place p;
	scoped_buf struct buf rows = { 0 };
	const struct mw_path_row *r;
	char name[256];

	if (!place_init(&p))
		skip();
	for (int i = 0; i < MANY + 400; i++) {
		snprintf(name, sizeof(name), "%0240d", i);
		scoped_fd int fd = make(&p, name);

		EXPECT_EQ(mw_bpf_path_own(p.bpf, fd, &want[i]), 0);
	}
	EXPECT_EQ(mw_bpf_paths(p.bpf, want, MANY + 400, &rows), 0);
	r = (const void *)rows.at;
	for (int i = 0; i < MANY + 400; i++) {
		snprintf(name, sizeof(name), "%0240d", i);
		EXPECT_EQ(r->index, i);
		EXPECT_STR(name_of(r, 0), name);
		r = (const void *)((const char *)r + r->size);
	}
	EXPECT_EQ((const char *)r - rows.at, rows.len);
}

/* How often this process has the file in that use. */
static unsigned used(const struct place *p, int fd, unsigned use)
{
	scoped_buf struct buf users = { 0 };
	struct mw_path_want want;
	unsigned count = 0;

	EXPECT_EQ(mw_bpf_path_own(p->bpf, fd, &want), 0);
	EXPECT_EQ(mw_bpf_path_users(p->bpf, &want, 1, use, &users), 0);
	EXPECT_EQ(users.len % sizeof(struct mw_path_user), 0);
	for (size_t at = 0; at < users.len; at += sizeof(struct mw_path_user)) {
		const struct mw_path_user *u = (const void *)(users.at + at);

		EXPECT_EQ(u->index, 0);
		EXPECT_EQ(u->use, use);
		EXPECT_EQ(u->pid, getpid());
		EXPECT(!strncmp(u->comm, "test-bpf-paths", 14));
		count++;
	}
	return count;
}

TEST(who_has_it_open_and_mapped)
{
	scoped_place struct place p;
	void *at;

	if (!place_init(&p))
		skip();
	scoped_fd int fd = make(&p, "file");
	scoped_fd int again = dup(fd);
	EXPECT_EQ(ftruncate(fd, 8192), 0);
	EXPECT_EQ(used(&p, fd, MW_PATH_OPEN), 2);
	EXPECT_EQ(used(&p, fd, MW_PATH_MAPPED), 0);
	at = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	EXPECT(at != MAP_FAILED);
	EXPECT_EQ(used(&p, fd, MW_PATH_MAPPED), 1);
	munmap(at, 8192);
	EXPECT_EQ(used(&p, fd, MW_PATH_MAPPED), 0);
}

TEST(a_file_that_is_mapped_too_often_says_that_there_is_more)
{
	enum { TIMES = 5000, PAGE = 4096 };
	scoped_place struct place p;
	scoped_buf struct buf users = { 0 };
	struct mw_path_want want[2];
	const struct mw_path_user *u;
	char *at;

	if (!place_init(&p))
		skip();
	scoped_fd int fd = make(&p, "often");
	scoped_fd int other = make(&p, "once");
	EXPECT_EQ(ftruncate(fd, PAGE), 0);
	EXPECT_EQ(ftruncate(other, PAGE), 0);
	at = mmap(NULL, (size_t)TIMES * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT(at != MAP_FAILED);
	/* the same page again and again: neighbours cannot become one mapping */
	for (size_t i = 0; i < TIMES; i++)
		EXPECT(mmap(at + i * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
			    i == TIMES / 2 ? other : fd, 0) != MAP_FAILED);
	EXPECT_EQ(mw_bpf_path_own(p.bpf, fd, &want[0]), 0);
	EXPECT_EQ(mw_bpf_path_own(p.bpf, other, &want[1]), 0);
	EXPECT_EQ(mw_bpf_path_users(p.bpf, want, 2, MW_PATH_MAPPED, &users), 0);
	munmap(at, (size_t)TIMES * PAGE);
	EXPECT_EQ(users.len, 3 * sizeof(*u));
	u = (const void *)users.at;
	EXPECT(u[0].index == 0 && u[0].use == MW_PATH_MAPPED && u[0].pid == (uint32_t)getpid());
	EXPECT(u[1].index == 0 && u[1].use == MW_PATH_MORE);
	EXPECT(u[2].index == 1 && u[2].use == MW_PATH_MAPPED);
}
