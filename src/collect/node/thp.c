/* /sys/kernel/mm/transparent_hugepage: settings (15 files, 3 us each) and, as a detail, the settings and
 * counters of each size (18 files per size, up to 10 sizes; Linux 6.8). Needs no privilege. */
#include "collect/node/node.h"

#include <errno.h>
#include <stdio.h>

static const char folder[] = "sys/kernel/mm/transparent_hugepage";

static int sizes(struct mw_collect *c)
{
	uint64_t all[MW_NUMBERS_MAX];
	size_t count;
	int error = mw_node_numbers(c, folder, "hugepages-", "kB", all, &count);

	for (size_t i = 0; !error && i < count; i++) {
		char path[128];
		struct mw_entity *e;

		snprintf(path, sizeof(path), "%s/hugepages-%llukB", folder,
			 (unsigned long long)all[i]);
		e = mw_snapshot_add(c->snapshot, MW_THP, NULL, slice_of(strrchr(path, '/') + 1),
				    all[i] * 1024, 0);
		if (!e)
			return -ENOMEM;
		mw_node_directory(c, path, e, mw_metric_first(MW_THP), mw_metric_end(MW_THP));
	}
	return error;
}

static int collect(struct mw_collect *c)
{
	int error = mw_node_values(c, folder);

	return error || !(c->want & MW_WANT_NODE_DETAIL) ? error : sizes(c);
}

const struct mw_collector mw_collect_thp = {
	.name = "thp",
	.want = MW_WANT_NODE | MW_WANT_NODE_DETAIL,
	.collect = collect,
};
