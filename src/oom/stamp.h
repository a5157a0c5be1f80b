/* Moments as logs write them. Pure: what a stamp leaves open (year, zone) comes from the caller. */
#ifndef MW_OOM_STAMP_H
#define MW_OOM_STAMP_H

#include "base/slice.h"

/* What stamps without a year or a zone mean. */
struct mw_stamp_rule {
	int64_t now;  /* ns since 1970: no stamp lies more than a day after it; 0 = years unknown */
	int32_t zone; /* seconds east of UTC */
};

struct mw_stamp {
	struct slice written;
	int64_t time; /* ns since 1970; 0 = cannot tell */
	bool comma;   /* "07,123456": only dmesg --time-format iso writes that */
};

/** Take a wall clock stamp:
 *    2026-11-20T03:14:07[.123456][Z|+01:00]   2026-11-20 03:14:07   1795238791.123456
 *    Nov 20 03:14:07[.123456]   11月 20 03:14:07   Fri 2026-11-20 03:14:07 UTC
 *    Fri Nov 20 03:14:07 2026   Nov20 03:14
 *  in any language: a month whose name is not known leaves the time 0.
 *  @rest  stands behind the stamp, blanks and all
 *  @return false, nothing touched, when it begins with no stamp */
bool mw_stamp_take(struct slice *rest, const struct mw_stamp_rule *rule, struct mw_stamp *out);

#endif
