#include "collect/process/smaps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct slice text = { (const char *)data, size };
	struct mw_parse_error at;
	struct mw_entity *process;

	process = s ? mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("x"), 1, 1) : NULL;
	if (process) {
		mw_smaps_parse(text, s, process, &at);
		mw_smaps_total(text, process, &at);
	}
	mw_snapshot_free(s);
	return 0;
}
