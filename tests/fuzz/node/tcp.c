#include "collect/tcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t inodes[] = { 1588, 1952515, 1953842 };
	struct slice text = { (const char *)data, size };
	struct mw_tcp_sum sums[MW_TCP_STATES] = { 0 };
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_parse_error at;

	mw_tcp_parse(text, false, NULL, 0, sums, &at);
	mw_tcp_parse(text, true, NULL, 0, sums, &at);
	mw_tcp_parse(text, false, inodes, 3, sums, &at);
	if (s)
		mw_tcp_rows(s, NULL, sums);
	mw_snapshot_free(s);
	return 0;
}
