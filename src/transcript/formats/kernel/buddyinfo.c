/* /proc/buddyinfo (mm/vmstat.c frag_show()), whole or some of its zones. */
#include "collect/node/node.h"
#include "transcript/formats/kernel/zone.h"

/* Orders up to 10 as a rule. Fewer columns have the counts by type of pagetypeinfo. */
enum { FEWEST = 8 };

static bool take(struct slice line, struct slice *zone)
{
	struct slice word;
	size_t numbers = 0;
	uint64_t v;

	if (!mw_zone_head(&line, zone))
		return false;
	while (slice_token(&line, &word)) {
		if (!slice_u64(&word, &v) || word.len)
			return false;
		numbers++;
	}
	return numbers >= FEWEST;
}

/* A zone that comes again is of another moment. */
static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct slice *first = context, zone;

	if (!take(mw_line_bare(l), &zone) || slice_equal(zone, *first))
		return false;
	if (!first->len)
		*first = zone;
	return true;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice first = { "", 0 };

	b->certainty = MW_SURE;
	return mw_block_run(paste, line, is_next, &first, b);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	int error = 0;

	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice line = slice_trim(mw_line_bare(mw_block_line(r, b, i))), zone;
		struct mw_parse_error at;

		if (take(line, &zone))
			error = mw_parse_buddyinfo(r->s, line, &at);
	}
	return error;
}

const struct mw_format mw_format_buddyinfo = {
	.id = "buddyinfo",
	.name = N_("/proc/buddyinfo"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
