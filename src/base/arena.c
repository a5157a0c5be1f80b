#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>

struct arena_block {
	struct arena_block *next;
	size_t size;  /* of the whole mapping */
	size_t used;  /* this header included */
	size_t dirty; /* so much of it was used before */
};

/* Taken and put back whole, so that two threads never meet in it. */
static _Atomic(struct arena_block *) spare;
static atomic_size_t spare_limit;

enum { FIRST_BLOCK = 64 << 10, LARGEST_STEP = 4 << 20, ALIGNMENT = alignof(max_align_t) };

static void unmap(struct arena_block *b)
{
	struct arena_block *next;

	for (; b; b = next) {
		next = b->next;
		munmap(b, b->size);
	}
}

/* A spare block of just that size: sizes are few, as each arena grows through the same ones. */
static struct arena_block *take_spare(size_t size)
{
	struct arena_block *all = atomic_exchange(&spare, NULL), **at = &all, *found;

	while (*at && (*at)->size != size)
		at = &(*at)->next;
	found = *at;
	if (found)
		*at = found->next;
	unmap(atomic_exchange(&spare, all));
	return found;
}

static void keep(struct arena_block *blocks, bool protected)
{
	struct arena_block *all = atomic_exchange(&spare, NULL), *next;
	size_t kept = 0, limit = atomic_load(&spare_limit);

	for (struct arena_block *b = all; b; b = b->next)
		kept += b->size;
	for (struct arena_block *b = blocks; b; b = next) {
		next = b->next;
		if (kept + b->size > limit ||
		    (protected && mprotect(b, b->size, PROT_READ | PROT_WRITE))) {
			munmap(b, b->size);
			continue;
		}
		if (b->dirty < b->used)
			b->dirty = b->used;
		kept += b->size;
		b->next = all;
		all = b;
	}
	unmap(atomic_exchange(&spare, all));
}

void arena_keep_spare(size_t bytes)
{
	atomic_store(&spare_limit, bytes);
	if (!bytes)
		unmap(atomic_exchange(&spare, NULL));
}

static struct arena_block *grow(struct arena *a, size_t need)
{
	size_t size = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
	size_t limit = a->limit ? a->limit : ARENA_LIMIT;
	struct arena_block *b;

	if (size > LARGEST_STEP)
		size = LARGEST_STEP;
	while (size < need)
		size *= 2;
	if (size > limit - a->taken)
		return NULL;
	b = take_spare(size);
	/* mapped, not malloc()ed: zeroed for free, and mprotect() works on it */
	if (!b)
		b = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b == MAP_FAILED)
		return NULL;
	b->size = size;
	b->used = (sizeof(*b) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	b->next = a->blocks;
	a->blocks = b;
	a->taken += size;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct arena_block *b = a->blocks;
	void *piece;

	if (a->sealed || size > ARENA_LIMIT)
		return NULL;
	size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!b || size > b->size - b->used)
		b = grow(a, size + sizeof(*b) + ALIGNMENT);
	if (!b)
		return NULL;
	piece = (char *)b + b->used;
	/* pieces come zeroed: here, where they are about to be written anyway */
	if (b->used < b->dirty)
		memset(piece, 0, size);
	b->used += size;
	a->used += size;
	return piece;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

char *arena_copy(struct arena *a, struct slice text)
{
	char *copy = text.len < ARENA_LIMIT ? arena_alloc(a, text.len + 1) : NULL;

	if (copy && text.len)
		memcpy(copy, text.at, text.len);
	return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	text = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
	if (!text)
		return NULL;
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	return text;
}

void arena_seal(struct arena *a)
{
	a->sealed = true;
	a->protected = !atomic_load(&spare_limit);
	for (struct arena_block *b = a->blocks; b && a->protected; b = b->next)
		mprotect(b, b->size, PROT_READ);
}

void arena_release(struct arena *a)
{
	if (atomic_load(&spare_limit))
		keep(a->blocks, a->protected);
	else
		unmap(a->blocks);
	*a = (struct arena){ .limit = a->limit };
}
