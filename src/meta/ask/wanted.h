/* The groups that are being found out about, by id: answers tell of thousands. */
#ifndef MW_META_ASK_WANTED_H
#define MW_META_ASK_WANTED_H

#include "meta/ask/ask.h"

struct mw_wanted_key;

struct mw_wanted {
	struct mw_who **groups; /* borrowed */
	bool *told;             /* by row of groups: somebody asked for it */
	size_t count;
	struct mw_wanted_key *keys; /* in order */
	size_t key_count;
	/* where the search for the last id goes on; SIZE_MAX = it ended */
	size_t next;
	uint64_t last_hash;
	enum mw_asked last_kind;
};

/** @groups  the array and what it points to stay where they are until the release, their ids what
 *  they are. @return 0 or -ENOMEM */
int mw_wanted_init(struct mw_wanted *w, struct mw_who **groups, size_t count);
void mw_wanted_release(struct mw_wanted *w);

/** A mw_wanted_fn whose argument is a struct mw_wanted. */
struct mw_who *mw_wanted_find(void *wanted, enum mw_asked kind, struct slice id);

#endif
