/* A kubelet's configuration, and its command line. */
#include "meta/ask/kubelet_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, file, dir;
	struct mw_kubelet_settings s, before;
	uint32_t line;

	mw_kubelet_defaults(&s);
	before = s;
	if (mw_kubelet_config_parse(text, (uint64_t)8 << 30, size % 2, &s, &line) &&
	    memcmp(&s, &before, sizeof(s)) != 0)
		__builtin_trap();
	mw_kubelet_flags_parse(text, UINT64_MAX, &s, &file, &dir);
	return 0;
}
