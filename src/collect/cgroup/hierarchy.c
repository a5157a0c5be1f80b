#include "base/scoped.h"
#include "collect/cgroup/hierarchy.h"
#include "collect/cgroup/mountinfo.h"

#include <errno.h>
#include <sys/sysmacros.h>

void mw_hierarchy_release(struct mw_hierarchy *h)
{
	buf_release(&h->point);
	buf_release(&h->root);
}

static bool there(struct mw_collect *c, const char *directory, const char *file)
{
	struct mw_dir root = mw_root(c->source);
	struct mw_stat st;
	scoped_dir struct mw_dir dir = { 0 };

	return !mw_open(&root, directory, &dir) && !mw_stat(&dir, file, &st);
}

/* The memory controller may be on no hierarchy: cgroup_disable=memory. */
static bool controls_memory(struct mw_collect *c, const char *point)
{
	struct mw_dir root = mw_root(c->source);
	scoped_dir struct mw_dir dir = { 0 };
	struct slice rest, word;

	if (mw_open(&root, point, &dir))
		return false;
	if (mw_read_record(&dir, "cgroup.controllers", &c->text))
		return there(c, point, "memory.stat");
	rest = slice_trim(buf_slice(&c->text));
	while (slice_token(&rest, &word))
		if (slice_is(word, "memory"))
			return true;
	return false;
}

/* "/sys/fs/cgroup" -> "sys/fs/cgroup" */
static void set_place(struct mw_hierarchy *h, const struct mw_mount *m)
{
	struct slice point = m->point;

	slice_word(&point, "/");
	buf_clear(&h->point);
	buf_clear(&h->root);
	mw_mount_text(point, &h->point);
	mw_mount_text(m->root, &h->root);
	if (!h->point.len)
		buf_char(&h->point, '.');
}

static bool use_mounts(struct mw_collect *c, struct mw_hierarchy *h, const struct mw_mounts *m)
{
	if (m->has_memory) {
		set_place(h, &m->memory);
		if (there(c, h->point.at, "memory.stat")) {
			h->version = 1;
			h->kind = m->has_unified ? "hybrid" : "v1";
			return true;
		}
	}
	if (!m->has_unified)
		return false;
	set_place(h, &m->unified);
	if (!there(c, h->point.at, "cgroup.procs"))
		return false;
	h->version = 2;
	h->kind = controls_memory(c, h->point.at) ? "v2" : "none";
	return true;
}

/* Is this the list of the source's own mounts? Below /host our own list names our places, not the
 * host's; then the device of "/" is another one. */
static bool same_root(struct mw_collect *c, const struct mw_mounts *m)
{
	struct mw_dir root = mw_root(c->source);
	struct mw_stat st;

	return !m->has_root || mw_stat(&root, "", &st) || !st.device ||
	       st.device == makedev((unsigned)m->root.major, (unsigned)m->root.minor);
}

static bool by_mountinfo(struct mw_collect *c, struct mw_hierarchy *h, const char *path,
			 bool own_root_only)
{
	struct mw_dir root = mw_root(c->source);
	scoped_buf struct buf text = { 0 };
	struct mw_mounts mounts;

	if (mw_read(&root, path, &text) || mw_mounts_scan(buf_slice(&text), &mounts))
		return false;
	if (own_root_only && !same_root(c, &mounts))
		return false;
	return use_mounts(c, h, &mounts);
}

static void by_probing(struct mw_collect *c, struct mw_hierarchy *h)
{
	static const struct {
		const char *point, *file, *kind;
		int version;
	} usual[] = {
		{ "sys/fs/cgroup/memory", "memory.stat", "v1", 1 },
		{ "sys/fs/cgroup", "cgroup.controllers", "v2", 2 },
		{ "sys/fs/cgroup", "memory.stat", "v2", 2 },
	};
	size_t i = 0;

	while (i < sizeof(usual) / sizeof(*usual) && !there(c, usual[i].point, usual[i].file))
		i++;
	h->version = 0;
	h->kind = "none";
	if (i == sizeof(usual) / sizeof(*usual))
		return;
	h->version = usual[i].version;
	h->kind = usual[i].kind;
	if (h->version == 1 && there(c, "sys/fs/cgroup/unified", "cgroup.controllers"))
		h->kind = "hybrid";
	if (h->version == 2 && !controls_memory(c, usual[i].point))
		h->kind = "none";
	buf_clear(&h->point);
	buf_clear(&h->root);
	buf_puts(&h->point, usual[i].point);
	buf_puts(&h->root, "/");
}

int mw_hierarchy_find(struct mw_collect *c, struct mw_hierarchy *out)
{
	struct mw_hierarchy h = { 0 };

	/* process 1's list needs privilege; without it our own is better than a guess */
	if (!by_mountinfo(c, &h, "proc/self/mountinfo", true) &&
	    !by_mountinfo(c, &h, "proc/1/mountinfo", false) &&
	    !by_mountinfo(c, &h, "proc/self/mountinfo", false))
		by_probing(c, &h);
	if (h.point.error || h.root.error) {
		mw_hierarchy_release(&h);
		return -ENOMEM;
	}
	*out = h;
	return 0;
}

static struct slice text_or(const struct mw_entity *node, enum mw_metric metric, const char *other)
{
	const char *text = mw_get_text(node, metric);

	return slice_of(text ? text : other);
}

void mw_group_names_init(struct mw_group_names *names, const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s), *top = NULL;

	*names = (struct mw_group_names){ 0 };
	if (mw_snapshot_count(s, MW_CGROUP))
		top = mw_snapshot_at(s, MW_CGROUP, 0);
	names->version = top ? (int)mw_get_or(top, M_CG_VERSION, 0) : 0;
	names->root = text_or(node, M_CGROUP_ROOT, "/");
	names->home = text_or(node, M_CGROUP_HOME, "");
}

/* The path on the line of the memory controller's hierarchy: "4:memory:/a", "0::/a". */
static bool path_of(int version, struct slice text, struct slice *path)
{
	struct slice line, id, controllers;

	while (slice_line(&text, &line)) {
		if (!slice_until(&line, ':', &id) || !slice_until(&line, ':', &controllers))
			continue;
		if (version == 2 ? slice_is(id, "0") && !controllers.len
				 : mw_mount_option(controllers, "memory")) {
			*path = line;
			return line.len && *line.at == '/';
		}
	}
	return false;
}

/* Step over `prefix` where it ends between two names. */
static bool strip(struct slice *path, struct slice prefix)
{
	if (slice_is(prefix, "/"))
		return true;
	if (path->len < prefix.len || memcmp(path->at, prefix.at, prefix.len) != 0 ||
	    (path->len > prefix.len && path->at[prefix.len] != '/'))
		return false;
	*path = path->len == prefix.len ? SLICE("/") : slice_skip(*path, prefix.len);
	return true;
}

/* The mount shows more than our namespace ("/../.."), and the path goes up less far: it starts from
 * our namespace's own group. */
static bool from_home(struct mw_group_names *names, struct slice path, struct slice *name)
{
	struct slice home = names->home;
	size_t len;

	if (!home.len)
		return false;
	while (slice_begins(path, "/..") && (path.len == 3 || path.at[3] == '/')) {
		struct slice last = slice_last(home, '/');

		home.len = home.len > last.len ? home.len - last.len - 1 : 0;
		path = slice_skip(path, 3);
	}
	if (slice_is(path, "/"))
		path.len = 0;
	if (slice_is(home, "/"))
		home.len = 0;
	len = home.len + path.len;
	if (len >= sizeof(names->text))
		return false;
	memcpy(names->text, home.at, home.len);
	memcpy(names->text + home.len, path.at, path.len);
	*name = len ? (struct slice){ names->text, len } : SLICE("/");
	return true;
}

bool mw_group_name(struct mw_group_names *names, struct slice text, struct slice *name)
{
	struct slice path;

	if (!names->version || !path_of(names->version, text, &path))
		return false;
	if (strip(&path, names->root)) {
		/* a group outside of our namespace and of the mount: "/../x" of a mount of "/" */
		if (slice_is(path, "/..") || slice_begins(path, "/../"))
			return false;
		*name = path;
		return true;
	}
	return slice_begins(names->root, "/..") && from_home(names, path, name);
}
