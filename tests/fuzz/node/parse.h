/* A fuzz target over one of the machine's parsers: all that it needs is its name. */
#ifndef MW_FUZZ_NODE_PARSE_H
#define MW_FUZZ_NODE_PARSE_H

#include "collect/node/node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ(parse)                                                                  \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                 \
	{                                                                            \
		struct mw_machine machine = { .page_size = 65536 };                  \
		struct mw_snapshot *s = mw_snapshot_new(&machine);                   \
		struct mw_parse_error at;                                            \
                                                                                     \
		if (s)                                                               \
			(parse)(s, (struct slice){ (const char *)data, size }, &at); \
		mw_snapshot_free(s);                                                 \
		return 0;                                                            \
	}

#endif
