/* /proc/pagetypeinfo (mm/vmstat.c pagetypeinfo_show()): free pages by what they are for. The table
 * below it looks like a short buddyinfo. */
#include "base/buf.h"
#include "collect/node/node.h"
#include "transcript/formats/kernel/zone.h"

static const char *const titles[] = { "Page block order:", "Pages per block:",
				      "Free pages count per migrate type", "Number of blocks type",
				      "Number of mixed blocks" };

static bool is_title(struct slice line)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (slice_begins(line, titles[i]))
			return true;
	return false;
}

/* "Node    0, zone   Normal, type    Unmovable    852 …" */
static bool is_free_row(struct slice line)
{
	uint64_t node;

	return slice_word(&line, "Node ") && slice_u64(&line, &node) &&
	       slice_word(&line, ", zone") && slice_after(&line, ", type ");
}

struct run {
	bool begun, counts; /* the second table has begun */
	size_t rows;
};

static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct run *run = context;
	struct slice line = slice_trim(mw_line_bare(l)), rest = line, zone;
	bool title = is_title(line), again = title && slice_begins(line, titles[0]) && run->begun;
	bool row = is_free_row(line) || (run->counts && mw_zone_head(&rest, &zone));

	run->begun = true;
	run->counts |= slice_begins(line, "Number of ");
	run->rows += row;
	return (title && !again) || row;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct run run = { .rows = 0 };
	size_t lines = mw_block_run(paste, line, is_next, &run, b);

	b->certainty = MW_SURE;
	return run.rows ? lines : 0;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct buf text = { 0 };
	struct mw_parse_error at;
	int error;

	for (size_t i = 0; i < b->lines; i++) {
		const struct mw_paste_line *l = mw_block_line(r, b, i);

		if (l->kind == MW_LINE_TEXT) {
			buf_add(&text, slice_trim(mw_line_bare(l)));
			buf_char(&text, '\n');
		}
	}
	error = text.error ? text.error : mw_parse_pagetypeinfo(r->s, buf_slice(&text), &at);
	buf_release(&text);
	return error;
}

const struct mw_format mw_format_pagetypeinfo = {
	.id = "pagetypeinfo",
	.name = N_("/proc/pagetypeinfo"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
