/* Texts whose meaning is in their indentation: YAML as kubectl prints it and as people cut and bend
 * it, kubectl describe, and JSON with a line for each value. No YAML as such: anchors, flow maps and
 * tags are not read. */
#ifndef MW_TRANSCRIPT_FORMATS_OUTLINE_H
#define MW_TRANSCRIPT_FORMATS_OUTLINE_H

#include "transcript/format.h"

enum { MW_OUTLINE_DEPTH = 32 };

/* "    - name: app" */
struct mw_outline_line {
	uint32_t dash; /* where the item's mark stands; meaningful when `item` */
	uint32_t
		indent; /* where the key, or what stands for it, begins; tabs go to multiples of 8 */
	bool item, has_key;
	struct slice key, value; /* value without quotes; of a line without a key all of it */
};

/** @return false: a blank line, or a bracket that closes */
bool mw_outline_line(struct slice line, struct mw_outline_line *out);

struct mw_outline_level {
	uint32_t indent;
	struct slice key; /* "-" for an item of a list */
};

struct mw_outline {
	struct arena *arena; /* for values of several lines; NULL: their first will do */
	struct mw_outline_level levels[MW_OUTLINE_DEPTH]; /* outermost first */
	size_t depth;
	/** A key has its value, all lines of it; `value` is empty when what follows is deeper.
	 *  levels: down to the key's parent. */
	void (*value)(struct mw_outline *o, struct slice key, struct slice value);
	/** An item of a list begins; levels end with it. NULL = of no interest */
	void (*item)(struct mw_outline *o);
	/* the key that waits for its value's other lines */
	struct slice key, text;
	uint32_t indent;
	bool waiting, error;
};

/** Give lines one by one; at the end, an empty one. */
void mw_outline_feed(struct mw_outline *o, struct slice line);
void mw_outline_end(struct mw_outline *o);

/** The nth enclosing key, 0 = the nearest; items of lists do not count. @return "" outside */
struct slice mw_outline_above(const struct mw_outline *o, size_t n);

#endif
