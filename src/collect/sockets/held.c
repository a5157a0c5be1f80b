/* Who holds what, and where. */
#include "collect/sockets/sockets.h"

#include <stdlib.h>

void mw_sockets_release(struct mw_sockets *k)
{
	mw_socket_table_release(&k->table);
	index_release(&k->ids);
	index_release(&k->inodes);
	free(k->held);
	free(k->spaces);
}

/* Room for one more. @return NULL: out of memory; otherwise where the array is now */
static void *grown(void *at, size_t count, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;

	if (count < *room)
		return at;
	at = reallocarray(at, more, size);
	if (at)
		*room = more;
	return at;
}

static bool is_id(uint32_t number, const void *key, const void *context)
{
	const struct mw_sockets *k = context;

	return k->held[number].id == *(const uint64_t *)key;
}

static bool is_inode(uint32_t number, const void *key, const void *context)
{
	const struct mw_sockets *k = context;

	return k->held[number].inode == *(const uint64_t *)key && !k->held[number].pipe;
}

static void note_shared(struct mw_sockets *k, struct mw_held *h, uint32_t pid)
{
	if (h->pid == pid || h->shared)
		return;
	h->shared = true;
	if (h->sum != MW_UNCOUNTED)
		k->table.at[h->sum].shared++;
}

struct mw_held *mw_sockets_hold(struct mw_sockets *k, uint64_t id, uint64_t inode, uint32_t pid)
{
	uint64_t hash = hash_u64(id);
	uint32_t number = index_find(&k->ids, hash, is_id, &id, k);
	void *at;

	if (number != INDEX_NONE) {
		note_shared(k, &k->held[number], pid);
		return &k->held[number];
	}
	at = grown(k->held, k->held_count, &k->held_room, sizeof(*k->held));
	if (!at)
		return NULL;
	k->held = at;
	if (index_add(&k->ids, hash, (uint32_t)k->held_count))
		return NULL;
	k->held[k->held_count] = (struct mw_held){
		.id = id, .inode = inode, .pid = pid, .sum = MW_UNCOUNTED
	};
	return &k->held[k->held_count++];
}

struct mw_held *mw_sockets_held(struct mw_sockets *k, uint64_t inode)
{
	uint32_t number;

	/* few ask by inode, and those ask for many */
	for (size_t i = k->inodes.count; i < k->held_count; i++)
		if (index_add(&k->inodes, hash_u64(k->held[i].inode), (uint32_t)i))
			return NULL;
	number = index_find(&k->inodes, hash_u64(inode), is_inode, &inode, k);
	return number != INDEX_NONE ? &k->held[number] : NULL;
}

struct mw_netns *mw_sockets_space(struct mw_sockets *k, uint32_t inode, uint32_t pid)
{
	void *at;

	if (k->space_last < k->space_count && k->spaces[k->space_last].inode == inode)
		return &k->spaces[k->space_last];
	for (size_t i = 0; i < k->space_count; i++)
		if (k->spaces[i].inode == inode)
			return &k->spaces[k->space_last = i];
	at = grown(k->spaces, k->space_count, &k->space_room, sizeof(*k->spaces));
	if (!at)
		return NULL;
	k->spaces = at;
	k->spaces[k->space_count] = (struct mw_netns){ .inode = inode, .pid = pid };
	k->space_last = k->space_count++;
	return &k->spaces[k->space_last];
}
