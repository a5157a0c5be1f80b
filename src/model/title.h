/* What people call a group: its pod and container, its runtime's name for it, its unit. */
#ifndef MW_MODEL_TITLE_H
#define MW_MODEL_TITLE_H

#include "base/buf.h"
#include "model/snapshot.h"

/** "shop/order-7d9f/java" of a container in a pod, "shop/order-7d9f" of a pod, "web1" of a container
 *  with a name, "nginx.service" of a unit; otherwise the group's path. Raw bytes: hostile. */
void mw_group_title(const struct mw_entity *group, struct buf *out);

/** The same in the arena. @return NULL: out of memory */
const char *mw_group_title_in(struct arena *a, const struct mw_entity *group);

/** Whether the group is what people take for one thing, with a name of its own: a container, a pod, a
 *  unit. Not those above and below. */
bool mw_group_has_title(const struct mw_entity *group);

/** What a command may call the group by: its title where that names no other group, otherwise its path.
 *  In quotes, as a shell takes it. @return NULL: out of memory */
const char *mw_group_word(struct arena *a, const struct mw_snapshot *s,
			  const struct mw_entity *group);

/** role == "container", … (meta/who.h). */
bool mw_group_role_is(const struct mw_entity *group, const char *role);

/** The container (or sandbox) that a group is, or is in; NULL = none. Its runtime's manager may make
 *  groups inside: libpod-ID.scope/container, what an init in it starts. */
const struct mw_entity *mw_group_container(const struct mw_entity *group);

#endif
