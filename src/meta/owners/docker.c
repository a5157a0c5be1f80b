/* Docker: docker-ID.scope, /docker/ID, ID below whatever --cgroup-parent says. A container's folder
 * stands until it is removed: those that ended are named, too. */
#include "meta/owners/oci.h"
#include "meta/path.h"

#include <errno.h>

static void recognise(struct mw_who *who)
{
	struct slice above, name = mw_path_last(who->path, &above), id = name;
	bool docker = mw_path_id(name, "docker-", &id);

	if (!docker && !mw_is_container_id(name))
		return;
	if (docker || slice_is(mw_path_last(above, NULL), "docker"))
		mw_who_text(who, M_CG_RUNTIME, SLICE("docker"));
	mw_who_text(who, M_CG_ROLE, SLICE(MW_ROLE_CONTAINER));
	/* podman's pods have such names as well, and are no containers */
	if (mw_who_is(who, M_CG_ROLE, MW_ROLE_CONTAINER))
		mw_who_text(who, M_CG_RUNTIME_ID, id);
}

/* --- config.v2.json --------------------------------------------------------------------------- */

static int take_state(struct slice name, struct slice value, void *argument)
{
	if (slice_is(name, "Pid"))
		mw_who_json_number(argument, M_CG_INIT_PID, value);
	return 0;
}

static int take_config(struct slice name, struct slice value, void *argument)
{
	struct mw_who *who = argument;

	if (slice_is(name, "Image"))
		mw_who_json_text(who, M_CG_IMAGE, value);
	return slice_is(name, "Labels") ? mw_who_json_labels(who, value) : 0;
}

/* cri-dockerd's: k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT; none of them can hold a "_" */
static void take_kubernetes(struct mw_who *who, struct slice name)
{
	static const enum mw_metric facts[] = { M_CG_CONTAINER, M_CG_POD, M_CG_NAMESPACE,
						M_CG_POD_UID };
	enum { FACTS = sizeof(facts) / sizeof(*facts) };
	struct slice part[FACTS];
	uint64_t attempt;

	if (!slice_word(&name, "k8s_"))
		return;
	for (size_t i = 0; i < FACTS; i++)
		if (!slice_until(&name, '_', &part[i]) || !part[i].len)
			return;
	if (!mw_json_whole(name, &attempt))
		return;
	if (slice_is(part[0], "POD")) {
		mw_who_replace(who, M_CG_ROLE, SLICE(MW_ROLE_SANDBOX));
		part[0].len = 0;
	} else {
		mw_who_number(who, M_CG_RESTARTS, attempt);
	}
	for (size_t i = 0; i < FACTS; i++)
		mw_who_text(who, facts[i], part[i]);
}

static int take_member(struct slice name, struct slice value, void *argument)
{
	struct mw_who *who = argument;
	struct slice text;
	uint64_t count;

	if (slice_is(name, "State"))
		return mw_json_each(value, take_state, who);
	if (slice_is(name, "Config"))
		return mw_json_each(value, take_config, who);
	if (slice_is(name, "Name")) {
		mw_who_json_text(who, M_CG_NAME, value);
		text = mw_who_get(who, M_CG_NAME);
		if (slice_word(&text, "/"))
			mw_who_replace(who, M_CG_NAME, text);
		take_kubernetes(who, text);
	}
	/* of its restart policy; Kubernetes' restarts are in the name */
	if (slice_is(name, "RestartCount") && mw_json_whole(value, &count) &&
	    !mw_who_knows(who, M_CG_POD_UID))
		mw_who_number(who, M_CG_RESTARTS, count);
	return 0;
}

static int take_host(struct slice name, struct slice value, void *argument)
{
	if (slice_is(name, "Memory"))
		mw_who_json_number(argument, M_CG_SPEC_LIMIT, value);
	else if (slice_is(name, "MemoryReservation"))
		mw_who_json_number(argument, M_CG_REQUEST, value);
	return 0;
}

/* --- a container ------------------------------------------------------------------------------ */

enum { PLACES = 3 };

struct places {
	size_t count;
	const char *at[PLACES];
};

/* Where containers' folders are: the usual place, the snap's, and what the daemon was told. */
static const struct places *places(struct mw_inquiry *q)
{
	static const char key;
	struct places *p = mw_inquiry_memory(q, &key, sizeof(*p));
	struct slice value, text;
	const char *told;

	if (!p || p->count)
		return p;
	if (!mw_inquiry_read(q, "etc/docker/daemon.json") &&
	    mw_json_member(buf_slice(&q->text), "data-root", &value) &&
	    mw_json_text(&q->arena, value, &text) && slice_word(&text, "/")) {
		told = arena_printf(&q->arena, "%.*s/containers", SLICE_ARG(text));
		if (told)
			p->at[p->count++] = told;
	}
	p->at[p->count++] = "var/lib/docker/containers";
	p->at[p->count++] = "var/snap/docker/common/var-lib-docker/containers";
	return p;
}

static int read_at(struct mw_inquiry *q, struct mw_who *who, const char *place)
{
	struct slice id = mw_who_get(who, M_CG_RUNTIME_ID);
	const char *file = arena_printf(who->arena, "%s/%.*s/config.v2.json", place, SLICE_ARG(id));
	int error = file ? mw_inquiry_read(q, "%s", file) : -ENOMEM;

	/* a container of Docker's may only not be there yet */
	if (file && (!error || (!who->watch.len && mw_who_is(who, M_CG_RUNTIME, "docker"))))
		who->watch = slice_of(file);
	if (error)
		return error;
	mw_who_parsed(q, who, mw_json_each(buf_slice(&q->text), take_member, who),
		      "a container's config.v2.json");
	if (!mw_inquiry_read(q, "%s/%.*s/hostconfig.json", place, SLICE_ARG(id)))
		mw_who_parsed(q, who, mw_json_each(buf_slice(&q->text), take_host, who),
			      "a container's hostconfig.json");
	return 0;
}

static int read_container(struct mw_inquiry *q, struct mw_who *who)
{
	const struct places *p = places(q);
	int error = -ENOENT;

	if (!p)
		return -ENOMEM;
	if (!mw_is_container_id(mw_who_get(who, M_CG_RUNTIME_ID)))
		return -ENOENT;
	for (size_t i = 0; i < p->count; i++) {
		int one = read_at(q, who, p->at[i]);

		if (!one)
			return 0;
		error = one == -ENOENT ? error : one;
	}
	return error;
}

const struct mw_owner mw_owner_docker = {
	.name = "docker",
	.recognise = recognise,
	.read = read_container,
};
