#include "base/scoped.h"
#include "collect/cgroup/mountinfo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	scoped_buf struct buf out = { 0 };
	struct mw_mounts m;

	mw_mount_text(text, &out);
	if (mw_mounts_scan(text, &m))
		return 0;
	mw_mount_text(m.memory.point, &out);
	mw_mount_text(m.unified.root, &out);
	mw_mount_option(m.memory.options, "memory");
	return 0;
}
