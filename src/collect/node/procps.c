/* Which rule the installed `free` follows: procps 4 links libproc2, procps 3 libprocps. Only asks
 * whether the libraries are there; about 10 us, no privilege. */
#include "collect/collect.h"

#include <errno.h>
#include <stdio.h>

static const char *const folders[] = {
	"usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "usr/lib64", "usr/lib",
	"lib/x86_64-linux-gnu",
};

static const struct {
	const char *library, *version;
} libraries[] = {
	{ "libproc2.so.0", "4" },  { "libproc2.so.1", "4" },  { "libprocps.so.8", "3" },
	{ "libprocps.so.7", "3" }, { "libprocps.so.6", "3" }, { "libprocps.so.4", "3" },
};

static int collect(struct mw_collect *c)
{
	struct mw_dir root = mw_root(c->source);
	struct mw_stat st;
	char path[128];

	for (size_t f = 0; f < sizeof(folders) / sizeof(*folders); f++)
		for (size_t l = 0; l < sizeof(libraries) / sizeof(*libraries); l++) {
			snprintf(path, sizeof(path), "%s/%s", folders[f], libraries[l].library);
			if (mw_stat(&root, path, &st))
				continue;
			mw_set_text(c->snapshot, mw_snapshot_node(c->snapshot), M_PROCPS,
				    slice_of(libraries[l].version));
			return 0;
		}
	return 0;
}

const struct mw_collector mw_collect_procps = {
	.name = "procps",
	.want = MW_WANT_NODE,
	.collect = collect,
};
