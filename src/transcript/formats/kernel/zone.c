#include "transcript/formats/kernel/zone.h"

bool mw_zone_head(struct slice *line, struct slice *zone)
{
	struct slice rest = slice_trim(*line), begin, name;
	uint64_t node;

	if (!slice_word(&rest, "Node "))
		return false;
	begin = rest;
	/* a comma behind the name is pagetypeinfo's */
	if (!slice_u64(&rest, &node) || !slice_word(&rest, ", zone") ||
	    !slice_token(&rest, &name) || slice_ends(name, ","))
		return false;
	*zone = (struct slice){ begin.at, (size_t)(name.at + name.len - begin.at) };
	*line = rest;
	return true;
}
