#include "base/index.h"

#include <errno.h>
#include <stdlib.h>

enum { FIRST_SIZE = 64 };

static uint64_t entry(uint64_t hash, uint32_t number)
{
	return (hash & 0xffffffff00000000u) | ((uint64_t)number + 1);
}

uint32_t index_find(const struct index *x, uint64_t hash, index_match_fn match, const void *key,
		    const void *context)
{
	if (!x->size)
		return INDEX_NONE;
	for (size_t i = (hash >> 32) & (x->size - 1); x->slots[i]; i = (i + 1) & (x->size - 1)) {
		uint32_t number = (uint32_t)x->slots[i] - 1;

		if (x->slots[i] >> 32 == hash >> 32 && match(number, key, context))
			return number;
	}
	return INDEX_NONE;
}

static void place(struct index *x, uint64_t slot)
{
	/* an entry keeps only the upper half of the hash: probing starts from it, here and above */
	size_t i = (slot >> 32) & (x->size - 1);

	while (x->slots[i])
		i = (i + 1) & (x->size - 1);
	x->slots[i] = slot;
}

static int grow(struct index *x)
{
	struct index larger = { .size = x->size ? x->size * 2 : FIRST_SIZE, .count = x->count };

	larger.slots = calloc(larger.size, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < x->size; i++)
		if (x->slots[i])
			place(&larger, x->slots[i]);
	free(x->slots);
	*x = larger;
	return 0;
}

int index_add(struct index *x, uint64_t hash, uint32_t number)
{
	if (x->count * 4 >= x->size * 3) {
		int error = grow(x);

		if (error)
			return error;
	}
	place(x, entry(hash, number));
	x->count++;
	return 0;
}

void index_release(struct index *x)
{
	free(x->slots);
	*x = (struct index){ 0 };
}

uint64_t hash_bytes(struct slice s)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < s.len; i++)
		h = (h ^ (unsigned char)s.at[i]) * 0x100000001b3u;
	return hash_u64(h);
}
