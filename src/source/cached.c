#include "source/cached.h"

#include "base/scoped.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

/* Not in every <linux/magic.h> and <sys/syscall.h>. */
enum {
	FUSE_MAGIC = 0x65735546,
	TRACEFS = 0x74726163,
	CGROUP2 = 0x63677270,
	OVERLAYFS = 0x794c7630,
	SYS_CACHESTAT = 451, /* on all machines */
	WINDOW = 1 << 28,    /* bytes looked at in one mincore(2) */
};

/* Their content is made when it is read, by opening things even; or a process answers, if it does. */
static bool is_made_up(uint64_t magic)
{
	static const uint64_t all[] = {
		PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS,     CGROUP_SUPER_MAGIC,
		SECURITYFS_MAGIC, CGROUP2,     BPF_FS_MAGIC,  FUSE_MAGIC,  PSTOREFS_MAGIC,
		EFIVARFS_MAGIC,   NSFS_MAGIC,  SELINUX_MAGIC, SMACK_MAGIC,
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (all[i] == magic)
			return true;
	return false;
}

/* An open regular file, and what it is. O_PATH first: opening a device or a pipe does something.
 * @return the descriptor or -errno */
static int open_regular(int at, const char *path, struct stat *st, uint64_t *magic)
{
	scoped_fd int place = openat(at, path, O_PATH | O_CLOEXEC);
	char own[32];
	struct statfs fs;
	int fd;

	if (place < 0 || fstat(place, st) || fstatfs(place, &fs))
		return -errno;
	*magic = (uint64_t)fs.f_type;
	if (!S_ISREG(st->st_mode) || is_made_up(*magic))
		return -EINVAL;
	snprintf(own, sizeof(own), "/proc/self/fd/%d", place);
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
	there = malloc(pages);
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

int mw_cached_of(int at, const char *path, struct mw_cached *out)
{
	struct stat st;
	struct mw_cached found = { 0 };
	scoped_fd int fd = open_regular(at, path, &st, &found.magic);
	int error;

	if (fd < 0)
		return fd;
	/* an overlay's own inode has no pages: they are the file's below, which mmap() gets to */
	error = found.magic == OVERLAYFS ? -ENOSYS : by_cachestat(fd, &found);
	if (error)
		error = by_mincore(fd, &st, &found);
	if (error)
		return error;
	found.inode = st.st_ino;
	found.device = st.st_dev;
	found.size = (uint64_t)st.st_size;
	found.links = st.st_nlink;
	*out = found;
	return 0;
}
