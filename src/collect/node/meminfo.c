/* /proc/meminfo: the machine's own summary. Needs no privilege; about 25 us. */
#include "collect/node/node.h"

static int parse(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	struct mw_keyed keyed;

	mw_keyed_init(&keyed, "proc/meminfo");
	return mw_keyed_parse(&keyed, text, mw_snapshot_machine(s)->page_size, mw_snapshot_node(s),
			      at);
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/meminfo", MW_RECORD, parse);
}

const struct mw_collector mw_collect_meminfo = {
	.name = "meminfo",
	.want = MW_WANT_NODE,
	.collect = collect,
};
