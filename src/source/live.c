/* The running kernel, through system calls relative to a root directory's descriptor. */
#include "base/scoped.h"
#include "source/cached.h"
#include "source/held.h"
#include "source/entry.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>

static int live_open(struct mw_source *source, intptr_t at, const char *path, intptr_t *out)
{
	int fd = openat((int)at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)source;
	if (fd < 0)
		return -errno;
	*out = fd;
	return 0;
}

static void live_close(struct mw_source *source, intptr_t dir)
{
	(void)source;
	close((int)dir);
}

/* Bytes that the buffer may still take. */
static size_t left(const struct buf *out)
{
	return (out->limit ? out->limit : BUF_LIMIT) - out->len;
}

/* /dev/kmsg refuses a buffer that its next record does not fit into. */
enum { LONGEST_MESSAGE = 8192 };

/* @room  in: most that may be read; out: what fits without asking for more memory than needed */
static int make_room(struct buf *out, enum mw_shape shape, size_t *room)
{
	size_t step = shape == MW_MESSAGES ? LONGEST_MESSAGE : out->cap > out->len + 1 ? 1 : 4096;
	size_t fits;
	int error = buf_reserve(out, step < *room ? step : *room);

	if (error)
		return error;
	fits = out->cap - out->len - 1;
	*room = fits < *room ? fits : *room;
	return 0;
}

static int live_read(struct mw_source *source, intptr_t at, const char *path, enum mw_shape shape,
		     struct buf *out)
{
	/* O_NONBLOCK: a FIFO under a hostile root must not hold us; kernel files do not care */
	scoped_fd int fd = openat((int)at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	(void)source;
	if (fd < 0)
		return -errno;
	for (;;) {
		ssize_t got;
		char past;
		size_t room = left(out);
		/* a full buffer still has to see whether that was the end */
		bool full = room == 0;
		int error = full ? 0 : make_room(out, shape, &room);

		if (error)
			return error;
		got = full ? read(fd, &past, 1) : read(fd, out->at + out->len, room);
		if (got < 0 && (errno == EINTR || (errno == EPIPE && shape == MW_MESSAGES)))
			continue;
		if (got < 0 && errno == EAGAIN && shape == MW_MESSAGES)
			return 0;
		if (got < 0)
			return -errno;
		if (full)
			return got ? out->error = -EFBIG : 0;
		out->len += (size_t)got;
		out->at[out->len] = '\0';
		if (got == 0 || (shape == MW_RECORD && (size_t)got < room))
			return 0;
	}
}

static int live_link(struct mw_source *source, intptr_t at, const char *path, struct buf *out)
{
	ssize_t len;
	int error = buf_reserve(out, 4096);

	(void)source;
	if (error)
		return error;
	len = readlinkat((int)at, path, out->at, out->cap - 1);
	if (len < 0)
		return -errno;
	out->len = (size_t)len;
	out->at[len] = '\0';
	return 0;
}

static enum mw_dirent_type type_of(unsigned char type)
{
	switch (type) {
	case DT_REG: return MW_DT_FILE;
	case DT_DIR: return MW_DT_DIR;
	case DT_LNK: return MW_DT_LINK;
	default: return MW_DT_UNKNOWN;
	}
}

struct kernel_dirent {
	uint64_t inode;
	int64_t next;
	unsigned short size;
	unsigned char type;
	char name[];
};

static int live_list(struct mw_source *source, intptr_t dir, mw_list_fn fn, void *argument)
{
	_Alignas(uint64_t) char text[16384];
	ssize_t got;

	(void)source;
	if (lseek((int)dir, 0, SEEK_SET) < 0)
		return -errno;
	while ((got = syscall(SYS_getdents64, (int)dir, text, sizeof(text))) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct kernel_dirent *d = (const void *)(text + at);
			struct mw_dirent entry = { d->name, d->inode, type_of(d->type) };
			int stop;

			at += d->size;
			if (d->name[0] == '.' &&
			    (!d->name[1] || (d->name[1] == '.' && !d->name[2])))
				continue;
			stop = fn(&entry, argument);
			if (stop)
				return stop;
		}
	return got < 0 ? -errno : 0;
}

static int live_stat(struct mw_source *source, intptr_t at, const char *path, struct mw_stat *out)
{
	struct stat st;

	(void)source;
	if (fstatat((int)at, path, &st, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT))
		return -errno;
	*out = (struct mw_stat){
		.inode = st.st_ino,
		.device = st.st_dev,
		.size = (uint64_t)st.st_size,
		.mode = st.st_mode,
		.links = (uint32_t)st.st_nlink,
		.uid = st.st_uid,
		.modified = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec,
	};
	return 0;
}

static int live_cached(struct mw_source *source, intptr_t at, const char *path,
		       const struct mw_mounted *in, struct mw_cached *out)
{
	(void)source;
	return mw_cached_of((int)at, path, in, out);
}

static int live_enter(struct mw_source *source, intptr_t at, const char *path,
		      const struct mw_mounted *in, struct mw_mounted *mount, intptr_t *out)
{
	int fd = mw_entry_enter((int)at, path, in, mount);

	(void)source;
	if (fd < 0)
		return fd;
	*out = fd;
	return 0;
}

static int live_file(struct mw_source *source, intptr_t at, const char *path)
{
	int fd = openat((int)at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	(void)source;
	return fd < 0 ? -errno : fd;
}

static int live_space(struct mw_source *source, intptr_t at, const char *path, struct mw_space *out)
{
	scoped_fd int fd = openat((int)at, path, O_PATH | O_CLOEXEC);
	struct statfs fs;

	(void)source;
	if (fd < 0 || fstatfs(fd, &fs))
		return -errno;
	*out = (struct mw_space){
		.size = (uint64_t)fs.f_blocks * (uint64_t)fs.f_bsize,
		.used = (uint64_t)(fs.f_blocks - fs.f_bfree) * (uint64_t)fs.f_bsize,
	};
	return 0;
}

static int64_t nanoseconds(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) ? 0 : (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static int64_t live_clock(struct mw_source *source)
{
	(void)source;
	return nanoseconds(CLOCK_BOOTTIME);
}

static void live_free(struct mw_source *source)
{
	mw_held_free(source->held);
	close((int)source->root);
	free(source);
}

static const struct mw_source_ops live_ops = {
	.open = live_open,
	.close = live_close,
	.read = live_read,
	.link = live_link,
	.list = live_list,
	.stat = live_stat,
	.clock = live_clock,
	.space = live_space,
	.cached = live_cached,
	.enter = live_enter,
	.file = live_file,
	.free = live_free,
};

int mw_source_live(const char *root, struct mw_source **out)
{
	struct mw_source *s;
	struct utsname name;
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	s = calloc(1, sizeof(*s));
	if (!s) {
		close(fd);
		return -ENOMEM;
	}
	s->ops = &live_ops;
	s->root = fd;
	s->machine = (struct mw_machine){
		.kind = MW_LIVE,
		.page_size = (uint32_t)sysconf(_SC_PAGESIZE),
		.clock_ticks = (uint32_t)sysconf(_SC_CLK_TCK),
		.taken_at = nanoseconds(CLOCK_REALTIME),
		.clock = nanoseconds(CLOCK_BOOTTIME),
	};
	if (!uname(&name)) {
		snprintf(s->machine.kernel, sizeof(s->machine.kernel), "%s", name.release);
		snprintf(s->machine.host, sizeof(s->machine.host), "%s", name.nodename);
	}
	*out = s;
	return 0;
}

void mw_source_free(struct mw_source *source)
{
	if (source)
		source->ops->free(source);
}
