#include "base/scoped.h"
#include "engine/engine.h"

static int name(struct mw_source *source, struct mw_snapshot *s, struct mw_entity *const *files,
		size_t count, unsigned what)
{
	struct mw_collect c = { .source = source, .snapshot = s };
	int error = mw_files_name(&c, files, count, what);

	buf_release(&c.text);
	return error;
}

int mw_engine_name_files(struct mw_source *source, struct mw_snapshot *s,
			 struct mw_entity *const *files, size_t count, bool users)
{
	return name(source, s, files, count,
		    MW_FILES_PATHS | MW_FILES_INNER | (users ? MW_FILES_USERS : 0));
}

int mw_engine_find_paths(struct mw_source *source, struct mw_snapshot *s,
			 struct mw_entity *const *files, size_t count)
{
	return name(source, s, files, count, MW_FILES_PATHS);
}

int mw_engine_find_files(struct mw_source *source, struct mw_snapshot *s,
			 const struct mw_files_look *look, struct mw_files_found *found)
{
	struct mw_collect c = { .source = source, .snapshot = s };
	int error = mw_files_find(&c, look, found);

	buf_release(&c.text);
	return error;
}

int mw_engine_find_folder(struct mw_source *source, const char *path, struct buf *out)
{
	return mw_files_folder(source, path, out);
}

int mw_engine_keep_files(struct mw_source *source, const struct mw_snapshot *s)
{
	scoped_buf struct buf text = { 0 };
	int error;

	/* what a capture tells is in it already */
	if (!source->inner || source->inner->machine.kind != MW_LIVE)
		return 0;
	error = mw_files_write(s, &text);
	return error || !text.len ? error : mw_keep(source, MW_KEPT_FILES, buf_slice(&text));
}
