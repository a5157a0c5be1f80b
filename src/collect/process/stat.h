/* The small files of /proc/PID. Pure parsers: the fuzzer calls them. */
#ifndef MW_COLLECT_PROCESS_STAT_H
#define MW_COLLECT_PROCESS_STAT_H

#include "base/slice.h"

/* /proc/PID/stat (fs/proc/array.c do_task_stat()), as far as it is used. */
struct mw_proc_stat {
	uint64_t pid;
	struct slice comm; /* raw bytes, within the text */
	char state;        /* R, S, D, Z, … */
	uint64_t ppid, flags, minflt, majflt;
	uint64_t start; /* clock ticks after boot: tells a reused pid */
};

enum { MW_PF_KTHREAD = 0x00200000 };

/** @return 0, or -EBADMSG with `out` untouched */
int mw_proc_stat_parse(struct slice text, struct mw_proc_stat *out);

/* What status says beside numbers of its own lines. */
struct mw_proc_status {
	struct slice name; /* as the kernel wrote it: \n and \\ are escaped */
	uint64_t uid, euid;
};

/** @return 0, or -EBADMSG with `out` untouched */
int mw_proc_status_parse(struct slice text, struct mw_proc_status *out);

/** Undo status' escaping of a name.
 *  @out  room for text.len bytes
 *  @return length */
size_t mw_proc_unescape(char *out, struct slice text);

/** The memory control group's path in /proc/PID/cgroup: the v1 line whose controllers include
 *  memory, else the v2 line "0::". The kernel refuses newlines in group names.
 *  @return false, untouched, when there is neither */
bool mw_proc_cgroup_parse(struct slice text, struct slice *path);

/** /proc/PID/statm: resident pages, and those of them that are file pages or shared memory.
 *  @return 0, or -EBADMSG with both untouched */
int mw_proc_statm_parse(struct slice text, uint64_t *resident, uint64_t *shared);

#endif
