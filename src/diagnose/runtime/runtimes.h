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
/** Whether a process is one of the workers of PHP-FPM's master. Cheap: asked of every process. */
bool mw_php_is_worker(const struct mw_entity *master, const struct mw_entity *process);
/** "jcmd 69 GC.heap_info" of "jcmd " and " GC.heap_info", with PID where the pid is not known; in the
 *  arena. */
const char *mw_runtime_command(const struct mw_check *c, const char *before, const char *after);
/** The same as a next command. */
void mw_runtime_ask(struct mw_check *c, const char *before, const char *after);
/** `memwhy pid N` where the process is known, else `memwhy container …` where the group is. */
void mw_runtime_ask_more(struct mw_check *c);

/* Resident memory of a runtime's process. */
struct mw_runtime_memory {
	struct mw_num bytes;
	const char *source;
	bool of_group; /* the process' is not known: its group's anonymous memory */
};

struct mw_runtime_memory mw_runtime_memory(const struct mw_check *c);

/* What of a JVM's memory is certainly not its heap. */
struct mw_jvm_outside {
	double memory, heap, outside; /* outside = memory - heap, at least 0 */
	struct mw_runtime_memory of;
	const char *heap_source;
	bool exact; /* `heap` is its resident part; else the most that it can be */
};

/** @return false when the memory is not known, or no figure bounds the heap */
bool mw_jvm_outside(const struct mw_check *c, struct mw_jvm_outside *out);

#endif
