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

/** role == "container", … (meta/who.h). */
bool mw_group_role_is(const struct mw_entity *group, const char *role);

#endif
