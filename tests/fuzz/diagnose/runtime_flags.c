#include "diagnose/runtime/flags.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	struct mw_jvm_flags jvm = { 0 };
	struct mw_node_flags node = { 0 };
	struct mw_php_title title;

	mw_jvm_flags_parse(text, &jvm);
	mw_node_flags_parse(text, &node);
	if (mw_php_title_parse(text, &title) && title.name.len > size)
		abort();
	return 0;
}
