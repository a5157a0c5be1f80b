/* Pods from the groups that belong to them, and the kubelet's order of eviction. Pure. */
#ifndef MW_LEDGER_PODS_H
#define MW_LEDGER_PODS_H

#include "model/snapshot.h"

/** Give each pod that the groups name a row of its own (MW_POD), with sums over its containers, or
 *  what its own group counts where that is known. Before the snapshot is sealed, after the computed
 *  metrics of groups. @return 0 or -ENOMEM */
int mw_pods_find(struct mw_snapshot *s);

/** The row of the pod that a group belongs to, or NULL. */
const struct mw_entity *mw_pod_of(const struct mw_snapshot *s, const struct mw_entity *group);

/* Why a pod stands where it does in the order of eviction. */
struct mw_eviction {
	const struct mw_entity *pod;
	bool never; /* a critical static pod: the kubelet does not evict it */
	bool over;  /* its working set exceeds its request */
	int64_t priority;
	int64_t above;      /* bytes: working set - request */
	bool request_known; /* without an answer of the kubelet a request counts as 0 only for
			     * BestEffort */
};

/** All pods in the order in which the kubelet would evict them for memory (pkg/kubelet/eviction:
 *  those above their request, then by priority, then by working set - request), those that it never
 *  evicts last. @out in the arena. @return the number; 0 also when out of memory */
size_t mw_eviction_order(struct arena *a, const struct mw_snapshot *s, struct mw_eviction **out);

/* One signal of the kubelet. */
struct mw_eviction_signal {
	const char *name;         /* "memory.available", "allocatableMemory.available" */
	struct mw_num available;  /* as the kubelet counts */
	struct mw_num hard, soft; /* thresholds; MW_ABSENT = not set */
	struct mw_num left;       /* bytes until the hard one, 0 = it evicts now */
};

/** The signals of memory, with their distance from the threshold. 0 where there is no kubelet.
 *  @out in the arena. @return the number */
size_t mw_eviction_signals(struct arena *a, const struct mw_snapshot *s,
			   struct mw_eviction_signal **out);

#endif
