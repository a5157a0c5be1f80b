/* Which machine or container a block was printed on. */
#include "transcript/parts.h"

#include <errno.h>

static uint32_t find(struct mw_transcript *t, struct slice name)
{
	for (uint32_t i = 0; i < t->host_count; i++)
		if (slice_is(name, t->hosts[i].name))
			return i;
	return UINT32_MAX;
}

/* Each host costs a snapshot: a text with more of them than this is no paste. */
enum { HOSTS_MAX = 64 };

static uint32_t host_of(struct mw_transcript *t, struct slice name)
{
	uint32_t at = find(t, name);
	const char *copy;

	if (at != UINT32_MAX)
		return at;
	if (t->host_count == HOSTS_MAX)
		return HOSTS_MAX - 1;
	copy = arena_copy(&t->arena, name);
	if (!copy)
		return UINT32_MAX;
	t->hosts[t->host_count] = (struct mw_transcript_host){ .name = copy };
	return (uint32_t)t->host_count++;
}

/* --- where kubectl was typed ------------------------------------------------------------------ */

/* Has a block rows of pods only? Then it tells of them, not of the machine it was printed on. */
static bool of_pods(const struct mw_block *b)
{
	bool any = false;

	for (const struct mw_cells *c = b->rows; c; c = c->later)
		for (size_t i = 0; i < c->row_count; i++) {
			const struct mw_cell_row *row = &c->rows[i];

			if (!row->count)
				continue;
			if (row->kind != MW_CGROUP || !*row->name || *row->name == '/')
				return false;
			any = true;
		}
	return any;
}

/* The host that one of the block's pods is: its shell's prompt shows its name. */
static uint32_t pod_of(struct mw_transcript *t, const struct mw_block *b)
{
	for (size_t i = 0; i < b->rows->row_count; i++) {
		const struct mw_cell_row *row = &b->rows->rows[i];
		uint32_t host = row->kind == MW_CGROUP && !row->parent && *row->name
					? find(t, slice_of(row->name))
					: UINT32_MAX;

		if (host != UINT32_MAX)
			return host;
	}
	return UINT32_MAX;
}

static bool cluster_only(const struct mw_transcript *t, uint32_t host)
{
	for (size_t i = 0; i < t->block_count; i++)
		if (t->blocks[i].host == host && !of_pods(&t->blocks[i]))
			return false;
	return t->hosts[host].blocks > 0;
}

static void remove_host(struct mw_transcript *t, uint32_t host)
{
	memmove(&t->hosts[host], &t->hosts[host + 1],
		(t->host_count - host - 1) * sizeof(*t->hosts));
	t->host_count--;
	for (size_t i = 0; i < t->block_count; i++)
		t->blocks[i].host -= t->blocks[i].host > host;
}

static void move_blocks(struct mw_transcript *t, uint32_t from, uint32_t to)
{
	for (size_t i = 0; i < t->block_count; i++)
		if (t->blocks[i].host == from) {
			t->blocks[i].host = to;
			t->hosts[to].blocks++;
		}
	remove_host(t, from);
}

/* A place that told of pods only belongs to the pod's own shell, when the text has that too. */
static void join_clusters(struct mw_transcript *t)
{
	for (uint32_t host = 0; host < t->host_count; host++) {
		uint32_t to = UINT32_MAX;

		if (t->host_count < 2 || !cluster_only(t, host))
			continue;
		for (size_t i = 0; i < t->block_count && to == UINT32_MAX; i++)
			if (t->blocks[i].host == host)
				to = pod_of(t, &t->blocks[i]);
		if (to == UINT32_MAX && t->host_count == 2)
			to = 1 - host;
		if (to == UINT32_MAX || to == host)
			continue;
		move_blocks(t, host, to);
		host = UINT32_MAX;
	}
}

/* --- all -------------------------------------------------------------------------------------- */

/* A block without a prompt is where the one before it was; at the start, where the first is. */
int mw_transcript_hosts(struct mw_transcript *t)
{
	struct slice last = { "", 0 };

	t->hosts = arena_array(&t->arena, t->block_count + 1, sizeof(*t->hosts));
	if (!t->hosts)
		return -ENOMEM;
	for (size_t i = 0; i < t->block_count && !last.len; i++)
		if (t->blocks[i].command)
			last = t->blocks[i].command->host;
	for (size_t i = 0; i < t->block_count; i++) {
		struct mw_block *b = &t->blocks[i];

		if (b->command && b->command->host.len)
			last = b->command->host;
		b->host = host_of(t, last);
		if (b->host == UINT32_MAX)
			return -ENOMEM;
		t->hosts[b->host].blocks++;
	}
	if (!t->host_count && host_of(t, last) == UINT32_MAX)
		return -ENOMEM;
	join_clusters(t);
	return 0;
}
