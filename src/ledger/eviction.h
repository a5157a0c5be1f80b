/* When the kubelet evicts pods for memory, and in which order (pkg/kubelet/eviction). Pure. */
#ifndef MW_LEDGER_EVICTION_H
#define MW_LEDGER_EVICTION_H

#include "model/snapshot.h"

/* Where a pod stands. The kubelet goes through those up to MW_EVICT_WITHIN in their order. */
enum mw_eviction_standing {
	MW_EVICT_OVER,       /* its working set exceeds its request */
	MW_EVICT_ABOUT,      /* … or not: the request is known only about */
	MW_EVICT_WITHIN,     /* it does not exceed it */
	MW_EVICT_NO_REQUEST, /* not ranked: its request is not known */
	MW_EVICT_NO_SIZE,    /* not ranked: its working set is not known */
	MW_EVICT_STATIC,     /* never evicted: started from a file */
	MW_EVICT_CRITICAL,   /* never evicted: priority of 2000000000 or more */
	MW_EVICT_STANDINGS,
};

/* By what it stands before the next one. */
enum mw_eviction_by {
	MW_EVICT_BY_NOTHING, /* the last; or equal, and the kubelet's sort is not stable */
	MW_EVICT_BY_REQUEST, /* it exceeds its request, the next one does not */
	MW_EVICT_BY_PRIORITY,
	MW_EVICT_BY_SIZE, /* working set - request */
	MW_EVICT_BYS,
};

struct mw_eviction {
	const struct mw_entity *pod;
	enum mw_eviction_standing standing;
	enum mw_eviction_by by;
	/* The first and the last place that it can have: they differ where requests are known only
	 * about, and between equals. 0 = not ranked, or never evicted */
	uint32_t first, last;
	int64_t priority;
	bool priority_known; /* else 0 is taken, as the kubelet does where none is set */
	struct mw_num working_set, request;
	/* bytes: the request is between `request` and this much more. Derived from oom_score_adj,
	 * which counts it in thousandths of the machine, for each container */
	uint64_t request_error;
	int64_t above; /* bytes: working set - request; of what is ranked */
};

/** "over", "about", …: as in JSON. */
const char *mw_eviction_standing_name(enum mw_eviction_standing standing);
/** "request", "priority", "size"; NULL of MW_EVICT_BY_NOTHING. */
const char *mw_eviction_by_name(enum mw_eviction_by by);

/** All pods in the order in which the kubelet would evict them for memory: those above their request,
 *  then by priority, then by working set - request; behind them those that cannot be ranked, then
 *  those that it never evicts. Requests that nobody told are derived from the oom_score_adj that the
 *  kubelet gave to the containers of Burstable pods.
 *  Needs MW_POD rows (ledger/pods.h); processes where requests are not known. O(n log n).
 *  @out in the arena. @return the number; 0 also when out of memory */
size_t mw_eviction_order(struct arena *a, const struct mw_snapshot *s, struct mw_eviction **out);

/** Fill M_PD_EVICTION_RANK: the place in that order. Before the snapshot is sealed.
 *  @return 0 or -ENOMEM */
int mw_eviction_rank(struct mw_snapshot *s);

/* One signal of the kubelet. Numbers in bytes. */
struct mw_eviction_signal {
	const char *name;              /* "memory.available", "allocatableMemory.available" */
	const char *how;               /* how it is computed, in the files' own words */
	struct mw_num available;       /* as the kubelet counts */
	struct mw_num hard, soft;      /* thresholds; MW_ABSENT = not set */
	struct mw_num left, left_soft; /* until it is below the threshold; 0 = it evicts now */
	bool assumed; /* the kubelet's configuration is not known: these are its defaults */
};

/** What the kubelet takes where nothing is configured. */
#define MW_EVICTION_HARD_DEFAULT ((uint64_t)100 << 20)

enum { MW_EVICTION_SIGNALS = 2 };

/** The signals of memory, with their distance from the thresholds. Needs the root group's and
 *  the pods' group's memory.stat. @return how many there are; 0 where no kubelet is to be seen */
size_t mw_eviction_signals(const struct mw_snapshot *s,
			   struct mw_eviction_signal out[MW_EVICTION_SIGNALS]);

#endif
