/* Runtimes among the processes of a snapshot, and what their command lines say. */
#ifndef MW_DIAGNOSE_RUNTIME_RUNTIMES_H
#define MW_DIAGNOSE_RUNTIME_RUNTIMES_H

#include "diagnose/rule.h"

/** Add a row for each process that is recognised as a runtime by its name ("java", "node",
 *  "php-fpm…": the master only, "python…") and has none; put rows below the process of their pid;
 *  fill cells that no reader filled from flags (RT_FLAGS, then the command line), groups' effective
 *  limits, which must be there already, and mappings: RT_HEAP_MAX, RT_HEAP_RESIDENT, … Nothing is
 *  read. @return 0 or -ENOMEM */
int mw_runtimes_find(struct mw_snapshot *s);

/** The process that a runtime's row stands below, or NULL. */
const struct mw_entity *mw_runtime_process(const struct mw_entity *runtime);
/** The group that it is in, or NULL. */
const struct mw_entity *mw_runtime_group(const struct mw_entity *runtime);
/** The limit that it can hit: the smallest among its group and those above, if one of them has any;
 *  never just the machine's memory. */
struct mw_num mw_runtime_limit(const struct mw_entity *runtime);
/** "jcmd 69 GC.heap_info" of a format with one %llu, with "PID" where the pid is not known; in the
 *  arena. */
const char *mw_runtime_command(const struct mw_check *c, const char *before, const char *after);

/** RSS of its process; where that is not known, the anonymous memory of its group.
 *  @of_group  set: which of them it was
 *  @source    where it is from */
struct mw_num mw_runtime_memory(const struct mw_check *c, bool *of_group, const char **source);

#endif
