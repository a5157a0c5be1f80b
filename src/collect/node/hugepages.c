/* /sys/kernel/mm/hugepages: huge page pools by size. Needs no privilege; about 20 us a size. */
#include "collect/node/node.h"

#include <errno.h>
#include <stdio.h>

static const char folder[] = "sys/kernel/mm/hugepages";

static struct mw_entity *read_size(struct mw_collect *c, uint64_t kib)
{
	char path[128], *name;
	struct mw_entity *e;

	snprintf(path, sizeof(path), "%s/hugepages-%llukB", folder, (unsigned long long)kib);
	name = strrchr(path, '/') + 1;
	e = mw_snapshot_add(c->snapshot, MW_HUGEPAGES, NULL, slice_of(name), kib * 1024, 0);
	if (e)
		mw_node_directory(c, path, e, mw_metric_first(MW_HUGEPAGES),
				  mw_metric_end(MW_HUGEPAGES));
	return e;
}

static int collect(struct mw_collect *c)
{
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	uint64_t sizes[MW_NUMBERS_MAX], pool = 0, bytes;
	enum mw_state state = MW_OK;
	size_t count;
	int error = mw_node_numbers(c, folder, "hugepages-", "kB", sizes, &count);

	if (error) {
		mw_set_state(node, M_HUGETLB_POOL, mw_state_of(error));
		return error;
	}
	for (size_t i = 0; i < count; i++) {
		struct mw_entity *e = read_size(c, sizes[i]);
		struct mw_num pages;

		if (!e)
			return -ENOMEM;
		pages = mw_get(e, M_HP_NR);
		/* without one of them the sum would be too small */
		if (pages.state != MW_OK)
			state = pages.state;
		else if (__builtin_mul_overflow(pages.v, e->id, &bytes) ||
			 __builtin_add_overflow(pool, bytes, &pool))
			state = MW_MALFORMED;
	}
	mw_set(node, M_HUGETLB_POOL, pool);
	mw_set_state(node, M_HUGETLB_POOL, state);
	return 0;
}

const struct mw_collector mw_collect_hugepages = {
	.name = "hugepages",
	.want = MW_WANT_NODE,
	.collect = collect,
};
