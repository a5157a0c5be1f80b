/* Processes from the kernel's own structures instead of their files in /proc (bpf/task.h). */
#ifndef MW_COLLECT_PROCESS_TASKS_H
#define MW_COLLECT_PROCESS_TASKS_H

#include "collect/collect.h"

/* What the structures do not tell of a row, and its files do. */
struct mw_task_rest {
	struct mw_entity *process;
	bool group; /* has no row of its own, it may be gone */
	bool name;  /* of a kernel thread, longer than its structure's 15 bytes */
};

/** A row for each process, with what stat, status, oom_score_adj and cgroup would have told. 1 us each.
 *  Groups are found by their ids: call after the groups were collected.
 *  @rest    of struct mw_task_rest, in the order of rows
 *  @hidden  of uint32_t: processes that have files only; no rows yet
 *  @return 0; -EOPNOTSUPP: files have to be read, there are no rows yet; or -ENOMEM */
int mw_process_tasks(struct mw_collect *c, struct buf *rest, struct buf *hidden);

#endif
