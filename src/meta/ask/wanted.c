#include "meta/ask/wanted.h"
#include "base/index.h"

#include <errno.h>
#include <stdlib.h>

struct mw_wanted_key {
	uint64_t hash;
	uint32_t kind; /* enum mw_asked */
	uint32_t row;
};

static const enum mw_metric id_of[] = {
	[MW_ASKED_CONTAINER] = M_CG_RUNTIME_ID, [MW_ASKED_POD] = M_CG_POD_UID
};

enum { KINDS = sizeof(id_of) / sizeof(*id_of) };

static int by_key(const void *a, const void *b)
{
	const struct mw_wanted_key *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->row > y->row) - (x->row < y->row);
}

int mw_wanted_init(struct mw_wanted *w, struct mw_who **groups, size_t count)
{
	*w = (struct mw_wanted){ .groups = groups, .count = count, .next = SIZE_MAX };
	w->told = calloc(count + 1, sizeof(*w->told));
	w->keys = calloc(count + 1, KINDS * sizeof(*w->keys));
	if (!w->told || !w->keys) {
		mw_wanted_release(w);
		return -ENOMEM;
	}
	for (uint32_t row = 0; row < count; row++)
		for (uint32_t kind = 0; kind < KINDS; kind++) {
			struct slice id = mw_who_get(groups[row], id_of[kind]);

			if (id.len)
				w->keys[w->key_count++] = (struct mw_wanted_key){ hash_bytes(id),
										  kind, row };
		}
	qsort(w->keys, w->key_count, sizeof(*w->keys), by_key);
	return 0;
}

void mw_wanted_release(struct mw_wanted *w)
{
	free(w->told);
	free(w->keys);
	w->told = NULL;
	w->keys = NULL;
}

/* The first key that is not before this one. */
static size_t find(const struct mw_wanted *w, const struct mw_wanted_key *key)
{
	size_t low = 0, high = w->key_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (by_key(&w->keys[middle], key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct mw_who *mw_wanted_find(void *wanted, enum mw_asked kind, struct slice id)
{
	struct mw_wanted *w = wanted;
	const struct mw_wanted_key key = { hash_bytes(id), kind, 0 };

	if (w->next == SIZE_MAX || w->last_hash != key.hash || w->last_kind != kind)
		w->next = find(w, &key);
	w->last_hash = key.hash;
	w->last_kind = kind;
	while (w->next < w->key_count) {
		const struct mw_wanted_key *k = &w->keys[w->next++];

		if (k->hash != key.hash || k->kind != kind)
			break;
		if (slice_equal(mw_who_get(w->groups[k->row], id_of[kind]), id)) {
			w->told[k->row] = true;
			return w->groups[k->row];
		}
	}
	w->next = SIZE_MAX;
	return NULL;
}
