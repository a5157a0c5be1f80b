/* Files that are read again and again, kept open: reading one is then a single pread(2), where opening its
 * path and closing it take three times as long. Of the running kernel only. An open file of kernfs costs the
 * kernel 4 KiB or more while it is kept, so their number is bounded, and those that a sweep has not asked for
 * are closed. */
#ifndef MW_SOURCE_HELD_H
#define MW_SOURCE_HELD_H

#include "source/source.h"

struct mw_held;

/** @most  descriptors; 0 = as many as the process may well have: half of its limit, and no more than 4096
 *  @out  freed with mw_held_free()
 *  @return 0 or -ENOMEM */
int mw_held_new(size_t most, struct mw_held **out);
void mw_held_free(struct mw_held *k);

/** As mw_read_record() of a file that always writes its text anew.
 *  @owner, @number  which file it is: of which group (inode), which of its files; the low numbers are kept
 *  first where there is no room for all
 *  @return 0 or -errno; -ENODEV also of a file whose group is gone */
int mw_held_read(struct mw_held *k, const struct mw_dir *dir, uint64_t owner, unsigned number,
		 const char *name, struct buf *out);

/** A sweep has asked for all that it wants: close the others. @return 0 or -ENOMEM */
int mw_held_end(struct mw_held *k);

/** A running kernel's source will be asked again and again: from now on source->held is there, freed with it.
 *  @return 0 or -ENOMEM */
int mw_source_keep_open(struct mw_source *live);

/** How many are open. */
size_t mw_held_count(const struct mw_held *k);

#endif
