/* Runtimes that keep a folder for each container, in which a file says where its group is. */
#ifndef MW_META_OWNERS_CLAIMS_H
#define MW_META_OWNERS_CLAIMS_H

#include "meta/owner.h"

struct mw_claims {
	const char *place; /* "run/runc": a folder there is a container, its name the id */
	const char *file;  /* "state.json" */
	const char *what;  /* it is, for those who read of it being malformed */
	bool named_by_id;  /* leave out those whose groups' names hold their id: they are known */
	/* Pure: the group's path, in the arena or part of the text. @return false: malformed, or none */
	bool (*group)(struct arena *a, struct slice text, struct slice *group);
};

/** Claim each container's group. @return 0 or -errno of listing the place */
int mw_claim_each(struct mw_inquiry *q, const struct mw_owner *self, const struct mw_claims *claims,
		  mw_claim_fn claim, void *argument);

#endif
