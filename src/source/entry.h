/* Entries below an open directory of the running kernel: what is there is found out with descriptors that
 * open nothing (O_PATH), so that no device, pipe or automounter does anything, and no file system is asked
 * that may not answer. */
#ifndef MW_SOURCE_ENTRY_H
#define MW_SOURCE_ENTRY_H

#include "base/scoped.h"
#include "source/source.h"

#include <sys/stat.h>
#include <unistd.h>

struct mw_entry {
	int fd; /* O_PATH */
	struct stat st;
	uint64_t magic; /* of its file system */
	struct mw_mounted mount;
};

static inline void mw_entry_close(struct mw_entry *entry)
{
	if (entry->fd >= 0)
		close(entry->fd);
}
#define scoped_entry SCOPED(mw_entry_close)

/** @in   NULL: wherever the path leads, also through a last link. Otherwise no last link is followed, and
 *        it must be in that mount
 *  @out  closed with mw_entry_close(); untouched on error
 *  @return 0 or -errno:
 *    -EXDEV   in another mount
 *    -EREMOTE on FUSE, NFS, autofs and the like
 *    -EINVAL  on a file system that makes its content up, or has no page cache */
int mw_entry_open(int at, const char *path, const struct mw_mounted *in, struct mw_entry *out);

/** Likewise a directory, for listing it.
 *  @mount  where it is; untouched on error
 *  @return a descriptor, or -errno as above, -ENOTDIR */
int mw_entry_enter(int at, const char *path, const struct mw_mounted *in, struct mw_mounted *mount);

#endif
