/* CRI-O: crio-ID.scope below a pod's slice, crio-ID with cgroupfs. Its bundles' annotations hold what
 * the kubelet told it. */
#include "meta/owners/oci.h"
#include "meta/owners/storage.h"
#include "meta/path.h"

#include <errno.h>

#define NAME "cri-o"

static void recognise(struct mw_who *who)
{
	static const char *const prefixes[] = { "crio-", NULL };
	struct slice name = mw_path_last(who->path, NULL);

	if (mw_storage_recognise(who, NAME, prefixes))
		return;
	if (slice_begins(name, "crio-conmon-")) {
		mw_who_text(who, M_CG_ROLE, SLICE(MW_ROLE_SCOPE));
		mw_who_text(who, M_CG_RUNTIME, SLICE(NAME));
		mw_who_text(who, M_CG_NAME, name);
	}
}

static int read_container(struct mw_inquiry *q, struct mw_who *who)
{
	static const struct mw_storage storage = {
		"var/lib/containers/storage/overlay-containers",
		"run/containers/storage/overlay-containers",
	};
	int error = mw_who_is(who, M_CG_RUNTIME, NAME) ? mw_storage_read(q, who, &storage)
						       : -ENOENT;

	if (!error && !mw_who_is(who, M_CG_ROLE, MW_ROLE_SANDBOX))
		mw_pod_restarts(q, who);
	return error;
}

const struct mw_owner mw_owner_crio = {
	.name = NAME,
	.recognise = recognise,
	.read = read_container,
};
