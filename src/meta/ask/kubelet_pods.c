/* Lists of pods, as the kubelet's /pods and the API server give them. */
#include "base/scoped.h"
#include "meta/ask/kubelet.h"
#include "meta/json.h"
#include "meta/owners/oci.h"
#include "model/quantity.h"

#include <errno.h>

enum { CONTAINERS = 128 }; /* of one pod; those behind are passed over */

struct resources {
	struct mw_num memory_request, memory_limit; /* bytes */
	struct mw_num cpu_request, cpu_limit;       /* millionths of a core */
};

struct container {
	struct slice name, image, id;
	bool init, sidecar; /* a sidecar goes on beside the others */
	struct mw_num restarts;
	struct resources specified;
	struct resources granted; /* after a resize in place */
};

struct pod {
	struct arena arena;
	struct slice uid, hash; /* of a static pod's file: its groups' uid */
	struct slice name, space, qos, owner_kind, owner, labels, template_hash;
	bool from_api, from_file, mirrored, owner_found;
	struct mw_num priority, overhead;
	struct resources whole; /* specified for the pod, not for its containers */
	struct container at[CONTAINERS];
	size_t count;
	bool init; /* the list being read */
};

static const struct mw_num none = { 0, MW_ABSENT };

/* The members of an object that are known. */
struct member {
	const char *name;
	int (*read)(struct slice value, struct pod *pod, struct container *c);
	size_t text; /* or: where in the pod the text belongs */
};

struct walk {
	const struct member *members;
	struct pod *pod;
	struct container *container;
};

static int take(struct slice name, struct slice value, void *argument)
{
	const struct walk *w = argument;
	struct pod *pod = w->pod;

	for (const struct member *m = w->members; m->name; m++) {
		if (!slice_is(name, m->name) || slice_is(value, "null"))
			continue;
		if (m->read)
			return m->read(value, pod, w->container);
		mw_json_text(&pod->arena, value, (struct slice *)(void *)((char *)pod + m->text));
	}
	return 0;
}

static int walk(const struct member *members, struct slice object, struct pod *pod,
		struct container *c)
{
	struct walk w = { members, pod, c };

	return mw_json_each(object, take, &w);
}

#define TEXT(member) NULL, offsetof(struct pod, member)

/* --- metadata --------------------------------------------------------------------------------- */

static int read_source(struct slice value, struct pod *pod, struct container *c)
{
	/* those of the API server come from "api" */
	pod->from_file |= slice_is(value, "\"file\"") || slice_is(value, "\"http\"");
	return 0;
}

static int read_mirror(struct slice value, struct pod *pod, struct container *c)
{
	pod->mirrored = true;
	return 0;
}

static int read_version(struct slice value, struct pod *pod, struct container *c)
{
	pod->from_api = true;
	return 0;
}

/* Who makes a pod may write any annotation but the mirror's; what the API server has not stored, the
 * kubelet has written. */
static bool is_static(const struct pod *pod)
{
	return pod->mirrored || (pod->from_file && !pod->from_api);
}

static const struct member annotations[] = {
	{ "kubernetes.io/config.hash", TEXT(hash) },
	{ "kubernetes.io/config.source", read_source },
	{ "kubernetes.io/config.mirror", read_mirror },
	{ NULL },
};

static int read_annotations(struct slice value, struct pod *pod, struct container *c)
{
	return walk(annotations, value, pod, c);
}

static const struct member labels[] = {
	{ "pod-template-hash", TEXT(template_hash) },
	{ NULL },
};

static int read_labels(struct slice value, struct pod *pod, struct container *c)
{
	pod->labels = value;
	return walk(labels, value, pod, c);
}

static int take_owner(struct slice name, struct slice value, void *argument)
{
	struct pod *pod = argument;
	struct slice kind, owner, controller;

	if (pod->owner_found || !mw_json_member(value, "controller", &controller) ||
	    !slice_is(controller, "true") || !mw_json_member(value, "kind", &kind) ||
	    !mw_json_member(value, "name", &owner))
		return 0;
	pod->owner_found = mw_json_text(&pod->arena, kind, &pod->owner_kind) &&
			   mw_json_text(&pod->arena, owner, &pod->owner);
	return 0;
}

static int read_owners(struct slice value, struct pod *pod, struct container *c)
{
	return mw_json_elements(value, take_owner, pod);
}

static const struct member metadata[] = {
	{ "uid", TEXT(uid) },
	{ "name", TEXT(name) },
	{ "namespace", TEXT(space) },
	{ "labels", read_labels },
	{ "annotations", read_annotations },
	{ "resourceVersion", read_version },
	{ "ownerReferences", read_owners },
	{ NULL },
};

static int read_metadata(struct slice value, struct pod *pod, struct container *c)
{
	return walk(metadata, value, pod, c);
}

/* --- resources -------------------------------------------------------------------------------- */

static struct mw_num quantity(struct arena *a, struct slice object, const char *name,
			      struct mw_num (*parse)(struct slice))
{
	struct slice value, text;

	if (!mw_json_member(object, name, &value))
		return none;
	/* hand-written ones may be numbers */
	return parse(mw_json_text(a, value, &text) ? text : value);
}

static void read_resources(struct slice value, struct arena *a, struct resources *out)
{
	struct slice part;

	if (mw_json_member(value, "requests", &part)) {
		out->memory_request = quantity(a, part, "memory", mw_kube_bytes);
		out->cpu_request = quantity(a, part, "cpu", mw_kube_cores);
	}
	if (mw_json_member(value, "limits", &part)) {
		out->memory_limit = quantity(a, part, "memory", mw_kube_bytes);
		out->cpu_limit = quantity(a, part, "cpu", mw_kube_cores);
	}
}

static void prefer(struct mw_num *to, struct mw_num other)
{
	if (other.state == MW_OK)
		*to = other;
}

/* --- containers ------------------------------------------------------------------------------- */

/* The container of that name: its specification and its status are joined by it. */
static struct container *of_name(struct pod *pod, struct slice object)
{
	const struct resources no = { none, none, none, none };
	struct slice value, name;

	if (!mw_json_member(object, "name", &value) || !mw_json_text(&pod->arena, value, &name))
		return NULL;
	for (size_t i = 0; i < pod->count; i++)
		if (slice_equal(pod->at[i].name, name))
			return &pod->at[i];
	if (pod->count == CONTAINERS)
		return NULL;
	pod->at[pod->count] = (struct container){ name,  SLICE(""), SLICE(""), pod->init,
						  false, none,      no,        no };
	return &pod->at[pod->count++];
}

static int read_image(struct slice value, struct pod *pod, struct container *c)
{
	if (!c->image.len)
		mw_json_text(&pod->arena, value, &c->image);
	return 0;
}

static int read_policy(struct slice value, struct pod *pod, struct container *c)
{
	c->sidecar = pod->init && slice_is(value, "\"Always\"");
	return 0;
}

static int read_specified(struct slice value, struct pod *pod, struct container *c)
{
	read_resources(value, &pod->arena, &c->specified);
	return 0;
}

static const struct member specification[] = {
	{ "image", read_image },
	{ "restartPolicy", read_policy },
	{ "resources", read_specified },
	{ NULL },
};

/* "containerd://b6c1…" */
static int read_id(struct slice value, struct pod *pod, struct container *c)
{
	struct slice text;

	if (mw_json_text(&pod->arena, value, &text) && slice_after(&text, "://"))
		c->id = text;
	return 0;
}

static int read_restarts(struct slice value, struct pod *pod, struct container *c)
{
	uint64_t count;

	if (mw_json_whole(value, &count))
		c->restarts = (struct mw_num){ count, MW_OK };
	return 0;
}

static int read_granted(struct slice value, struct pod *pod, struct container *c)
{
	struct resources r = { none, none, none, none };

	read_resources(value, &pod->arena, &r);
	/* what was allocated says more of requests */
	if (c->granted.memory_request.state == MW_OK)
		r.memory_request = c->granted.memory_request;
	if (c->granted.cpu_request.state == MW_OK)
		r.cpu_request = c->granted.cpu_request;
	c->granted = r;
	return 0;
}

static int read_allocated(struct slice value, struct pod *pod, struct container *c)
{
	prefer(&c->granted.memory_request, quantity(&pod->arena, value, "memory", mw_kube_bytes));
	prefer(&c->granted.cpu_request, quantity(&pod->arena, value, "cpu", mw_kube_cores));
	return 0;
}

static const struct member container_status[] = {
	{ "containerID", read_id },
	{ "image", read_image },
	{ "restartCount", read_restarts },
	{ "resources", read_granted },
	{ "allocatedResources", read_allocated },
	{ NULL },
};

struct list {
	const struct member *members;
	struct pod *pod;
};

static int take_container(struct slice name, struct slice value, void *argument)
{
	const struct list *list = argument;
	struct container *c = of_name(list->pod, value);

	return c ? walk(list->members, value, list->pod, c) : 0;
}

static int read_list(struct slice value, const struct member *members, struct pod *pod, bool init)
{
	struct list list = { members, pod };

	pod->init = init;
	return mw_json_elements(value, take_container, &list);
}

static int read_containers(struct slice value, struct pod *pod, struct container *c)
{
	return read_list(value, specification, pod, false);
}

static int read_init(struct slice value, struct pod *pod, struct container *c)
{
	return read_list(value, specification, pod, true);
}

static int read_statuses(struct slice value, struct pod *pod, struct container *c)
{
	return read_list(value, container_status, pod, false);
}

/* --- specification and status ----------------------------------------------------------------- */

static int read_priority(struct slice value, struct pod *pod, struct container *c)
{
	int64_t priority;

	if (slice_i64(&value, &priority) && !value.len)
		pod->priority = (struct mw_num){ (uint64_t)priority, MW_OK };
	return 0;
}

static int read_overhead(struct slice value, struct pod *pod, struct container *c)
{
	pod->overhead = quantity(&pod->arena, value, "memory", mw_kube_bytes);
	return 0;
}

static int read_whole(struct slice value, struct pod *pod, struct container *c)
{
	read_resources(value, &pod->arena, &pod->whole);
	return 0;
}

static const struct member spec[] = {
	{ "containers", read_containers },
	{ "initContainers", read_init },
	{ "ephemeralContainers", read_containers },
	{ "priority", read_priority },
	{ "overhead", read_overhead },
	{ "resources", read_whole },
	{ NULL },
};

static int read_spec(struct slice value, struct pod *pod, struct container *c)
{
	return walk(spec, value, pod, c);
}

static const struct member status[] = {
	{ "qosClass", TEXT(qos) },
	{ "containerStatuses", read_statuses },
	{ "initContainerStatuses", read_statuses },
	{ "ephemeralContainerStatuses", read_statuses },
	{ NULL },
};

static int read_status(struct slice value, struct pod *pod, struct container *c)
{
	return walk(status, value, pod, c);
}

/* In this order, whatever theirs: a status says which containers the specification has. */
static const struct member parts[] = {
	{ "metadata", read_metadata },
	{ "spec", read_spec },
	{ "status", read_status },
	{ NULL },
};

/* --- facts ------------------------------------------------------------------------------------ */

static uint64_t request_of(const struct container *c)
{
	struct mw_num n = c->specified.memory_request;

	prefer(&n, c->granted.memory_request);
	return n.state == MW_OK ? n.v : 0;
}

static uint64_t plus(uint64_t a, uint64_t b)
{
	return __builtin_add_overflow(a, b, &a) ? UINT64_MAX : a;
}

/* As the kubelet ranks it: its containers and sidecars together, or its largest moment while it
 * starts; what runs it comes on top of what it asks for. */
static uint64_t pod_request(const struct pod *pod)
{
	uint64_t together = 0, beside = 0, starting = 0;

	for (size_t i = 0; i < pod->count; i++) {
		const struct container *c = &pod->at[i];
		uint64_t request = request_of(c), moment = plus(request, beside);

		if (!c->init || c->sidecar)
			together = plus(together, request);
		if (c->sidecar)
			beside = moment;
		if (c->init && moment > starting)
			starting = moment;
	}
	together = starting > together ? starting : together;
	if (pod->whole.memory_request.state == MW_OK)
		together = pod->whole.memory_request.v;
	if (together && pod->overhead.state == MW_OK)
		together = plus(together, pod->overhead.v);
	return together;
}

/* "Deployment/web": a ReplicaSet's name is its deployment's and the hash of its template. */
static void put_owner(struct pod *pod, struct mw_who *who)
{
	struct slice kind = pod->owner_kind, name = pod->owner, hash = pod->template_hash;
	const char *text;

	/* a mirror's owner is its machine */
	if (!pod->owner_found || slice_is(kind, "Node"))
		return;
	if (slice_is(kind, "ReplicaSet") && hash.len && name.len > hash.len + 1 &&
	    slice_equal(slice_skip(name, name.len - hash.len), hash) &&
	    name.at[name.len - hash.len - 1] == '-') {
		kind = SLICE("Deployment");
		name.len -= hash.len + 1;
	}
	text = arena_printf(&pod->arena, "%.*s/%.*s", SLICE_ARG(kind), SLICE_ARG(name));
	if (text)
		mw_who_text(who, M_CG_OWNER, slice_of(text));
}

/* Files say what a container was started with: it may have been given more since. */
static void put_number(struct mw_who *who, enum mw_metric metric, struct mw_num n)
{
	if (n.state == MW_OK)
		mw_who_replace_number(who, metric, n.v);
}

static void put_pod(struct pod *pod, struct mw_who *who)
{
	mw_who_text(who, M_CG_POD, pod->name);
	mw_who_text(who, M_CG_NAMESPACE, pod->space);
	mw_who_text(who, M_CG_QOS, pod->qos);
	put_owner(pod, who);
	put_number(who, M_CG_PRIORITY, pod->priority);
	if (is_static(pod))
		mw_who_number(who, M_CG_STATIC, 1);
	if (!who->labels.len && pod->labels.len)
		mw_who_json_labels(who, pod->labels);
	if (!mw_who_is(who, M_CG_ROLE, MW_ROLE_POD))
		return;
	mw_who_number(who, M_CG_REQUEST, pod_request(pod));
	put_number(who, M_CG_SPEC_LIMIT, pod->whole.memory_limit);
	put_number(who, M_CG_CPU_REQUEST, pod->whole.cpu_request);
	put_number(who, M_CG_CPU_LIMIT, pod->whole.cpu_limit);
}

static void put_container(const struct container *c, struct mw_who *who)
{
	struct resources r = c->specified;

	prefer(&r.memory_request, c->granted.memory_request);
	prefer(&r.memory_limit, c->granted.memory_limit);
	prefer(&r.cpu_request, c->granted.cpu_request);
	prefer(&r.cpu_limit, c->granted.cpu_limit);
	mw_who_text(who, M_CG_CONTAINER, c->name);
	mw_who_text(who, M_CG_IMAGE, c->image);
	put_number(who, M_CG_REQUEST, r.memory_request);
	put_number(who, M_CG_SPEC_LIMIT, r.memory_limit);
	put_number(who, M_CG_CPU_REQUEST, r.cpu_request);
	put_number(who, M_CG_CPU_LIMIT, r.cpu_limit);
	put_number(who, M_CG_RESTARTS, c->restarts);
}

static void put(struct pod *pod, mw_wanted_fn wanted, void *argument)
{
	const struct slice ids[] = { pod->uid, is_static(pod) ? pod->hash : SLICE("") };
	struct mw_who *who;

	for (size_t i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		while (ids[i].len && (i == 0 || !slice_equal(ids[i], pod->uid)) &&
		       (who = wanted(argument, MW_ASKED_POD, ids[i])))
			put_pod(pod, who);
	for (size_t i = 0; i < pod->count; i++)
		while (pod->at[i].id.len &&
		       (who = wanted(argument, MW_ASKED_CONTAINER, pod->at[i].id))) {
			/* a group whose path does not tell the pod */
			mw_who_text(who, M_CG_POD_UID, pod->uid);
			put_pod(pod, who);
			put_container(&pod->at[i], who);
		}
}

/* --- the list --------------------------------------------------------------------------------- */

struct reading {
	mw_wanted_fn wanted;
	void *argument;
	bool items;
};

static int take_pod(struct slice name, struct slice value, void *argument)
{
	const struct reading *r = argument;
	const struct resources no = { none, none, none, none };
	struct pod pod = { .priority = none, .overhead = none, .whole = no };
	int error = 0;

	for (const struct member *m = parts; m->name && !error; m++) {
		struct slice part;

		if (mw_json_member(value, m->name, &part) && !slice_is(part, "null"))
			error = m->read(part, &pod, NULL);
	}
	if (!error)
		put(&pod, r->wanted, r->argument);
	arena_release(&pod.arena);
	return error;
}

static int take_items(struct slice name, struct slice value, void *argument)
{
	struct reading *r = argument;

	if (!slice_is(name, "items"))
		return 0;
	r->items = true;
	return slice_is(value, "null") ? 0 : mw_json_elements(value, take_pod, r);
}

int mw_kubelet_pods_parse(struct slice json, mw_wanted_fn wanted, void *argument)
{
	struct reading r = { wanted, argument, false };
	int error = mw_json_each(json, take_items, &r);

	return error ? error : r.items ? 0 : -EBADMSG;
}
