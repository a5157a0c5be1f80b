/* The line that begins a zone in buddyinfo and zoneinfo. */
#ifndef MW_TRANSCRIPT_ZONE_H
#define MW_TRANSCRIPT_ZONE_H

#include "transcript/format.h"

/** Take "Node 0, zone   Normal" from the front of a line.
 *  @zone  which one: "0, zone   Normal"
 *  @return false, both untouched: the line is something else */
bool mw_zone_head(struct slice *line, struct slice *zone);

#endif
