#include "collect/pages/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mw_census_range ranges[MW_RANGES_MAX];
	struct mw_parse_error at;
	size_t count = 0;

	mw_parse_iomem((struct slice){ (const char *)data, size }, 4096, ranges, &count, &at);
	for (size_t i = 0; i < count; i++)
		if (ranges[i].start >= ranges[i].end)
			__builtin_trap();
	return 0;
}
