/* Depth first, with the folders on the way kept open: a folder's own folders are opened below it. */
#include "collect/files/walk.h"

#include "base/scoped.h"
#include "collect/collect.h"

#include <errno.h>

/* A folder on the way. */
struct level {
	struct mw_dir dir;
	struct buf folders; /* names of those in it that wait, each NUL-ended */
	size_t next;        /* the first that does */
	size_t path;        /* length of its own path, with a slash */
};

struct walker {
	struct mw_walk *walk;
	struct mw_mounted in;
	struct level *levels;
	size_t depth, room; /* levels in use; allocated */
	struct buf path;    /* of what is looked at */
	size_t waiting;     /* bytes of names in all levels */
	int stop;           /* the walk is over: what the kernel says concerns one folder only */
};

enum { LEVELS = 16 };

static int put_name(struct walker *r, const struct level *l, const char *name)
{
	r->path.len = l->path;
	buf_puts(&r->path, name);
	return r->path.error;
}

static int look(struct walker *r, struct level *l, const struct mw_dirent *entry)
{
	const struct mw_walk_most *most = &r->walk->most;
	struct mw_walk_entry e = { &l->dir, &r->in, entry->name, { 0 } };
	size_t len = strlen(entry->name) + 1;
	int error = put_name(r, l, entry->name);

	if (error)
		return error;
	if (r->walk->names == most->names || r->waiting + len > most->bytes) {
		r->walk->cut = true;
		return -ENOBUFS;
	}
	r->walk->names++;
	if (entry->type == MW_DT_LINK)
		return 0;
	e.path = buf_slice(&r->path);
	error = entry->type == MW_DT_DIR ? -EISDIR : r->walk->met(&e, r->walk->argument);
	if (error != -EISDIR)
		return error;
	buf_add(&l->folders, (struct slice){ entry->name, len });
	r->waiting += len;
	return l->folders.error;
}

static int met(const struct mw_dirent *entry, void *argument)
{
	struct walker *r = argument;

	return r->stop = look(r, &r->levels[r->depth - 1], entry);
}

static int grow(struct walker *r)
{
	size_t room = r->room ? r->room * 2 : LEVELS;
	struct level *levels;

	if (r->depth < r->room)
		return 0;
	levels = realloc(r->levels, room * sizeof(*levels));
	if (!levels)
		return -ENOMEM;
	r->levels = levels;
	r->room = room;
	return 0;
}

/* Look at a folder whose path has been put. It is closed with its level. */
static int list(struct walker *r, struct mw_dir *dir)
{
	struct level *l;
	int error = grow(r);

	if (!error && r->path.at[r->path.len - 1] != '/')
		buf_char(&r->path, '/');
	if (error || r->path.error) {
		mw_close(dir);
		return r->stop = -ENOMEM;
	}
	l = &r->levels[r->depth++];
	*l = (struct level){ .dir = *dir, .path = r->path.len };
	error = mw_list(&l->dir, met, r);
	r->walk->folders += !error;
	return error;
}

static void leave(struct walker *r)
{
	struct level *l = &r->levels[--r->depth];

	mw_close(&l->dir);
	buf_release(&l->folders);
}

/* A folder that could not be looked at, or not to its end. What is no folder any more is none. */
static void count_failed(struct mw_walk *w, int error)
{
	if (error == -EXDEV) {
		w->mounts++;
	} else if (mw_state_of(error) == MW_DENIED) {
		w->denied++;
	} else if (error && error != -ENOENT && error != -ENOTDIR) {
		w->failed++;
		w->error = error;
	}
}

/* The next folder that waits in the last level. */
static void step(struct walker *r)
{
	struct level *l = &r->levels[r->depth - 1];
	const char *name = l->folders.at + l->next;
	size_t len = strlen(name) + 1;
	struct mw_mounted in = r->in;
	struct mw_dir dir;
	int error = put_name(r, l, name);

	l->next += len;
	r->waiting -= len;
	if (error) {
		r->stop = error;
		return;
	}
	if (r->depth > r->walk->most.depth) {
		r->walk->deep++;
		return;
	}
	error = mw_enter(&l->dir, name, &r->in, &in, &dir);
	if (!error)
		error = list(r, &dir);
	if (!r->stop)
		count_failed(r->walk, error);
}

int mw_walk(const struct mw_dir *at, const char *path, struct mw_walk *w)
{
	struct walker r = { .walk = w };
	struct mw_dir dir;
	int error;

	while (*path == '/')
		path++;
	buf_printf(&r.path, "/%s", path);
	error = r.path.error ? r.path.error : mw_enter(at, *path ? path : ".", NULL, &r.in, &dir);
	if (!error)
		error = list(&r, &dir);
	while (!error && !r.stop && r.depth) {
		const struct level *l = &r.levels[r.depth - 1];

		if (l->next < l->folders.len)
			step(&r);
		else
			leave(&r);
	}
	while (r.depth)
		leave(&r);
	free(r.levels);
	buf_release(&r.path);
	if (r.stop)
		return w->cut ? 0 : r.stop;
	return error;
}
