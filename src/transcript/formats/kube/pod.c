#include "pod.h"

#include <errno.h>

struct mw_pod_container *mw_pod_find(struct mw_pod *pod, struct slice name)
{
	for (size_t i = 0; i < pod->count; i++)
		if (slice_equal(pod->containers[i].name, name))
			return &pod->containers[i];
	return NULL;
}

struct mw_pod_container *mw_pod_add(struct mw_pod *pod, struct slice name)
{
	if (pod->count < MW_POD_CONTAINERS)
		pod->containers[pod->count++] = (struct mw_pod_container){
			.name = name,
			.image = { "", 0 },
			.jvm = { "", 0 },
			.node = { "", 0 },
		};
	return &pod->containers[pod->count - 1];
}

void mw_pod_resource(struct mw_pod_container *c, bool is_limit, struct slice what,
		     struct slice value)
{
	if (slice_is(what, "memory"))
		*(is_limit ? &c->limit : &c->request) = mw_kube_bytes(value);
	else if (slice_is(what, "cpu"))
		*(is_limit ? &c->cpu_limit : &c->cpu_request) = mw_kube_cores(value);
}

static bool append(struct arena *a, struct slice *to, struct slice text)
{
	char *joined;

	if (!to->len) {
		*to = text;
		return true;
	}
	joined = arena_printf(a, "%.*s %.*s", SLICE_ARG(*to), SLICE_ARG(text));
	if (joined)
		*to = slice_of(joined);
	return joined;
}

/* The JVM's own, and those that images' start scripts pass to it. */
static const char *const jvm_variables[] = { "JAVA_OPTS",       "JAVA_TOOL_OPTIONS",
					     "_JAVA_OPTIONS",   "JDK_JAVA_OPTIONS",
					     "JAVA_OPTIONS",    "JVM_OPTS",
					     "JAVA_ARGS",       "JAVA_OPTS_APPEND",
					     "CATALINA_OPTS",   "JVM_ARGS",
					     "ES_JAVA_OPTS",    "JAVA_MEM_OPTS",
					     "KAFKA_HEAP_OPTS", NULL };

bool mw_pod_variable(struct arena *a, struct mw_pod_container *c, struct slice name,
		     struct slice value)
{
	for (const char *const *v = jvm_variables; *v; v++)
		if (slice_is(name, *v))
			return append(a, &c->jvm, value);
	if (slice_is(name, "NODE_OPTIONS"))
		c->node = value;
	else if (slice_is(name, "GOMEMLIMIT"))
		c->go_max = mw_kube_bytes(value);
	return true;
}

bool mw_pod_argument(struct arena *a, struct mw_pod_container *c, struct slice value)
{
	struct slice rest = value;

	if (!slice_begins(value, "-X") && !slice_begins(value, "java ") &&
	    !slice_after(&rest, " -X") && !slice_after(&rest, "java -"))
		return true;
	return append(a, &c->jvm, value);
}

/* --- rows ------------------------------------------------------------------------------------- */

static void set(struct mw_entity *e, enum mw_metric metric, struct mw_num n)
{
	if (n.state == MW_OK)
		mw_set(e, metric, n.v);
}

static void set_text(struct mw_reading *r, struct mw_entity *e, enum mw_metric metric,
		     struct slice text)
{
	if (text.len)
		mw_set_text(r->s, e, metric, text);
}

static int put_runtimes(struct mw_reading *r, struct mw_entity *group,
			const struct mw_pod_container *c)
{
	const struct {
		const char *name;
		struct slice flags;
		struct mw_num max;
	} runtimes[] = {
		{ "jvm", c->jvm, { 0, MW_ABSENT } },
		{ "node", c->node, { 0, MW_ABSENT } },
		{ "go", { "", 0 }, c->go_max },
	};

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(*runtimes); i++) {
		struct mw_entity *e;

		if (!runtimes[i].flags.len && runtimes[i].max.state != MW_OK)
			continue;
		e = mw_reading_row(r, MW_RUNTIME, group, slice_of(runtimes[i].name), 0);
		if (!e)
			return -ENOMEM;
		set_text(r, e, M_RT_FLAGS, runtimes[i].flags);
		set(e, M_RT_HEAP_MAX, runtimes[i].max);
	}
	return 0;
}

static int put_container(struct mw_reading *r, struct mw_entity *e,
			 const struct mw_pod_container *c)
{
	set_text(r, e, M_CG_CONTAINER, c->name);
	set_text(r, e, M_CG_IMAGE, c->image);
	/* one that names a limit only requests as much */
	set(e, M_CG_REQUEST, c->request.state == MW_OK ? c->request : c->limit);
	set(e, M_CG_SPEC_LIMIT, c->limit);
	set(e, M_CG_CPU_REQUEST, c->cpu_request);
	set(e, M_CG_CPU_LIMIT, c->cpu_limit);
	set(e, M_CG_RESTARTS, c->restarts);
	if (c->oom_killed &&
	    mw_reading_derive(r, e, M_CG_OOM_KILLS, 1, N_("state or lastState: OOMKilled")))
		return -ENOMEM;
	return put_runtimes(r, e, c);
}

int mw_pod_put(struct mw_reading *r, const struct mw_pod *pod)
{
	int error = 0;

	for (size_t i = 0; i < pod->count && !error; i++) {
		struct slice container = pod->count > 1 ? pod->containers[i].name : SLICE("");
		struct mw_entity *e = mw_reading_pod(r, pod->pod_namespace, pod->name, container);

		error = e ? put_container(r, e, &pod->containers[i]) : -ENOMEM;
		if (error)
			break;
		set_text(r, e, M_CG_POD, pod->name);
		set_text(r, e, M_CG_NAMESPACE, pod->pod_namespace);
		set_text(r, e, M_CG_QOS, pod->qos);
		set(e, M_CG_PRIORITY, pod->priority);
	}
	return error;
}
