#include "collect/cgroup/hierarchy.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is the mount's root, the second our namespace's group. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, name;
	static struct mw_group_names names;

	names.root = names.home = SLICE("");
	slice_line(&text, &names.root);
	slice_line(&text, &names.home);
	/* ours, not a stranger's: it is a group's name */
	if (names.home.len && *names.home.at != '/')
		names.home = SLICE("/home");
	for (names.version = 0; names.version <= 2; names.version++)
		if (mw_group_name(&names, text, &name) && (!name.len || *name.at != '/'))
			abort();
	return 0;
}
