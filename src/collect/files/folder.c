/* The one name of a directory that has many. */
#include "collect/files/files.h"

#include "base/scoped.h"

#include <errno.h>

enum { MOST_LINKS = 40 };

static void cut_last(struct buf *path)
{
	while (path->len && path->at[--path->len] != '/')
		;
	if (path->at)
		path->at[path->len] = '\0';
}

/* Put a link's own path before what comes behind it. */
static int follow(struct buf *path, struct slice link, struct slice rest, struct buf *todo)
{
	scoped_buf struct buf now = { 0 };
	struct buf done;

	if (slice_begins(link, "/"))
		buf_clear(path);
	else
		cut_last(path);
	buf_add(&now, link);
	buf_char(&now, '/');
	buf_add(&now, rest);
	done = *todo;
	*todo = now;
	now = done;
	return todo->error;
}

/* The links of /proc/PID lead where no path does. */
static bool may_follow(const struct buf *path)
{
	return !slice_begins(buf_slice(path), "/proc/");
}

static int resolve(const struct mw_dir *root, struct buf *todo, struct buf *path)
{
	scoped_buf struct buf link = { 0 };
	struct slice rest = buf_slice(todo), part;
	int links = 0, error;

	while (rest.len) {
		if (!slice_until(&rest, '/', &part)) {
			part = rest;
			rest.len = 0;
		}
		if (!part.len || slice_is(part, "."))
			continue;
		if (slice_is(part, "..")) {
			cut_last(path);
			continue;
		}
		buf_char(path, '/');
		buf_add(path, part);
		if (path->error)
			return path->error;
		error = may_follow(path) ? mw_readlink(root, path->at + 1, &link) : -EINVAL;
		if (error == -EINVAL)
			continue;
		if (!error)
			error = links++ == MOST_LINKS ? -ELOOP
						      : follow(path, buf_slice(&link), rest, todo);
		if (error)
			return error;
		rest = buf_slice(todo);
	}
	return 0;
}

int mw_files_folder(struct mw_source *source, const char *path, struct buf *out)
{
	const struct mw_dir root = mw_root(mw_unrecorded(source));
	scoped_buf struct buf todo = { 0 };
	struct mw_stat st;
	int error;

	buf_clear(out);
	buf_puts(&todo, path);
	error = todo.error ? todo.error : resolve(&root, &todo, out);
	/* one of /proc's links may be the last */
	buf_puts(out, "/.");
	if (!error)
		error = out->error ? out->error : mw_stat(&root, out->at + 1, &st);
	if (error)
		return error;
	out->at[out->len -= out->len > 2 ? 2 : 1] = '\0';
	return 0;
}
