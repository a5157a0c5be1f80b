#include "transcript/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_paste_file file = { "paste", { (const char *)data, size } };
	struct mw_transcript t;

	if (mw_transcript_read(&file, 1, &t))
		return 0;
	/* what screens rely on */
	for (size_t i = 0; i < t.block_count; i++)
		if (t.blocks[i].host >= t.host_count ||
		    t.blocks[i].first_line > t.blocks[i].last_line)
			__builtin_trap();
	for (size_t i = 0; i < t.host_count; i++)
		if (t.hosts[i].now >= t.hosts[i].count)
			__builtin_trap();
	mw_transcript_release(&t);
	return 0;
}
