#include "meta/known.h"

#include <errno.h>
#include <stdlib.h>

static bool is_text(size_t fact)
{
	return mw_metric_is_text(MW_WHO_FIRST + (enum mw_metric)fact);
}

static struct slice text_of(const struct mw_who *who, size_t fact)
{
	if (MW_WHO_FIRST + fact == M_CG_LABELS)
		return buf_slice(&who->labels);
	return who->known[fact] ? who->text[fact] : SLICE("");
}

static uint32_t add(struct mw_known *k, struct slice text)
{
	uint32_t at = k->size;

	if (!text.len)
		return 0;
	memcpy(k->block + at, text.at, text.len);
	k->block[at + text.len] = '\0';
	k->size += (uint32_t)text.len + 1;
	return at;
}

struct mw_known *mw_known_new(const struct mw_who *who, uint64_t inode)
{
	size_t size = 1 + who->watch.len + 1;
	struct mw_known *k;

	for (size_t i = 0; i < MW_WHO_FACTS; i++)
		if (is_text(i))
			size += text_of(who, i).len + 1;
	k = calloc(1, sizeof(*k) + size);
	if (!k)
		return NULL;
	k->inode = inode;
	k->size = 1;
	for (size_t i = 0; i < MW_WHO_FACTS; i++) {
		k->number[i] = who->number[i];
		k->known[i] = who->known[i];
		if (!is_text(i))
			continue;
		k->text_at[i] = add(k, text_of(who, i));
		k->known[i] = k->text_at[i];
	}
	k->watch_at = add(k, who->watch);
	return k;
}

void mw_known_recall(const struct mw_known *k, struct mw_who *who)
{
	for (size_t i = 0; i < MW_WHO_FACTS; i++) {
		enum mw_metric metric = MW_WHO_FIRST + (enum mw_metric)i;

		if (!k->known[i] || metric == M_CG_INIT_PID || metric == M_CG_NETNS)
			continue;
		if (metric == M_CG_LABELS && !who->labels.len)
			buf_puts(&who->labels, k->block + k->text_at[i]);
		else if (is_text(i))
			mw_who_text(who, metric, slice_of(k->block + k->text_at[i]));
		else
			mw_who_number(who, metric, k->number[i]);
	}
}

int mw_known_put(const struct mw_known *k, struct mw_snapshot *s, struct mw_entity *group)
{
	char *block = arena_alloc(mw_snapshot_arena(s), k->size);

	if (!block)
		return -ENOMEM;
	memcpy(block, k->block, k->size);
	for (size_t i = 0; i < MW_WHO_FACTS; i++)
		if (k->known[i])
			mw_set(group, MW_WHO_FIRST + (enum mw_metric)i,
			       is_text(i) ? (uintptr_t)(block + k->text_at[i]) : k->number[i]);
	return 0;
}

/* --- the table -------------------------------------------------------------------------------- */

static bool is_inode(uint32_t number, const void *key, const void *context)
{
	const struct mw_known_table *t = context;

	return t->at[number]->inode == *(const uint64_t *)key;
}

uint32_t mw_known_find(const struct mw_known_table *t, uint64_t inode)
{
	return index_find(&t->by_inode, hash_u64(inode), is_inode, &inode, t);
}

int mw_known_keep(struct mw_known_table *t, struct mw_known *k)
{
	uint32_t at = mw_known_find(t, k->inode);

	if (at != INDEX_NONE) {
		free(t->at[at]);
		t->at[at] = k;
		return 0;
	}
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		struct mw_known **more = realloc(t->at, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		t->at = more;
		t->room = room;
	}
	if (index_add(&t->by_inode, hash_u64(k->inode), (uint32_t)t->count))
		return -ENOMEM;
	t->at[t->count++] = k;
	return 0;
}

int mw_known_forget(struct mw_known_table *t, uint64_t sweep)
{
	size_t kept = 0;
	int error = 0;

	for (size_t i = 0; i < t->count; i++) {
		if (t->at[i]->sweep == sweep)
			t->at[kept++] = t->at[i];
		else
			free(t->at[i]);
	}
	if (kept == t->count)
		return 0;
	t->count = kept;
	index_release(&t->by_inode);
	for (size_t i = 0; i < kept && !error; i++)
		error = index_add(&t->by_inode, hash_u64(t->at[i]->inode), (uint32_t)i);
	return error;
}

void mw_known_release(struct mw_known_table *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->at[i]);
	free(t->at);
	index_release(&t->by_inode);
}
