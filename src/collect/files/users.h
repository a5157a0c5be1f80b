/* Who uses files now, added up by file. */
#ifndef MW_COLLECT_FILES_USERS_H
#define MW_COLLECT_FILES_USERS_H

#include "bpf/paths.h"
#include "model/snapshot.h"

enum { MW_FILES_NAMED = 6 }; /* users of a file that are told by name */

struct mw_files_used {
	uint32_t count; /* processes */
	uint32_t named;
	bool more; /* there may be others: the count is the least that there are */
	struct mw_path_user by[MW_FILES_NAMED];
};

/** Users by file: one process once, with all its uses; ourselves left out.
 *  @users  struct mw_path_user one behind the other; sorted here
 *  @return `count` of them, freed with free(); NULL: out of memory */
struct mw_files_used *mw_files_used_by(struct buf *users, size_t count);
/** F_USERS (MW_SKIPPED where there may be more of them) and F_USED_BY. */
void mw_files_put_used(struct mw_snapshot *s, struct mw_entity *file,
		       const struct mw_files_used *used);

#endif
