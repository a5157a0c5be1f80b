/* What the programs of paths.bpf.c and their caller tell each other. */
#ifndef MW_BPF_KERNEL_PATHS_H
#define MW_BPF_KERNEL_PATHS_H

#include "bpf/paths.h"

/* One run over what is wanted. */
struct mw_paths_run {
	__u32 next, count; /* in: the first; how many are wanted. Out: the first not done */
	__u32 used;        /* bytes of the room */
	__u32 spare;
};

/* The inode behind a descriptor of the caller. */
struct mw_paths_own {
	__u32 fd, spare;
	struct mw_path_want it;
};

#endif
