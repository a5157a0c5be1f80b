#include "base/scoped.h"
#include "collect/cgroup/files.h"
#include "engine/engine.h"

#include <errno.h>

static int open_group(struct mw_source *source, const struct mw_snapshot *s,
		      const struct mw_entity *cgroup, struct buf *path, struct mw_dir *out)
{
	const char *mount = mw_get_text(mw_snapshot_node(s), M_CGROUP_MOUNT);
	struct mw_dir root = mw_root(source);

	if (!mount)
		return -ENOENT;
	buf_puts(path, mount);
	if (strcmp(cgroup->name, "/") != 0)
		buf_puts(path, cgroup->name);
	return path->error ? path->error : mw_open(&root, path->at, out);
}

int mw_engine_open_cgroup(struct mw_source *source, struct mw_snapshot *s, struct mw_entity *cgroup)
{
	struct mw_collect c = { .source = source, .snapshot = s, .want = MW_WANT_CGROUP_DETAIL };
	scoped_buf struct buf path = { 0 };
	scoped_dir struct mw_dir dir = { 0 };
	struct mw_group_reader *reader;
	struct mw_stat st;
	int error = open_group(source, s, cgroup, &path, &dir);

	if (error)
		return error;
	/* another group may have taken the name since */
	if (mw_stat(&dir, "", &st) || st.inode != cgroup->id)
		return -ENOENT;
	reader = malloc(sizeof(*reader));
	if (!reader)
		return -ENOMEM;
	mw_group_reader_init(reader, &c, (int)mw_get_or(cgroup, M_CG_VERSION, 2));
	mw_group_read(reader, &dir, buf_slice(&path), cgroup, MW_FILES_DETAIL);
	free(reader);
	buf_release(&c.text);
	return 0;
}
