#include "transcript/paste.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct slice text = { (const char *)data, size }, out, line;
	char *room = malloc(size ? size : 1);

	if (!room)
		return 0;
	if (mw_paste_unquote(&a, text, &out) && out.len > size * 2)
		__builtin_trap();
	while (slice_line(&out, &line))
		/* cleaning only takes away: the room is as large as the line */
		if (line.len <= size && mw_line_clean(line, room).len > line.len)
			__builtin_trap();
	if (mw_line_remark(text) > size)
		__builtin_trap();
	free(room);
	arena_release(&a);
	return 0;
}
