#include "base/scoped.h"
#include "bpf/btf/cut.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was cut once stays as it is when it is cut again. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct slice names = SLICE(
		"page_counter\0cgroup_subsys_id\0kuid_t\0atomic_long_t\0u\0");
	scoped_buf struct buf first = { 0 }, second = { 0 };

	if (mw_btf_cut((struct slice){ (const char *)data, size }, names, NULL, 0, &first))
		return 0;
	if (mw_btf_cut(buf_slice(&first), names, NULL, 0, &second) ||
	    !slice_equal(buf_slice(&first), buf_slice(&second)))
		abort();
	return 0;
}
