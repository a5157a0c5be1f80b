/* containers/storage: where podman and CRI-O keep containers. */
#ifndef MW_META_OWNERS_STORAGE_H
#define MW_META_OWNERS_STORAGE_H

#include "meta/owner.h"

struct mw_storage {
	const char *files; /* "var/lib/containers/storage/overlay-containers" */
	const char *run;   /* of what runs: "run/containers/storage/overlay-containers" */
};

/** Facts of a container's bundle, and its first process. @return 0 or -errno, of the bundle */
int mw_storage_read(struct mw_inquiry *q, struct mw_who *who, const struct mw_storage *storage);

/** PREFIX-ID, and what crun puts below it: "libpod-ID.scope/container", which is part of its container.
 *  @prefixes ended by NULL. @return false: neither */
bool mw_storage_recognise(struct mw_who *who, const char *runtime, const char *const *prefixes);

#endif
