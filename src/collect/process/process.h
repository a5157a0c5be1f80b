/* Reading processes: the sweep's collector is processes.c, the readers here serve one process on
 * demand. None of them allocates beyond the row it fills. */
#ifndef MW_COLLECT_PROCESS_PROCESS_H
#define MW_COLLECT_PROCESS_PROCESS_H

#include "collect/collect.h"

/** Open /proc/PID of a row of this snapshot, if it is still the same process.
 *  @out closed with mw_close()
 *  @return 0; -ESRCH when it is gone or its pid means another process now; or -errno */
int mw_process_open(struct mw_collect *c, const struct mw_entity *process, struct mw_dir *out);

/** PSS, USS and their parts from smaps_rollup, or from smaps added up where there is none (before
 *  Linux 4.14). Needs the right to trace it. Costs about 22 ms per GiB of RSS, during which the
 *  process cannot map memory.
 *  @return 0 or -errno, which has become the metrics' state */
int mw_process_read_pss(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir);

/** Give the metrics of mw_process_read_pss() a state. */
void mw_process_pss_state(struct mw_entity *process, enum mw_state state);

/** Note a problem with /proc/PID/FILE. */
void mw_process_problem(struct mw_collect *c, uint64_t pid, const char *file, uint32_t line,
			int error, const char *what);

#endif
