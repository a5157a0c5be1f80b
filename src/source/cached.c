#include "source/cached.h"

#include "base/scoped.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>

/* Not in every <linux/magic.h> and <sys/syscall.h>. */
enum {
	FUSE_MAGIC = 0x65735546,
	TRACEFS = 0x74726163,
	CGROUP2 = 0x63677270,
	OVERLAYFS = 0x794c7630,
	SYS_CACHESTAT = 451, /* on all machines */
	WINDOW = 1 << 28,    /* bytes looked at in one mincore(2) */
	KNOWN = 64,          /* mounts of which is remembered whether they may be asked */
	KNOWN_FOR = 10,      /* seconds: a mount's number is another's soon after it has gone */
};

/* mincore(2) looks at holes, too: a sparse file may be as long as it likes. */
#define MINCORE_MOST (1ULL << 40)

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

/* --- whom not to ask -------------------------------------------------------------------------- */

/* fstat() and fstatfs() of these wait for a process or another machine, for ever if it is dead. */
static bool may_wait(struct slice type)
{
	static const char *const all[] = { "fuse", "nfs", "cifs", "smb3", "9p", "ceph", "autofs" };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (slice_begins(type, all[i]))
			return true;
	return false;
}

/* The number of a descriptor's mount: asks no file system. Since Linux 3.15. */
static bool mount_of(int fd, uint64_t *id)
{
	char path[48], text[512];
	struct slice rest;
	ssize_t got;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	scoped_fd int info = open(path, O_RDONLY | O_CLOEXEC);

	got = info < 0 ? -1 : read(info, text, sizeof(text));
	rest = (struct slice){ text, got < 0 ? 0 : (size_t)got };
	return slice_after(&rest, "mnt_id:") && slice_u64(&rest, id);
}

/* @return false: the table does not have that mount */
static bool type_of(int at, const char *table, uint64_t id, char type[32])
{
	int fd = openat(at, table, O_RDONLY | O_CLOEXEC);
	scoped_file FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	scoped_free char *text = NULL;
	size_t room = 0;
	ssize_t len;

	if (fd >= 0 && !file)
		close(fd);
	while (file && (len = getline(&text, &room, file)) > 0) {
		struct slice line = { text, (size_t)len }, word;
		uint64_t own;

		if (!slice_u64(&line, &own) || own != id)
			continue;
		if (!slice_after(&line, " - ") || !slice_token(&line, &word))
			return false;
		snprintf(type, 32, "%.*s", SLICE_ARG(word));
		return true;
	}
	return false;
}

/* Files of a process are on mounts that perhaps only it sees: its table is beside its descriptors. */
static bool find_type(int at, uint64_t id, char type[32])
{
	static const char own[] = "/proc/self/mountinfo";
	uint64_t place;

	if (type_of(AT_FDCWD, own, id, type))
		return true;
	return mount_of(at, &place) && type_of(AT_FDCWD, own, place, type) &&
	       !strcmp(type, "proc") &&
	       (type_of(at, "mountinfo", id, type) || type_of(at, "../mountinfo", id, type));
}

/* What is on no mount is the kernel's own, as memfds are. */
static bool is_remote(int at, int fd)
{
	static _Thread_local struct {
		uint64_t id;
		time_t until;
		bool remote;
	} known[KNOWN];
	char type[32];
	struct timespec now;
	uint64_t id;

	if (!mount_of(fd, &id) || clock_gettime(CLOCK_MONOTONIC_COARSE, &now))
		return false;
	if (known[id % KNOWN].id != id || known[id % KNOWN].until <= now.tv_sec) {
		known[id % KNOWN].remote = find_type(at, id, type) && may_wait(slice_of(type));
		known[id % KNOWN].id = id;
		known[id % KNOWN].until = now.tv_sec + KNOWN_FOR;
	}
	return known[id % KNOWN].remote;
}

/* --- asking ----------------------------------------------------------------------------------- */

/* An open regular file, and what it is. O_PATH first: opening a device or a pipe does something.
 * @return the descriptor or -errno */
static int open_regular(int at, const char *path, struct stat *st, uint64_t *magic)
{
	scoped_fd int place = openat(at, path, O_PATH | O_CLOEXEC);
	char own[32];
	struct statfs fs;
	int fd;

	if (place < 0)
		return -errno;
	if (is_remote(at, place))
		return -EREMOTE;
	if (fstat(place, st) || fstatfs(place, &fs))
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

int mw_cached_of(int at, const char *path, struct mw_cached *out)
{
	struct stat st = { 0 };
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
