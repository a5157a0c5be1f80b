#include "meta/owners/oci.h"
#include "base/scoped.h"
#include "meta/path.h"

#include <errno.h>

void mw_who_json_text(struct mw_who *who, enum mw_metric metric, struct slice value)
{
	struct slice text;

	if (mw_json_text(who->arena, value, &text))
		mw_who_text(who, metric, text);
	else if (value.len && *value.at == '"')
		who->garbled = true;
}

void mw_who_parsed(struct mw_inquiry *q, struct mw_who *who, int error, const char *what)
{
	if (error || who->garbled)
		mw_inquiry_malformed(q, what);
	who->garbled = false;
}

void mw_who_json_number(struct mw_who *who, enum mw_metric metric, struct slice value)
{
	uint64_t number;

	if (mw_json_whole(value, &number) && number)
		mw_who_number(who, metric, number);
}

static int put_label(struct slice name, struct slice value, void *argument)
{
	struct mw_who *who = argument;
	const struct slice quoted = { name.at - 1, name.len + 2 };
	struct slice key, text;

	if (mw_json_text(who->arena, quoted, &key) && mw_json_text(who->arena, value, &text))
		mw_who_label(who, key, text);
	return 0;
}

int mw_who_json_labels(struct mw_who *who, struct slice object)
{
	if (slice_is(object, "null"))
		return 0;
	return mw_json_each(object, put_label, who);
}

/* --- annotations ------------------------------------------------------------------------------ */

typedef void (*note_fn)(struct mw_who *who, struct slice value);

struct annotation {
	const char *key;
	enum mw_metric metric; /* or */
	note_fn note;
};

static bool names_pod(enum mw_metric metric)
{
	return metric == M_CG_POD || metric == M_CG_NAMESPACE || metric == M_CG_POD_UID;
}

/* `podman run --annotation` and `docker run --annotation` write what anybody wants. */
static bool may_be_in_pod(const struct mw_who *who)
{
	return mw_who_knows(who, M_CG_POD_UID) ||
	       !(mw_who_is(who, M_CG_RUNTIME, "podman") || mw_who_is(who, M_CG_RUNTIME, "docker"));
}

static int note_each(const struct annotation *rows, struct slice name, struct slice value,
		     struct mw_who *who)
{
	for (; rows->key; rows++) {
		if (!slice_is(name, rows->key))
			continue;
		if (names_pod(rows->metric) && !may_be_in_pod(who))
			return 1;
		if (rows->note)
			rows->note(who, value);
		else
			mw_who_json_text(who, rows->metric, value);
		return 1;
	}
	return 0;
}

static void note_type(struct mw_who *who, struct slice value)
{
	if (slice_is(value, "\"sandbox\""))
		mw_who_replace(who, M_CG_ROLE, SLICE(MW_ROLE_SANDBOX));
}

/* What people asked for is noted as "Image", which sorts before it and may be an id. */
static void note_image(struct mw_who *who, struct slice value)
{
	struct slice text;

	if (mw_json_text(who->arena, value, &text))
		mw_who_replace(who, M_CG_IMAGE, text);
}

static void note_restarts(struct mw_who *who, struct slice value)
{
	struct slice text;
	uint64_t count;

	if (mw_json_text(who->arena, value, &text) && mw_json_whole(text, &count))
		mw_who_number(who, M_CG_RESTARTS, count);
}

/* Kubernetes' own labels. */
static const struct annotation pod_labels[] = {
	{ "io.kubernetes.container.name", M_CG_CONTAINER, NULL },
	{ "io.kubernetes.pod.name", M_CG_POD, NULL },
	{ "io.kubernetes.pod.namespace", M_CG_NAMESPACE, NULL },
	{ "io.kubernetes.pod.uid", M_CG_POD_UID, NULL },
	{ "io.kubernetes.container.restartCount", 0, note_restarts },
	{ NULL, 0, NULL },
};

static int take_label(struct slice name, struct slice value, void *argument)
{
	struct mw_who *who = argument;

	if (!note_each(pod_labels, name, value, who) && !slice_begins(name, "io.kubernetes."))
		put_label(name, value, who);
	return 0;
}

static int take_restarts(struct slice name, struct slice value, void *argument)
{
	if (slice_is(name, "io.kubernetes.container.restartCount"))
		note_restarts(argument, value);
	return 0;
}

/* JSON inside a string. */
static void note_labels(struct mw_who *who, struct slice value)
{
	struct slice text;

	if (mw_json_text(who->arena, value, &text))
		mw_json_each(text, take_label, who);
}

/* Whoever makes a pod writes its annotations: they do not say whose it is. */
static void note_annotations(struct mw_who *who, struct slice value)
{
	struct slice text;

	if (mw_json_text(who->arena, value, &text))
		mw_json_each(text, take_restarts, who);
}

static const struct annotation annotations[] = {
	/* containerd's CRI */
	{ "io.kubernetes.cri.container-name", M_CG_CONTAINER, NULL },
	{ "io.kubernetes.cri.container-type", 0, note_type },
	{ "io.kubernetes.cri.image-name", M_CG_IMAGE, NULL },
	{ "io.kubernetes.cri.sandbox-name", M_CG_POD, NULL },
	{ "io.kubernetes.cri.sandbox-namespace", M_CG_NAMESPACE, NULL },
	{ "io.kubernetes.cri.sandbox-uid", M_CG_POD_UID, NULL },
	/* CRI-O; podman for its pods' infra containers */
	{ "io.kubernetes.cri-o.ContainerType", 0, note_type },
	{ "io.kubernetes.cri-o.ImageName", 0, note_image },
	{ "io.kubernetes.cri-o.Image", M_CG_IMAGE, NULL },
	{ "io.kubernetes.cri-o.Namespace", M_CG_NAMESPACE, NULL },
	{ "io.kubernetes.cri-o.KubeName", M_CG_POD, NULL },
	{ "io.kubernetes.cri-o.Labels", 0, note_labels },
	{ "io.kubernetes.cri-o.Annotations", 0, note_annotations },
	{ "nerdctl/name", M_CG_NAME, NULL },
	{ NULL, 0, NULL },
};

/* Notes of programs to themselves. */
static bool is_internal(struct slice name)
{
	static const char *const begins[] = { "io.kubernetes.",
					      "io.container.manager",
					      "io.podman.annotations",
					      "org.opencontainers.image.",
					      "org.systemd.property.",
					      "nerdctl/",
					      "run.oci.",
					      NULL };

	for (const char *const *begin = begins; *begin; begin++)
		if (slice_begins(name, *begin))
			return true;
	return false;
}

static int take_annotation(struct slice name, struct slice value, void *argument)
{
	struct mw_who *who = argument;

	if (note_each(annotations, name, value, who) || note_each(pod_labels, name, value, who))
		return 0;
	if (!is_internal(name))
		put_label(name, value, who);
	return 0;
}

/* --- the rest --------------------------------------------------------------------------------- */

struct parse {
	struct mw_who *who;
	struct slice *cgroups_path;
};

static int take_memory(struct slice name, struct slice value, void *argument)
{
	const struct parse *p = argument;

	if (slice_is(name, "limit"))
		mw_who_json_number(p->who, M_CG_SPEC_LIMIT, value);
	else if (slice_is(name, "reservation"))
		mw_who_json_number(p->who, M_CG_REQUEST, value);
	return 0;
}

static int take_resources(struct slice name, struct slice value, void *argument)
{
	return slice_is(name, "memory") ? mw_json_each(value, take_memory, argument) : 0;
}

static int take_linux(struct slice name, struct slice value, void *argument)
{
	const struct parse *p = argument;

	if (slice_is(name, "cgroupsPath"))
		mw_json_text(p->who->arena, value, p->cgroups_path);
	else if (slice_is(name, "resources"))
		return mw_json_each(value, take_resources, argument);
	return 0;
}

static int take_member(struct slice name, struct slice value, void *argument)
{
	const struct parse *p = argument;

	if (slice_is(value, "null"))
		return 0;
	if (slice_is(name, "annotations"))
		return mw_json_each(value, take_annotation, p->who);
	return slice_is(name, "linux") ? mw_json_each(value, take_linux, argument) : 0;
}

int mw_oci_parse(struct slice json, struct mw_who *who, struct slice *cgroups_path)
{
	struct slice path = SLICE("");
	struct parse p = { who, &path };
	int error = mw_json_each(json, take_member, &p);

	/* CRI-O calls it "POD" */
	if (mw_who_is(who, M_CG_ROLE, MW_ROLE_SANDBOX))
		mw_who_forget(who, M_CG_CONTAINER);
	*cgroups_path = path;
	return error;
}

bool mw_oci_group(struct arena *a, struct slice cgroups_path, struct slice *group)
{
	struct slice rest = cgroups_path, parent, prefix;
	scoped_buf struct buf path = { 0 };
	const char *copy;

	if (!rest.len)
		return false;
	if (*rest.at == '/' || !slice_until(&rest, ':', &parent)) {
		if (*rest.at != '/')
			buf_char(&path, '/');
		buf_add(&path, rest);
	} else {
		if (!slice_until(&rest, ':', &prefix) || !rest.len ||
		    !mw_path_of_slice(parent.len ? parent : SLICE("system.slice"), &path))
			return false;
		buf_char(&path, '/');
		buf_add(&path, prefix);
		buf_puts(&path, prefix.len ? "-" : "");
		buf_add(&path, rest);
		buf_puts(&path, ".scope");
	}
	copy = path.error ? NULL : arena_copy(a, buf_slice(&path));
	if (!copy)
		return false;
	*group = slice_of(copy);
	return true;
}

void mw_pid_fact(struct mw_inquiry *q, struct mw_who *who, const char *path)
{
	uint64_t pid;

	if (!path)
		return;
	if (!who->watch.len)
		who->watch = slice_of(path);
	if (!mw_inquiry_read(q, "%s", path) &&
	    mw_json_whole(slice_trim(buf_slice(&q->text)), &pid) && pid)
		mw_who_number(who, M_CG_INIT_PID, pid);
}

/* --- restarts --------------------------------------------------------------------------------- */

struct logs {
	uint64_t highest;
	bool found;
};

/* "3.log", and those that were rotated: "3.log.20240101-000000.gz" */
static int take_log(const struct mw_dirent *entry, void *argument)
{
	struct slice name = slice_of(entry->name);
	struct logs *logs = argument;
	uint64_t number;

	if (!slice_u64(&name, &number) || !slice_word(&name, ".log") ||
	    (name.len && *name.at != '.'))
		return 0;
	logs->found = true;
	if (number > logs->highest)
		logs->highest = number;
	return 0;
}

void mw_pod_restarts(struct mw_inquiry *q, struct mw_who *who)
{
	struct slice space = mw_who_get(who, M_CG_NAMESPACE), pod = mw_who_get(who, M_CG_POD),
		     uid = mw_who_get(who, M_CG_POD_UID), name = mw_who_get(who, M_CG_CONTAINER);
	struct logs logs = { 0 };
	const char *path;

	if (mw_who_knows(who, M_CG_RESTARTS) || !mw_is_file_name(space) || !mw_is_file_name(pod) ||
	    !mw_is_file_name(uid) || !mw_is_file_name(name))
		return;
	path = arena_printf(&q->arena, "var/log/pods/%.*s_%.*s_%.*s/%.*s", SLICE_ARG(space),
			    SLICE_ARG(pod), SLICE_ARG(uid), SLICE_ARG(name));
	if (path && !mw_inquiry_list(q, path, take_log, &logs) && logs.found)
		mw_who_number(who, M_CG_RESTARTS, logs.highest);
}

/* --- the kubelet's links ---------------------------------------------------------------------- */

static const char link_folder[] = "var/log/containers";

struct link {
	struct link *next;
	struct slice pod, space, container, id;
};

struct links {
	bool listed;
	struct link *first;
	struct arena *arena;
};

/* POD_NAMESPACE_CONTAINER-ID.log: none of the names has "_" */
static int take_link(const struct mw_dirent *entry, void *argument)
{
	struct slice name = slice_of(entry->name), tail, rest;
	struct links *links = argument;
	struct link *link;
	const char *copy;

	if (name.len <= MW_ID_HEX + strlen("-.log") || !slice_ends(name, ".log"))
		return 0;
	name.len -= strlen(".log");
	tail = slice_skip(name, name.len - MW_ID_HEX);
	if (!mw_is_container_id(tail) || tail.at[-1] != '-')
		return 0;
	link = arena_new(links->arena, struct link);
	copy = arena_copy(links->arena, name);
	if (!link || !copy)
		return 0;
	rest = (struct slice){ copy, name.len - MW_ID_HEX - 1 };
	link->id = (struct slice){ copy + rest.len + 1, MW_ID_HEX };
	if (!slice_until(&rest, '_', &link->pod) || !slice_until(&rest, '_', &link->space))
		return 0;
	link->container = rest;
	link->next = links->first;
	links->first = link;
	return 0;
}

void mw_pod_link(struct mw_inquiry *q, struct mw_who *who)
{
	struct links *links = mw_inquiry_memory(q, link_folder, sizeof(*links));
	struct slice id = mw_who_get(who, M_CG_RUNTIME_ID);

	if (!links)
		return;
	if (!links->listed) {
		links->listed = true;
		links->arena = &q->arena;
		mw_inquiry_list(q, link_folder, take_link, links);
	}
	for (const struct link *link = links->first; link; link = link->next) {
		if (!slice_equal(link->id, id))
			continue;
		mw_who_text(who, M_CG_POD, link->pod);
		mw_who_text(who, M_CG_NAMESPACE, link->space);
		mw_who_text(who, M_CG_CONTAINER, link->container);
		mw_pod_restarts(q, who);
		return;
	}
}
