/* runc by itself: containers whose groups are called anything, but whose state names them. Those of
 * Docker and containerd keep their state elsewhere; podman's and CRI-O's are known before. */
#include "meta/owners/claims.h"
#include "meta/owners/oci.h"
#include "meta/path.h"

#include <errno.h>

#define PLACE "run/runc"

/* --- state.json ------------------------------------------------------------------------------- */

static int take_group(struct slice name, struct slice value, void *argument)
{
	struct slice *path = argument;

	/* "" = the unified hierarchy: where memory is when nothing else says so */
	if (slice_is(name, "memory") || (!path->len && !name.len))
		*path = value;
	return 0;
}

/* The group's path below its hierarchy: "/sys/fs/cgroup/memory/a" of v1, "/sys/fs/cgroup/a" of v2. */
static bool group_of(struct arena *a, struct slice json, struct slice *group)
{
	struct slice paths, path = SLICE(""), text;

	if (!mw_json_member(json, "cgroup_paths", &paths) ||
	    mw_json_each(paths, take_group, &path) || !mw_json_text(a, path, &text) ||
	    !slice_word(&text, "/sys/fs/cgroup"))
		return false;
	if (slice_begins(text, "/memory/"))
		slice_word(&text, "/memory");
	if (!slice_begins(text, "/"))
		return false;
	*group = text;
	return true;
}

static int take_label(struct slice name, struct slice value, void *argument)
{
	struct mw_who *who = argument;
	struct slice text, key;

	(void)name;
	if (mw_json_text(who->arena, value, &text) && slice_until(&text, '=', &key) &&
	    !slice_is(key, "bundle"))
		mw_who_label(who, key, text);
	return 0;
}

static int take_cgroups(struct slice name, struct slice value, void *argument)
{
	if (slice_is(name, "memory"))
		mw_who_json_number(argument, M_CG_SPEC_LIMIT, value);
	else if (slice_is(name, "memory_reservation"))
		mw_who_json_number(argument, M_CG_REQUEST, value);
	return 0;
}

static int take_config(struct slice name, struct slice value, void *argument)
{
	if (slice_is(name, "cgroups"))
		return mw_json_each(value, take_cgroups, argument);
	if (slice_is(name, "labels") && !slice_is(value, "null"))
		return mw_json_elements(value, take_label, argument);
	return 0;
}

static int take_member(struct slice name, struct slice value, void *argument)
{
	if (slice_is(name, "init_process_pid"))
		mw_who_json_number(argument, M_CG_INIT_PID, value);
	return slice_is(name, "config") ? mw_json_each(value, take_config, argument) : 0;
}

static int read_container(struct mw_inquiry *q, struct mw_who *who)
{
	struct slice id = mw_who_get(who, M_CG_RUNTIME_ID);
	int error;

	if (!mw_is_file_name(id))
		return -ENOENT;
	error = mw_inquiry_read(q, PLACE "/%.*s/state.json", SLICE_ARG(id));
	if (error)
		return error;
	mw_who_text(who, M_CG_NAME, id);
	mw_who_parsed(q, who, mw_json_each(buf_slice(&q->text), take_member, who),
		      "a container's state.json");
	return 0;
}

static int claims(struct mw_inquiry *q, const struct mw_owner *self, mw_claim_fn claim,
		  void *argument)
{
	static const struct mw_claims all = {
		.place = PLACE,
		.file = "state.json",
		.what = "a container's state.json",
		.group = group_of,
	};

	return mw_claim_each(q, self, &all, claim, argument);
}

const struct mw_owner mw_owner_runc = {
	.name = "runc",
	.read = read_container,
	.claims = claims,
};
