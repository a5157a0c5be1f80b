/* Whether memwhy itself runs in a container, and what it does not see from there. Files that a runtime
 * leaves (/.dockerenv) do not tell: an image of a container may have become a machine, and a container
 * may see all of its machine. Namespaces do, and which part of the control groups is mounted. Costs
 * about 10 small calls; needs no privilege. */
#include "base/scoped.h"
#include "collect/cgroup/hierarchy.h"
#include "collect/cgroup/inside.h"
#include "collect/cgroup/mountinfo.h"

#include <errno.h>
#include <stdio.h>

enum sign {
	PID_NS,     /* /proc shows the processes of a namespace */
	CGROUP_NS,  /* groups are named from a namespace's own */
	PART,       /* the mount's top is not the machine's root group */
	OWN_MOUNTS, /* other files than process 1's */
	MOUNTED,    /* a runtime's files over /etc/hostname ... */
	POD,
	DOCKERENV,
	CONTAINERENV,
	SYSTEMD,
	PROCESS1,
	USER_NS,
	OVERLAY,
	LXCFS,
	SIGNS,
};

#define BIT(sign) (1u << (sign))

static const char *const sign_names[SIGNS] = {
	[PID_NS] = "pid namespace",
	[CGROUP_NS] = "cgroup namespace",
	[PART] = "part of the cgroup tree",
	[OWN_MOUNTS] = "files other than those of process 1",
	[MOUNTED] = "files mounted by the runtime",
	[POD] = "service account of a pod",
	[DOCKERENV] = "/.dockerenv",
	[CONTAINERENV] = "/run/.containerenv",
	[SYSTEMD] = "/run/systemd/container",
	[PROCESS1] = "container= of process 1",
	[USER_NS] = "user namespace",
	[OVERLAY] = "overlay root",
	[LXCFS] = "lxcfs",
};

/* What a runtime leaves; what nobody else makes; what a mere sandbox may have as well. */
static const unsigned marks = BIT(POD) | BIT(DOCKERENV) | BIT(CONTAINERENV) | BIT(SYSTEMD);
static const unsigned proofs = BIT(PID_NS) | BIT(CGROUP_NS) | BIT(PART) | BIT(MOUNTED);

struct inside {
	struct mw_collect *c;
	struct mw_dir root;
	struct mw_entity *node;
	unsigned signs;
	struct buf mountinfo, told; /* told: "docker", by systemd or process 1 */
	struct mw_inside_mounts mounts;
};

static bool has(const struct inside *in, enum sign sign)
{
	return in->signs & BIT(sign);
}

static void note(struct inside *in, enum sign sign, bool yes)
{
	if (yes)
		in->signs |= BIT(sign);
}

/* What is not there, or not for us to see, is usual. @return success */
static bool got(const struct inside *in, const char *path, int error)
{
	enum mw_state state = mw_state_of(error);

	if (error && state != MW_ABSENT && state != MW_DENIED && state != MW_VANISHED)
		mw_snapshot_problem(in->c->snapshot, slice_of(path), 0, error, NULL);
	return !error;
}

static bool there(const struct inside *in, const char *path)
{
	struct mw_stat st;

	return got(in, path, mw_stat(&in->root, path, &st));
}

static bool link_of(const struct inside *in, const char *path, struct buf *out)
{
	return got(in, path, mw_readlink(&in->root, path, out));
}

static bool text_of(const struct inside *in, const char *path)
{
	return got(in, path, mw_read_record(&in->root, path, &in->c->text));
}

/* The directory below the root that `path` leads to. */
static bool status_of(const struct inside *in, const char *path, struct mw_stat *out)
{
	scoped_dir struct mw_dir dir = { 0 };

	return got(in, path, mw_open(&in->root, path, &dir)) &&
	       got(in, path, mw_stat(&dir, "", out));
}

/* Are our own files those of the source? Below --root /host they are not: that machine is not what we
 * are inside of. */
static bool is_our_root(const struct inside *in)
{
	struct mw_stat ours, its;

	return !status_of(in, "proc/self/root", &ours) || mw_stat(&in->root, "", &its) ||
	       (ours.inode == its.inode && ours.device == its.device);
}

/* A machine's first namespaces have numbers of their own (include/linux/proc_ns.h). */
static bool in_namespace(const struct inside *in, const char *name, uint64_t first)
{
	struct slice text;
	char path[32];
	uint64_t number;

	snprintf(path, sizeof(path), "proc/self/ns/%s", name);
	if (!link_of(in, path, &in->c->text))
		return false;
	text = buf_slice(&in->c->text);
	return slice_after(&text, "[") && slice_u64(&text, &number) && slice_is(text, "]") &&
	       number != first;
}

/* Number of processes' names for us: a /proc of a namespace above ours knows two. */
static size_t pids_of_self(const struct inside *in)
{
	struct slice text, line, pid;
	size_t count = 0;

	if (!text_of(in, "proc/self/status"))
		return 0;
	text = buf_slice(&in->c->text);
	while (slice_line(&text, &line))
		if (slice_word(&line, "NSpid:"))
			while (slice_token(&line, &pid))
				count++;
	return count;
}

/* Not all of the machine's users: 0 0 4294967295 */
static bool maps_users(const struct inside *in)
{
	struct slice text;
	uint64_t inner, outer, count;

	if (!text_of(in, "proc/self/uid_map"))
		return false;
	text = buf_slice(&in->c->text);
	return slice_u64(&text, &inner) && slice_u64(&text, &outer) && slice_u64(&text, &count) &&
	       (inner || outer || count != UINT32_MAX);
}

/* The machine's root group has no cgroup.type (v2), and alone has a release_agent (v1). */
static bool sees_part(const struct inside *in)
{
	const char *mount = mw_get_text(in->node, M_CGROUP_MOUNT);
	const char *shown = mw_get_text(in->node, M_CGROUP_ROOT);
	struct mw_entity *top;
	char path[4096];

	if (!mount || !shown || !mw_snapshot_count(in->c->snapshot, MW_CGROUP))
		return false;
	if (strcmp(shown, "/") != 0 && strncmp(shown, "/..", 3) != 0)
		return true;
	top = mw_snapshot_at(in->c->snapshot, MW_CGROUP, 0);
	if (mw_get_or(top, M_CG_VERSION, 0) == 2) {
		snprintf(path, sizeof(path), "%s/cgroup.type", mount);
		return there(in, path);
	}
	snprintf(path, sizeof(path), "%s/release_agent", mount);
	return has(in, CGROUP_NS) && !there(in, path);
}

/* Another mount namespace than process 1's, and other files in it: a service may have the one, a chroot
 * the other. Needs the right to trace process 1. */
static bool has_own_mounts(const struct inside *in)
{
	scoped_buf struct buf first = { 0 };
	struct mw_stat ours, its;

	return link_of(in, "proc/1/ns/mnt", &first) &&
	       link_of(in, "proc/self/ns/mnt", &in->c->text) &&
	       !slice_equal(buf_slice(&first), buf_slice(&in->c->text)) &&
	       status_of(in, "proc/1/root", &its) && !mw_stat(&in->root, "", &ours) &&
	       (its.inode != ours.inode || its.device != ours.device);
}

/* An environment is nobody else's business: one word of it is kept. */
static bool read_process1(struct inside *in)
{
	struct mw_source *source = in->c->source;
	struct mw_dir root = mw_root(mw_unrecorded(source));
	struct slice text, line;

	if (text_of(in, MW_KEPT_INSIDE)) {
		buf_add(&in->told, slice_trim(buf_slice(&in->c->text)));
		return in->told.len;
	}
	if (!got(in, "proc/1/environ", mw_read(&root, "proc/1/environ", &in->c->text)))
		return false;
	text = buf_slice(&in->c->text);
	while (slice_until(&text, '\0', &line))
		if (slice_word(&line, "container=") && line.len) {
			buf_add(&in->told, line);
			mw_keep(source, MW_KEPT_INSIDE, line);
			return true;
		}
	return false;
}

static bool read_systemd(struct inside *in)
{
	if (!text_of(in, "run/systemd/container"))
		return false;
	buf_clear(&in->told);
	buf_add(&in->told, slice_trim(buf_slice(&in->c->text)));
	return in->told.len;
}

static void look(struct inside *in)
{
	static const char list[] = "proc/self/mountinfo";
	bool other_pids = in_namespace(in, "pid", 4026531836);

	note(in, CGROUP_NS, in_namespace(in, "cgroup", 4026531835));
	note(in, PID_NS, other_pids && pids_of_self(in) < 2);
	note(in, PART, sees_part(in));
	note(in, POD,
	     there(in, "run/secrets/kubernetes.io") || there(in, "var/run/secrets/kubernetes.io"));
	note(in, DOCKERENV, there(in, ".dockerenv"));
	note(in, CONTAINERENV, there(in, "run/.containerenv"));
	note(in, SYSTEMD, there(in, "run/systemd/container"));
	/* a long list on a machine full of containers, which has none of these */
	if (!in->signs || !got(in, list, mw_read(&in->root, list, &in->mountinfo)))
		return;
	mw_inside_mounts_scan(buf_slice(&in->mountinfo), &in->mounts);
	note(in, MOUNTED, in->mounts.runtime);
	note(in, OVERLAY, in->mounts.overlay_root);
	note(in, LXCFS, in->mounts.lxcfs);
	note(in, USER_NS, maps_users(in));
	note(in, OWN_MOUNTS, !has(in, PID_NS) && has_own_mounts(in));
}

/* A word of somebody's, as a kind. */
static const char *kind_named(struct slice text)
{
	static const struct {
		const char *part, *kind;
	} names[] = {
		{ "docker", "docker" },
		{ "podman", "podman" },
		{ "libpod", "podman" },
		{ "lxc", "lxc" },
		{ "kubepods", "kubernetes" },
		{ "systemd-nspawn", "systemd-nspawn" },
		{ "machine.slice/machine-", "systemd-nspawn" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct slice rest = text;

		if (slice_after(&rest, names[i].part))
			return names[i].kind;
	}
	return NULL;
}

static const char *kind_of(const struct inside *in)
{
	const char *runtime = in->mounts.runtime, *kind, *shown;

	if (has(in, POD) || in->mounts.pod_uid.len)
		return "kubernetes";
	if (runtime && strcmp(runtime, "containerd") != 0)
		return runtime;
	kind = kind_named(buf_slice(&in->told));
	if (!kind && has(in, LXCFS))
		kind = "lxc";
	shown = mw_get_text(in->node, M_CGROUP_ROOT);
	if (!kind && shown)
		kind = kind_named(slice_of(shown));
	if (!kind && has(in, CONTAINERENV))
		kind = "podman";
	if (!kind && has(in, DOCKERENV) && has(in, OVERLAY))
		kind = "docker";
	return kind ? kind : "container";
}

/* @return the container's group, or, where groups are not hidden, the one that memwhy is in; NULL when
 * it is not known, or the machine's own */
static const struct mw_entity *own_group(const struct inside *in)
{
	const char *shown = mw_get_text(in->node, M_CGROUP_ROOT);
	const char *home = mw_get_text(in->node, M_CGROUP_HOME);
	struct mw_snapshot *s = in->c->snapshot;
	const struct mw_entity *group = NULL;
	struct mw_group_names names;
	struct slice name;

	if (!shown || !mw_snapshot_count(s, MW_CGROUP))
		return NULL;
	if (!strncmp(shown, "/..", 3)) {
		if (home)
			group = mw_snapshot_by_name(s, MW_CGROUP, slice_of(home));
	} else if (has(in, PART)) {
		group = mw_snapshot_at(s, MW_CGROUP, 0);
	} else {
		mw_group_names_init(&names, s);
		if (text_of(in, "proc/self/cgroup") &&
		    mw_group_name(&names, buf_slice(&in->c->text), &name))
			group = mw_snapshot_by_name(s, MW_CGROUP, name);
	}
	return group && (group->parent || has(in, PART)) ? group : NULL;
}

static void set_text(const struct inside *in, enum mw_metric metric, struct slice text)
{
	if (text.len)
		mw_set_text(in->c->snapshot, in->node, metric, text);
}

static void put_list(const struct inside *in, enum mw_metric metric, const char *const *names,
		     unsigned bits, size_t count, const char *between)
{
	scoped_buf struct buf text = { 0 };

	for (size_t i = 0; i < count; i++)
		if (bits & BIT(i)) {
			buf_puts(&text, text.len ? between : "");
			buf_puts(&text, names[i]);
		}
	set_text(in, metric, buf_slice(&text));
}

static void put(const struct inside *in)
{
	static const char *const things[] = { "groups", "processes", "log", "meminfo" };
	const struct mw_entity *group = own_group(in);
	const char *shown = mw_get_text(in->node, M_CGROUP_ROOT);
	bool above = shown && !strncmp(shown, "/..", 3);
	unsigned hidden = (has(in, PART) || (has(in, CGROUP_NS) && !above) ? BIT(0) : 0) |
			  (has(in, PID_NS) ? BIT(1) : 0) | (there(in, "dev/kmsg") ? 0 : BIT(2)) |
			  (has(in, LXCFS) ? BIT(3) : 0);

	set_text(in, M_INSIDE, slice_of(kind_of(in)));
	put_list(in, M_INSIDE_SIGNS, sign_names, in->signs, SIGNS, ", ");
	put_list(in, M_INSIDE_HIDDEN, things, hidden, sizeof(things) / sizeof(*things), ",");
	if (group)
		set_text(in, M_INSIDE_GROUP, slice_of(group->name));
	set_text(in, M_INSIDE_ID, in->mounts.id);
	set_text(in, M_INSIDE_POD_UID, in->mounts.pod_uid);
	set_text(in, M_INSIDE_CONTAINER, in->mounts.container);
}

static int collect(struct mw_collect *c)
{
	struct inside in = {
		.c = c,
		.root = mw_root(c->source),
		.node = mw_snapshot_node(c->snapshot),
		.told.limit = 64,
	};

	if (is_our_root(&in))
		look(&in);
	if (in.signs & proofs || (in.signs & marks && has(&in, OWN_MOUNTS))) {
		note(&in, PROCESS1, has(&in, PID_NS) && read_process1(&in));
		if (has(&in, SYSTEMD))
			read_systemd(&in);
		put(&in);
	}
	buf_release(&in.mountinfo);
	buf_release(&in.told);
	return 0;
}

const struct mw_collector mw_collect_inside = {
	.name = "inside",
	.want = MW_WANT_NODE | MW_WANT_CGROUPS | MW_WANT_CGROUP_NAMES | MW_WANT_PROCESSES |
		MW_WANT_KLOG,
	.collect = collect,
};
