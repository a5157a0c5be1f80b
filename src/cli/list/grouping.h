/* --by: rows under headings that add them up. */
#ifndef MW_CLI_GROUPING_H
#define MW_CLI_GROUPING_H

#include "cli/list/columns.h"

/* What rows can be grouped by. */
struct mw_by {
	const char *name;        /* "pod" */
	enum mw_metric of_group; /* of a row of MW_CGROUP; MW_METRICS = made up, see grouping.c */
	enum mw_metric of_pod;   /* of a row of MW_POD; MW_METRICS = not for pods */
};

/** @return NULL with what is wrong in `problem`: nothing is called so, or not for rows of that kind */
const struct mw_by *mw_by_find(enum mw_kind kind, const char *name,
			       const struct mw_language *language, struct buf *problem);

/** Whether a group can be of that role. */
bool mw_role_known(const char *role);

/** Put the rows below headings: rows->groups, in the order of their sums, or of the first of their rows
 *  where the sort column is none to add up. Groups that hold others are left out unless `whole` says
 *  that the rows were chosen by their role, so that nothing is added twice; so are those without
 *  what it is about. `rows->at` is in the order in which they are shown then.
 *  @most headings; 0 = all. @return 0 or -ENOMEM */
int mw_rows_group(const struct mw_by *by, bool whole, const struct mw_sorting *sorting, size_t most,
		  struct arena *a, struct mw_rows *rows);

#endif
