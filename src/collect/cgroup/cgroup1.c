/* The memory controller of cgroup v1 (mm/memcontrol-v1.c). memory.stat and usage come first and
 * together: their difference is what the ledger calls unexplained. */
#include "collect/cgroup/files.h"

/* memory.use_hierarchy is 1 below a group where it is 1, and can then not be cleared: one read at
 * the top answers for all on most machines (always since Linux 5.11). */
const struct mw_group_file mw_cgroup1_files[] = {
	{ "cgroup1/memory.stat", mw_group_keyed },
	{ "cgroup1/memory.usage_in_bytes", mw_group_value },
	{ "cgroup1/memory.kmem.usage_in_bytes", mw_group_value },
	{ "cgroup1/memory.memsw.usage_in_bytes", mw_group_value },
	{ "cgroup1/memory.memsw.limit_in_bytes", mw_group_value },
	{ "cgroup1/memory.max_usage_in_bytes", mw_group_value },
	{ "cgroup1/memory.oom_control", mw_group_keyed },
	{ "cgroup1/cgroup.procs", mw_group_lines, .many = true, .in = MW_FILES_PROCESSES },
	{ "cgroup1/memory.use_hierarchy", mw_group_value, .inherited = true },
	{ "cgroup1/memory.swappiness", mw_group_value },
	{ "cgroup1/memory.failcnt", mw_group_value },
	{ "cgroup1/memory.limit_in_bytes", mw_group_value },
	{ "cgroup1/memory.soft_limit_in_bytes", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.memsw.max_usage_in_bytes", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.memsw.failcnt", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.kmem.limit_in_bytes", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.kmem.max_usage_in_bytes", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.kmem.failcnt", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.kmem.tcp.usage_in_bytes", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.kmem.tcp.limit_in_bytes", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.kmem.tcp.max_usage_in_bytes", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.kmem.tcp.failcnt", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup1/memory.numa_stat", mw_group_numa, .in = MW_FILES_DETAIL },
	{ NULL },
};

/* A limit that is not set reads as the largest multiple of the page size below 2^63 (page counters,
 * Linux 3.19) or 2^63 - 1 and 2^64 - 1 (res_counter before). No machine has 2^62 bytes. */
static const uint64_t unlimited = (uint64_t)1 << 62;

void mw_cgroup1_finish(struct mw_entity *e)
{
	static const enum mw_metric limits[] = {
		M_CG_LIMIT,
		M_CG_SOFT_LIMIT,
		M_CG_MEMSW_LIMIT,
		M_CG_KMEM_LIMIT,
		M_CG_TCP_LIMIT,
		M_CG_HIERARCHICAL_LIMIT,
		M_CG_HIERARCHICAL_MEMSW_LIMIT,
	};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		if (mw_get_or(e, limits[i], 0) >= unlimited)
			mw_set_state(e, limits[i], MW_UNLIMITED);
}
