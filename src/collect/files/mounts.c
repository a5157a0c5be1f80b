#include "collect/files/mounts.h"

#include "base/index.h"
#include "collect/cgroup/mountinfo.h"

#include <errno.h>

enum { UNKNOWN, YES, NO, MOST_LAYERS = 512, MOST_DEPTH = 64 };

bool mw_path_below(struct slice path, struct slice folder, struct slice *rest)
{
	if (path.len < folder.len || memcmp(path.at, folder.at, folder.len) != 0 ||
	    (path.len > folder.len && path.at[folder.len] != '/'))
		return false;
	*rest = slice_skip(path, folder.len);
	return true;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* The kernel's escapes undone, and "/" as nothing: paths are then joined by putting them in a row. */
static struct slice text_of(struct arena *a, struct slice escaped, struct buf *scratch)
{
	struct slice text;
	char *copy;

	buf_clear(scratch);
	mw_mount_text(escaped, scratch);
	text = buf_slice(scratch);
	while (text.len && text.at[text.len - 1] == '/')
		text.len--;
	copy = arena_copy(a, text);
	return (struct slice){ copy ? copy : "", copy ? text.len : 0 };
}

/* Take a path from "a:b\:c:d"; overlayfs escapes colons with a backslash. */
static bool next_layer(struct slice *list, struct buf *path)
{
	buf_clear(path);
	while (list->len && *list->at == ':')
		*list = slice_skip(*list, 1);
	while (list->len && *list->at != ':') {
		if (*list->at == '\\' && list->len > 1)
			*list = slice_skip(*list, 1);
		buf_char(path, *list->at);
		*list = slice_skip(*list, 1);
	}
	while (path->len > 1 && path->at[path->len - 1] == '/')
		path->len--;
	return path->len > 0;
}

static int add_layers(struct arena *a, struct slice list, struct mw_seen *m)
{
	struct buf path = { 0 };
	int error = 0;

	for (int n = 0; n < MOST_LAYERS && !error && next_layer(&list, &path); n++) {
		struct mw_layer *layer = arena_new(a, struct mw_layer);
		char *copy = arena_copy(a, buf_slice(&path));

		error = path.error;
		if (!layer || !copy)
			error = -ENOMEM;
		if (error)
			break;
		*layer = (struct mw_layer){ { copy, path.len }, m->layers };
		m->layers = layer;
	}
	buf_release(&path);
	return error;
}

/* "rw,lowerdir=/a:/b,upperdir=/c,workdir=/d"; newer kernels also "lowerdir+=/a,lowerdir+=/b". Commas
 * in a path are written \054. */
static int read_layers(struct arena *a, struct slice options, struct mw_seen *m)
{
	static const char *const keys[] = { "lowerdir=", "lowerdir+=", "datadir+=", "upperdir=" };
	struct buf text = { 0 };
	struct slice option;
	int error = 0;

	while (options.len && !error) {
		if (!slice_until(&options, ',', &option)) {
			option = options;
			options.len = 0;
		}
		for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
			if (!slice_word(&option, keys[i]))
				continue;
			buf_clear(&text);
			mw_mount_text(option, &text);
			error = text.error ? text.error : add_layers(a, buf_slice(&text), m);
			break;
		}
	}
	buf_release(&text);
	return error;
}

static size_t count_lines(struct slice text)
{
	struct slice line;
	size_t count = 0;

	while (slice_line(&text, &line))
		count++;
	return count;
}

static bool has_id(uint32_t number, const void *key, const void *context)
{
	return ((const struct mw_seen *)context)[number].id == *(const uint64_t *)key;
}

static struct mw_seen *by_id(struct mw_seen_list *list, const struct index *ids, uint64_t id)
{
	uint32_t at = index_find(ids, hash_u64(id), has_id, &id, list->at);

	return at == INDEX_NONE ? NULL : &list->at[at];
}

/* Whoever may mount may do so thousands of times: nobody is compared with all others. */
static int put_together(struct mw_seen_list *list)
{
	struct index ids = { 0 };
	int error = 0;

	for (size_t i = 0; i < list->count && !error; i++)
		error = index_add(&ids, hash_u64(list->at[i].id), (uint32_t)i);
	for (size_t i = 0; i < list->count && !error; i++) {
		struct mw_seen *m = &list->at[i], *below = by_id(list, &ids, m->parent);

		if (!below || below == m)
			continue;
		m->below = below;
		m->beside = below->inside;
		below->inside = m;
	}
	index_release(&ids);
	return error;
}

static int add_mount(struct mw_seen_list *list, const struct mw_mount *mount, struct buf *scratch)
{
	struct mw_seen *m = &list->at[list->count];
	int error = 0;

	*m = (struct mw_seen){ .id = mount->id,
			       .device = mount->major << 20 | (mount->minor & 0xfffff),
			       .parent = mount->parent };
	m->root = text_of(&list->arena, mount->root, scratch);
	m->point = text_of(&list->arena, mount->point, scratch);
	if (slice_is(mount->type, "overlay"))
		error = read_layers(&list->arena, mount->options, m);
	list->layered |= m->layers != NULL;
	list->count++;
	return error ? error : scratch->error;
}

int mw_seen_parse(struct slice text, size_t most, struct mw_seen_list *out)
{
	struct mw_seen_list list = { 0 };
	size_t lines = count_lines(text);
	struct buf scratch = { 0 };
	struct mw_mount mount;
	struct slice line;
	int error = 0;

	list.at = arena_array(&list.arena, (lines < most ? lines : most) + 1, sizeof(*list.at));
	if (!list.at)
		error = -ENOMEM;
	while (!error && slice_line(&text, &line)) {
		if (!mw_mount_parse(line, &mount))
			continue;
		list.cut = list.count == most;
		if (list.cut)
			break;
		error = add_mount(&list, &mount, &scratch);
	}
	buf_release(&scratch);
	if (!error && !list.count)
		error = -EBADMSG;
	if (!error)
		error = put_together(&list);
	if (error)
		arena_release(&list.arena);
	else
		*out = list;
	return error;
}

void mw_seen_release(struct mw_seen_list *list)
{
	arena_release(&list->arena);
	*list = (struct mw_seen_list){ 0 };
}

/* --- looking ---------------------------------------------------------------------------------- */

/* Whether a path below a mount's point leads to that mount, and not to one mounted on it. */
static bool leads_to(const struct mw_seen *m, struct slice path, const struct mw_seen *except)
{
	struct slice rest;

	for (const struct mw_seen *on = m->inside; on; on = on->beside)
		if (on != except && mw_path_below(path, on->point, &rest))
			return false;
	return true;
}

/* Whether one gets to the mount's point, by the mounts that it stands on. */
static bool reached(struct mw_seen *m, unsigned depth)
{
	if (m->reach != UNKNOWN)
		return m->reach == YES;
	m->reach = NO; /* should they stand on each other */
	if (!m->below ||
	    (depth < MOST_DEPTH && leads_to(m->below, m->point, m) && reached(m->below, depth + 1)))
		m->reach = YES;
	return m->reach == YES;
}

static void cut(struct buf *b, size_t len)
{
	b->len = len;
	if (b->at)
		b->at[len] = '\0';
}

/* Appends only what is seen there. */
static bool shows(struct mw_seen *m, struct slice rest, struct buf *out)
{
	size_t from = out->len;
	struct slice path;

	buf_add(out, m->point);
	buf_add(out, rest);
	if (out->len == from)
		buf_char(out, '/');
	path = slice_skip(buf_slice(out), from);
	if (!out->error && reached(m, 0) && leads_to(m, path, NULL))
		return true;
	cut(out, from);
	return false;
}

bool mw_seen_find(struct mw_seen_list *list, uint64_t device, struct slice inside, struct buf *out)
{
	size_t from = out->len, best = SIZE_MAX;
	struct slice rest;

	for (size_t i = 0; i < list->count; i++) {
		struct mw_seen *m = &list->at[i];
		size_t end = out->len;

		if (m->device != device || m->root.len >= best ||
		    !mw_path_below(inside, m->root, &rest) || !shows(m, rest, out))
			continue;
		best = m->root.len;
		memmove(out->at + from, out->at + end, out->len - end);
		cut(out, from + out->len - end);
	}
	return best != SIZE_MAX;
}

/* A layer that was named from another directory is known by its end: nobody names one by a single
 * word that is common. */
static bool in_layer(struct slice real, struct slice layer, struct slice *rest)
{
	if (layer.len && *layer.at == '/')
		return mw_path_below(real, layer, rest);
	if (!layer.len || !memchr(layer.at, '/', layer.len))
		return false;
	while (real.len > layer.len) {
		if (*real.at == '/' && mw_path_below(slice_skip(real, 1), layer, rest))
			return true;
		real = slice_skip(real, 1);
	}
	return false;
}

bool mw_seen_overlay(struct mw_seen_list *list, struct slice real, struct buf *out)
{
	struct slice rest, below;

	for (size_t i = 0; i < list->count; i++)
		for (const struct mw_layer *l = list->at[i].layers; l; l = l->next)
			if (in_layer(real, l->path, &rest) &&
			    mw_path_below(rest, list->at[i].root, &below) &&
			    shows(&list->at[i], below, out))
				return true;
	return false;
}
