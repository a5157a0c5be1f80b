/* zswap: its settings, and what debugfs tells where it is mounted and may be entered (root). */
#include "collect/node/node.h"

static int collect(struct mw_collect *c)
{
	int error = mw_node_values(c, "sys/module/zswap/parameters");

	/* its pool is in meminfo too since Linux 5.19 */
	mw_node_values(c, "sys/kernel/debug/zswap");
	return error;
}

const struct mw_collector mw_collect_zswap = {
	.name = "zswap",
	.want = MW_WANT_NODE,
	.collect = collect,
};
