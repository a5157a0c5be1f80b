/* What WHAT means. */
#ifndef MW_CLI_SELECT_H
#define MW_CLI_SELECT_H

#include "language/language.h"
#include "model/snapshot.h"

/** The group that `what` names: its path (also as seen below /sys/fs/cgroup, or the end of it); its
 *  title (model/title.h), the name that its runtime or unit has for it, "pod/container", "container",
 *  "namespace/pod" of a pod's group; the last part of its path, the id in it (docker-ID.scope,
 *  cri-containerd-ID.scope, ID); the beginning of any of these; or a pid inside it, when the snapshot
 *  has processes. A whole name goes before a beginning, a container before a pod before a unit; what
 *  runs inside of a container is only meant by its path. "docker:web", "unit:ssh.service",
 *  "pod:shop/order": only of that runtime, or of that role.
 *  @return 0; -ENOENT none; -EINVAL more than one; with one line, or a list, in `problem` */
int mw_select_container(const struct mw_snapshot *s, const char *what,
			const struct mw_language *language, struct mw_entity **out,
			struct buf *problem);

/** A group of the pod that `what` names: the pod's own where it has one, otherwise one of its
 *  containers'. By "namespace/name", the name, the beginning of either, its uid, or by what names a
 *  container in it, or a pid. @return as mw_select_container() */
int mw_select_pod(const struct mw_snapshot *s, const char *what, const struct mw_language *language,
		  struct mw_entity **out, struct buf *problem);

/** The process of that pid. @return 0, -ENOENT or -EINVAL with one line in `problem` */
int mw_select_process(const struct mw_snapshot *s, const char *what,
		      const struct mw_language *language, struct mw_entity **out,
		      struct buf *problem);

#endif
