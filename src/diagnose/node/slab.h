/* Slab caches by what the kernel can do with them. */
#ifndef MW_DIAGNOSE_NODE_SLAB_H
#define MW_DIAGNOSE_NODE_SLAB_H

#include "diagnose/node/node.h"

/** What more() asks for, so that caches can be named: costs the kernel its locks for 0.3 ms and up. */
#define MW_SLABS MW_WANT_SLABINFO

/** Dentries and inodes of file systems. Sockets' and pipes' inodes are none: closing frees them. */
bool mw_is_file_name_slab(const struct mw_entity *cache);
/** Not among the caches whose users told the kernel that it may take them back. By name: no file
 *  says it. */
bool mw_is_unreclaimable_slab(const struct mw_entity *cache);

/** Name the largest caches; where /proc/slabinfo was not read, says so.
 *  @first the largest, or NULL; may be NULL */
void mw_name_slabs(struct mw_check *c, bool (*takes)(const struct mw_entity *),
		   const struct mw_entity **first);

#endif
