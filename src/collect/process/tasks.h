/* Processes from the kernel's own structures instead of their files in /proc (bpf/task.h). */
#ifndef MW_COLLECT_PROCESS_TASKS_H
#define MW_COLLECT_PROCESS_TASKS_H

#include "collect/collect.h"

/** A row for each process, with what stat, status, oom_score_adj and cgroup would have told. 1 us each.
 *  Groups are found by their ids: call after the groups were collected.
 *  @unknown  of struct mw_entity *: processes whose group has no row, for whoever can read its name
 *  @return 0; -EOPNOTSUPP: files have to be read, there are no rows yet; or -ENOMEM */
int mw_process_tasks(struct mw_collect *c, struct buf *unknown);

#endif
