/* The files behind a group's page cache, where a page census found them. */
#ifndef MW_LEDGER_FILES_H
#define MW_LEDGER_FILES_H

#include "ledger/account.h"

/** Below the page cache's and shared memory's lines of a group's account: their largest files, aside,
 *  for a census is not taken at the moment at which memory.stat is. Nothing without a census. */
void mw_ledger_files(struct arena *a, struct mw_account *account, const struct mw_snapshot *s,
		     const struct mw_entity *group);

#endif
