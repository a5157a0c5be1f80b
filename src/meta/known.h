/* What is kept of a group between sweeps: its facts in one block, so that a sweep copies them into its
 * snapshot with one copy. */
#ifndef MW_META_KNOWN_H
#define MW_META_KNOWN_H

#include "base/index.h"
#include "meta/who.h"

struct mw_known {
	uint64_t inode, path_hash;
	uint64_t sweep; /* the last one that saw the group */
	struct mw_stat watched;
	bool incomplete; /* a source could not be asked: try again */
	uint8_t young;   /* sweeps in which its runtime may still be writing files */
	uint64_t number[MW_WHO_FACTS];
	uint32_t text_at[MW_WHO_FACTS]; /* in the block; 0 = no text */
	bool known[MW_WHO_FACTS];
	uint32_t watch_at; /* 0 = nothing to watch */
	uint32_t size;
	char block[]; /* begins with a NUL: no text stands at 0 */
};

/** Pack what was found out. @return freed with free(), or NULL: out of memory */
struct mw_known *mw_known_new(const struct mw_who *who, uint64_t inode);

/** Give `who` the facts that were asked for once and are not known now: the same group, whose source does
 *  not answer at the moment. What the group's processes are is not among them. */
void mw_known_recall(const struct mw_known *k, struct mw_who *who);

/** Fill the cells. @return 0 or -ENOMEM */
int mw_known_put(const struct mw_known *k, struct mw_snapshot *s, struct mw_entity *group);

/** What is known, by the groups' inodes: those of groups that are gone may be used again. */
struct mw_known_table {
	struct mw_known **at; /* unordered */
	size_t count, room;
	struct index by_inode;
};

/** @return its place, or INDEX_NONE */
uint32_t mw_known_find(const struct mw_known_table *t, uint64_t inode);
/** Keep it, in the place of what was known of the same group. @k owned by the table when 0 is returned
 *  @return 0 or -ENOMEM */
int mw_known_keep(struct mw_known_table *t, struct mw_known *k);
/** Forget the groups that this sweep has not seen. @return 0 or -ENOMEM */
int mw_known_forget(struct mw_known_table *t, uint64_t sweep);
void mw_known_release(struct mw_known_table *t);

/** The file to watch, or NULL. */
static inline const char *mw_known_watch(const struct mw_known *k)
{
	return k->watch_at ? k->block + k->watch_at : NULL;
}

#endif
