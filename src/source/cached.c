#include "source/cached.h"

#include "base/scoped.h"
#include "source/entry.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Not in every <linux/magic.h> and <sys/syscall.h>. */
enum {
	OVERLAYFS = 0x794c7630,
	SYS_CACHESTAT = 451, /* on all machines */
	WINDOW = 1 << 28,    /* bytes looked at in one mincore(2) */
};

/* mincore(2) looks at holes, too: a sparse file may be as long as it likes. */
#define MINCORE_MOST (1ULL << 40)

/* --- asking ----------------------------------------------------------------------------------- */

/* For reading. The entry is one that was looked at: nothing else can have come there.
 * @return a descriptor or -errno */
static int open_regular(const struct mw_entry *entry)
{
	char own[32];
	int fd;

	if (S_ISDIR(entry->st.st_mode))
		return -EISDIR;
	if (!S_ISREG(entry->st.st_mode))
		return -EINVAL;
	snprintf(own, sizeof(own), "/proc/self/fd/%d", entry->fd);
	fd = open(own, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | O_NOATIME);
	if (fd < 0 && errno == EPERM)
		fd = open(own, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/* To others mincore(2) says since Linux 5.2 that all is there. */
static bool may_ask(int fd, const struct stat *st)
{
	char own[32];

	snprintf(own, sizeof(own), "/proc/self/fd/%d", fd);
	return st->st_uid == geteuid() || !access(own, W_OK);
}

static int by_mincore(int fd, const struct stat *st, struct mw_cached *out)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = WINDOW / page;
	scoped_free unsigned char *there = NULL;
	uint64_t count = 0;

	if (!may_ask(fd, st))
		return -EACCES;
	if ((uint64_t)st->st_size > MINCORE_MOST)
		return -EFBIG;
	there = calloc(pages, 1);
	if (!there)
		return -ENOMEM;
	for (uint64_t from = 0; from < (uint64_t)st->st_size; from += WINDOW) {
		uint64_t rest = (uint64_t)st->st_size - from;
		size_t len = rest < WINDOW ? (size_t)rest : WINDOW;
		void *at = mmap(NULL, len, PROT_NONE, MAP_SHARED, fd, (off_t)from);
		int error = at == MAP_FAILED || mincore(at, len, there) ? -errno : 0;

		if (at != MAP_FAILED)
			munmap(at, len);
		if (error)
			return error;
		for (size_t i = 0; i < (len + page - 1) / page; i++)
			count += there[i] & 1;
	}
	out->cached = count * page;
	out->knows_dirty = false;
	return 0;
}

/* include/uapi/linux/mman.h */
struct range {
	uint64_t from, len;
};

struct counts {
	uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

static int by_cachestat(int fd, struct mw_cached *out)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct range all = { 0 };
	struct counts counts = { 0 };

	if (syscall(SYS_CACHESTAT, fd, &all, &counts, 0))
		return -errno;
	out->cached = counts.cached * page;
	out->dirty = (counts.dirty + counts.writeback) * page;
	out->knows_dirty = true;
	return 0;
}

int mw_cached_of(int at, const char *path, const struct mw_mounted *in, struct mw_cached *out)
{
	struct mw_cached found = { 0 };
	scoped_entry struct mw_entry entry = { .fd = -1 };
	int error = mw_entry_open(at, path, in, &entry);

	if (error)
		return error;
	scoped_fd int fd = open_regular(&entry);

	if (fd < 0)
		return fd;
	/* an overlay's own inode has no pages: they are the file's below, which mmap() gets to */
	error = entry.magic == OVERLAYFS ? -ENOSYS : by_cachestat(fd, &found);
	if (error)
		error = by_mincore(fd, &entry.st, &found);
	if (error)
		return error;
	found.magic = entry.magic;
	found.inode = entry.st.st_ino;
	found.device = entry.st.st_dev;
	found.size = (uint64_t)entry.st.st_size;
	found.links = entry.st.st_nlink;
	*out = found;
	return 0;
}
