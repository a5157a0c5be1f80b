/* What inodes are called, from the kernel's cache of names: where in its file system a file is, whether
 * it still has a name, what kind of thing it is when it never had one; and who has it open or mapped.
 * This header is the kernel side's too. */
#ifndef MW_BPF_PATHS_H
#define MW_BPF_PATHS_H

#include <linux/types.h>

enum {
	MW_PATHS_WANTED = 1024,    /* inodes in one run */
	MW_PATHS_ROOM = 1 << 18,   /* bytes of rows in one run */
	MW_PATHS_TEXT = 12 * 1024, /* of one row's names: longer paths lose their beginning */
	MW_PATHS_NAMES = 1024,     /* of one row */
	MW_PATHS_NAME = 256,       /* with its NUL */
};

/* An inode as somebody saw it: at an address, which may be another's by now. */
struct mw_path_want {
	__u64 inode; /* kernel address */
	__u64 ino;
	__u32 device; /* major << 20 | minor: of the file system */
	__u32 spare;
};

enum mw_path_flag {
	MW_PATH_GONE = 1,     /* another inode, or none, is at that address now */
	MW_PATH_NAMELESS = 2, /* no name of it is in memory */
	MW_PATH_UNHASHED = 4, /* it, or a directory above it, was removed or forgotten */
	MW_PATH_ROOTLESS = 8, /* it belongs into no directory: memfd, System V, an open tmpfile */
	MW_PATH_CUT = 16,     /* the directories nearest to the root are missing */
};

/* One inode's names. */
struct mw_path_row {
	__u32 size;  /* of this record with its names, a multiple of 8 */
	__u32 index; /* in what was wanted */
	__u32 flags; /* enum mw_path_flag */
	__u32 names; /* behind this, the file's own first, each NUL-ended */
	__u32 links, mode;
	__u32 number;  /* of a device's inode: which device, major << 20 | minor */
	__u32 text;    /* bytes of the names */
	__u64 bytes;   /* its size */
	__u64 magic;   /* of the file system: linux/magic.h */
	char type[16]; /* "ext4" */
};

enum mw_path_use {
	MW_PATH_OPEN = 1,
	MW_PATH_MAPPED = 2,
	MW_PATH_MORE = 4, /* no user: the file has more mappings than were looked at */
};

/* A process that has one of them open or mapped. One may come more than once. */
struct mw_path_user {
	__u32 index; /* in what was wanted */
	__u32 pid;   /* as the reader sees it; 0 = in another pid namespace */
	__u32 use;   /* enum mw_path_use */
	__u32 spare;
	char comm[16];
};

#ifndef __bpf__

#include "bpf/capability.h"

/** The inode behind a descriptor of our own.
 *  @return 0, -errno, or -ESTALE: not the one that fstat() tells of (an overlay's) */
int mw_bpf_path_own(struct mw_bpf *b, int fd, struct mw_path_want *out);

/** A row for each inode, in their order: struct mw_path_row one behind the other, each `size` long.
 *  1 to 2 us an inode. Needs MW_BPF_PATHS to work.
 *  @out  emptied first; 8-byte aligned records
 *  @return 0 or -errno */
int mw_bpf_paths(struct mw_bpf *b, const struct mw_path_want *wanted, size_t count,
		 struct buf *out);

/** Who uses them: struct mw_path_user one behind the other.
 *  @use  enum mw_path_use: MAPPED costs the mappings of these files, OPEN 0.4 us for each open
 *        descriptor of the machine
 *  @out  emptied first
 *  @return 0 or -errno */
int mw_bpf_path_users(struct mw_bpf *b, const struct mw_path_want *wanted, size_t count,
		      unsigned use, struct buf *out);

#endif
#endif
