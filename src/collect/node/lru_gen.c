/* /sys/kernel/mm/lru_gen: whether the multi-generational LRU is on. Needs no privilege. */
#include "collect/node/node.h"

static int collect(struct mw_collect *c)
{
	return mw_node_values(c, "sys/kernel/mm/lru_gen");
}

const struct mw_collector mw_collect_lru_gen = {
	.name = "lru_gen",
	.want = MW_WANT_NODE,
	.collect = collect,
};
