/* Growth of one entity that is worth a finding: large enough, watched long enough, and sure. */
#ifndef MW_DIAGNOSE_GROWTH_H
#define MW_DIAGNOSE_GROWTH_H

#include "diagnose/rule.h"

/** @seconds  shortest time that counts
 *  @least    smallest growth between the first and the last moment that counts, in the metric's unit
 *  @share    the same as a share of the first value
 *  @return mw_grows() with 95 %, by both over that time. Cheap for what stands still: a machine has
 *          thousands of processes, and a trend looks at all pairs of moments */
bool mw_growth_of(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
		  double seconds, double least, double share, struct mw_trend *out);

/** Cite "first", "last", "growth" per second, "watched" and "samples"; doubt what rests on few. */
void mw_growth_cite(struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
		    const struct mw_trend *t);

#endif
