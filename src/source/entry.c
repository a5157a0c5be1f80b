/* Where a path leads, found out without doing anything there. */
#include "source/entry.h"

#include "base/scoped.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/statfs.h>
#include <time.h>

/* Not in every <linux/magic.h>. */
enum {
	FUSE_MAGIC = 0x65735546,
	TRACEFS = 0x74726163,
	CGROUP2 = 0x63677270,
	CONFIGFS = 0x62656570,
	FUSECTL = 0x65735543,
	MQUEUE = 0x19800202,
	RPC_PIPEFS = 0x67596969,
	NFSD = 0x6e667364,
	KNOWN = 64,     /* mounts of which is remembered whether they may be asked */
	KNOWN_FOR = 10, /* seconds: a mount's number is another's soon after it has gone */
};

/* Their content is made when it is read, by opening things even; or a process answers, if it does; or
 * there are no pages of files. */
static bool is_made_up(uint64_t magic)
{
	static const uint64_t all[] = {
		PROC_SUPER_MAGIC,
		SYSFS_MAGIC,
		DEBUGFS_MAGIC,
		TRACEFS,
		CGROUP_SUPER_MAGIC,
		SECURITYFS_MAGIC,
		CGROUP2,
		BPF_FS_MAGIC,
		FUSE_MAGIC,
		PSTOREFS_MAGIC,
		EFIVARFS_MAGIC,
		NSFS_MAGIC,
		SELINUX_MAGIC,
		SMACK_MAGIC,
		AUTOFS_SUPER_MAGIC,
		DEVPTS_SUPER_MAGIC,
		BINFMTFS_MAGIC,
		HUGETLBFS_MAGIC,
		PIPEFS_MAGIC,
		SOCKFS_MAGIC,
		CONFIGFS,
		FUSECTL,
		MQUEUE,
		RPC_PIPEFS,
		NFSD,
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
static bool is_remote(int at, uint64_t id)
{
	static _Thread_local struct {
		uint64_t id;
		time_t until;
		bool remote;
	} known[KNOWN];
	char type[32];
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC_COARSE, &now))
		return false;
	if (known[id % KNOWN].id != id || known[id % KNOWN].until <= now.tv_sec) {
		known[id % KNOWN].remote = find_type(at, id, type) && may_wait(slice_of(type));
		known[id % KNOWN].id = id;
		known[id % KNOWN].until = now.tv_sec + KNOWN_FOR;
	}
	return known[id % KNOWN].remote;
}

/* --- opening ---------------------------------------------------------------------------------- */

/* What is known of it without opening it, in this order: the mount's number asks no file system. */
static int look(int at, const struct mw_mounted *in, struct mw_entry *p)
{
	struct statfs fs;

	p->mount.known = mount_of(p->fd, &p->mount.id);
	if (in && in->known && (!p->mount.known || p->mount.id != in->id))
		return -EXDEV;
	if (p->mount.known && is_remote(at, p->mount.id))
		return -EREMOTE;
	if (fstat(p->fd, &p->st) || fstatfs(p->fd, &fs))
		return -errno;
	p->mount.device = p->st.st_dev;
	if (in && !in->known && in->device != p->mount.device)
		return -EXDEV;
	p->magic = (uint64_t)fs.f_type;
	return is_made_up(p->magic) ? -EINVAL : 0;
}

int mw_entry_open(int at, const char *path, const struct mw_mounted *in, struct mw_entry *out)
{
	struct mw_entry p = { .fd = openat(at, path, O_PATH | O_CLOEXEC | (in ? O_NOFOLLOW : 0)) };
	int error = p.fd < 0 ? -errno : look(at, in, &p);

	if (error)
		mw_entry_close(&p);
	else
		*out = p;
	return error;
}

int mw_entry_enter(int at, const char *path, const struct mw_mounted *in, struct mw_mounted *mount)
{
	scoped_entry struct mw_entry entry = { .fd = -1 };
	int error = mw_entry_open(at, path, in, &entry), fd;

	if (error)
		return error;
	if (!S_ISDIR(entry.st.st_mode))
		return -ENOTDIR;
	/* O_DIRECTORY at once, above, would have an automounter mount what is only looked at */
	fd = openat(entry.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOATIME);
	if (fd < 0 && errno == EPERM)
		fd = openat(entry.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*mount = entry.mount;
	return fd;
}
