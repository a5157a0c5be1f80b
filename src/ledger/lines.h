/* Accounts made from tables: a line is a sum of counters less others. */
#ifndef MW_LEDGER_LINES_H
#define MW_LEDGER_LINES_H

#include "ledger/account.h"

enum { MW_LINE_TERMS = 8 };

/* Metric 0, MemTotal, ends the lists: it is never a term. */
struct mw_line {
	const char *name, *how;
	enum mw_metric plus[MW_LINE_TERMS], minus[MW_LINE_TERMS];
	bool aside;
};

/** The state of a sum is that of its first missing term; what is taken off may be missing. */
struct mw_num mw_line_sum(const struct mw_entity *e, const struct mw_line *line);

/** Append a part, unless it is absent: this kernel has no such memory, or counts it elsewhere.
 *  @return the part, or NULL, also when out of memory (so may `name` be, then) */
struct mw_account *mw_line_part(struct arena *a, struct mw_account *to, const char *name,
				struct mw_num bytes, const char *how);

/** Append the lines of a table that ends with a line without a name. */
void mw_lines_add(struct arena *a, struct mw_account *to, const struct mw_entity *e,
		  const struct mw_line *lines);

/** Kernel memory charged to a v2 group that memory.stat does not name: pages of pipes and Unix
 *  sockets, upper page tables. MW_ABSENT on v1. */
struct mw_num mw_group_kernel_rest(const struct mw_entity *group);

#endif
