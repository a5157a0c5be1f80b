/* An account as a table: name, bar, amount in one unit, share, remark; the remainder and the total
 * under it. */
#ifndef MW_RENDER_ACCOUNT_H
#define MW_RENDER_ACCOUNT_H

#include "ledger/account.h"
#include "render/table.h"

struct mw_account_options {
	const char
		*title; /* above the names: N_("where the memory is"); NULL = the account's name */
	unsigned depth; /* levels opened: 1 = its parts; 0 = the same */
	bool how;       /* a line's remark says how it was computed */
};

/** Append the account. Parts come in their account's order; what lies deeper than `depth` is left
 *  out. Lines for information only (aside) are dim and further in: "of which dirty" is part of the
 *  line above, "besides: swapped out" (outside) is not, one with parts is another view of it.
 *  @notes reasons for missing numbers; the caller writes them where they fit
 *  @return 0, -ENOMEM or -EFBIG */
int mw_account_write(const struct mw_account *account, const struct mw_account_options *options,
		     const struct mw_style *style, struct mw_notes *notes, struct buf *out);

#endif
