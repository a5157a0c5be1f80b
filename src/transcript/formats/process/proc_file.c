#include "transcript/formats/process/proc_file.h"

bool mw_proc_file_split(struct slice path, uint64_t *pid, struct slice *name)
{
	struct slice rest = path;
	uint64_t number = 0;

	/* "/host/proc/69/…" is the machine's, seen from a container */
	if (!slice_begins(path, "/") || !slice_after(&rest, "/proc/") ||
	    memchr(path.at, ' ', path.len))
		return false;
	if (!slice_word(&rest, "self") && (!slice_u64(&rest, &number) || number > UINT32_MAX))
		return false;
	if (!slice_begins(rest, "/"))
		return false;
	*pid = number;
	*name = slice_last(rest, '/');
	return true;
}

bool mw_proc_file_prefix(struct slice *line, struct slice *path)
{
	struct slice rest = slice_trim(*line), before, name;
	uint64_t pid;

	if (!slice_begins(rest, "/") || !slice_until(&rest, ':', &before) ||
	    !mw_proc_file_split(before, &pid, &name))
		return false;
	*line = rest;
	*path = before;
	return true;
}

bool mw_proc_file_is(struct slice path, const struct mw_paste_command *c, const char *name)
{
	if (!path.len && c && c->path_count)
		path = c->paths[0];
	return slice_is(slice_last(path, '/'), name);
}

struct mw_entity *mw_proc_file_process(struct mw_reading *r, const struct mw_block *b)
{
	uint64_t pid = b->command ? b->command->pid : 0;
	struct slice name;

	mw_proc_file_split(b->path, &pid, &name);
	return mw_reading_process(r, pid, (struct slice){ "", 0 });
}
