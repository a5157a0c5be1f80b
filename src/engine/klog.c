/* The kernel log of a sweep, read for OOM kills. */
#include "engine/engine.h"
#include "oom/log.h"

#include <errno.h>

int mw_engine_read_klog(struct mw_snapshot *s)
{
	struct mw_oom_rule rule = mw_oom_rule_of(mw_snapshot_machine(s));
	struct mw_num swap = mw_get(mw_snapshot_node(s), M_SWAP_TOTAL);
	const struct mw_oom_report *const *reports;
	struct mw_oom_log *log;
	struct slice text, line;
	size_t count = 0;
	int error;

	if (mw_snapshot_klog(s, &text) != MW_OK)
		return 0;
	if (swap.state == MW_OK)
		rule.swap_total = swap.v;
	log = mw_oom_log_new(mw_snapshot_arena(s), &rule);
	if (!log)
		return -ENOMEM;
	for (uint64_t number = 1; slice_line(&text, &line); number++)
		mw_oom_log_line(log, line, NULL, number);
	error = mw_oom_log_finish(log, &reports, &count);
	mw_oom_log_free(log);
	if (count)
		mw_snapshot_set_ooms(s, reports, count);
	return error;
}
