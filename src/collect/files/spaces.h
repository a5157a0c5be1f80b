/* The mount namespaces of processes: where paths of file systems are seen. */
#ifndef MW_COLLECT_FILES_SPACES_H
#define MW_COLLECT_FILES_SPACES_H

#include "collect/collect.h"
#include "collect/files/mounts.h"

enum { MW_SPACES_OF_GROUP = 4 };

struct mw_space_of {
	uint64_t number; /* of the namespace */
	uint32_t pid;    /* a process in it */
	struct mw_seen_list mounts;
};

struct mw_group_spaces {
	const struct mw_entity *group;
	uint32_t at[MW_SPACES_OF_GROUP]; /* in `all` */
	uint32_t count;
};

/* Those that were looked at, each read once. Zero-initialized but for `c`. */
struct mw_spaces {
	struct mw_collect *c;
	struct mw_space_of *all; /* 0: the machine's, i.e. that of process 1 */
	uint32_t count;
	struct mw_group_spaces *groups;
	uint32_t group_count;
	size_t mounts; /* of all of them */
	bool cut;      /* there were more: some files are not found in them */
};

/** Notes as a problem when mounts were left out. */
void mw_spaces_release(struct mw_spaces *s);

/** The machine's, or NULL. Valid until the next call; so are all below. */
struct mw_space_of *mw_spaces_machine(struct mw_spaces *s);
/** Our own. */
struct mw_space_of *mw_spaces_own(struct mw_spaces *s);
/** That of a process; NULL when it cannot be read. */
struct mw_space_of *mw_spaces_process(struct mw_spaces *s, uint32_t pid);
/** Namespace number i of a group's processes, the machine's own left out; NULL behind the last. Reads
 *  cgroup.procs and the mounts of a few processes, once. */
struct mw_space_of *mw_spaces_group(struct mw_spaces *s, const struct mw_entity *group, uint32_t i);

#endif
