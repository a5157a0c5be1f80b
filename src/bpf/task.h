/* Processes, all in one read: what /proc/PID/stat, status, oom_score_adj and cgroup would tell.
 * This header is the kernel side's too. */
#ifndef MW_BPF_TASK_H
#define MW_BPF_TASK_H

#include <linux/types.h>

/* One task. Memory in pages unless said otherwise; zero for a kernel thread. */
enum { MW_COMM = 16, MW_PF_WQ_WORKER = 0x20 /* of flags: include/linux/sched.h */ };

struct mw_task_row {
	__u32 size;           /* of this record: a thread's ends with majflt */
	__u32 pid;            /* of the process that it belongs to */
	__u64 minflt, majflt; /* of this thread; the first one's also of those that ended */
	__u32 ppid, flags, uid, euid;
	__u32 threads, fd_size;
	__u32 state, exit_state;
	__s32 oom_score_adj;
	__u32 named;           /* whether `name` is what /proc shows (Linux 5.17) */
	__u64 start;           /* ns after boot */
	__u64 group, group_v2; /* cgroup ids: of the memory controller, of the unified hierarchy */
	__u64 vss, vss_peak, locked, pinned, data, stack, exec;
	__u64 start_code, end_code; /* addresses */
	__u64 rss_peak, hugetlb;
	__s64 anon, file, shmem, swap; /* below 0 for a moment, as sums are: means 0 */
	__u64 page_tables;             /* bytes */
	char name[64];
	char work
		[33]; /* of a kernel worker only: what its name ends in, "+NAME", or "-NAME" when done */
};

#ifndef __bpf__

#include "bpf/capability.h"

/** The state letter that /proc/PID/stat shows for these. */
char mw_task_letter(__u32 state, __u32 exit_state);

/* Valid until the next read. */
struct mw_tasks {
	struct slice rows; /* struct mw_task_row one behind the other, by pid, each `size` long */
	/* processes that are in /proc, but that this kernel shows no iterator of ours: those of another
	 * sandbox, as a rule */
	const __u32 *hidden;
	size_t hidden_count;
};

/** All tasks of the reader's pid namespace. About 1 us a task. Needs MW_BPF_TASK to work.
 *  @return 0 or -errno */
int mw_bpf_tasks(struct mw_bpf *b, struct mw_tasks *out);

#endif
#endif
