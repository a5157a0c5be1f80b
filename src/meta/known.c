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
