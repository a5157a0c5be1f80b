#include "collect/sockets/sockets.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_collect c = { .snapshot = mw_snapshot_new(&machine) };
	struct mw_sockets k = { .c = &c };

	if (c.snapshot)
		mw_sockets_take_rows(&k, (struct slice){ (const char *)data, size });
	mw_sockets_release(&k);
	mw_snapshot_free(c.snapshot);
	return 0;
}
