/* Two snapshots of one machine: what changed, and how fast. Owns reused ids and counter resets. */
#ifndef MW_MODEL_VIEW_H
#define MW_MODEL_VIEW_H

#include "model/snapshot.h"

struct mw_view {
	const struct mw_snapshot *before; /* NULL: one moment only, no rates */
	const struct mw_snapshot *now;
	int64_t elapsed; /* ns between them; 0 = unknown */
};

/** @before NULL, or an earlier snapshot; both stay the caller's and must outlive the view */
struct mw_view mw_view_of(const struct mw_snapshot *before, const struct mw_snapshot *now);

/** The same entity in the earlier snapshot: same id, birth and (groups) name. NULL when it is new.
 */
const struct mw_entity *mw_view_before(const struct mw_view *v, const struct mw_entity *e);

/** Change per second of a metric, in its canonical unit.
 *  A counter that went backwards was reset: MW_ABSENT, not a negative rate.
 *  @return state MW_OK with *out set, or why there is none; *out untouched then */
enum mw_state mw_view_rate(const struct mw_view *v, const struct mw_entity *e,
			   enum mw_metric metric, double *out);

#endif
