/* memwhy run in a container: what the screens say of that. */
#ifndef MW_CLI_INSIDE_H
#define MW_CLI_INSIDE_H

#include "cli/cli.h"

/** Whether the first page is the container's rather than the machine's: memwhy is inside, and does not
 *  see all of the machine. */
bool mw_inside_is(const struct mw_snapshot *s);

/** The container's own group. NULL when no part of the groups is seen. */
struct mw_entity *mw_inside_group(const struct mw_snapshot *s);

/** "inside a container (docker)" */
void mw_inside_where(const struct mw_cli *cli, const struct mw_snapshot *s, struct buf *out);

/** The container's account, how much is left, and the same memory in a few words; why not, where there
 *  is no group. @return 0 or -errno */
int mw_inside_account(struct mw_cli *cli, struct mw_sample *x, struct buf *out);

/** What `free` shows here, what is not seen, and how to see more. */
void mw_inside_limits_of_view(struct mw_cli *cli, struct mw_sample *x, struct buf *out);

/** A dim line about what a listing lacks, or about whose numbers a screen shows, where that is worth
 *  one. @above of the screen, or below it */
void mw_inside_note(struct mw_cli *cli, const struct mw_sample *x, bool above, struct buf *out);

#endif
