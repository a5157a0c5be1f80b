#include "model/sample.h"

/* Newton's; at most 32 steps. */
static uint64_t root(uint64_t v)
{
	uint64_t x = v, next = v / 2 + 1;

	while (next < x) {
		x = next;
		next = (x + v / x) / 2;
	}
	return x;
}

uint64_t mw_sample_error(uint64_t estimate, uint64_t whole, uint64_t sample, uint64_t unit)
{
	uint64_t hits, missed, error;

	if (sample < 2 || !unit || estimate >= whole)
		return 0;
	hits = estimate / unit / sample;
	/* in 1/1024, so that the product does not overflow */
	missed = (whole - estimate) / (whole / 1024 + 1);
	error = root(hits * (missed < 1024 ? missed : 1024) / 1024 * (sample - 1) / sample);
	return (error ? error : 1) * sample * unit;
}
