/* /proc/PID/{maps,smaps,smaps_rollup,numa_maps} (fs/proc/task_mmu.c). Pure parsers, linear in the
 * text. */
#ifndef MW_COLLECT_PROCESS_SMAPS_H
#define MW_COLLECT_PROCESS_SMAPS_H

#include "collect/keyed.h"

/* The line that maps has for a mapping and with which smaps begins one. */
struct mw_map {
	uint64_t start, end, offset, major, minor, inode;
	struct slice perms; /* "rw-p" */
	struct slice name;  /* as the kernel wrote it: newlines are \012; "" = anonymous */
};

/** @return false, untouched, when the line is not one */
bool mw_map_parse(struct slice line, struct mw_map *out);

/** Add a MW_REGION row per mapping of maps or smaps, in the order of addresses. Lines before the
 * first mapping are skipped.
 *  @error  the first line not understood, counted over the whole text
 *  @return 0, -EBADMSG with all that was understood added, -ENOMEM */
int mw_smaps_parse(struct slice text, struct mw_snapshot *s, struct mw_entity *process,
		   struct mw_parse_error *error);

/** PSS, USS and their parts from smaps_rollup, or from all mappings of smaps added up: the process'
 * own metrics. smaps rounds each mapping down to KiB, so that its sum of Pss is up to a KiB per
 * mapping below smaps_rollup's.
 *  @return 0, -EBADMSG */
int mw_smaps_total(struct slice text, struct mw_entity *process, struct mw_parse_error *error);

/** Likewise, added to what the metrics hold: for a text that comes in pieces, cut between mappings. */
int mw_smaps_add(struct slice text, struct mw_entity *process, struct mw_parse_error *error);

/** Put numa_maps' lines to the regions of a process, which begin at row `first`. */
int mw_numa_maps_parse(struct slice text, struct mw_snapshot *s, size_t first,
		       struct mw_parse_error *error);

#endif
