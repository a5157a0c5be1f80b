#include "base/scoped.h"
#include "collect/files/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever was understood can be written, read again, and is the same then. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine), *again = mw_snapshot_new(&machine);
	scoped_buf struct buf first = { 0 }, second = { 0 };
	uint32_t line;

	if (s && again && !mw_files_parse((struct slice){ (const char *)data, size }, s, &line)) {
		mw_files_write(s, &first);
		if (mw_files_parse(buf_slice(&first), again, &line))
			abort();
		mw_files_write(again, &second);
		if (!slice_equal(buf_slice(&first), buf_slice(&second)))
			abort();
	}
	mw_snapshot_free(s);
	mw_snapshot_free(again);
	return 0;
}
