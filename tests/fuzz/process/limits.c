#include "collect/keyed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct slice text = { (const char *)data, size };
	struct mw_parse_error at;
	struct mw_entity *process;
	struct mw_keyed keyed;

	process = s ? mw_snapshot_add(s, MW_PROCESS, NULL, SLICE("x"), 1, 1) : NULL;
	mw_keyed_init(&keyed, "limits");
	if (process)
		mw_keyed_parse(&keyed, text, 0, process, &at);
	mw_snapshot_free(s);
	return 0;
}
