/* /proc/PID/mountinfo (fs/proc_namespace.c): a line, and those that control groups need. Pure. */
#ifndef MW_COLLECT_CGROUP_MOUNTINFO_H
#define MW_COLLECT_CGROUP_MOUNTINFO_H

#include "base/buf.h"

/* One line. root and point are escaped as the kernel wrote them: mw_mount_text() undoes it. */
struct mw_mount {
	uint64_t id, parent; /* of mounts: on what this one is mounted */
	uint64_t major, minor;
	struct slice root;    /* what of the file system is shown */
	struct slice point;   /* where */
	struct slice type;    /* "cgroup2" */
	struct slice options; /* of the file system: "rw,memory" */
};

/** @return false, untouched, when the line is not one */
bool mw_mount_parse(struct slice line, struct mw_mount *out);

/** Is `word` in a list like "rw,cpu,memory"? */
bool mw_mount_option(struct slice list, const char *word);

/** Append `text` with \040, \011, \012, \134 turned back into bytes. */
void mw_mount_text(struct slice text, struct buf *out);

/* The mounts that matter, with slices into the text that was scanned. */
struct mw_mounts {
	struct mw_mount root;   /* of "/" */
	struct mw_mount memory; /* cgroup v1 with the memory controller */
	struct mw_mount unified;
	bool has_root, has_memory, has_unified;
};

/** Of several mounts of one hierarchy, the one below /sys/fs/cgroup is taken, else the first; of
 * two at one place the later, which hides the other.
 *  @return 0, or -EBADMSG when no line is a mount */
int mw_mounts_scan(struct slice text, struct mw_mounts *out);

#endif
