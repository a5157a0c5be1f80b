/* "java.lang.OutOfMemoryError: Java heap space": thrown by the JVM for a limit of its own. The kernel
 * killed nothing, so there is nothing to read; but it is no foreign text either. */
#include "transcript/format.h"

static bool is_frame(struct slice text)
{
	return slice_begins(text, "at ") || slice_begins(text, "Caused by: ") ||
	       slice_begins(text, "Dumping heap to ") || slice_begins(text, "Heap dump file ") ||
	       (slice_begins(text, "... ") && slice_ends(text, " more"));
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice text = paste->lines[line].text;
	size_t end = line + 1;

	if (paste->lines[line].kind != MW_LINE_TEXT ||
	    !slice_after(&text, "java.lang.OutOfMemoryError"))
		return 0;
	for (; end < paste->count && paste->lines[end].file == paste->lines[line].file; end++)
		if (!is_frame(slice_trim(paste->lines[end].text)))
			break;
	b->keys = 1;
	b->certainty = MW_LIKELY;
	return end - line;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	return 0;
}

const struct mw_format mw_format_java_oom = {
	.id = "java-out-of-memory",
	.name = N_("Java's OutOfMemoryError: the JVM's own, no kill by the kernel"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
