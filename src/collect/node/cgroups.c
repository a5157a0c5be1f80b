/* /proc/cgroups: how many groups each controller's hierarchy has, those included that were removed and
 * live on. Needs no privilege; a few us. */
#include "collect/node/node.h"

/* "memory\t2\t61\t1": name, hierarchy, groups, enabled */
int mw_parse_cgroups(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	struct mw_entity *node = mw_snapshot_node(s);
	struct slice line, name;
	uint64_t hierarchy, groups;

	for (size_t number = 1; slice_line(&text, &line); number++) {
		if (!slice_token(&line, &name) || !slice_is(name, "memory"))
			continue;
		slice_skip_blanks(&line);
		if (slice_u64(&line, &hierarchy) && line.len && slice_blank(*line.at)) {
			slice_skip_blanks(&line);
			if (slice_u64(&line, &groups) && line.len && slice_blank(*line.at)) {
				mw_set(node, M_MEMORY_CGROUPS, groups);
				return 0;
			}
		}
		mw_set_state(node, M_MEMORY_CGROUPS, MW_MALFORMED);
		return mw_parse_failed(at, 0, number, "memory hierarchy groups enabled");
	}
	return 0;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/cgroups", MW_RECORD, mw_parse_cgroups);
}

const struct mw_collector mw_collect_cgroups = {
	.name = "cgroups",
	.want = MW_WANT_NODE,
	.collect = collect,
};
