/* /proc/swaps (mm/swapfile.c swap_show()), which `swapon -s` prints too. */
#include "collect/node/node.h"
#include "transcript/format.h"

static bool is_header(struct slice line)
{
	static const char *const words[] = { "Filename", "Type", "Size", "Used", "Priority" };
	struct slice word;
	size_t n = 0;

	while (n < 5 && slice_token(&line, &word) && slice_is(word, words[n]))
		n++;
	return n == 5;
}

static bool is_row(struct slice line)
{
	struct slice name, type, word;
	int64_t v;

	if (!slice_begins(line, "/") || !slice_token(&line, &name) || !slice_token(&line, &type) ||
	    (!slice_is(type, "partition") && !slice_is(type, "file")))
		return false;
	for (int i = 0; i < 3; i++)
		if (!slice_token(&line, &word) || !slice_i64(&word, &v) || word.len)
			return false;
	return true;
}

static bool is_next(void *context, const struct mw_paste_line *l)
{
	bool *begun = context;
	struct slice line = slice_trim(mw_line_bare(l));

	if (is_header(line) ? *begun : !is_row(line))
		return false;
	*begun = true;
	return true;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	bool begun = false;

	b->certainty = MW_SURE;
	return mw_block_run(paste, line, is_next, &begun, b);
}

/* Where all areas are there, meminfo has their sums. */
static int add_up(struct mw_reading *r)
{
	static const char how[] = N_("sum of the swap areas");
	struct mw_entity *node = mw_reading_node(r), *e;
	uint64_t size = 0, used = 0;
	int error;

	mw_for_each (e, r->s, MW_SWAP)
		if (__builtin_add_overflow(size, mw_get_or(e, M_SW_SIZE, 0), &size) ||
		    __builtin_add_overflow(used, mw_get_or(e, M_SW_USED, 0), &used))
			return 0;
	if (used > size)
		return 0;
	error = mw_reading_derive(r, node, M_SWAP_TOTAL, size, how);
	return error ? error : mw_reading_derive(r, node, M_SWAP_FREE, size - used, how);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	bool header = is_header(slice_trim(mw_line_bare(mw_block_line(r, b, 0))));
	struct mw_parse_error at;
	int error = 0;

	for (size_t i = header; i < b->lines && !error; i++) {
		struct slice line = slice_trim(mw_line_bare(mw_block_line(r, b, i)));

		if (is_row(line))
			error = mw_parse_swaps(r->s, line, &at);
	}
	if (!error && header && !b->cut)
		error = add_up(r);
	return error;
}

const struct mw_format mw_format_swaps = {
	.id = "swaps",
	.name = N_("/proc/swaps"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
