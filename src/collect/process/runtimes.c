/* Command lines of processes that may be language runtimes: for those who do not read all of them. */
#include "base/scoped.h"
#include "collect/process/process.h"

static bool may_be_runtime(const struct mw_entity *process)
{
	const char *comm = mw_get_text(process, M_P_COMM);

	return comm && (!strcmp(comm, "java") || !strcmp(comm, "node"));
}

static int collect(struct mw_collect *c)
{
	struct mw_entity *e;

	mw_for_each (e, c->snapshot, MW_PROCESS) {
		scoped_dir struct mw_dir dir = { 0 };

		if (may_be_runtime(e) && mw_get(e, M_P_CMDLINE).state == MW_ABSENT &&
		    !mw_process_open(c, e, &dir))
			mw_process_read_cmdline(c, e, &dir);
	}
	return 0;
}

const struct mw_collector mw_collect_runtimes = {
	.name = "runtimes",
	.want = MW_WANT_RUNTIMES,
	.collect = collect,
};
