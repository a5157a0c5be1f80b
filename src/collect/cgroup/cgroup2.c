/* The memory controller of cgroup v2 (mm/memcontrol.c). memory.stat and current come first and
 * together: their difference is what the ledger calls unexplained. The root group has no
 * memory.current and no limits. */
#include "collect/cgroup/files.h"

void mw_cgroup2_pressure(struct mw_entity *e, const struct mw_psi *psi)
{
	mw_set(e, M_CG_PSI_SOME_US, psi->some.total);
	mw_set(e, M_CG_PSI_SOME_AVG10, psi->some.avg10);
	mw_set(e, M_CG_PSI_FULL_US, psi->full.total);
	mw_set(e, M_CG_PSI_FULL_AVG10, psi->full.avg10);
}

static int pressure(struct mw_group_reader *r, const struct mw_group_file *file,
		    struct mw_entity *e, struct mw_parse_error *error)
{
	struct mw_psi psi;
	int result = mw_psi_parse(buf_slice(&r->c->text), &psi);

	if (result) {
		*error = (struct mw_parse_error){ 1, "some avg10= … total=" };
		return result;
	}
	mw_cgroup2_pressure(e, &psi);
	return 0;
}

const struct mw_group_file mw_cgroup2_files[] = {
	{ "cgroup2/memory.stat", mw_group_keyed },
	{ "cgroup2/memory.current", mw_group_value },
	{ "cgroup2/memory.swap.current", mw_group_value },
	{ "cgroup2/memory.high", mw_group_value },
	{ "cgroup2/memory.low", mw_group_value },
	{ "cgroup2/memory.min", mw_group_value },
	{ "cgroup2/memory.swap.max", mw_group_value },
	{ "cgroup2/memory.peak", mw_group_value },
	{ "cgroup2/memory.events", mw_group_keyed },
	{ "cgroup2/memory.pressure", pressure, .in = MW_FILES_PRESSURE },
	{ "cgroup2/memory.oom.group", mw_group_value },
	{ "cgroup2/memory.max", mw_group_value },
	{ "cgroup2/cgroup.procs", mw_group_lines, .many = true, .in = MW_FILES_PROCESSES },
	{ "cgroup2/memory.events.local", mw_group_keyed, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.swap.events", mw_group_keyed, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.swap.high", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.swap.peak", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.zswap.current", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.zswap.max", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.zswap.writeback", mw_group_value, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.reclaim", NULL, .in = MW_FILES_DETAIL },
	{ "cgroup2/memory.numa_stat", mw_group_numa, .in = MW_FILES_DETAIL },
	{ "cgroup2/cgroup.stat", mw_group_keyed, .in = MW_FILES_DETAIL },
	{ "cgroup2/cgroup.events", mw_group_keyed, .in = MW_FILES_DETAIL },
	{ "cgroup2/cgroup.controllers", mw_group_text, .in = MW_FILES_DETAIL },
	{ "cgroup2/cgroup.type", mw_group_text, .in = MW_FILES_DETAIL },
	{ NULL },
};

/* Before Linux 5.18 memory.stat has no sum of the kernel's part: what it itemises, added. */
void mw_cgroup2_finish(struct mw_entity *e)
{
	static const enum mw_metric parts[] = { M_CG_KERNEL_STACK, M_CG_PAGE_TABLES,
						M_CG_SEC_PAGE_TABLES, M_CG_PERCPU, M_CG_VMALLOC };
	uint64_t sum = mw_get_or(e, M_CG_SLAB, 0);

	if (mw_get(e, M_CG_KERNEL).state != MW_ABSENT || mw_get(e, M_CG_SLAB).state != MW_OK)
		return;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		sum += mw_get_or(e, parts[i], 0);
	mw_set(e, M_CG_KERNEL, sum);
}
