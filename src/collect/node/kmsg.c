/* The kernel log. 1 ms for half a MiB. Needs CAP_SYSLOG where kernel.dmesg_restrict is 1, and a
 * /dev/kmsg: containers have none. */
#include "collect/collect.h"

#include <errno.h>

static int collect(struct mw_collect *c)
{
	struct mw_dir root = mw_root(c->source);
	int error = mw_read_messages(&root, "dev/kmsg", &c->text);
	char *text;

	/* what there was room for: the oldest */
	if (error == -EFBIG) {
		mw_snapshot_problem(c->snapshot, SLICE("dev/kmsg"), 0, error, NULL);
		error = 0;
	}
	if (error) {
		mw_snapshot_set_klog(c->snapshot, mw_state_of(error), SLICE(""));
		if (mw_state_of(error) != MW_ABSENT)
			mw_snapshot_problem(c->snapshot, SLICE("dev/kmsg"), 0, error, NULL);
		return error;
	}
	text = arena_copy(mw_snapshot_arena(c->snapshot), buf_slice(&c->text));
	if (!text)
		return -ENOMEM;
	mw_snapshot_set_klog(c->snapshot, MW_OK, (struct slice){ text, c->text.len });
	return 0;
}

const struct mw_collector mw_collect_kmsg = {
	.name = "kmsg",
	.want = MW_WANT_KLOG,
	.collect = collect,
};
