/* Where the memory controller is, and how the paths of /proc/PID/cgroup name its groups. */
#ifndef MW_COLLECT_CGROUP_HIERARCHY_H
#define MW_COLLECT_CGROUP_HIERARCHY_H

#include "collect/collect.h"

struct mw_hierarchy {
	int version;      /* 1, 2; 0 = no groups to be had */
	const char *kind; /* "v1", "v2", "hybrid", "none": where the memory controller is */
	struct buf point; /* the mount, below the root: "sys/fs/cgroup/memory" */
	struct buf root;  /* the group that it shows as its top: "/", "/docker/ID", "/.." */
};

/** Reads mountinfo (our own, or process 1's where the source is another root than ours), else looks
 * at the usual places. Needs no privilege. What is found can be opened.
 *  @out  released with mw_hierarchy_release()
 *  @return 0, or -ENOMEM */
int mw_hierarchy_find(struct mw_collect *c, struct mw_hierarchy *out);
void mw_hierarchy_release(struct mw_hierarchy *h);

/* How to read /proc/PID/cgroup in this snapshot: made once, used for each process. */
struct mw_group_names {
	int version;
	struct slice root, home;
	char text[4352]; /* for names that must be put together */
};

/** Call after the groups were collected. @out valid as long as the snapshot */
void mw_group_names_init(struct mw_group_names *names, const struct mw_snapshot *s);

/** The name in this snapshot (as mw_snapshot_by_name() wants it) of the group that a process is in.
 *  @text of /proc/PID/cgroup
 *  @name points into `text` or `names`, until the next call
 *  @return false when the text does not say, or the group is outside of what the mount shows */
bool mw_group_name(struct mw_group_names *names, struct slice text, struct slice *name);

#endif
