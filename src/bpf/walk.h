/* Processes by the kernel's open-coded iterator. This header is the kernel side's too. */
#ifndef MW_BPF_WALK_H
#define MW_BPF_WALK_H

#include "bpf/task.h"

/* Out: how many rows there are, and whether there was no room for more. In: zeros. */
struct mw_walk {
	__u32 count, full;
};

#ifndef __bpf__

struct mw_programs;

/** @out  rows in the map, until the next walk
 *  @return 0; -ENOSPC: there are more than it has room for; or -errno */
int mw_bpf_walk(struct mw_bpf *b, struct slice *out);

#endif
#endif
