#include "collect/cgroup/inside.h"
#include "collect/cgroup/mountinfo.h"

#include <ctype.h>

enum { ID_HEX = 64, UID_MAX = 64 };

static bool is_made_of(struct slice text, const char *more)
{
	for (size_t i = 0; i < text.len; i++)
		if (!isxdigit((unsigned char)text.at[i]) && !strchr(more, text.at[i]))
			return false;
	return text.len;
}

static bool is_id(struct slice name)
{
	return name.len == ID_HEX && is_made_of(name, "");
}

/* With dashes, or, of a static pod, without. */
static bool is_pod_uid(struct slice name)
{
	return name.len >= 32 && name.len <= UID_MAX && is_made_of(name, "-");
}

/* The names of which a path is made, as far as they matter. */
struct names {
	struct slice id, above_id, below_id;
	struct slice pod_uid, container;
	struct slice last;
};

static struct names take_apart(struct slice path)
{
	struct names n = { .last = SLICE("") };
	struct slice name, before = SLICE("");

	while (path.len) {
		if (!slice_until(&path, '/', &name)) {
			name = path;
			path.len = 0;
		}
		if (slice_is(before, "pods") && is_pod_uid(name))
			n.pod_uid = name;
		else if (n.pod_uid.len && slice_is(before, "containers"))
			n.container = name;
		if (n.id.len && slice_equal(before, n.id))
			n.below_id = name;
		if (is_id(name)) {
			n.id = name;
			n.above_id = before;
		}
		n.last = before = name;
	}
	return n;
}

/* .../docker/containers/ID/hostname, .../overlay-containers/ID/userdata/hostname,
 * .../io.containerd.grpc.v1.cri/sandboxes/ID/hostname */
static const char *runtime_of(const struct names *n)
{
	if (!n->id.len)
		return NULL;
	if (slice_is(n->below_id, "userdata"))
		return "podman";
	if (slice_is(n->above_id, "containers"))
		return "docker";
	return "containerd";
}

/* @return false: the kubelet did not mount this */
static bool note_pod(const struct names *n, struct slice point, struct mw_inside_mounts *out)
{
	/* /var/lib/kubelet/pods/UID/etc-hosts, .../pods/UID/containers/NAME/5f0c4e1a */
	if (!n->pod_uid.len || (!n->container.len && !slice_is(point, "/etc/hosts")))
		return false;
	out->runtime = "kubernetes";
	out->pod_uid = n->pod_uid;
	if (n->container.len)
		out->container = n->container;
	return true;
}

static void note_runtime(const struct names *n, struct slice point, struct mw_inside_mounts *out)
{
	static const char *const files[] = { "/etc/hostname", "/etc/hosts", "/etc/resolv.conf",
					     "/run/.containerenv" };
	const char *runtime = runtime_of(n);

	for (size_t i = 0; runtime && i < sizeof(files) / sizeof(*files); i++) {
		if (!slice_is(point, files[i]) || !slice_equal(slice_last(point, '/'), n->last))
			continue;
		if (!out->runtime)
			out->runtime = runtime;
		out->id = n->id;
	}
}

void mw_inside_mounts_scan(struct slice text, struct mw_inside_mounts *out)
{
	struct mw_inside_mounts found = { .id = SLICE(""),
					  .pod_uid = SLICE(""),
					  .container = SLICE("") };
	struct slice line;

	while (slice_line(&text, &line)) {
		struct mw_mount m;
		struct names n;

		if (!mw_mount_parse(line, &m))
			continue;
		/* of two mounts at one place the later hides the other */
		if (slice_is(m.point, "/"))
			found.overlay_root = slice_is(m.type, "overlay") ||
					     slice_is(m.type, "fuse.fuse-overlayfs");
		if (slice_is(m.point, "/proc/meminfo"))
			found.lxcfs = slice_is(m.type, "fuse.lxcfs");
		n = take_apart(m.root);
		if (!note_pod(&n, m.point, &found))
			note_runtime(&n, m.point, &found);
	}
	/* in a pod these files are its sandbox's */
	if (found.pod_uid.len || (found.runtime && !strcmp(found.runtime, "containerd")))
		found.id = SLICE("");
	*out = found;
}
