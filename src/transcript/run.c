/* Blocks that are a run of lines of one shape. */
#include "transcript/format.h"

size_t mw_block_run(const struct mw_paste *paste, size_t line,
		    bool (*mine)(void *context, const struct mw_paste_line *l), void *context,
		    struct mw_block *b)
{
	size_t end = line;
	bool cut = false;

	for (size_t at = line; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		cut |= l->kind == MW_LINE_ELLIPSIS;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (!mine(context, l))
			break;
		b->cut |= cut;
		b->keys++;
		end = at + 1;
	}
	/* "..." behind the last one */
	if (end > line && end < paste->count && paste->lines[end].kind == MW_LINE_ELLIPSIS)
		b->cut = true;
	return end - line;
}
