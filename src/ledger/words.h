/* The same memory in everybody's words: what each tool prints, by its own formula, and why it
 * differs. */
#ifndef MW_LEDGER_WORDS_H
#define MW_LEDGER_WORDS_H

#include "language/language.h"
#include "model/snapshot.h"

struct mw_word {
	const char *tool;    /* "kubectl top" */
	const char *formula; /* "usage - inactive_file", in this kernel's file names */
	const char *why;     /* one line: why it is not what one may think */
	uint64_t bytes;      /* valid when state is MW_OK */
	enum mw_state state;
	bool brief; /* one of the few that a page has room for */
	/* Of a number that its tool was asked for (src/meta/ask): what the ledger makes of the same
	 * word, MW_ABSENT of all others; and whether that is more than 1 % away. */
	struct mw_num own;
	bool differs;
};

/** @out an array in the arena. @return its length; 0 also when out of memory */
size_t mw_words_node(struct arena *a, const struct mw_snapshot *s, struct mw_word **out);
size_t mw_words_container(struct arena *a, const struct mw_snapshot *s,
			  const struct mw_entity *cgroup, struct mw_word **out);

#endif
