/* A hash index over things that somebody else keeps in an array: it holds numbers only, and asks
 * the caller whether a number is the thing looked for. */
#ifndef MW_BASE_INDEX_H
#define MW_BASE_INDEX_H

#include "base/slice.h"

struct index {
	uint64_t *slots; /* hash's upper half, number + 1; 0 = empty */
	size_t size;     /* a power of two, or 0 */
	size_t count;
};

#define INDEX_NONE UINT32_MAX

typedef bool (*index_match_fn)(uint32_t number, const void *key, const void *context);

/** @return the number for which `match` says yes, or INDEX_NONE */
uint32_t index_find(const struct index *x, uint64_t hash, index_match_fn match, const void *key,
		    const void *context);
/** @return 0 or -ENOMEM */
int index_add(struct index *x, uint64_t hash, uint32_t number);
void index_release(struct index *x);

uint64_t hash_bytes(struct slice s);

static inline uint64_t hash_u64(uint64_t v)
{
	v ^= v >> 32;
	v *= 0x9e3779b97f4a7c15u;
	return v ^ v >> 29;
}

#endif
