/* What listings share. */
#ifndef MW_CLI_LISTS_H
#define MW_CLI_LISTS_H

#include "cli/cli.h"

/** Rows to show: -n, or what fits; 0 = all. */
size_t mw_list_most(const struct mw_cli *cli);
/** x->rows: those of the screen's kind that pass the options, sorted. @most 0 = all
 *  @return 0 or -errno, perhaps with a line in cli->problem */
int mw_list_choose(struct mw_cli *cli, struct mw_sample *x, size_t most);

#endif
