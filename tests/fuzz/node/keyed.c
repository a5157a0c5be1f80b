#include "collect/keyed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct slice text = { (const char *)data, size };
	struct mw_parse_error at;
	struct mw_keyed keyed;

	if (!s)
		return 0;
	mw_keyed_init(&keyed, "proc/meminfo");
	mw_keyed_parse(&keyed, text, 4096, mw_snapshot_node(s), &at);
	mw_snapshot_free(s);
	return 0;
}
