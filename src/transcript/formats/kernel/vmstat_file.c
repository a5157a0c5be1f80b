/* /proc/vmstat (mm/vmstat.c), whole or what grep left of it; `vmstat` is another thing. */
#include "transcript/format.h"
#include "base/scoped.h"
#include "collect/node/node.h"

#include <errno.h>

static const char *const others[] = { "pgalloc_dma",       "pgalloc_dma32",      "pgalloc_normal",
				      "pgalloc_movable",   "allocstall_dma",     "allocstall_dma32",
				      "allocstall_normal", "allocstall_movable", "pgpgin",
				      "pgpgout",           "compact_stall",      "compact_fail",
				      "compact_success",   "kswapd_inodesteal",  "pageoutrun",
				      "drop_pagecache",    "drop_slab",          NULL };
static const struct mw_key_set keys = { "proc/vmstat", others, "nr_" };

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t lines = mw_block_keyed(paste, line, &keys, b);
	bool named = false;

	for (size_t i = 0; hint && i < hint->path_count; i++)
		named |= slice_ends(hint->paths[i], "proc/vmstat");
	b->certainty = named || b->keys > 8 ? MW_SURE : MW_GUESS - 1;
	return lines;
}

/* The kernel's parser sums counters that are split by zone: it takes the lines, not the row. */
static int read_lines(struct mw_reading *r, const struct mw_block *b)
{
	scoped_buf struct buf text = { 0 };
	struct mw_parse_error at;

	for (size_t i = 0; i < b->lines; i++) {
		struct slice key;
		struct mw_quantity value;

		if (mw_key_line(mw_line_bare(mw_block_line(r, b, i)), &key, &value))
			buf_printf(&text, "%.*s %llu\n", SLICE_ARG(key),
				   (unsigned long long)value.value);
	}
	return text.error ? text.error : mw_parse_vmstat(r->s, buf_slice(&text), &at);
}

const struct mw_format mw_format_vmstat_file = {
	.id = "vmstat-file",
	.name = N_("/proc/vmstat"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read_lines,
};
