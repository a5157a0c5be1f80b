/* memwhy/manifest and memwhy/entries: what was understood, written and read again, is the same. */
#include "source/capture.h"

#include "base/scoped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void manifest(struct slice text)
{
	scoped_buf struct buf problem = { 0 };
	scoped_buf struct buf written = { 0 };
	struct mw_machine machine = { .page_size = 4096, .clock_ticks = 100 }, again = { 0 };
	struct mw_manifest m = { 0 };

	if (mw_manifest_parse(text, &machine, &m, NULL, &problem))
		return;
	mw_manifest_write(&written, &machine, m.entries);
	if (mw_manifest_parse(buf_slice(&written), &again, &m, NULL, &problem) ||
	    memcmp(&machine, &again, sizeof(machine)))
		abort();
}

static void entries(struct slice text)
{
	scoped_buf struct buf problem = { 0 };
	scoped_buf struct buf written = { 0 };
	scoped_buf struct buf twice = { 0 };
	struct mw_capture one, other;
	uint64_t lines;

	if (mw_capture_init(&one))
		return;
	if (!mw_entries_parse(text, &one, &lines, NULL, &problem) &&
	    !mw_entries_write(&written, &one, &lines) && !mw_capture_init(&other)) {
		if (mw_entries_parse(buf_slice(&written), &other, &lines, NULL, &problem) ||
		    mw_entries_write(&twice, &other, &lines) ||
		    !slice_equal(buf_slice(&written), buf_slice(&twice)) ||
		    mw_capture_finish(&other))
			abort();
		mw_capture_release(&other);
	}
	mw_capture_release(&one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };

	manifest(text);
	entries(text);
	return 0;
}
