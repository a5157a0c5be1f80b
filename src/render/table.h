/* A table: columns, rows of cells, written aligned into the width there is. Too narrow: the columns
 * of the highest drop rank go first (bars, then shares), then flexible columns are shortened.
 *
 *	scoped_table struct mw_table t = { 0 };
 *
 *	mw_table_init(&t, style, columns, count);
 *	mw_table_row(&t, 0);
 *	mw_cell_name(&t, MW_TONE_PLAIN, slice_of(e->name));
 *	mw_number_size(mw_cell(&t, MW_TONE_PLAIN), style, bytes);
 *	error = mw_table_write(&t, out);
 */
#ifndef MW_RENDER_TABLE_H
#define MW_RENDER_TABLE_H

#include "base/arena.h"
#include "render/number.h"

enum mw_align { MW_LEFT, MW_RIGHT };

/* What a flexible column loses when it must be shortened. */
enum mw_flex {
	MW_FIXED,
	MW_FLEX_MIDDLE, /* a name: begin and end stay */
	MW_FLEX_END,    /* a remark */
};

/* Drop ranks: 0 stays. */
enum { MW_KEEP = 0, MW_DROP_LAST = 1, MW_DROP_SHARE = 8, MW_DROP_BAR = 9 };

struct mw_column {
	const char *title; /* program text, written translated; NULL or "" = none */
	bool verbatim;     /* … or a name, as of a metric: not translated */
	bool greedy;       /* a flexible column that is shortened after the others */
	enum mw_align align;
	enum mw_flex flex;
	uint8_t drop;
	uint8_t bar;  /* columns of a full bar; 0 = not a bar column */
	uint16_t min; /* a flexible column is not shortened below this for others' sake; 0 = 24 */
};

struct mw_cell {
	uint32_t at, len; /* in the table's text */
	uint8_t tone;
	uint8_t indent;
};

struct mw_table {
	const struct mw_style *style;
	const struct mw_column *columns;
	size_t column_count;
	unsigned margin; /* blanks in front of each line; 2 after mw_table_init() */
	struct buf text; /* all cells' text */
	struct arena arena;
	struct mw_cell *cells; /* column_count for each row */
	size_t rows, room;
	size_t next;          /* column of the next cell in the last row */
	struct mw_cell *open; /* the cell being appended to */
	int error;            /* sticks; told by mw_table_write() */
};

/** @style, @columns must outlive the table. More than 64 columns are -E2BIG. */
void mw_table_init(struct mw_table *t, const struct mw_style *style,
		   const struct mw_column *columns, size_t count);
void mw_table_release(struct mw_table *t);
#define scoped_table __attribute__((cleanup(mw_table_release)))

/** Begin a row. @indent levels of 2 blanks in front of its first cell (at most 40 count) */
void mw_table_row(struct mw_table *t, unsigned indent);
/** The next cell: append its text to what is returned until the next call. Only program text and
 *  what text.h made safe may be appended. Cells beyond the last column are lost. */
struct buf *mw_cell(struct mw_table *t, enum mw_tone tone);
/** A cell of program text, translated. What is a name goes through mw_cell_name(). */
void mw_cell_puts(struct mw_table *t, enum mw_tone tone, const char *text);
/** A cell of text from outside, made safe. */
void mw_cell_name(struct mw_table *t, enum mw_tone tone, struct slice text);
/** A cell of what people call a group; empty for NULL. */
void mw_cell_group(struct mw_table *t, enum mw_tone tone, const struct mw_entity *group);
/** A bar of `part` in `whole`; longer than a full one is drawn full. */
void mw_cell_bar(struct mw_table *t, enum mw_tone tone, uint64_t part, uint64_t whole);
/** Empty cells. */
void mw_cell_skip(struct mw_table *t, unsigned count);

/** Append the table. Without rows: nothing. @return 0, -ENOMEM, -EFBIG, -E2BIG */
int mw_table_write(struct mw_table *t, struct buf *out);

/** Append safe text shortened to `width` columns, … in place of what was cut. */
void mw_text_shorten(struct buf *out, struct slice safe, size_t width, enum mw_flex flex,
		     bool unicode);

/** Append a bar of `width` columns at most: eighth blocks, or '#'. */
void mw_bar(struct buf *out, bool unicode, unsigned width, uint64_t part, uint64_t whole);

#endif
