#include "collect/process/stat.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size }, path;
	struct mw_proc_stat stat;
	struct mw_proc_status status;
	uint64_t resident, shared;
	char *name;

	mw_proc_statm_parse(text, &resident, &shared);
	if (!mw_proc_stat_parse(text, &stat) && stat.comm.len > size)
		abort();
	if (mw_proc_cgroup_parse(text, &path) && path.len > size)
		abort();
	if (mw_proc_status_parse(text, &status))
		return 0;
	name = malloc(status.name.len + 1);
	if (name && mw_proc_unescape(name, status.name) > status.name.len)
		abort();
	free(name);
	return 0;
}
