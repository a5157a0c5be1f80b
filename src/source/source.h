/* Where kernel text comes from: the running kernel, a captured tree, or (tests) one that fails.
 * A reader asks for paths below a root directory ("proc/meminfo", never "/proc/meminfo") and cannot
 * tell the sources apart. Every call returns 0 or -errno as the kernel gave it; a capture gives
 * back the errno that was recorded. */
#ifndef MW_SOURCE_SOURCE_H
#define MW_SOURCE_SOURCE_H

#include "base/buf.h"
#include "language/language.h"

#include <errno.h>

struct mw_source;
struct mw_bpf;
struct mw_held;

enum mw_source_kind { MW_LIVE, MW_TREE, MW_TRANSCRIPT, MW_HISTORY };

/* What one must know of the machine to read its text. Part of every capture. */
struct mw_machine {
	enum mw_source_kind kind;
	uint32_t page_size;   /* bytes; the kernel's counters in pages mean this size */
	uint32_t clock_ticks; /* per second, of /proc/PID/stat's start time */
	int64_t taken_at;     /* CLOCK_REALTIME, ns since 1970; 0 = unknown */
	int64_t clock;        /* CLOCK_BOOTTIME, ns; 0 = unknown */
	char kernel[128];     /* uname -r; "" = unknown */
	char host[128];       /* uname -n; "" = unknown */
};

/* An open directory. Plain data; close it once. */
struct mw_dir {
	struct mw_source *source;
	intptr_t handle;
};

struct mw_stat {
	uint64_t inode;
	uint64_t device; /* as st_dev */
	uint64_t size;   /* bytes */
	uint32_t mode;   /* as st_mode */
	uint32_t links;  /* a kernfs directory has 2 + its subdirectories; 0 = unknown */
	uint32_t uid;
	int64_t modified; /* ns since 1970; 0 = unknown (captures do not hold it) */
};

/* Room of a file system. */
struct mw_space {
	uint64_t size, used; /* bytes */
};

/* Where a file system is mounted, once of perhaps many times. */
struct mw_mounted {
	uint64_t id;     /* as in mountinfo; unless `known` (before Linux 3.15) … */
	uint64_t device; /* … the file system stands for it: st_dev */
	bool known;
};

/* What of a regular file is in memory. */
struct mw_cached {
	uint64_t inode, device, size, links, magic; /* magic: of its file system */
	uint64_t cached;                            /* bytes, whole pages */
	uint64_t dirty;   /* … of which wait to be written, being written included */
	bool knows_dirty; /* cachestat(2), Linux 6.5; mincore(2) knows nothing of it */
};

enum mw_dirent_type { MW_DT_UNKNOWN, MW_DT_FILE, MW_DT_DIR, MW_DT_LINK };

struct mw_dirent {
	const char *name; /* NUL-ended, valid during the call; never "." or ".." */
	uint64_t inode;   /* 0 = unknown */
	enum mw_dirent_type type;
};

/** @return 0 to go on, anything else ends the listing and is returned by mw_list() */
typedef int (*mw_list_fn)(const struct mw_dirent *entry, void *argument);

/* How the kernel hands a file out. */
enum mw_shape {
	MW_RECORDS,  /* many records: only a read of 0 bytes is the end (smaps, slabinfo, zoneinfo)
		     */
	MW_RECORD,   /* one record: what one read(2) gives is all, if the buffer was not filled */
	MW_MESSAGES, /* a record per read(2), overwritten by new ones, and no end but that there is
		      * none yet: /dev/kmsg */
};

struct mw_source_ops {
	int (*open)(struct mw_source *, intptr_t at, const char *path, intptr_t *out);
	void (*close)(struct mw_source *, intptr_t dir);
	int (*read)(struct mw_source *, intptr_t at, const char *path, enum mw_shape shape,
		    struct buf *out);
	int (*link)(struct mw_source *, intptr_t at, const char *path, struct buf *out);
	int (*list)(struct mw_source *, intptr_t dir, mw_list_fn fn, void *argument);
	int (*stat)(struct mw_source *, intptr_t at, const char *path, struct mw_stat *out);
	int64_t (*clock)(struct mw_source *);
	/* NULL = cannot tell; = has no use for it */
	int (*space)(struct mw_source *, intptr_t at, const char *path, struct mw_space *out);
	int (*cached)(struct mw_source *, intptr_t at, const char *path,
		      const struct mw_mounted *in, struct mw_cached *out);
	int (*enter)(struct mw_source *, intptr_t at, const char *path, const struct mw_mounted *in,
		     struct mw_mounted *mount, intptr_t *out);
	int (*file)(struct mw_source *, intptr_t at, const char *path);
	int (*keep)(struct mw_source *, const char *path, struct slice text);
	void (*free)(struct mw_source *);
};

/* The first member of every source's own struct. */
struct mw_source {
	const struct mw_source_ops *ops;
	struct mw_machine machine;
	intptr_t root;
	struct mw_source *inner; /* of a recorder: what it records; NULL otherwise */
	/* the running kernel's fast readers (bpf/capability.h), borrowed; NULL = there is text only, or text
	 * is what is wanted */
	struct mw_bpf *bpf;
	/* of a running kernel that is asked again and again: files kept open (source/held.h); or NULL */
	struct mw_held *held;
};

/* --- the sources ------------------------------------------------------------------------------ */

/** The running kernel, seen below the directory `root` ("/"; "/host" where a container has the
 * host's root mounted). Needs no privilege; what a file needs is met file by file.
 *  @out  a new source, freed with mw_source_free()
 *  @return 0 or -errno of opening `root` */
int mw_source_live(const char *root, struct mw_source **out);

/** A captured tree: a directory or a tar archive, plain or compressed with zstd, gzip or xz
 *  (source/tree.h says what is refused). Loaded whole: nothing is written, no link followed.
 *  @problem  what was wrong with which entry, for the user, in `language`; untouched on success */
int mw_source_tree(const char *path, const struct mw_language *language, struct mw_source **out,
		   struct buf *problem);

/** What the option --root names: NULL or "/" the running kernel; a directory whose proc/ is a mounted
 *  procfs, the kernel seen below it; anything else a captured tree.
 *  @problem  as above, with the path first */
int mw_source_open(const char *root, const struct mw_language *language, struct mw_source **out,
		   struct buf *problem);

/** Tests: passes calls to `inner` (which it then owns), but the nth call fails with `error`
 *  (a positive errno). n counts from 1; 0 never fails. */
int mw_source_faulty(struct mw_source *inner, uint64_t nth, int error, struct mw_source **out);
/** How many calls have been made so far. */
uint64_t mw_source_faulty_calls(const struct mw_source *faulty);

/** Passes calls to `inner` (borrowed: free it after this one) and keeps what it answered, for
 *  mw_recorder_write(). */
int mw_source_recorder(struct mw_source *inner, struct mw_source **out);
/** Write what was recorded as a tar archive (source/capture.h has its layout), compressed when the
 *  name ends in .zst or .gz; "-" = standard output. A file is written beside its place, readable by
 *  its owner only, and renamed into it; what is no file (a pipe, /dev/null) is written to.
 *  @return 0 or -errno; -EFBIG when more was read than a capture may hold */
int mw_recorder_write(const struct mw_source *recorder, const char *path);

void mw_source_free(struct mw_source *source);

/* --- reading ---------------------------------------------------------------------------------- */

static inline struct mw_dir mw_root(struct mw_source *source)
{
	return (struct mw_dir){ source, source->root };
}

/** Open the directory `path` below `at`. @out closed with mw_close(); untouched on error */
static inline int mw_open(const struct mw_dir *at, const char *path, struct mw_dir *out)
{
	intptr_t handle;
	int error = at->source->ops->open(at->source, at->handle, path, &handle);

	if (!error)
		*out = (struct mw_dir){ at->source, handle };
	return error;
}

static inline void mw_close(struct mw_dir *dir)
{
	if (dir->source)
		dir->source->ops->close(dir->source, dir->handle);
	dir->source = NULL;
}

#define scoped_dir SCOPED(mw_close)

/** Read a whole file. The buffer is emptied first and reused: nothing is allocated once it is large
 *  enough. @return 0, -errno, or -EFBIG past the buffer's limit; the text is then cut */
static inline int mw_read(const struct mw_dir *at, const char *path, struct buf *out)
{
	buf_clear(out);
	return at->source->ops->read(at->source, at->handle, path, MW_RECORDS, out);
}

/** Likewise for a file that the kernel writes as one record (stat, status, memory.stat, meminfo,
 * …): saves the second read(2) that would only say "end". */
static inline int mw_read_record(const struct mw_dir *at, const char *path, struct buf *out)
{
	buf_clear(out);
	return at->source->ops->read(at->source, at->handle, path, MW_RECORD, out);
}

/** Likewise for /dev/kmsg: all messages that there are, oldest first, without waiting for more. What
 *  was overwritten meanwhile is left out. */
static inline int mw_read_messages(const struct mw_dir *at, const char *path, struct buf *out)
{
	buf_clear(out);
	return at->source->ops->read(at->source, at->handle, path, MW_MESSAGES, out);
}

static inline int mw_readlink(const struct mw_dir *at, const char *path, struct buf *out)
{
	buf_clear(out);
	return at->source->ops->link(at->source, at->handle, path, out);
}

/** Call `fn` for each entry, in the kernel's order. */
static inline int mw_list(const struct mw_dir *dir, mw_list_fn fn, void *argument)
{
	return dir->source->ops->list(dir->source, dir->handle, fn, argument);
}

/** Status of `path` below `at`, or of `at` itself when it is "". Does not follow a last link. */
static inline int mw_stat(const struct mw_dir *at, const char *path, struct mw_stat *out)
{
	return at->source->ops->stat(at->source, at->handle, path, out);
}

/** How large the file system at `path` is, and how full. @return 0, -errno, -EOPNOTSUPP in a capture */
static inline int mw_space(const struct mw_dir *at, const char *path, struct mw_space *out)
{
	const struct mw_source_ops *ops = at->source->ops;

	return ops->space ? ops->space(at->source, at->handle, path, out) : -EOPNOTSUPP;
}

/** How much of a regular file is in memory. Follows a last link, as those in /proc/PID/fd. Opens it for
 *  reading; nothing of it is read. 7 us where the kernel has cachestat(2); else, and on overlayfs,
 *  by mincore(2): time goes by the file's length, holes included, 15 ms a GiB of it that is cached.
 *  @return 0 or -errno:
 *    -EINVAL      no regular file, or one of a file system that makes its content up (proc, FUSE)
 *    -EREMOTE     on FUSE, NFS and the like: one that is dead would be waited for, so none is asked
 *    -EFBIG       longer than 1 TiB, and only mincore(2) could tell
 *    -EACCES      neither readable, nor one's own, nor writable: the kernel would not tell
 *    -EOPNOTSUPP  in a capture */
static inline int mw_cached(const struct mw_dir *at, const char *path, struct mw_cached *out)
{
	const struct mw_source_ops *ops = at->source->ops;

	return ops->cached ? ops->cached(at->source, at->handle, path, NULL, out) : -EOPNOTSUPP;
}

/** Likewise of an entry of a directory that strangers may write to: a link is not followed.
 *  @in  of the directory
 *  @return as above, and
 *    -EINVAL  a link, too
 *    -EISDIR  a directory
 *    -EXDEV   something else is mounted there: it was not asked */
static inline int mw_cached_in(const struct mw_dir *at, const char *name,
			       const struct mw_mounted *in, struct mw_cached *out)
{
	const struct mw_source_ops *ops = at->source->ops;

	return ops->cached ? ops->cached(at->source, at->handle, name, in, out) : -EOPNOTSUPP;
}

/** Open a directory for listing it, if its files may be asked for with mw_cached_in(). Nothing is mounted
 *  by looking.
 *  @in     NULL: wherever the path leads; otherwise the mount that it must be in, and no last link is followed
 *  @mount  the one that it is in
 *  @out    closed with mw_close(); both untouched on error
 *  @return 0 or -errno: -EXDEV, -EREMOTE, -EINVAL (made up) as above, -ENOTDIR, -EOPNOTSUPP */
static inline int mw_enter(const struct mw_dir *at, const char *path, const struct mw_mounted *in,
			   struct mw_mounted *mount, struct mw_dir *out)
{
	const struct mw_source_ops *ops = at->source->ops;
	intptr_t handle;
	int error = ops->enter ? ops->enter(at->source, at->handle, path, in, mount, &handle)
			       : -EOPNOTSUPP;

	if (!error)
		*out = (struct mw_dir){ at->source, handle };
	return error;
}

/** A descriptor for reading a file of which a part is wanted, at places of one's own choice
 *  (kpageflags, pagemap): what is read by it is not recorded.
 *  @return a descriptor, closed by the caller, -errno, or -EOPNOTSUPP: not of a running kernel */
static inline int mw_file(const struct mw_dir *at, const char *path)
{
	const struct mw_source_ops *ops = at->source->ops;

	return ops->file ? ops->file(at->source, at->handle, path) : -EOPNOTSUPP;
}

/** The same source, where what is read is not recorded: for files that hold what is nobody else's
 * business (a container's environment stands beside its name). What is made of them is given to
 * mw_keep(). */
static inline struct mw_source *mw_unrecorded(struct mw_source *source)
{
	return source->inner ? source->inner : source;
}

/** Have a recorder write `text` into the capture as memwhy/NAME, where mw_read() of a captured tree
 *  finds it; other sources have no use for it. The first text of a name is kept.
 *  @return 0 or -errno */
static inline int mw_keep(struct mw_source *source, const char *path, struct slice text)
{
	return source->ops->keep ? source->ops->keep(source, path, text) : 0;
}

/* What is kept besides files: who the groups are (src/meta), what process 1 says that it runs in
 * (collect/cgroup/inside.c), what page frames are used for (collect/pages/census.c). */
#define MW_KEPT_WHO    "memwhy/who"
#define MW_KEPT_INSIDE "memwhy/inside"
#define MW_KEPT_CENSUS "memwhy/census"
/* … and sockets by owner (collect/sockets/table.h). */
#define MW_KEPT_SOCKETS "memwhy/sockets"
/* … and names of files (collect/files/files.h). */
#define MW_KEPT_FILES "memwhy/files"

/** CLOCK_BOOTTIME in ns, now or when the capture was taken. */
static inline int64_t mw_clock(struct mw_source *source)
{
	return source->ops->clock(source);
}

#endif
