/* /proc/buddyinfo: free blocks of each size, by zone. Root only where the distribution says so; a few
 * us, the zone's lock held meanwhile. */
#include "collect/node/node.h"

#include <errno.h>

enum { ORDERS = M_Z_ORDER13 - M_Z_ORDER0 + 1 };

int mw_parse_buddyinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	enum mw_metric orders[ORDERS];
	uint32_t page_size = mw_snapshot_machine(s)->page_size;
	struct slice line;
	int result = 0;

	for (int i = 0; i < ORDERS; i++)
		orders[i] = M_Z_ORDER0 + i;
	for (size_t number = 1; slice_line(&text, &line); number++) {
		struct mw_entity *zone = NULL;
		int error = mw_zone_row(s, &line, &zone);

		if (error == -ENOMEM)
			return error;
		if (error)
			result = mw_parse_failed(at, result, number, "Node 0, zone ...");
		else if (mw_get(zone, M_Z_ORDER0).state != MW_ABSENT ||
			 mw_parse_columns(line, page_size, zone, orders, ORDERS))
			result = mw_parse_failed(at, result, number, N_("free blocks by order"));
	}
	return result;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/buddyinfo", MW_RECORDS, mw_parse_buddyinfo);
}

const struct mw_collector mw_collect_buddyinfo = {
	.name = "buddyinfo",
	.want = MW_WANT_NODE,
	.collect = collect,
};
