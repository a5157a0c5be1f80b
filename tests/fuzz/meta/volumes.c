/* Volumes among the mounts of a mountinfo. */
#include "meta/volumes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mw_volumes v = { 0 };

	if (!mw_volumes_parse(&v, (struct slice){ (const char *)data, size }))
		for (size_t i = 0; i < v.count; i++)
			if (!v.at[i].uid.len || !v.at[i].type.len || !v.at[i].name.len ||
			    strlen(v.at[i].path) > size)
				__builtin_trap();
	mw_volumes_release(&v);
	return 0;
}
