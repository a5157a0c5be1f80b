/* Files of "key value" lines (meminfo, vmstat, memory.stat, status …), driven by the metric table.
 * Keys come in the same order from read to read, so the order is learned: in the steady state a
 * line costs one comparison. */
#ifndef MW_COLLECT_KEYED_H
#define MW_COLLECT_KEYED_H

#include "language/language.h"
#include "model/snapshot.h"

enum { MW_KEYED_MAX = 320, MW_KEYED_LINES = 512 };

/* What a line of this number held last time. */
struct mw_keyed_line {
	uint16_t place;  /* place number + 1; 0 = not learned, count + 1 = not ours */
	uint8_t foreign; /* then the length of `key`; 0 = did not fit */
	char key[29];    /* then the key that is not ours, with the byte that ends it */
};

struct mw_keyed {
	const char *file;
	const struct mw_place *places[MW_KEYED_MAX];
	uint16_t count;
	uint16_t next; /* behind the place found last */
	struct mw_keyed_line lines[MW_KEYED_LINES];
};

/** All places of `file`. Cheap enough for once a sweep; keep it for many files of the same name. */
void mw_keyed_init(struct mw_keyed *k, const char *file);

/* Where a parser stopped understanding. */
struct mw_parse_error {
	uint32_t line;    /* 1… */
	const char *what; /* static */
};

/** Parse "key value", "key: value kB", "key<tab>value" lines into an entity. Unknown keys are
 * skipped; "unlimited" is a state. A known key with no number, an overflow, or a key that comes twice is -EBADMSG: the
 * metric becomes MW_MALFORMED, the rest of the text is still read, and `error` names the first such
 * line. Text values ("Name:\tx") belong to readers of their own.
 *  @return 0 or -EBADMSG */
int mw_keyed_parse(struct mw_keyed *k, struct slice text, uint32_t page_size, struct mw_entity *e,
		   struct mw_parse_error *error);

/** One such line, for files with more around it ("Node 0 MemFree: 1 kB"): what comes before the key
 * is already cut. `number` is where its place is learned.
 *  @what  the key, set unless -ENOENT
 *  @return 0, -ENOENT: not our key, or -EBADMSG */
int mw_keyed_line(struct mw_keyed *k, struct slice line, size_t number, uint32_t page_size,
		  struct mw_entity *e, const char **what);

#endif
