/* Places below an open directory of the running kernel: what is there is found out with descriptors that
 * open nothing (O_PATH), so that no device, pipe or automounter does anything, and no file system is asked
 * that may not answer. */
#ifndef MW_SOURCE_PLACE_H
#define MW_SOURCE_PLACE_H

#include "source/source.h"

#include <sys/stat.h>

struct mw_place {
	int fd; /* O_PATH */
	struct stat st;
	uint64_t magic; /* of its file system */
	struct mw_mounted mount;
};

/** @in   NULL: wherever the path leads, also through a last link. Otherwise no last link is followed, and
 *        it must be in that mount
 *  @out  untouched on error; its descriptor is the caller's to close
 *  @return 0 or -errno:
 *    -EXDEV   in another mount
 *    -EREMOTE on FUSE, NFS, autofs and the like
 *    -EINVAL  on a file system that makes its content up, or has no page cache */
int mw_place_open(int at, const char *path, const struct mw_mounted *in, struct mw_place *out);

/** Likewise a directory, for listing it.
 *  @mount  where it is; untouched on error
 *  @return a descriptor, or -errno as above, -ENOTDIR */
int mw_place_enter(int at, const char *path, const struct mw_mounted *in, struct mw_mounted *mount);

#endif
