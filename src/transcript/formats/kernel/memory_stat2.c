/* memory.stat of cgroup v2 (mm/memcontrol.c), whole or what grep left of it. */
#include "transcript/format.h"

#include <errno.h>

static const char *const others[] = { "workingset_restore_anon", "workingset_restore_file",
				      "workingset_nodereclaim",  "pgscan_khugepaged",
				      "pgsteal_khugepaged",      NULL };
static const struct mw_key_set keys = { "cgroup2/memory.stat", others, NULL };

/* Words that only version 2 has. */
static const char *const own[] = {
	"anon",     "file", "file_mapped", "file_dirty",         "kernel_stack", "slab_reclaimable",
	"anon_thp", "sock", "pagetables",  "slab_unreclaimable", "percpu",       "kernel",
	NULL
};
static const struct mw_key_set decisive = { "", own, NULL };

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t lines = mw_block_keyed(paste, line, &keys, b);

	b->certainty = MW_GUESS + 1;
	for (size_t i = line; i < line + lines; i++) {
		struct slice key;
		struct mw_quantity value;

		if (mw_key_line(mw_line_bare(&paste->lines[i]), &key, &value) &&
		    mw_key_known(&decisive, key))
			b->certainty = MW_SURE;
	}
	return lines;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct mw_entity *e = mw_reading_group_of(r, 2, b->path);
	int error = mw_reading_keyed(r, &keys, NULL, e);

	if (error != -ENOMEM)
		mw_cgroup2_finish(e);
	return error;
}

const struct mw_format mw_format_memory_stat2 = {
	.id = "memory.stat-v2",
	.name = N_("memory.stat of cgroup v2"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
