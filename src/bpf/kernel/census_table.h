/* What the census' programs and their reader share: tables in memory that both have mapped. */
#ifndef MW_BPF_KERNEL_CENSUS_TABLE_H
#define MW_BPF_KERNEL_CENSUS_TABLE_H

#include "bpf/census.h"

enum {
	CENSUS_GROUPS = 1 << 14, /* rows of groups: 2.5 MiB */
	CENSUS_FILES = 1 << 16,  /* rows of files: 4 MiB */
	CENSUS_WAYS = 32,        /* places in which a file's row may be */
	CENSUS_PROBES = 32,      /* … and a group's */
	CENSUS_TYPES = 16,       /* a power of two, so that the verifier sees the bound */
	CENSUS_FRAME = 64,       /* bytes of the largest struct page that is understood */
	CENSUS_BATCH = 64,       /* frames read together */
	CENSUS_CHUNK = 1 << 13,  /* frames of one run */
};

/* Rows of another run are free places: nothing has to be cleared. Pages are estimates already. */
struct census_group_row {
	__u64 memcg; /* address */
	__u64 id, parent;
	__u32 run, dying;
	__u32 pages[CENSUS_TYPES];
	char name[MW_CENSUS_NAME];
};

struct census_file_row {
	__u64 mapping; /* address */
	__u64 inode, ino;
	__u32 group; /* its row */
	__u32 run;
	__u32 device, generation, links;
	__u16 mode, type;
	__u32 pages, active, dirty, mapped;
};

/* Of one run. */
struct census_walk {
	__u64 start, end; /* frames; `start` moves on: a block may reach beyond the end */
	__u32 shift, run;
};

/* census_found: pages by type, and behind them */
enum {
	CENSUS_VISITED = CENSUS_TYPES, /* frames looked at, heads of blocks once */
	CENSUS_DROPPED_FILES,
	CENSUS_DROPPED_PAGES,
	CENSUS_LOST_GROUPS,
	CENSUS_FOUND,
};

struct census_place {
	__u32 fd;         /* of a memfd of ours with one page */
	__u32 frame_size; /* out: sizeof(struct page) */
	__u64 frame;      /* out: its struct page */
};

#endif
