/* /proc/slabinfo: kernel objects by cache. Root only; the kernel walks each cache's lists with its lock
 * held: 0.3 ms here, more where slabs are many. */
#include "base/index.h"
#include "collect/node/node.h"

#include <errno.h>

static const enum mw_metric objects[] = { M_SL_ACTIVE_OBJS, M_SL_NUM_OBJS, M_SL_OBJSIZE,
					  M_SL_OBJPERSLAB, M_SL_PAGESPERSLAB };
static const enum mw_metric slabs[] = { M_SL_ACTIVE_SLABS, M_SL_NUM_SLABS };

enum { OBJECTS = 5, SLABS = 2 };

/* Cut the last `count` words from `line`: a name may hold blanks, numbers do not. */
static bool split(struct slice line, size_t count, struct slice *name, struct slice *numbers)
{
	size_t at = line.len;

	while (at && slice_blank(line.at[at - 1]))
		at--;
	for (size_t i = 0; i < count; i++) {
		while (at && !slice_blank(line.at[at - 1]))
			at--;
		*numbers = slice_skip(line, at);
		while (at && slice_blank(line.at[at - 1]))
			at--;
	}
	*name = (struct slice){ line.at, at };
	return at > 0;
}

static void product(struct mw_entity *e, enum mw_metric to, enum mw_metric a, enum mw_metric b,
		    uint64_t factor)
{
	uint64_t v;

	if (__builtin_mul_overflow(mw_get_or(e, a, 0), mw_get_or(e, b, 0), &v) ||
	    __builtin_mul_overflow(v, factor, &v))
		mw_set_state(e, to, MW_MALFORMED);
	else
		mw_set(e, to, v);
}

static int parse_line(struct mw_snapshot *s, struct slice line)
{
	uint32_t page_size = mw_snapshot_machine(s)->page_size;
	struct slice head, rest = line, name, numbers;
	struct mw_entity *e;

	/* tunables are SLAB's: nothing of interest, and not always there */
	if (!slice_after(&rest, ": slabdata"))
		return -EBADMSG;
	head = (struct slice){ line.at, (size_t)(rest.at - line.at) - strlen(": slabdata") };
	line = head;
	if (slice_after(&line, ": tunables"))
		head.len = (size_t)(line.at - head.at) - strlen(": tunables");
	if (!split(head, OBJECTS, &name, &numbers))
		return -EBADMSG;
	e = mw_snapshot_add(s, MW_SLAB, NULL, name, hash_bytes(name), 0);
	if (!e)
		return -ENOMEM;
	if (mw_parse_columns(numbers, page_size, e, objects, OBJECTS) ||
	    mw_parse_columns(rest, page_size, e, slabs, SLABS) ||
	    mw_get(e, M_SL_NUM_SLABS).state != MW_OK) {
		mw_set_state(e, M_SL_BYTES, MW_MALFORMED);
		mw_set_state(e, M_SL_USED, MW_MALFORMED);
		return -EBADMSG;
	}
	product(e, M_SL_BYTES, M_SL_NUM_SLABS, M_SL_PAGESPERSLAB, page_size);
	product(e, M_SL_USED, M_SL_ACTIVE_OBJS, M_SL_OBJSIZE, 1);
	return mw_get(e, M_SL_BYTES).state == MW_OK && mw_get(e, M_SL_USED).state == MW_OK
		       ? 0
		       : -EBADMSG;
}

int mw_parse_slabinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	struct slice line;
	int result = 0;

	/* version 1 (Linux 2.4) counts other things in other columns */
	if (!slice_line(&text, &line) || !slice_begins(line, "slabinfo - version: 2."))
		return mw_parse_failed(at, 0, 1, "slabinfo - version: 2");
	for (size_t number = 2; slice_line(&text, &line); number++) {
		int error = slice_begins(line, "#") ? 0 : parse_line(s, line);

		if (error == -ENOMEM)
			return error;
		if (error)
			result = mw_parse_failed(at, result, number, N_("a slab cache"));
	}
	return result;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/slabinfo", MW_RECORDS, mw_parse_slabinfo);
}

const struct mw_collector mw_collect_slabinfo = {
	.name = "slabinfo",
	.want = MW_WANT_NODE_DETAIL | MW_WANT_SLABINFO,
	.collect = collect,
};
