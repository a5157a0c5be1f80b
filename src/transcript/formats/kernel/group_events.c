/* The small keyed files of a control group: memory.events, memory.oom_control, cgroup.stat … Their
 * words ("low", "max") are everybody's: several of them together, or the command, tell. */
#include "transcript/format.h"

#include <errno.h>

static const char *const oom_words[] = { "oom_kill_disable", "under_oom", "oom_kill", NULL };
static const char *const stat_words[] = { "nr_descendants", "nr_dying_descendants", NULL };
static const char *const event_words[] = {
	"low", "high", "max", "oom", "oom_kill", "oom_group_kill", "sock_throttled", NULL
};

static const struct {
	struct mw_key_set keys;
	uint32_t enough; /* words that make it clear without a command */
} files[] = {
	{ { "cgroup2/memory.events", event_words, NULL }, 4 },
	{ { "cgroup2/memory.events.local", event_words, NULL }, UINT32_MAX },
	{ { "cgroup2/memory.swap.events", NULL, NULL }, 3 },
	{ { "cgroup1/memory.oom_control", oom_words, NULL }, 2 },
	{ { "cgroup2/cgroup.stat", stat_words, "nr_" }, 2 },
	{ { "cgroup2/cgroup.events", NULL, NULL }, 2 },
};

/* Does a path, or the command, name the file? */
static bool told(const char *file, struct slice path, const struct mw_paste_command *c)
{
	const char *name = file + strlen("cgroup1/");

	if (path.len)
		return slice_is(slice_last(path, '/'), name);
	for (size_t i = 0; c && i < c->path_count; i++)
		if (slice_is(slice_last(c->paths[i], '/'), name))
			return true;
	return false;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t best = 0;

	for (uint32_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		struct mw_block found = *b;
		size_t lines = mw_block_keyed(paste, line, &files[i].keys, &found);
		bool named = lines && told(files[i].keys.file, found.path, hint);

		if (!lines || (!named && found.keys < files[i].enough))
			continue;
		found.certainty = named ? MW_SURE : MW_LIKELY;
		if (best && (lines < best || found.certainty <= b->certainty))
			continue;
		best = lines;
		*b = found;
		b->variant = i;
	}
	return best;
}

/* The command's file of that name, where it reads several. */
static struct slice path_of(const struct mw_block *b, const char *file)
{
	const char *name = file + strlen("cgroup1/");

	if (!b->path.len && b->command)
		for (size_t i = 0; i < b->command->path_count; i++)
			if (slice_is(slice_last(b->command->paths[i], '/'), name))
				return b->command->paths[i];
	return b->path;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	const struct mw_key_set *keys = &files[b->variant].keys;
	int version = slice_begins(slice_of(keys->file), "cgroup1/") ? 1 : 2;

	return mw_reading_keyed(r, keys, NULL,
				mw_reading_group_of(r, version, path_of(b, keys->file)));
}

const struct mw_format mw_format_group_events = {
	.id = "group-events",
	.name = N_("a control group's counters of events"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
