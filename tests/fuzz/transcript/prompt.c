#include "transcript/paste.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = { 0 };
	struct slice text = { (const char *)data, size }, line;

	while (slice_line(&text, &line)) {
		struct mw_paste_command c = { .cwd = { "", 0 } };
		struct mw_prompt p = { .command = line };

		mw_prompt_parse(line, &p);
		c.cwd = p.cwd;
		mw_command_parse(&a, p.command, &c);
		if (c.path_count > MW_COMMAND_PATHS)
			__builtin_trap();
	}
	arena_release(&a);
	return 0;
}
