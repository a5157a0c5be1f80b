/* /proc/slabinfo (mm/slab_common.c), whole or what grep left of it. */
#include "base/buf.h"
#include "collect/node/node.h"
#include "transcript/format.h"

static const char version[] = "slabinfo - version: 2.";

static bool is_row(struct slice line)
{
	return slice_after(&line, " : tunables ") && slice_after(&line, " : slabdata ");
}

static bool is_next(void *context, const struct mw_paste_line *l)
{
	bool *begun = context;
	struct slice line = slice_trim(l->text);

	/* the version comes once */
	if (slice_begins(line, version) ? *begun : !is_row(line))
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

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct buf text = { 0 };
	struct mw_parse_error at;
	int error;

	buf_printf(&text, "%s1\n", version);
	for (size_t i = 0; i < b->lines; i++) {
		struct slice line = slice_trim(mw_block_line(r, b, i)->text);

		if (is_row(line)) {
			buf_add(&text, line);
			buf_char(&text, '\n');
		}
	}
	error = text.error ? text.error : mw_parse_slabinfo(r->s, buf_slice(&text), &at);
	buf_release(&text);
	return error;
}

const struct mw_format mw_format_slabinfo = {
	.id = "slabinfo",
	.name = N_("/proc/slabinfo"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
