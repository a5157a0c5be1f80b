/* Groups, all in one walk: what the memory controller's files of each would tell. This header is the
 * kernel side's too. */
#ifndef MW_BPF_CGROUP_H
#define MW_BPF_CGROUP_H

#include <linux/types.h>

#define MW_GROUP_NAME   256 /* bytes, its NUL included */
#define MW_GROUP_STATES 56  /* a kernel with more counters is not read */
#define MW_GROUP_EVENTS 40

enum {
	MW_GROUP_MEMORY = 1,    /* has the memory controller: without it the rest is zero */
	MW_GROUP_UNCOUNTED = 2, /* `processes` is not known: cgroup.procs has to tell */
};

/* The counters behind memory.stat, as the kernel keeps them: which is which, it does not tell. */
struct mw_group_slots {
	__s64 state[MW_GROUP_STATES];
	__s64 event[MW_GROUP_EVENTS];
};

struct mw_group_row {
	__u64 id, parent; /* as inode numbers */
	__u32 flags, processes;
	char name[MW_GROUP_NAME]; /* here: what is read of each group is close together */
	/* pages; LONG_MAX / page size = no limit. Of v1 swap is memory and swap */
	__u64 usage, max, watermark, swap, swap_max;
	union {
		struct {
			__u64 kmem; /* pages */
			__u64 failcnt, swappiness, oom_kill_disable, under_oom, own_kills;
		}; /* v1 */
		struct {
			__u64 high, low, min; /* pages */
			__u64 oom_group;
			/* low, high, max, oom, oom_kill, oom_group_kill */
			__u64 events[6];
		}; /* v2 */
	};
	struct mw_group_slots all, local; /* local: of v1 only, where they are shown */
};

#ifndef __bpf__

#include "bpf/capability.h"

struct mw_slots;

/* A walk's rows, parents before children; valid until the next walk. */
struct mw_group_rows {
	const struct mw_group_row *at;
	size_t count;
	uint32_t states, events; /* slots in use */
};

/** All groups from `directory` (a descriptor) down. The slots are as of the last flush of memory.stat:
 *  read the top group's before. About 1 us a group, during which the kernel holds cgroup_mutex. Needs
 *  MW_BPF_CGROUP to work.
 *  @version  of the hierarchy
 *  @sizes    false: only ids, parents and names
 *  @return 0 or -errno: -EOPNOTSUPP when this kernel's groups are not understood */
int mw_bpf_groups(struct mw_bpf *b, int directory, int version, bool sizes,
		  struct mw_group_rows *out);

/** What was learned of the slots (bpf/slots.h) in this run; empty at first, filled by whoever reads memory.stat.
 *  @return NULL where MW_BPF_CGROUP does not work */
struct mw_slots *mw_bpf_group_slots(struct mw_bpf *b);

#endif
#endif
