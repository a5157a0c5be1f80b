/* Which of the kernel's counters is which line of memory.stat. The kernel keeps them in two arrays
 * (struct memcg_vmstats) whose order is its own: a static table that differs by version and
 * configuration, and that no type tells of. So it is learned by elimination: at first every slot may be
 * behind every line; each text read beside the slots speaks against those that do not hold its number.
 * A counter may change and change back while one looks (pages become dirty and are written), so a slot is
 * ruled out when it was wrong three times, and right never between. So where all slots left hold the same number, that is the line's,
 * even before there is only one of them: most lines that nobody uses are zero for ever. No group has to
 * be made for it, and nothing is ever guessed: where the slots left disagree, the caller reads the
 * group's text, and learns from it. Pure. */
#ifndef MW_BPF_SLOTS_H
#define MW_BPF_SLOTS_H

#include "base/slice.h"
#include "bpf/cgroup.h"

enum { MW_SLOT_LINES = 128, MW_SLOT_UNITS = 3, MW_SLOT_KEY = 48, MW_SLOT_PARTS = 6 };

/* The slots that may be behind a line, a bit each. */
struct mw_slot_set {
	uint64_t state[MW_SLOT_UNITS]; /* by what a unit of them means: 1, 1024, a page */
	uint64_t event;
};

struct mw_slot_line {
	char key[MW_SLOT_KEY];
	bool bytes; /* its text is in bytes: another unit of the slots is possible */
	uint16_t all,
		own; /* the caller's: what the line with, and that without the groups below is */
	uint8_t parts[MW_SLOT_PARTS]; /* a line that is a sum of lines, by number */
	uint8_t part_count;
	struct mw_slot_set set;
	struct mw_slot_set once, twice; /* those of them that were wrong so often */
};

struct mw_slots {
	struct mw_slot_line at[MW_SLOT_LINES];
	size_t count;
	uint32_t states, events, page_size;
	uint64_t given; /* the caller's: fields of rows that this kernel's files show, a bit each */
	bool ready;     /* the caller's: learned enough to be used */
	uint32_t sweeps; /* the caller's: since then */
	uint32_t next;   /* the caller's: whose turn it is to be checked */
	uint32_t lost;   /* lines that no slot was left for */
};

/** @states, @events how many slots there are */
void mw_slots_init(struct mw_slots *s, uint32_t states, uint32_t events, uint32_t page_size);

/** The line of a key; made when it is new. @return NULL: no room */
struct mw_slot_line *mw_slots_line(struct mw_slots *s, struct slice key, bool bytes);

/** Find the lines that the kernel adds up of others: slab, pgscan, pgsteal. Call when all lines are there. */
void mw_slots_sums(struct mw_slots *s);

/** What a line's text said between two looks at the slots: those that held another number all the time
 *  are hardly behind it. What changed meanwhile says nothing.
 *  @return 0, or -EBADMSG: none is left, and all may be behind it again */
int mw_slots_learn(struct mw_slots *s, struct mw_slot_line *line, uint64_t text,
		   const struct mw_group_slots *before, const struct mw_group_slots *after);

/** The line's number. @return 0, or -EAGAIN: the slots that it may be disagree */
int mw_slots_value(const struct mw_slots *s, const struct mw_slot_line *line,
		   const struct mw_group_slots *slots, uint64_t *out);

#endif
