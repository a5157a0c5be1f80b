/* An OCI bundle's config.json, as containerd, CRI-O and podman leave it: its annotations, its group,
 * its memory limit. */
#ifndef MW_META_OWNERS_OCI_H
#define MW_META_OWNERS_OCI_H

#include "meta/json.h"
#include "meta/owner.h"

/** Facts of a bundle: annotations of CRI (io.kubernetes.cri.*), CRI-O (io.kubernetes.cri-o.*), podman
 *  and nerdctl, those of people as labels; the memory limit. Pure.
 *  @cgroups_path  the group as configured: "/default/c1" or "slice:prefix:id"; empty when there is none;
 *                 in `who`'s arena or part of `json`
 *  @return 0, or -EBADMSG: what stood before the fault is noted */
int mw_oci_parse(struct slice json, struct mw_who *who, struct slice *cgroups_path);

/** The group's path of a configured one, in the arena: "system.slice:docker:ID" ->
 *  "/system.slice/docker-ID.scope". @return false: neither form */
bool mw_oci_group(struct arena *a, struct slice cgroups_path, struct slice *group);

/** A fact whose value is a JSON string; anything else is passed over, what is not UTF-8 is noted. */
void mw_who_json_text(struct mw_who *who, enum mw_metric metric, struct slice value);
/** Likewise a number above 0. */
void mw_who_json_number(struct mw_who *who, enum mw_metric metric, struct slice value);
/** Each member of an object whose values are strings as a label. @return 0 or -EBADMSG */
int mw_who_json_labels(struct mw_who *who, struct slice object);

/** Having parsed the file just read: note whether it was malformed, or held a name that is not UTF-8.
 *  @error  of the parser. @what static */
void mw_who_parsed(struct mw_inquiry *q, struct mw_who *who, int error, const char *what);

/** The first process, from a file that holds its number. The file is watched unless another one is:
 *  runtimes write it after they made the group. @path  below the root; lives as long as `who`, or NULL */
void mw_pid_fact(struct mw_inquiry *q, struct mw_who *who, const char *path);

/** Times a pod's container was restarted: the highest N of
 *  var/log/pods/NAMESPACE_POD_UID/CONTAINER/N.log. Nothing where the pod is not named. */
void mw_pod_restarts(struct mw_inquiry *q, struct mw_who *who);

/** Which pod's container it is, by the kubelet's link var/log/containers/POD_NAMESPACE_CONTAINER-ID.log:
 *  that is there for everybody to see, and still there when the container has ended. */
void mw_pod_link(struct mw_inquiry *q, struct mw_who *who);

#endif
