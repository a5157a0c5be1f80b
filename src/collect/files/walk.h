/* What lies below a directory that strangers may write to. */
#ifndef MW_COLLECT_FILES_WALK_H
#define MW_COLLECT_FILES_WALK_H

#include "base/buf.h"
#include "source/source.h"

/* More than these is not looked at. */
struct mw_walk_most {
	size_t depth; /* folders below the first, each a descriptor while what is in it is looked at */
	size_t names; /* entries of all kinds */
	size_t bytes; /* of names of folders that wait */
};

/* An entry that is no directory, as far as is known. */
struct mw_walk_entry {
	const struct mw_dir *dir;
	const struct mw_mounted *in; /* for mw_cached_in() */
	const char *name;
	struct slice path; /* "/var/log/a": valid during the call */
};

struct mw_walk {
	struct mw_walk_most most;
	/** @return 0 to go on, -EISDIR for a directory: it is entered later; anything else ends the walk and
	 *  is returned by mw_walk() */
	int (*met)(const struct mw_walk_entry *entry, void *argument);
	void *argument;
	/* filled by mw_walk() */
	size_t folders; /* listed, to their end */
	size_t names;
	size_t denied; /* folders that may not be listed */
	size_t failed; /* … that could not be: `error` is the last reason, -errno */
	size_t mounts; /* places where something else is mounted: not entered */
	size_t deep;   /* folders below the deepest that is entered */
	int error;
	bool cut; /* there were more names */
};

/** Look at all that is below a directory, and in the same mount: what is mounted below it is left alone. No
 *  link is followed but those in `path` itself, and no folder is opened by its path: who moves or
 *  replaces one meanwhile leads the walk nowhere else. Folders are listed one by one, the last met first.
 *  10 us a folder.
 *  @path  below `at`, as it is told; names are appended to it
 *  @return 0, -ENOMEM, what met() said, or -errno of mw_enter() and mw_list() of `path` itself */
int mw_walk(const struct mw_dir *at, const char *path, struct mw_walk *w);

#endif
