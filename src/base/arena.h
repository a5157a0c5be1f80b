/* Memory that is handed out piece by piece and given back whole. Pieces come zeroed and aligned for
 * any object. A sealed arena hands out no more and is read-only: a write to it faults, in every build, unless
 * blocks are kept for the next one (arena_keep_spare). */
#ifndef MW_BASE_ARENA_H
#define MW_BASE_ARENA_H

#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *blocks; /* newest first */
	size_t used;                /* bytes handed out */
	size_t limit;               /* most bytes it may take from the system; 0 = ARENA_LIMIT */
	size_t taken;
	bool sealed, protected;
};

#define ARENA_LIMIT ((size_t)2 << 30)

/** @return zeroed memory, or NULL: out of memory, past the limit, or sealed */
void *arena_alloc(struct arena *a, size_t size);
/** `count` objects of `size` bytes; NULL also on overflow of the product. */
void *arena_array(struct arena *a, size_t count, size_t size);
/** A copy with a NUL behind it, or NULL. */
char *arena_copy(struct arena *a, struct slice text);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
void arena_seal(struct arena *a);
void arena_release(struct arena *a);

/** From now on, blocks that are released are kept for the next arena, up to so many bytes: who looks again
 *  and again writes to warm memory, where the system would clear and map each page anew. What is sealed is
 *  not protected then: on and off again costs 0.2 us a page. For the whole process; 0 = none, and gives back
 *  what is kept. */
void arena_keep_spare(size_t bytes);

#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))

#endif
