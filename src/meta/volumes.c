#include "meta/volumes.h"

#include "base/index.h"
#include "model/title.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/sysmacros.h>

enum {
	MOST = 20000, /* volumes; more than a machine can have pods for */
	LONGEST = 4096,
};

void mw_volumes_release(struct mw_volumes *v)
{
	for (size_t i = 0; i < v->count; i++)
		free(v->at[i].path);
	free(v->at);
	*v = (struct mw_volumes){ 0 };
}

/* --- mountinfo -------------------------------------------------------------------------------- */

/* Blanks, newlines and backslashes of a path are written as "\040". @return the length */
static size_t unescape(struct slice s, char *out)
{
	size_t len = 0;

	while (s.len) {
		unsigned value = 0;
		size_t n = 0;

		if (*s.at == '\\')
			for (n = 1; n < s.len && n < 4 && s.at[n] >= '0' && s.at[n] <= '7'; n++)
				value = value * 8 + (unsigned)(s.at[n] - '0');
		if (n == 4 && value && value < 256) {
			out[len++] = (char)value;
			s = slice_skip(s, 4);
		} else {
			out[len++] = *s.at;
			s = slice_skip(s, 1);
		}
	}
	return len;
}

/* "…/pods/UID/volumes/kubernetes.io~TYPE/NAME", of CSI drivers with "/mount". The kubelet's directory
 * may be anywhere. */
static bool take_parts(struct mw_volume *v)
{
	static const char middle[] = "/volumes/kubernetes.io~";
	struct slice path = slice_of(v->path), rest = path, before;

	if (!slice_after(&rest, middle))
		return false;
	before = (struct slice){ path.at, (size_t)(rest.at - path.at) - strlen(middle) };
	if (!slice_until(&rest, '/', &v->type) || !v->type.len)
		return false;
	if (!slice_until(&rest, '/', &v->name))
		v->name = rest;
	else if (!slice_is(rest, "mount"))
		return false;
	v->uid = slice_last(before, '/');
	before.len -= v->uid.len;
	return v->name.len && v->uid.len && slice_ends(before, "/pods/");
}

static int add(struct mw_volumes *v, struct slice escaped, uint64_t device)
{
	struct mw_volume volume = { .path = malloc(escaped.len + 1), .device = device };
	size_t len;

	if (!volume.path)
		return -ENOMEM;
	len = unescape(escaped, volume.path);
	volume.path[len] = '\0';
	/* below the root */
	if (*volume.path == '/')
		memmove(volume.path, volume.path + 1, len);
	if (!take_parts(&volume)) {
		free(volume.path);
		return 0;
	}
	/* a power of two is when there is no room */
	if (!(v->count & (v->count - 1))) {
		struct mw_volume *more = realloc(v->at,
						 (v->count ? 2 * v->count : 1) * sizeof(*more));

		if (!more) {
			free(volume.path);
			return -ENOMEM;
		}
		v->at = more;
	}
	v->at[v->count++] = volume;
	return 0;
}

/* "36 35 98:0 /root /mount/point rw,noatime master:1 - tmpfs tmpfs rw,size=65536k" */
static bool take_mount(struct slice line, struct slice *path, uint64_t *device)
{
	enum { DEVICE = 2, POINT = 4, FIELDS };
	struct slice at[FIELDS], word;
	uint64_t major, minor;

	for (int i = 0; i < FIELDS; i++)
		if (!slice_token(&line, &at[i]))
			return false;
	while (slice_token(&line, &word) && !slice_is(word, "-"))
		;
	if (!slice_token(&line, &word) || !slice_is(word, "tmpfs") || at[POINT].len > LONGEST ||
	    !slice_u64(&at[DEVICE], &major) || !slice_word(&at[DEVICE], ":") ||
	    !slice_u64(&at[DEVICE], &minor))
		return false;
	*path = at[POINT];
	*device = makedev((unsigned)major, (unsigned)minor);
	return true;
}

static int by_path(const void *a, const void *b)
{
	const struct mw_volume *x = a, *y = b;

	return strcmp(x->path, y->path);
}

/* One is mounted over another: they have one path, and only the upper one is seen there. */
static void drop_covered(struct mw_volumes *v)
{
	size_t kept = 0;

	if (v->count)
		qsort(v->at, v->count, sizeof(*v->at), by_path);
	for (size_t i = 0; i < v->count; i++) {
		if (i + 1 < v->count && !strcmp(v->at[i].path, v->at[i + 1].path))
			free(v->at[i].path);
		else
			v->at[kept++] = v->at[i];
	}
	v->count = kept;
}

int mw_volumes_parse(struct mw_volumes *v, struct slice mountinfo)
{
	struct mw_volumes found = { 0 };
	struct slice line, path;
	uint64_t device;
	int error = 0;

	while (!error && found.count < MOST && slice_line(&mountinfo, &line))
		if (take_mount(line, &path, &device))
			error = add(&found, path, device);
	if (error) {
		mw_volumes_release(&found);
		return error;
	}
	drop_covered(&found);
	mw_volumes_release(v);
	*v = found;
	return 0;
}

int mw_volumes_find(struct mw_volumes *v, struct mw_inquiry *q)
{
	int error = mw_inquiry_read(q, "proc/1/mountinfo");

	if (error == -EACCES || error == -EPERM || error == -ENOENT)
		error = mw_inquiry_read(q, "proc/self/mountinfo");
	return error ? error : mw_volumes_parse(v, buf_slice(&q->text));
}

/* --- rows ------------------------------------------------------------------------------------- */

static bool is_uid(uint32_t row, const void *key, const void *context)
{
	return slice_is(*(const struct slice *)key,
			mw_get_text(mw_snapshot_at(context, MW_CGROUP, row), M_CG_POD_UID));
}

/* The groups of pods by uid. @return 0 or -ENOMEM */
static int index_pods(const struct mw_snapshot *s, struct index *x)
{
	struct mw_entity *e;
	int error = 0;

	mw_for_each (e, s, MW_CGROUP) {
		const char *uid = mw_get_text(e, M_CG_POD_UID);

		if (uid && mw_group_role_is(e, MW_ROLE_POD))
			error = index_add(x, hash_bytes(slice_of(uid)), e->index);
		if (error)
			return error;
	}
	return 0;
}

/* What the kubelet writes once, or seldom. An emptyDir is the pod's own to fill. */
static bool is_settled(const struct mw_volume *volume)
{
	static const char *const types[] = { "secret", "projected", "configmap", "downward-api",
					     NULL };

	for (const char *const *t = types; *t; t++)
		if (slice_is(volume->type, *t))
			return true;
	return false;
}

/* A directory from which the volume has been unmounted tells the room of the disk. */
static int measure(struct mw_volume *volume, struct mw_source *source)
{
	struct mw_dir root = mw_root(source);
	struct mw_stat st;
	int error = mw_stat(&root, volume->path, &st);

	if (!error && st.device != volume->device)
		error = -ENOENT;
	if (!error)
		error = mw_space(&root, volume->path, &volume->space);
	volume->measured = !error;
	return error;
}

static int put(struct mw_snapshot *s, struct mw_entity *pod, const struct mw_volume *volume,
	       int error)
{
	struct mw_entity *e = mw_snapshot_add(s, MW_VOLUME, pod, volume->name,
					      hash_bytes(slice_of(volume->path)), 0);
	char *path = arena_printf(mw_snapshot_arena(s), "/%s", volume->path);

	if (!e || !path)
		return -ENOMEM;
	mw_set_text(s, e, M_VO_TYPE, volume->type);
	mw_set(e, M_VO_PATH, (uintptr_t)path);
	mw_set_text(s, e, M_VO_POD_UID, volume->uid);
	if (error) {
		mw_set_state(e, M_VO_SIZE, mw_state_of(error));
		mw_set_state(e, M_VO_USED, mw_state_of(error));
		return 0;
	}
	mw_set(e, M_VO_SIZE, volume->space.size);
	mw_set(e, M_VO_USED, volume->space.used);
	return 0;
}

int mw_volumes_put(struct mw_volumes *v, struct mw_source *source, struct mw_snapshot *s)
{
	struct index pods = { 0 };
	int error = v->count ? index_pods(s, &pods) : 0;

	for (size_t i = 0; i < v->count && !error; i++) {
		struct mw_volume *volume = &v->at[i];
		uint32_t row = index_find(&pods, hash_bytes(volume->uid), is_uid, &volume->uid, s);
		int failed = 0;

		if (row == INDEX_NONE)
			continue;
		if (!volume->measured || !is_settled(volume))
			failed = measure(volume, source);
		/* unmounted since the list was read */
		if (failed != -ENOENT)
			error = put(s, mw_snapshot_at(s, MW_CGROUP, row), volume, failed);
	}
	index_release(&pods);
	return error;
}
