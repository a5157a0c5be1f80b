/* Control groups: finds the memory controller's hierarchy and reads each group below its mount. One
 * row per group, parents before children. About 10 small files a group. */
#include "base/scoped.h"
#include "collect/cgroup/fast.h"
#include "collect/cgroup/files.h"
#include "collect/cgroup/hierarchy.h"
#include "source/held.h"

#include <errno.h>

/* Each level keeps a directory open; the kernel sets no bound of its own, real trees have ten. */
enum { MAX_DEPTH = 256 };

struct walk {
	struct mw_collect *c;
	struct mw_group_reader *reader;
	struct buf path;  /* of the group at hand, below the root */
	size_t mount_len; /* how much of it is the mount's own */
	struct buf names; /* of the children still to visit: a stack, a NUL behind each */
	int depth, version;
	unsigned files; /* MW_FILES_… */
	bool full;
};

static int note_child(const struct mw_dirent *entry, void *argument)
{
	struct walk *w = argument;

	if (entry->type != MW_DT_DIR && entry->type != MW_DT_UNKNOWN)
		return 0;
	buf_add(&w->names, (struct slice){ entry->name, strlen(entry->name) + 1 });
	return w->names.error;
}

static void trouble(struct walk *w, int error, const char *what)
{
	mw_snapshot_problem(w->c->snapshot, buf_slice(&w->path), 0, error, what);
}

static int visit(struct walk *w, const struct mw_dir *dir, struct mw_entity *parent);

static int visit_child(struct walk *w, const struct mw_dir *dir, size_t name_at,
		       struct mw_entity *parent)
{
	size_t len = w->path.len;
	scoped_dir struct mw_dir child = { 0 };
	int error = mw_open(dir, w->names.at + name_at, &child);

	buf_char(&w->path, '/');
	buf_puts(&w->path, w->names.at + name_at);
	if (w->path.error)
		return w->path.error;
	/* not a directory after all, or gone since it was listed */
	if (!error)
		error = visit(w, &child, parent);
	else if (error != -ENOENT && error != -ENOTDIR && error != -ENODEV)
		trouble(w, error, NULL);
	w->path.len = len;
	return error == -ENOMEM ? error : 0;
}

static int visit_children(struct walk *w, const struct mw_dir *dir, struct mw_entity *group)
{
	size_t first = w->names.len;
	int error;

	if (w->depth >= MAX_DEPTH) {
		trouble(w, -ELOOP, "groups nested deeper than 256 are not read");
		return 0;
	}
	w->depth++;
	error = mw_list(dir, note_child, w);
	if (error && error != -ENOENT && error != -ENODEV && error != -ENOMEM)
		trouble(w, error, NULL);
	if (error != -ENOMEM)
		error = 0;
	for (size_t at = first; !error && !w->full && at < w->names.len;
	     at += strlen(w->names.at + at) + 1)
		error = visit_child(w, dir, at, group);
	w->names.len = first;
	w->depth--;
	return error;
}

/* "/" for the mount's own directory */
static struct slice name_of(const struct walk *w)
{
	struct slice name = slice_skip(buf_slice(&w->path), w->mount_len);

	return name.len ? name : SLICE("/");
}

static int visit(struct walk *w, const struct mw_dir *dir, struct mw_entity *parent)
{
	struct mw_entity *group;
	struct mw_stat st;

	if (mw_stat(dir, "", &st))
		st = (struct mw_stat){ 0 };
	if (mw_snapshot_count(w->c->snapshot, MW_CGROUP) >= MW_GROUPS_MAX) {
		w->full = true;
		trouble(w, -EMFILE, "more than 100000 groups: the rest is not read");
		return 0;
	}
	group = mw_snapshot_add(w->c->snapshot, MW_CGROUP, parent, name_of(w), st.inode, 0);
	if (!group)
		return -ENOMEM;
	mw_set(group, M_CG_VERSION, (uint64_t)w->version);
	if (w->files)
		mw_group_read(w->reader, dir, buf_slice(&w->path), group, w->files);
	/* kernfs: two links and one per child; no links known: look */
	return st.links == 2 ? 0 : visit_children(w, dir, group);
}

static bool lists_pid(struct slice procs, struct slice pid)
{
	struct slice line;

	while (slice_line(&procs, &line))
		if (slice_equal(line, pid))
			return true;
	return false;
}

/* The group that we are in, by looking for ourselves in each. */
static const struct mw_entity *own_group(struct mw_collect *c, const struct mw_hierarchy *h)
{
	struct mw_dir root = mw_root(c->source);
	scoped_buf struct buf pid = { 0 }, path = { 0 };
	const struct mw_entity *group;

	if (mw_readlink(&root, "proc/self", &pid))
		return NULL;
	mw_for_each (group, c->snapshot, MW_CGROUP) {
		if (!mw_get_or(group, M_CG_PROCESSES, 1))
			continue;
		buf_clear(&path);
		buf_printf(&path, "%s%s/cgroup.procs", h->point.at, group->name);
		if (!path.error && !mw_read(&root, path.at, &c->text) &&
		    lists_pid(buf_slice(&c->text), buf_slice(&pid)))
			return group;
	}
	return NULL;
}

/* "/a/b/c", which /proc/self/cgroup calls "/c" -> "/a/b" */
static bool home_by_pid(struct mw_collect *c, const struct mw_hierarchy *h, struct slice *home)
{
	struct mw_group_names names = { .version = h->version, .root = SLICE("/") };
	const struct mw_entity *own = own_group(c, h);
	struct mw_dir root = mw_root(c->source);
	struct slice path;

	if (!own || mw_read(&root, "proc/self/cgroup", &c->text) ||
	    !mw_group_name(&names, buf_slice(&c->text), &path))
		return false;
	*home = slice_of(own->name);
	if (slice_is(path, "/"))
		return true;
	if (home->len < path.len || !slice_equal(slice_skip(*home, home->len - path.len), path))
		return false;
	home->len -= path.len;
	return true;
}

/* Where the mount shows more than our cgroup namespace ("/../.."): which of its groups is the
 * namespace's own "/". Another mount, at the usual place, may show just that; else our own group
 * tells. */
static void find_home(struct mw_collect *c, const struct mw_hierarchy *h)
{
	const char *usual = h->version == 1 ? "proc/self/root/sys/fs/cgroup/memory"
					    : "proc/self/root/sys/fs/cgroup";
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	struct mw_dir root = mw_root(c->source);
	const struct mw_entity *group = NULL;
	struct mw_stat st;
	struct slice home;

	if (!slice_begins(buf_slice(&h->root), "/.."))
		return;
	if (!mw_stat(&root, usual, &st))
		group = mw_snapshot_by_id(c->snapshot, MW_CGROUP, st.inode);
	if (group && group->parent)
		mw_set_text(c->snapshot, node, M_CGROUP_HOME, slice_of(group->name));
	else if (home_by_pid(c, h, &home))
		mw_set_text(c->snapshot, node, M_CGROUP_HOME, home);
}

static int walk_mount(struct mw_collect *c, const struct mw_hierarchy *h)
{
	struct walk w = { .c = c, .version = h->version, .mount_len = h->point.len };
	struct mw_dir root = mw_root(c->source);
	scoped_dir struct mw_dir top = { 0 };
	int error = mw_open(&root, h->point.at, &top);

	if (error)
		return error;
	w.files = mw_group_files(c->want);
	w.reader = malloc(sizeof(*w.reader));
	buf_add(&w.path, buf_slice(&h->point));
	if (w.reader && !w.path.error) {
		mw_group_reader_init(w.reader, c, h->version);
		error = mw_groups_fast(c, h, &top, w.reader);
		if (error == -EOPNOTSUPP)
			error = visit(&w, &top, NULL);
	} else {
		error = -ENOMEM;
	}
	buf_release(&w.path);
	buf_release(&w.names);
	free(w.reader);
	return error;
}

static int collect(struct mw_collect *c)
{
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	struct mw_hierarchy h;
	int error = mw_hierarchy_find(c, &h);

	if (error)
		return error;
	mw_set_text(c->snapshot, node, M_CGROUP, slice_of(h.kind));
	if (h.version) {
		mw_set_text(c->snapshot, node, M_CGROUP_MOUNT, buf_slice(&h.point));
		mw_set_text(c->snapshot, node, M_CGROUP_ROOT, buf_slice(&h.root));
		error = walk_mount(c, &h);
		find_home(c, &h);
	}
	if (!error && c->source->held)
		error = mw_held_end(c->source->held);
	mw_hierarchy_release(&h);
	return error;
}

const struct mw_collector mw_collect_cgroup = {
	.name = "cgroup",
	.want = MW_WANT_CGROUPS | MW_WANT_CGROUP_DETAIL | MW_WANT_CGROUP_NAMES,
	.collect = collect,
};
