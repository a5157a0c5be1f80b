/* The page census: every page frame of RAM, or one of each 64 or 256 at random, by what it is used
 * for, whose it is (the memory control group) and, in the page cache, of which inode. Two ways lead
 * here: struct page read by BPF programs (about 10 ns a frame), and /proc/kpageflags with
 * kpagecgroup (collect/pages), which know no inodes.
 *
 * What the kernel marks is told apart; vmalloc memory, kernel stacks, per-CPU memory, buffers of
 * pipes, sockets and drivers bear no mark and are one class, MW_CENSUS_KERNEL. Slab pages hold
 * objects of many groups: no owner. Frames are read while the kernel goes on: a page that moves
 * meanwhile may be seen twice, or never.
 *
 * This header is the kernel side's too. */
#ifndef MW_BPF_CENSUS_H
#define MW_BPF_CENSUS_H

#include <linux/types.h>

enum mw_census_type {
	MW_CENSUS_FREE, /* also on per-CPU lists */
	MW_CENSUS_ANON,
	MW_CENSUS_SWAP_CACHE, /* anonymous, in no process' page tables, with a place in swap */
	MW_CENSUS_FILE,       /* page cache, block devices' included */
	MW_CENSUS_SHMEM,      /* tmpfs, shared memory, memfd */
	MW_CENSUS_SLAB,
	MW_CENSUS_PAGE_TABLE,
	MW_CENSUS_KERNEL,     /* in use, and nothing says for what */
	MW_CENSUS_HUGETLB,    /* of a reserved pool, used or not */
	MW_CENSUS_COMPRESSED, /* zsmalloc (zram, zswap); before 6.12 all that moves without an LRU */
	MW_CENSUS_OFFLINE, /* given to the host by a balloon, hot-plugged and not in use, not accepted */
	MW_CENSUS_RESERVED, /* the kernel's image, firmware, tables made at boot: not in MemTotal */
	MW_CENSUS_UNKNOWN, /* a kind that this build does not know; a frame that could not be read */
	MW_CENSUS_TYPES,
};

/* Pages of one inode that are charged to one group. */
struct mw_census_row {
	__u64 group; /* cgroup id; 0 = charged to nobody */
	__u64 inode; /* its address in the kernel, for bpf/paths.h; 0 = a rest row, or a kept census */
	__u64 ino;                          /* of a rest row: the files in it that gave way, or 0 */
	__u32 device;                       /* the kernel's dev_t: major << 20 | minor */
	__u32 generation;                   /* i_generation */
	__u32 links;                        /* i_nlink: 0 = deleted */
	__u16 mode;                         /* i_mode: S_ISBLK() is a block device's own cache */
	__u16 type;                         /* MW_CENSUS_FILE or MW_CENSUS_SHMEM */
	__u64 pages, active, dirty, mapped; /* estimates where a sample was taken */
};

enum { MW_CENSUS_NAME = 64, MW_CENSUS_ROWS = 4096 /* of files, of a sample */ };

struct mw_census_group {
	__u64 id;                  /* cgroup id */
	__u64 parent;              /* of the group above, 0 = none */
	__u32 dying;               /* removed: it lives on because of these pages */
	char name[MW_CENSUS_NAME]; /* of a dying one: the last part of its path, cut; hostile */
	__u64 pages[MW_CENSUS_TYPES];
};

#ifndef __bpf__

#include <stdbool.h>
#include <stddef.h>

struct mw_bpf;

struct mw_census {
	__u32 shift;                  /* one frame of each 1 << shift was looked at */
	__u64 frames;                 /* of RAM */
	__u64 visited;                /* heads of blocks count once */
	__u64 pages[MW_CENSUS_TYPES]; /* estimates; they add up to about `frames` */
	bool has_groups;              /* owners are known */
	bool has_dying;               /* … and removed groups apart from the groups above them */
	bool has_files;
	__u64 dropped_files, dropped_pages; /* rows that gave way to larger ones, and their pages */
	__u64 lost_groups;              /* pages of groups beyond those that there was room for */
	struct mw_census_group *groups; /* in no order */
	size_t group_count;
	struct mw_census_row *rows; /* the largest first */
	size_t row_count;
};

/* Page frame numbers [start, end). */
struct mw_census_range {
	__u64 start, end;
};

/** Count the frames of these ranges, in pieces of 65536, so that no call holds a CPU for long. Needs
 *  MW_BPF_CENSUS to work. About 10 ns a frame (full), 100 ns a frame looked at (sample).
 *  @shift  0 = every frame, 6 = 1/64, 8 = 1/256
 *  @out  released with mw_census_release(); untouched on error
 *  @return 0 or -errno */
int mw_bpf_census(struct mw_bpf *b, const struct mw_census_range *ranges, size_t count, __u32 shift,
		  struct mw_census *out);
void mw_census_release(struct mw_census *census);

#endif
#endif
