#include "collect/collect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *e;

	if (!s)
		return 0;
	e = mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/"), 1, 0);
	if (e)
		mw_value_parse((struct slice){ (const char *)data, size }, 4096, e, M_CG_LIMIT);
	mw_snapshot_free(s);
	return 0;
}
