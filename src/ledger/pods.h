/* Pods from the groups that belong to them. Pure. */
#ifndef MW_LEDGER_PODS_H
#define MW_LEDGER_PODS_H

#include "model/snapshot.h"

/** Give each pod that the groups name a row of its own (MW_POD), with sums over its containers, or
 *  what its own group counts where that is known. Groups of one uid are a pod; those without one (pasted
 *  text) go by name and namespace. Before the snapshot is sealed, after the computed metrics of groups.
 *  Cost: linear in the groups. @return 0 or -ENOMEM */
int mw_pods_find(struct mw_snapshot *s);

/** The row of the pod that a group belongs to, or NULL. Constant time. */
const struct mw_entity *mw_pod_of(const struct mw_snapshot *s, const struct mw_entity *group);

#endif
