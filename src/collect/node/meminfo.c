/* /proc/meminfo: the machine's own summary. Needs no privilege; about 25 us. */
#include "collect/collect.h"
#include "collect/keyed.h"

static int collect(struct mw_collect *c)
{
	static const char path[] = "proc/meminfo";
	struct mw_keyed keyed;
	struct mw_parse_error at;
	int error = mw_collect_read_record(c, path);

	if (error)
		return error;
	mw_keyed_init(&keyed, path);
	error = mw_keyed_parse(&keyed, buf_slice(&c->text),
			       mw_snapshot_machine(c->snapshot)->page_size,
			       mw_snapshot_node(c->snapshot), &at);
	if (error)
		mw_snapshot_problem(c->snapshot, SLICE(path), at.line, error, at.what);
	return error;
}

const struct mw_collector mw_collect_meminfo = {
	.name = "meminfo",
	.want = MW_WANT_NODE,
	.collect = collect,
};
