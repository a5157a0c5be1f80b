/* Reading processes: the sweep's collector is processes.c, the readers here serve one process on
 * demand. A file that cannot be read becomes the state of its metrics, and a problem unless the
 * process ended. */
#ifndef MW_COLLECT_PROCESS_PROCESS_H
#define MW_COLLECT_PROCESS_PROCESS_H

#include "collect/collect.h"

/** Open /proc/PID of a row of this snapshot, if it is still the same process.
 *  @out closed with mw_close()
 *  @return 0; -ESRCH when it is gone or its pid means another process now; or -errno */
int mw_process_open(struct mw_collect *c, const struct mw_entity *process, struct mw_dir *out);

/** The numeric names in a directory, as uint32_t, in the kernel's order. @return 0 or -errno */
int mw_process_numbers(const struct mw_dir *dir, struct buf *out);

/** Note a problem with /proc/PID/FILE. */
void mw_process_problem(struct mw_collect *c, uint64_t pid, const char *file, uint32_t line,
			int error, const char *what);
/** The same, where the error calls for one. @return the state of what was to be read */
enum mw_state mw_process_lost(struct mw_collect *c, uint64_t pid, const char *file, int error);

/** What /proc/PID/stat calls its state. */
void mw_process_set_letter(struct mw_snapshot *s, struct mw_entity *e, char letter);

/** What /proc/PID/cmdline holds: arguments, a NUL behind each. */
void mw_process_set_cmdline(struct mw_snapshot *s, struct mw_entity *process, struct slice text);
/** The command line, cut at 4 KiB. */
void mw_process_read_cmdline(struct mw_collect *c, struct mw_entity *process,
			     const struct mw_dir *dir);

/** PSS, USS and their parts from smaps_rollup, or from smaps added up where there is none (before
 *  Linux 4.14). Needs the right to trace it. Costs about 22 ms per GiB of RSS, during which the
 *  process cannot map memory.
 *  @return 0 or -errno, which has become the metrics' state */
int mw_process_read_pss(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir);
/** Take them over from an earlier row of the same process. */
void mw_process_keep_pss(const struct mw_entity *before, struct mw_entity *process);
/** Give the metrics of mw_process_read_pss() a state. */
void mw_process_pss_state(struct mw_entity *process, enum mw_state state);

/** The mappings: from smaps, at the cost above, or from maps alone when `cheap`, or when smaps is
 *  not to be had. Also which of them are tmpfs, and, with several NUMA nodes, where they are.
 *  @return 0 or -errno */
int mw_process_read_regions(struct mw_collect *c, struct mw_entity *process,
			    const struct mw_dir *dir, bool cheap);

/** Its TCP sockets by state, as rows of MW_SOCKETS below it. Costs 3 ms and more per table of its
 *  network namespace.
 *  @inodes  of uint64_t: what its descriptors name; sorted here */
void mw_process_read_sockets(struct mw_collect *c, struct mw_entity *process,
			     const struct mw_dir *dir, struct buf *inodes);

/** limits, exe, namespaces, descriptors by kind, sockets, oom_score. Some need the right to trace
 *  it. */
void mw_process_read_details(struct mw_collect *c, struct mw_entity *process,
			     const struct mw_dir *dir);

#endif
