/* crun by itself: as runc, with a status and the bundle's config.json beside it. */
#include "meta/owners/claims.h"
#include "meta/owners/oci.h"
#include "meta/path.h"

#include <errno.h>

#define PLACE "run/crun"

static int read_container(struct mw_inquiry *q, struct mw_who *who)
{
	struct slice id = mw_who_get(who, M_CG_RUNTIME_ID), value;
	int error;

	if (!mw_is_file_name(id))
		return -ENOENT;
	error = mw_inquiry_read(q, PLACE "/%.*s/status", SLICE_ARG(id));
	if (error)
		return error;
	mw_who_text(who, M_CG_NAME, id);
	if (mw_json_member(buf_slice(&q->text), "pid", &value))
		mw_who_json_number(who, M_CG_INIT_PID, value);
	else
		mw_inquiry_malformed(q, "a container's status");
	if (!mw_inquiry_read(q, PLACE "/%.*s/config.json", SLICE_ARG(id)))
		mw_who_parsed(q, who, mw_oci_parse(buf_slice(&q->text), who, &value),
			      "a bundle's config.json");
	return 0;
}

static bool group_of(struct arena *a, struct slice json, struct slice *group)
{
	struct slice value, text;

	if (!mw_json_member(json, "cgroup-path", &value) || !mw_json_text(a, value, &text) ||
	    !slice_begins(text, "/"))
		return false;
	*group = text;
	return true;
}

static int claims(struct mw_inquiry *q, const struct mw_owner *self, mw_claim_fn claim,
		  void *argument)
{
	static const struct mw_claims all = {
		.place = PLACE,
		.file = "status",
		.what = "a container's status",
		.group = group_of,
	};

	return mw_claim_each(q, self, &all, claim, argument);
}

const struct mw_owner mw_owner_crun = {
	.name = "crun",
	.read = read_container,
	.claims = claims,
};
