/* A list of containers: Docker's and podman's are alike, but for what one of them leaves out. */
#include "meta/ask/ask.h"
#include "meta/owners/oci.h"
#include "meta/path.h"

#include <errno.h>

struct reading {
	const struct mw_container_list *listing;
	bool seen, any; /* elements; those that are containers */
};

/* "/web1", "web1"; "/db/web1" is what the container db calls it. */
static int put_name(struct slice name, struct slice value, void *argument)
{
	struct mw_who *who = argument;
	struct slice text;

	(void)name;
	if (!mw_json_text(who->arena, value, &text))
		return 0;
	slice_word(&text, "/");
	if (!memchr(text.at, '/', text.len))
		mw_who_text(who, M_CG_NAME, text);
	return 0;
}

static void put_container(struct mw_who *who, const char *runtime, struct slice container)
{
	static const struct {
		const char *member;
		enum mw_metric metric;
		void (*put)(struct mw_who *who, enum mw_metric metric, struct slice value);
	} facts[] = {
		{ "Image", M_CG_IMAGE, mw_who_json_text },
		{ "PodName", M_CG_POD, mw_who_json_text },
		{ "Pid", M_CG_INIT_PID, mw_who_json_number },
	};
	struct slice value;

	/* what its files have told stays */
	mw_who_text(who, M_CG_RUNTIME, slice_of(runtime));
	if (mw_json_member(container, "Names", &value))
		mw_json_elements(value, put_name, who);
	for (size_t i = 0; i < sizeof(facts) / sizeof(*facts); i++)
		if (mw_json_member(container, facts[i].member, &value))
			facts[i].put(who, facts[i].metric, value);
	if (!who->labels.len && mw_json_member(container, "Labels", &value))
		mw_who_json_labels(who, value);
	if (mw_json_member(container, "IsInfra", &value) && slice_is(value, "true"))
		mw_who_replace(who, M_CG_ROLE, SLICE(MW_ROLE_SANDBOX));
}

static int on_container(struct slice name, struct slice container, void *argument)
{
	struct reading *r = argument;
	const struct mw_container_list *l = r->listing;
	struct slice id;
	struct mw_who *who;

	(void)name;
	r->seen = true;
	if (!mw_json_member(container, "Id", &id) || id.len < 2)
		return 0;
	/* without its quotes; an id has no escapes */
	id = (struct slice){ id.at + 1, id.len - 2 };
	if (!mw_is_container_id(id))
		return 0;
	r->any = true;
	while ((who = l->wanted(l->argument, MW_ASKED_CONTAINER, id)))
		if (mw_path_is_of(who->path, l->user))
			put_container(who, l->runtime, container);
	return 0;
}

int mw_containers_parse(struct slice json, void *listing)
{
	struct reading r = { .listing = listing };
	int error = mw_json_elements(json, on_container, &r);

	/* a list of something else is none of containers */
	return error || (r.seen && !r.any) ? -EBADMSG : 0;
}
