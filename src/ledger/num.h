/* Arithmetic that carries states: an operand that is not known makes the result not known, for the
 * same reason. */
#ifndef MW_LEDGER_NUM_H
#define MW_LEDGER_NUM_H

#include "model/snapshot.h"

/** from - take, not below 0: counters of different moments may cross. */
static inline struct mw_num mw_num_less(struct mw_num from, struct mw_num take)
{
	if (from.state != MW_OK)
		return from;
	if (take.state != MW_OK)
		return take;
	return (struct mw_num){ from.v > take.v ? from.v - take.v : 0, MW_OK };
}

static inline struct mw_num mw_num_plus(struct mw_num a, struct mw_num b)
{
	if (a.state != MW_OK)
		return a;
	if (b.state != MW_OK)
		return b;
	return (struct mw_num){ a.v + b.v, MW_OK };
}

/** What this kernel does not have is 0. */
static inline struct mw_num mw_num_or_zero(struct mw_num n)
{
	return n.state == MW_ABSENT ? (struct mw_num){ 0, MW_OK } : n;
}

#endif
