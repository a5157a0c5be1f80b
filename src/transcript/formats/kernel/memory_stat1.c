/* memory.stat of cgroup v1 (mm/memcontrol-v1.c), whole or what grep left of it. */
#include "transcript/format.h"

#include <errno.h>

static const char *const others[] = { "rss_huge",    "dirty",         "writeback",
				      "pgpgin",      "pgpgout",       "inactive_anon",
				      "active_anon", "inactive_file", "active_file",
				      "unevictable", "swapcached",    "hierarchical_memory_limit",
				      NULL };
static const struct mw_key_set keys = { "cgroup1/memory.stat", others, "total_" };

/* Words that version 2 has too say nothing. */
static const struct mw_key_set newer = { "cgroup2/memory.stat", NULL, NULL };

static bool mine(const struct mw_paste *p, size_t line, size_t lines, bool *totals)
{
	bool own = false;

	for (size_t i = line; i < line + lines; i++) {
		struct slice key, text = mw_line_bare(&p->lines[i]);
		struct mw_quantity value;
		struct slice rest = text;

		if (slice_after(&rest, "memory.stat:"))
			text = rest;
		if (!mw_key_line(text, &key, &value))
			continue;
		*totals |= slice_begins(key, "total_");
		own |= mw_key_known(&keys, key) && !mw_key_known(&newer, key);
	}
	return own || *totals;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t lines = mw_block_keyed(paste, line, &keys, b);
	bool totals = false;

	if (!lines)
		return 0;
	b->certainty = mine(paste, line, lines, &totals) ? MW_SURE : MW_GUESS;
	b->no_totals = !totals;
	return lines;
}

/* Where the hierarchy's figures were cut off, the group's own stand for them: the same for a group
 * without children, as a container is. */
static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct mw_entity *e = mw_reading_group_of(r, 1, b->path);
	int error = mw_reading_keyed(r, &keys, NULL, e);

	if (!error && b->no_totals)
		error = mw_reading_keyed(r, &keys, "total_", e);
	if (error == -ENOMEM)
		return error;
	mw_cgroup1_finish(e);
	return error;
}

const struct mw_format mw_format_memory_stat1 = {
	.id = "memory.stat-v1",
	.name = N_("memory.stat of cgroup v1"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
