#include "collect/pages/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was understood is written, understood again, and made into rows. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_machine machine = { .page_size = 65536 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_census c, again;
	struct mw_parse_error at;
	struct buf text = { 0 };

	if (s && !mw_census_parse((struct slice){ (const char *)data, size }, &c, &at)) {
		mw_census_write(&c, &text);
		if (!text.error && mw_census_parse(buf_slice(&text), &again, &at))
			__builtin_trap();
		mw_census_release(&again);
		mw_census_rows(s, &c);
		mw_census_release(&c);
	}
	buf_release(&text);
	mw_snapshot_free(s);
	return 0;
}
