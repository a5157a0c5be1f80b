/* Which machine or container a block was printed on. */
#include "base/scoped.h"
#include "transcript/parts.h"

#include <errno.h>

static struct slice name_of(const struct mw_paste_command *c)
{
	if (!c)
		return (struct slice){ "", 0 };
	if (c->inside && c->pod.len)
		return c->pod;
	if (c->inside && c->container.len)
		return c->container;
	return c->host;
}

static uint32_t find(struct mw_transcript *t, struct slice name)
{
	for (uint32_t i = 0; i < t->host_count; i++)
		if (slice_is(name, t->hosts[i].name))
			return i;
	return UINT32_MAX;
}

static uint32_t host_of(struct mw_transcript *t, struct slice name)
{
	uint32_t at = find(t, name);
	const char *copy;

	if (at != UINT32_MAX)
		return at;
	copy = arena_copy(&t->arena, name);
	if (!copy)
		return UINT32_MAX;
	t->hosts[t->host_count] = (struct mw_transcript_host){ .name = copy };
	return (uint32_t)t->host_count++;
}

/* A block without a prompt is where the one before it was; at the start, where the first is. */
int mw_transcript_hosts(struct mw_transcript *t)
{
	struct slice last = { "", 0 };

	t->hosts = arena_array(&t->arena, t->block_count + 1, sizeof(*t->hosts));
	if (!t->hosts)
		return -ENOMEM;
	for (size_t i = 0; i < t->block_count && !last.len; i++)
		last = name_of(t->blocks[i].command);
	for (size_t i = 0; i < t->block_count; i++) {
		struct mw_block *b = &t->blocks[i];
		struct slice name = name_of(b->command);

		if (name.len)
			last = name;
		b->host = host_of(t, last);
		if (b->host == UINT32_MAX)
			return -ENOMEM;
		t->hosts[b->host].blocks++;
	}
	return t->host_count || host_of(t, last) != UINT32_MAX ? 0 : -ENOMEM;
}
