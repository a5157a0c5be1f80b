/* Pods' volumes that are kept in memory: the kubelet mounts a tmpfs for each below
 * var/lib/kubelet/pods/UID/volumes/kubernetes.io~TYPE/NAME. */
#ifndef MW_META_VOLUMES_H
#define MW_META_VOLUMES_H

#include "meta/owner.h"

struct mw_volume {
	char *path;                   /* below the root; freed with the list */
	struct slice uid, type, name; /* parts of it */
	uint64_t device;
	struct mw_space space;
	bool measured;
};

struct mw_volumes {
	struct mw_volume *at;
	size_t count;
};

/** Look for them anew: proc/1/mountinfo, or our own list without privilege. Costs about 1 ms for
 *  3000 mounts. @return 0, -ENOMEM, or -errno when no list could be read (noted) */
int mw_volumes_find(struct mw_volumes *v, struct mw_inquiry *q);
void mw_volumes_release(struct mw_volumes *v);

/** Pure: the volumes among the mounts of a mountinfo. @return 0 or -ENOMEM */
int mw_volumes_parse(struct mw_volumes *v, struct slice mountinfo);

/** A row of MW_VOLUME for each whose pod's group is in the snapshot, with what it holds now; secrets,
 *  tokens and the like are measured once. About 4 us for each. @return 0 or -ENOMEM */
int mw_volumes_put(struct mw_volumes *v, struct mw_source *source, struct mw_snapshot *s);

#endif
