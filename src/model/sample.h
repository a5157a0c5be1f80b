/* How far a number that a random sample stands for may be off. */
#ifndef MW_MODEL_SAMPLE_H
#define MW_MODEL_SAMPLE_H

#include <stdint.h>

/** The standard error of an estimate of which one of `sample` was looked at: of so many hits, each
 *  worth `sample`, as if they were drawn one by one. Frames next to each other are mostly of one
 *  kind, and one of each window is drawn: the true error is smaller. That of no hit is that of one:
 *  what is smaller than a window is easily missed.
 *  @estimate, @whole in the same unit, one frame being `unit` of it. 0 where all was looked at. */
uint64_t mw_sample_error(uint64_t estimate, uint64_t whole, uint64_t sample, uint64_t unit);

#endif
