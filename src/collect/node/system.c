/* /proc/{version,cmdline,uptime,loadavg}: what runs, since when, how busy. Needs no privilege. */
#include "collect/node/node.h"

#include <errno.h>

static int times(struct mw_entity *e, struct slice *text, const enum mw_metric *metrics,
		 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t v;

		if (!slice_micro(text, &v))
			return -EBADMSG;
		mw_set(e, metrics[i], v);
	}
	return 0;
}

/* "3111.32 6096.22": seconds since boot, idle seconds of all CPUs */
int mw_parse_uptime(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	static const enum mw_metric metrics[] = { M_UPTIME, M_IDLE };

	if (!times(mw_snapshot_node(s), &text, metrics, 2))
		return 0;
	mw_node_state(mw_snapshot_node(s), "proc/uptime", MW_MALFORMED);
	return mw_parse_failed(at, 0, 1, "seconds seconds");
}

/* "0.03 0.01 0.00 2/91 10980" */
int mw_parse_loadavg(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	static const enum mw_metric metrics[] = { M_LOAD1, M_LOAD5, M_LOAD15 };
	struct mw_entity *node = mw_snapshot_node(s);
	uint64_t runnable, threads;

	if (times(node, &text, metrics, 3) || !slice_u64(&text, &runnable) ||
	    !slice_word(&text, "/") || !slice_u64(&text, &threads)) {
		mw_node_state(node, "proc/loadavg", MW_MALFORMED);
		return mw_parse_failed(at, 0, 1, "load load load runnable/threads");
	}
	mw_set(node, M_RUNNABLE, runnable);
	mw_set(node, M_THREADS_TOTAL, threads);
	return 0;
}

static int collect(struct mw_collect *c)
{
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	int error = mw_collect_text(c, NULL, "", "proc/version", node, M_VERSION);

	mw_collect_text(c, NULL, "", "proc/cmdline", node, M_CMDLINE);
	mw_node_read(c, "proc/uptime", MW_RECORD, mw_parse_uptime);
	mw_node_read(c, "proc/loadavg", MW_RECORD, mw_parse_loadavg);
	return error;
}

const struct mw_collector mw_collect_system = {
	.name = "system",
	.want = MW_WANT_NODE,
	.collect = collect,
};
