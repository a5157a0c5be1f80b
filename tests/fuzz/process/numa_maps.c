#include "collect/process/smaps.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text is its own list of mappings: every address that it can name has a row to go to. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct slice text = { (const char *)data, size }, rest = text, line;
	struct mw_parse_error at;
	uint64_t start;

	while (s && slice_line(&rest, &line))
		if (slice_hex(&line, &start))
			mw_snapshot_add(s, MW_REGION, NULL, SLICE(""), start, 0);
	if (s)
		mw_numa_maps_parse(text, s, 0, &at);
	mw_snapshot_free(s);
	return 0;
}
