/* Groups from the kernel's own structures (bpf/cgroup.h) in the place of a dozen files each: the same
 * rows and cells. */
#ifndef MW_COLLECT_CGROUP_FAST_H
#define MW_COLLECT_CGROUP_FAST_H

#include "bpf/cgroup.h"
#include "bpf/slots.h"
#include "collect/cgroup/files.h"
#include "collect/cgroup/hierarchy.h"

/* How a slot becomes a cell. */
struct mw_group_cell {
	enum mw_metric all, own; /* MW_METRICS = none */
	uint16_t slot;           /* in struct mw_group_slots; of a line that is known */
	uint32_t unit;           /* 0 = not known: line */
	const struct mw_slot_line *line;
	uint64_t states, events; /* slots that it may be: where all are zero, it is */
};

/* Made once a sweep, and after something was learned. */
struct mw_group_plan {
	const struct mw_slots *slots;
	int version;
	struct mw_group_cell cells[MW_SLOT_LINES];
	size_t count;
};

/* --- fill.c: pure */

void mw_group_plan(struct mw_group_plan *plan, const struct mw_slots *slots, int version);

/** A row into cells. The parent's must be filled, if it has one.
 *  @return 0, or -EAGAIN: something is not known, only the group's text tells */
int mw_group_fill(const struct mw_group_plan *plan, const struct mw_group_row *row,
		  struct mw_entity *e);

/** Which fields of rows a group's text has shown, as struct mw_slots.given. */
uint64_t mw_group_given(const struct mw_entity *text, int version);

/** Forget what a group's cells hold. */
void mw_group_forget(struct mw_entity *e);

/* --- one sweep */

struct mw_groups {
	struct mw_collect *c;
	struct mw_group_reader *reader;
	const struct mw_dir *top;
	struct slice mount; /* below the root */
	int version;
	bool sizes; /* more than names is wanted */
	struct mw_bpf *bpf;
	struct mw_slots *slots;
	struct mw_group_rows rows;
	struct mw_group_plan plan;
};

/** Look at the slots of all groups, as of now. @return 0 or -errno */
int mw_groups_walk(struct mw_groups *g);

/** fast.c: all groups into the snapshot. @top open
 *  @return 0, -ENOMEM, or -EOPNOTSUPP: nothing was added, read text */
int mw_groups_fast(struct mw_collect *c, const struct mw_hierarchy *h, const struct mw_dir *top,
		   struct mw_group_reader *reader);

/* --- trust.c */

/** Learn which slot is which line by reading some groups' text, before the rows are used.
 *  @return 0, or -errno: they cannot be, and why was said */
int mw_groups_learn_all(struct mw_groups *g);

/** Learn from one group's text what is not known yet. @names below the mount
 *  @return 0 or -errno */
int mw_groups_learn(struct mw_groups *g, const uint64_t *ids, const char *const *names,
		    size_t count);

/** Compare some groups' cells with their text, in turn; where they differ, the capability is switched off
 *  and the snapshot says so.
 *  @return 0, or -EBADMSG: they do */
int mw_groups_verify(struct mw_groups *g);

#endif
