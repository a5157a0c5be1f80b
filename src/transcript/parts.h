/* What the files of this folder share: the cells of one block, out of the snapshot that they were
 * read into, and how they come together again. */
#ifndef MW_TRANSCRIPT_PARTS_H
#define MW_TRANSCRIPT_PARTS_H

#include "transcript/format.h"

struct mw_cell {
	uint64_t value; /* of a text: a pointer */
	uint16_t metric;
	uint8_t state;
};

struct mw_cell_row {
	enum mw_kind kind;
	uint32_t parent; /* 1 + row; 0 = none */
	const char *name;
	uint64_t id, birth;
	size_t first, count; /* of the cells */
};

/* Rows are in the order of kinds, then as they were added; row 0 is the machine. */
struct mw_cells {
	struct mw_cell_row *rows;
	size_t row_count;
	struct mw_cell *cells;
	size_t cell_count;
	struct mw_cells *later; /* the next moment within the block */
};

/** @return NULL: out of memory */
struct mw_cells *mw_cells_take(struct arena *a, const struct mw_snapshot *s);
/** The row of a kind with that number; SIZE_MAX: there is none. */
size_t mw_cells_row(const struct mw_cells *c, enum mw_kind kind, uint32_t index);
/** Do both have numbers for the same cells of an entity, so that they must be of two moments? */
bool mw_cells_overlap(const struct mw_cells *a, const struct mw_cells *b);

/** Put cells where `to` has none yet.
 *  @self  the name of a group that has none of its own
 *  @rows  NULL, or room for an entity per row
 *  @used  is raised by the cells that were put
 *  @return 0 or -ENOMEM */
int mw_cells_merge(struct mw_snapshot *to, const struct mw_cells *from, const char *self,
		   struct mw_entity **rows, size_t *used);

/* What reading leaves beside the cells, by block and row until the rows are merged. */
struct mw_note {
	size_t block, moment; /* of the block's own */
	enum mw_kind kind;
	uint32_t index;   /* row of that kind */
	const char *what; /* the tool's word, or how it was derived */
	uint64_t value, low, high;
	enum mw_metric metric;
	bool derived;
};

struct mw_notes {
	struct buf list;      /* of struct mw_note */
	struct mw_fold *fold; /* the next large smaps (bulk.h) */
	struct mw_cells **tail;
	size_t block;
	size_t moment;
	int error;
};

static inline size_t mw_notes_count(const struct mw_notes *n)
{
	return n->list.len / sizeof(struct mw_note);
}

static inline struct mw_note *mw_note_at(const struct mw_notes *n, size_t i)
{
	return (struct mw_note *)(void *)n->list.at + i;
}

/** Read a block: its cells, notes, error.
 *  @return 0 or -ENOMEM */
int mw_block_read(struct mw_transcript *t, size_t block, struct mw_notes *notes);

/** Give blocks to hosts: mw_block.host, t->hosts. @return 0 or -ENOMEM */
int mw_transcript_hosts(struct mw_transcript *t);

/** Find series and make the hosts' snapshots. @return 0 or -ENOMEM */
int mw_transcript_merge(struct mw_transcript *t, const struct mw_notes *notes);

/** Fill what follows from other cells: a group's usage and limit. Calls `note` for each.
 *  @return 0, or what `note` returned */
int mw_derive_groups(struct mw_snapshot *s,
		     int (*note)(void *context, struct mw_entity *e, enum mw_metric metric,
				 const char *how),
		     void *context);

#endif
