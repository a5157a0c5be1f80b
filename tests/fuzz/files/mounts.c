#include "base/scoped.h"
#include "collect/files/mounts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	scoped_buf struct buf out = { 0 };
	struct mw_seen_list list;

	if (mw_seen_parse(text, 1000, &list))
		return 0;
	for (size_t i = 0; i < list.count && i < 8; i++) {
		mw_seen_find(&list, list.at[i].device, SLICE("/data/file"), &out);
		if (list.at[i].layers)
			mw_seen_overlay(&list, list.at[i].layers->path, &out);
	}
	mw_seen_overlay(&list, SLICE("/var/lib/storage/1/diff/etc/passwd"), &out);
	mw_seen_release(&list);
	return 0;
}
