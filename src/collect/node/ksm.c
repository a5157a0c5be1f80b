/* /sys/kernel/mm/ksm: equal pages merged. Needs no privilege; 12 files, 3 us each. */
#include "collect/node/node.h"

static int collect(struct mw_collect *c)
{
	return mw_node_values(c, "sys/kernel/mm/ksm");
}

const struct mw_collector mw_collect_ksm = {
	.name = "ksm",
	.want = MW_WANT_NODE,
	.collect = collect,
};
