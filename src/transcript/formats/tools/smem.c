/* smem: processes with their PSS, whole, filtered, with a sum below.
 *
 *	  PID User     Command                         Swap      USS      PSS      RSS
 *	19335 root     flock -w 560 9                     0      112      215     1748
 *
 * The command is cut to its column and holds blanks: cells are cut off from the end. */
#include "transcript/format.h"

#include <errno.h>

enum { NUMBERS = 4 };

static const struct {
	const char *name;
	enum mw_metric metric;
} columns[NUMBERS] = {
	{ "Swap", M_P_SWAP },
	{ "USS", M_P_USS },
	{ "PSS", M_P_PSS },
	{ "RSS", M_P_RSS },
};

static bool is_header(struct slice line)
{
	static const char *const words[] = {
		"PID", "User", "Command", "Swap", "USS", "PSS", "RSS"
	};
	struct slice word;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!slice_token(&line, &word) || !slice_is(word, words[i]))
			return false;
	return !slice_trim(line).len;
}

struct row {
	uint64_t pid;
	struct slice command;
	struct mw_quantity numbers[NUMBERS];
};

/* Cut the last word off. */
static bool cut_word(struct slice *line, struct slice *word)
{
	struct slice left = slice_trim(*line);
	size_t at = left.len;

	while (at && !slice_blank(left.at[at - 1]))
		at--;
	*word = slice_skip(left, at);
	*line = (struct slice){ left.at, at };
	return word->len > 0;
}

static bool take_numbers(struct slice *line, struct mw_quantity *out)
{
	struct slice word;

	for (size_t i = NUMBERS; i-- > 0;)
		if (!cut_word(line, &word) || !mw_quantity_parse(word, 1024, &out[i]) ||
		    out[i].value > UINT64_MAX / 1024)
			return false;
	return true;
}

static bool take(struct slice line, struct row *out)
{
	struct row row;
	struct slice user;

	if (!take_numbers(&line, row.numbers) || !slice_u64(&line, &row.pid) || !row.pid ||
	    row.pid > UINT32_MAX || !slice_token(&line, &user))
		return false;
	row.command = slice_trim(line);
	*out = row;
	return row.command.len > 0;
}

/* The rule, and the sums: processes, users, numbers. */
static bool is_foot(struct slice line)
{
	struct mw_quantity numbers[NUMBERS];
	struct slice rest = slice_trim(line);
	uint64_t v;

	if (slice_begins(rest, "-----"))
		return true;
	return take_numbers(&rest, numbers) && slice_u64(&rest, &v) && slice_u64(&rest, &v) &&
	       !slice_trim(rest).len;
}

static bool is_next(void *context, const struct mw_paste_line *l)
{
	bool *begun = context, first = !*begun;
	struct slice line = slice_trim(l->text);
	struct row row;

	*begun = true;
	return first ? is_header(line) : take(line, &row) || is_foot(line);
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	bool begun = false;

	/* ps.c takes any table with such titles */
	b->certainty = MW_SURE + 1;
	return mw_block_run(paste, line, is_next, &begun, b);
}

static int read_row(struct mw_reading *r, const struct row *row)
{
	struct mw_entity *e = mw_reading_process(r, row->pid, (struct slice){ "", 0 });
	int error = mw_reading_command_line(r, e, row->command);

	for (size_t i = 0; i < NUMBERS && !error; i++) {
		const struct mw_quantity *q = &row->numbers[i];

		if (q->unit == '%')
			continue;
		/* KiB, unless -k gave units */
		error = mw_reading_print(r, e, columns[i].metric, columns[i].name,
					 q->unit ? q->value : q->value * 1024,
					 q->unit ? q->step : 0, MW_NEAREST);
	}
	return error;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	int error = 0;
	struct row row;

	for (size_t i = 1; i < b->lines && !error; i++)
		if (mw_block_line(r, b, i)->kind == MW_LINE_TEXT &&
		    take(slice_trim(mw_block_line(r, b, i)->text), &row))
			error = read_row(r, &row);
	return error;
}

const struct mw_format mw_format_smem = {
	.id = "smem",
	.name = N_("smem"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
