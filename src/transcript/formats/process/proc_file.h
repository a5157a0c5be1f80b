/* Whose file of /proc/PID a text is: the path that grep or head puts in front says it, else the
 * command. */
#ifndef MW_TRANSCRIPT_PROC_FILE_H
#define MW_TRANSCRIPT_PROC_FILE_H

#include "transcript/format.h"

/** "/proc/69/oom_score_adj" taken apart; the pid of "/proc/self/…" is 0.
 *  @return false, both untouched: not a file of a process */
bool mw_proc_file_split(struct slice path, uint64_t *pid, struct slice *name);

/** Step over "/proc/69/smaps:" at the front of a line. @return false, both untouched: none there */
bool mw_proc_file_prefix(struct slice *line, struct slice *path);

/** Does the path, or else the only one that the command reads, end with that name? */
bool mw_proc_file_is(struct slice path, const struct mw_paste_command *c, const char *name);

/** The process of b->path, or of the command. @return NULL: out of memory */
struct mw_entity *mw_proc_file_process(struct mw_reading *r, const struct mw_block *b);

#endif
