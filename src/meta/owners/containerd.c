/* containerd: containers of its CRI, of ctr and of nerdctl. A bundle stands for as long as its
 * container's task does, in a folder of its namespace. Docker's ("moby") are Docker's. */
#include "meta/owners/claims.h"
#include "meta/owners/oci.h"
#include "meta/path.h"

#include <errno.h>

enum { NAMESPACES = 32, LONGEST_NAME = 128 };

/* containerd's own, k3s' and RKE2's, MicroK8s' */
static const char *const places[] = {
	"run/containerd/io.containerd.runtime.v2.task",
	"run/k3s/containerd/io.containerd.runtime.v2.task",
	"var/snap/microk8s/common/run/containerd/io.containerd.runtime.v2.task",
};

enum { PLACES = sizeof(places) / sizeof(*places) };

struct namespace
{
	const char *place;
	char name[LONGEST_NAME];
};

struct namespaces {
	bool listed;
	const char *place; /* being listed */
	size_t count;
	struct namespace at[NAMESPACES];
};

static void recognise(struct mw_who *who)
{
	static const char *const prefixes[] = { "cri-containerd-", "nerdctl-", NULL };
	struct slice above, name = mw_path_last(who->path, &above), id;
	struct slice in = mw_path_last(above, NULL);

	for (const char *const *prefix = prefixes; *prefix; prefix++) {
		if (!mw_path_id(name, *prefix, &id))
			continue;
		mw_who_text(who, M_CG_ROLE, SLICE(MW_ROLE_CONTAINER));
		mw_who_text(who, M_CG_RUNTIME, SLICE("containerd"));
		mw_who_text(who, M_CG_RUNTIME_ID, id);
		return;
	}
	/* of CRI without a pod's group, and of nerdctl: below the namespace's name */
	if (mw_is_container_id(name) && (slice_is(in, "k8s.io") || slice_is(in, "default"))) {
		mw_who_text(who, M_CG_ROLE, SLICE(MW_ROLE_CONTAINER));
		mw_who_text(who, M_CG_RUNTIME, SLICE("containerd"));
		mw_who_text(who, M_CG_RUNTIME_ID, name);
	}
}

/* --- namespaces ------------------------------------------------------------------------------- */

static int take_namespace(const struct mw_dirent *entry, void *argument)
{
	struct namespaces *all = argument;
	struct slice name = slice_of(entry->name);

	if (slice_is(name, "moby") || name.len >= LONGEST_NAME || all->count == NAMESPACES)
		return 0;
	all->at[all->count].place = all->place;
	memcpy(all->at[all->count++].name, name.at, name.len + 1);
	return 0;
}

/* Those there are, Kubernetes' first: most containers are its. Without the right to list them, the
 * two that everybody has. */
static const struct namespaces *list(struct mw_inquiry *q)
{
	struct namespaces *all = mw_inquiry_memory(q, &places, sizeof(*all));

	if (!all || all->listed)
		return all;
	all->listed = true;
	for (size_t i = 0; i < PLACES; i++) {
		size_t first = all->count;

		all->place = places[i];
		if (mw_inquiry_list(q, places[i], take_namespace, all) == -EACCES) {
			take_namespace(&(struct mw_dirent){ .name = "k8s.io" }, all);
			take_namespace(&(struct mw_dirent){ .name = "default" }, all);
		}
		for (size_t k = first + 1; k < all->count; k++)
			if (!strcmp(all->at[k].name, "k8s.io")) {
				struct namespace swap = all->at[first];

				all->at[first] = all->at[k];
				all->at[k] = swap;
			}
	}
	return all;
}

/* --- a container ------------------------------------------------------------------------------ */

static int read_bundle(struct mw_inquiry *q, struct mw_who *who, const struct namespace *in)
{
	struct slice id = mw_who_get(who, M_CG_RUNTIME_ID), ignored;
	int error = mw_inquiry_read(q, "%s/%s/%.*s/config.json", in->place, in->name,
				    SLICE_ARG(id));

	if (error)
		return error;
	mw_who_parsed(q, who, mw_oci_parse(buf_slice(&q->text), who, &ignored),
		      "a bundle's config.json");
	mw_pid_fact(
		q, who,
		arena_printf(&q->arena, "%s/%s/%.*s/init.pid", in->place, in->name, SLICE_ARG(id)));
	/* a pod's has its own; a pod's container without annotations has none that means a thing */
	if (!mw_who_knows(who, M_CG_POD_UID)) {
		mw_who_text(who, M_CG_NAMESPACE, slice_of(in->name));
		mw_who_text(who, M_CG_NAME, id);
	}
	if (!mw_who_is(who, M_CG_ROLE, MW_ROLE_SANDBOX))
		mw_pod_restarts(q, who);
	return 0;
}

static int read_container(struct mw_inquiry *q, struct mw_who *who)
{
	const struct namespaces *all = list(q);
	int error = -ENOENT;

	if (!all || !mw_is_file_name(mw_who_get(who, M_CG_RUNTIME_ID)))
		return all ? -ENOENT : -ENOMEM;
	for (size_t i = 0; i < all->count; i++) {
		int one = read_bundle(q, who, &all->at[i]);

		if (!one)
			return 0;
		error = one == -ENOENT ? error : one;
	}
	return error;
}

/* --- claims ----------------------------------------------------------------------------------- */

static bool group_of(struct arena *a, struct slice json, struct slice *group)
{
	struct mw_who ignored;
	struct slice path;
	bool found;

	mw_who_init(&ignored, a, SLICE(""));
	found = !mw_oci_parse(json, &ignored, &path) && mw_oci_group(a, path, group);
	mw_who_release(&ignored);
	return found;
}

static int claims(struct mw_inquiry *q, const struct mw_owner *self, mw_claim_fn claim,
		  void *argument)
{
	const struct namespaces *all = list(q);

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < all->count; i++) {
		const struct mw_claims one = {
			.place = arena_printf(&q->arena, "%s/%s", all->at[i].place,
					      all->at[i].name),
			.file = "config.json",
			.what = "a bundle's config.json",
			/* CRI's are a thousand where ctr's are a few */
			.named_by_id = !strcmp(all->at[i].name, "k8s.io"),
			.group = group_of,
		};

		if (one.place)
			mw_claim_each(q, self, &one, claim, argument);
	}
	return 0;
}

const struct mw_owner mw_owner_containerd = {
	.name = "containerd",
	.recognise = recognise,
	.read = read_container,
	.claims = claims,
};
