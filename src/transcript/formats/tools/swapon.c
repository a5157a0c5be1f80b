/* swapon --show (util-linux), with or without --bytes:
 *
 *	NAME      TYPE      SIZE USED PRIO
 *	/swapfile file        2G   0B   -2 */
#include "base/index.h"
#include "transcript/format.h"

#include <errno.h>

struct row {
	struct slice name, type, priority;
	struct mw_quantity size, used;
};

static bool is_header(struct slice line)
{
	static const char *const words[] = { "NAME", "TYPE", "SIZE", "USED", "PRIO" };
	struct slice word;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!slice_token(&line, &word) || !slice_is(word, words[i]))
			return false;
	return true;
}

static bool take(struct slice line, struct row *out)
{
	struct slice size, used, check;
	struct row row;
	int64_t v;

	if (!slice_token(&line, &row.name) || !slice_begins(row.name, "/") ||
	    !slice_token(&line, &row.type) || !slice_token(&line, &size) ||
	    !slice_token(&line, &used) || !slice_token(&line, &row.priority) ||
	    (!slice_is(row.type, "partition") && !slice_is(row.type, "file")) ||
	    !mw_quantity_parse(size, 1024, &row.size) || !mw_quantity_parse(used, 1024, &row.used))
		return false;
	check = row.priority;
	*out = row;
	return slice_i64(&check, &v) && !check.len;
}

/* Of bare rows only those with units: those without are KiB of /proc/swaps. */
struct run {
	bool header, rows;
};

static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct run *run = context;
	struct slice line = slice_trim(mw_line_bare(l));
	struct row row;

	if (!run->header && !run->rows && is_header(line))
		return run->header = true;
	if (!take(line, &row) || (!run->header && !row.size.unit))
		return false;
	return run->rows = true;
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
	struct mw_entity *e = mw_reading_row(r, MW_SWAP, NULL, row->name, hash_bytes(row->name));
	int error;

	if (!e)
		return -ENOMEM;
	mw_set_text(r->s, e, M_SW_TYPE, row->type);
	mw_set_text(r->s, e, M_SW_PRIORITY, row->priority);
	error = mw_reading_print(r, e, M_SW_SIZE, "SIZE", row->size.value,
				 row->size.unit ? row->size.step : 0, MW_NEAREST);
	return error ? error
		     : mw_reading_print(r, e, M_SW_USED, "USED", row->used.value,
					row->used.unit ? row->used.step : 0, MW_NEAREST);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	int error = 0;
	struct row row;

	for (size_t i = 0; i < b->lines && !error; i++)
		if (take(slice_trim(mw_line_bare(mw_block_line(r, b, i))), &row))
			error = read_row(r, &row);
	return error;
}

const struct mw_format mw_format_swapon = {
	.id = "swapon",
	.name = N_("swapon --show"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
