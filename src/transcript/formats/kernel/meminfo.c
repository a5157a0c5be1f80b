/* /proc/meminfo (fs/proc/meminfo.c). */
#include "transcript/format.h"

static const struct mw_key_set keys = { "proc/meminfo", NULL, NULL };

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t lines = mw_block_keyed(paste, line, &keys, b);

	b->certainty = b->keys > 2 ? MW_SURE : MW_LIKELY;
	return lines;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	return mw_reading_keyed(r, &keys, NULL, mw_reading_node(r));
}

const struct mw_format mw_format_meminfo = {
	.id = "meminfo",
	.name = N_("/proc/meminfo"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
