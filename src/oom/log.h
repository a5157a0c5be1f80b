/* Kernel log text in, OOM kills out. Lines of any form are given in their order, one after the
 * other; what is not about a kill costs a glance. Pure: no clock, no files; nothing is kept of a
 * line but what a report needs, so that a log of any size can be read.
 *
 *	struct mw_oom_log *log = mw_oom_log_new(&arena, &(struct mw_oom_rule){ .now = now });
 *
 *	while (slice_line(&text, &line))
 *		mw_oom_log_line(log, line, "kern.log", ++number);
 *	error = mw_oom_log_finish(log, &reports, &count);
 *	mw_oom_log_free(log);
 */
#ifndef MW_OOM_LOG_H
#define MW_OOM_LOG_H

#include "model/oom.h"
#include "source/source.h"

struct mw_oom_log;

/* What logs leave open. Zero-initialized: nothing is known. */
struct mw_oom_rule {
	uint32_t page_size; /* when a report does not tell its own; 0 = 4096 */
	int64_t now;        /* ns since 1970: stamps without a year are not after it; 0 = unknown */
	int64_t boot;       /* ns since 1970, for logs that have only uptimes; 0 = unknown */
	int32_t zone;       /* seconds east of UTC, of stamps without a zone */
	uint64_t
		swap_total; /* bytes, of the machine: a group's limit of memory and swap is not more
			      * than that; MW_OOM_NOT_TOLD = not known */
};

/** The rule for a log of the machine that `machine` tells of: its own, not one pasted from elsewhere. */
struct mw_oom_rule mw_oom_rule_of(const struct mw_machine *machine);

/** @arena  holds the reports and must outlive them. @return NULL: out of memory */
struct mw_oom_log *mw_oom_log_new(struct arena *arena, const struct mw_oom_rule *rule);
void mw_oom_log_free(struct mw_oom_log *log);

/** The next line, without its newline; it may go away afterwards.
 *  @file    a name that outlives the reports, or NULL; a report may go on in the next file
 *  @number  from 1
 *  @return  whether it belongs to a kernel log: a kernel's envelope ("[12.345678]", "host kernel:",
 *           "6,1,2,-;", …), a field of a journal's record, or part of a report in any form */
bool mw_oom_log_line(struct mw_oom_log *log, struct slice line, const char *file, uint64_t number);

/** All reports, oldest first where times tell, otherwise as they came; echoes of one kill are one.
 *  @out  in the arena
 *  @return 0, -ENOMEM, or -EFBIG past the arena's limit; what there was room for is given */
int mw_oom_log_finish(struct mw_oom_log *log, const struct mw_oom_report *const **out,
		      size_t *count);

#endif
