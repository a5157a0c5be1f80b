#include "collect/cgroup/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const files[] = { "cgroup1/memory.numa_stat",
					     "cgroup2/memory.numa_stat" };
	struct mw_machine machine = { .page_size = 65536 };

	for (int i = 0; i < 2; i++) {
		struct mw_snapshot *s = mw_snapshot_new(&machine);
		struct slice text = { (const char *)data, size };
		struct mw_parse_error at;
		struct mw_keyed keyed;
		struct mw_entity *group;

		if (!s)
			return 0;
		mw_keyed_init(&keyed, files[i]);
		group = mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/"), 1, 0);
		if (group)
			mw_group_numa_parse(&keyed, text, s, group, &at);
		mw_snapshot_free(s);
	}
	return 0;
}
