/* Names for the files that a page census found: the largest of all and of each group. The rest is named
 * when somebody asks (mw_files_name()). */
#include "collect/files/files.h"

#include "base/scoped.h"

#include <errno.h>

enum { OF_ALL = 512, OF_GROUP = 5, MOST = 4096 };

static int keep_inodes(struct mw_collect *c)
{
	size_t count = mw_snapshot_count(c->snapshot, MW_FILE);
	uint64_t *at;

	if (count > c->census->row_count)
		count = c->census->row_count;
	at = arena_array(mw_snapshot_arena(c->snapshot), count ? count : 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		at[i] = c->census->rows[i].inode;
	mw_snapshot_set_inodes(c->snapshot, at, count);
	return 0;
}

/* They come the largest first. */
static int name_largest(struct mw_collect *c)
{
	size_t groups = mw_snapshot_count(c->snapshot, MW_CGROUP), count = 0;
	scoped_free struct mw_entity **largest = calloc(MOST, sizeof(struct mw_entity *));
	scoped_free uint8_t *of_group = calloc(groups + 1, 1);
	struct mw_entity *e;

	if (!largest || !of_group)
		return -ENOMEM;
	mw_for_each (e, c->snapshot, MW_FILE) {
		uint8_t *n = &of_group[e->parent ? e->parent->index : groups];

		if (count == MOST)
			break;
		if (e->index >= OF_ALL && *n >= OF_GROUP)
			continue;
		*n += *n < OF_GROUP;
		largest[count++] = e;
	}
	return mw_files_name(c, largest, count, MW_FILES_PATHS);
}

static int read_kept(struct mw_collect *c)
{
	uint32_t line = 0;
	int error = mw_collect_kept(c, MW_KEPT_FILES);

	if (error == -ENOENT)
		return 0;
	if (!error)
		error = mw_files_parse(buf_slice(&c->text), c->snapshot, &line);
	if (error && error != -ENOMEM)
		mw_snapshot_problem(c->snapshot, SLICE(MW_KEPT_FILES), line, error, NULL);
	return error;
}

static int collect(struct mw_collect *c)
{
	int error;

	if (mw_unrecorded(c->source)->machine.kind != MW_LIVE)
		return read_kept(c);
	if (!c->census)
		return 0;
	error = keep_inodes(c);
	return error ? error : name_largest(c);
}

const struct mw_collector mw_collect_files = {
	.name = "files",
	.want = MW_WANT_CENSUS | MW_WANT_CENSUS_RARE | MW_WANT_CENSUS_FULL,
	.collect = collect,
};
