/* What the mounts that a process sees tell of the container that it is in: runtimes mount files of
 * their own over /etc/hostname and the like, by whose path they call the container. Pure. */
#ifndef MW_COLLECT_CGROUP_INSIDE_H
#define MW_COLLECT_CGROUP_INSIDE_H

#include "base/slice.h"

struct mw_inside_mounts {
	const char *runtime;  /* "docker", "podman", "containerd", "kubernetes"; NULL = none told */
	struct slice id;      /* of the container, or "" */
	struct slice pod_uid; /* or "" */
	struct slice container; /* its name in the pod, or "" */
	bool overlay_root;      /* "/" is made of an image's layers */
	bool lxcfs;             /* /proc/meminfo is not the kernel's */
};

/** @text of /proc/self/mountinfo; slices of `out` point into it */
void mw_inside_mounts_scan(struct slice text, struct mw_inside_mounts *out);

#endif
