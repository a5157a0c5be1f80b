/* How much a group can still take before an OOM kill, and whose limit stops it. Pure. */
#ifndef MW_LEDGER_HEADROOM_H
#define MW_LEDGER_HEADROOM_H

#include "model/snapshot.h"

struct mw_headroom {
	struct mw_num working_set; /* usage - inactive_file, not below 0 */
	struct mw_num
		unreclaimable; /* formulas: usage - file LRU - reclaimable slab (v2), swap aside */
	struct mw_num effective_limit; /* smallest limit of itself, its ancestors, MemTotal */
	struct mw_num left; /* smallest (limit - unreclaimable) on the way up, and MemAvailable */
	const struct mw_entity *binding; /* whose limit `left` comes from; NULL = the machine */
};

/** Needs the group's and its ancestors' usage, limit and memory.stat; whatever is missing makes the
 *  fields that need it carry that state. */
struct mw_headroom mw_headroom_of(const struct mw_snapshot *s, const struct mw_entity *cgroup);

/** What a group can still take by its own limits, those of its ancestors aside: MW_UNLIMITED without
 *  any. v1's limit of memory and swap together is one of them. */
struct mw_num mw_headroom_own(const struct mw_snapshot *s, const struct mw_entity *cgroup);

#endif
