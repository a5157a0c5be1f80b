/* slabtop -o (procps), and what `slabtop` left on the screen:
 *
 *	 Active / Total Objects (% used)    : 1227430 / 1304651 (94.1%)
 *	  OBJS ACTIVE  USE OBJ SIZE  SLABS OBJ/SLAB CACHE SIZE NAME
 *	110922 110843  99%    1.10K   7923       14    126768K ext4_inode_cache */
#include "base/index.h"
#include "transcript/format.h"

#include <errno.h>

enum { OBJECTS, ACTIVE, USE, OBJECT_SIZE, SLABS, PER_SLAB, SIZE, NUMBERS };

struct row {
	struct mw_quantity numbers[NUMBERS];
	struct slice name;
};

static bool take(struct slice line, struct row *out)
{
	struct row row = { .name = { "", 0 } };
	struct slice word;

	for (size_t i = 0; i < NUMBERS; i++) {
		bool bytes = i == OBJECT_SIZE || i == SIZE;

		if (!slice_token(&line, &word) || !mw_quantity_parse(word, 1024, &row.numbers[i]) ||
		    (i == USE ? row.numbers[i].unit != '%' : bytes != (row.numbers[i].unit != 0)))
			return false;
	}
	row.name = slice_trim(line);
	*out = row;
	return row.name.len > 0;
}

static bool is_summary(struct slice line)
{
	line = slice_trim(line);
	return slice_begins(line, "Active / Total ") ||
	       slice_begins(line, "Minimum / Average / Maximum Object");
}

static bool is_header(struct slice line)
{
	line = slice_trim(line);
	return slice_begins(line, "OBJS ") && slice_after(&line, "OBJ/SLAB CACHE SIZE NAME");
}

/* The summary begins another moment. */
struct run {
	bool rows, header;
};

static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct run *run = context;
	struct slice line = mw_line_bare(l);
	struct row row;

	if (is_summary(line))
		return !run->rows && !run->header;
	if (is_header(line)) {
		bool first = !run->header;

		run->header = true;
		return first;
	}
	run->rows |= take(line, &row);
	return run->rows && take(line, &row);
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct run run = { false };
	size_t lines = mw_block_run(paste, line, is_next, &run, b);

	b->certainty = MW_SURE;
	return run.rows ? lines : 0;
}

static int read_row(struct mw_reading *r, const struct row *row)
{
	const struct mw_quantity *n = row->numbers;
	struct mw_entity *e = mw_reading_row(r, MW_SLAB, NULL, row->name, hash_bytes(row->name));
	uint64_t used;
	int error;

	if (!e)
		return -ENOMEM;
	mw_set(e, M_SL_NUM_OBJS, n[OBJECTS].value);
	mw_set(e, M_SL_ACTIVE_OBJS, n[ACTIVE].value);
	mw_set(e, M_SL_NUM_SLABS, n[SLABS].value);
	mw_set(e, M_SL_OBJPERSLAB, n[PER_SLAB].value);
	error = mw_reading_print(r, e, M_SL_OBJSIZE, "OBJ SIZE", n[OBJECT_SIZE].value,
				 n[OBJECT_SIZE].step, MW_NEAREST);
	/* 0.01K may be half as much again */
	if (n[OBJECT_SIZE].value >= 10 * n[OBJECT_SIZE].step &&
	    !__builtin_mul_overflow(n[ACTIVE].value, n[OBJECT_SIZE].value, &used))
		mw_set(e, M_SL_USED, used);
	return error ? error
		     : mw_reading_print(r, e, M_SL_BYTES, "CACHE SIZE", n[SIZE].value, 0,
					MW_NEAREST);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	int error = 0;
	struct row row;

	for (size_t i = 0; i < b->lines && !error; i++)
		if (take(mw_line_bare(mw_block_line(r, b, i)), &row))
			error = read_row(r, &row);
	return error;
}

const struct mw_format mw_format_slabtop = {
	.id = "slabtop",
	.name = N_("slabtop"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
