#include "collect/pages/pages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Pairs of a frame's flags and its group. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_frames f = { 0 };
	struct mw_census c = { 0 };
	uint64_t sum = 0;

	for (; size >= 16; data += 16, size -= 16) {
		uint64_t pair[2];

		memcpy(pair, data, sizeof(pair));
		mw_frames_add(&f, pair[0], pair[1], 64);
	}
	if (!mw_frames_finish(&f, (struct mw_frames_told){ 1000, 100 }, &c)) {
		for (unsigned type = 0; type < MW_CENSUS_TYPES; type++)
			sum += c.pages[type];
		if (sum != c.frames)
			__builtin_trap();
	}
	mw_census_release(&c);
	mw_frames_release(&f);
	return 0;
}
