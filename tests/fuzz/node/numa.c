#include "parse.h"

static int both(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	struct mw_entity *numa = mw_numa_row(s, 0);

	mw_parse_numa(s, numa, "meminfo", text, at);
	return mw_parse_numa(s, numa, "numastat", text, at);
}

FUZZ(both)
