/* How the fast readers fare: tries none, tells of those that were. */
#include "bpf/capability.h"
#include "collect/collect.h"

#include <errno.h>

static int add(struct mw_collect *c, enum mw_bpf_capability capability)
{
	struct mw_bpf_status status;
	struct mw_entity *e;

	mw_bpf_status(c->source->bpf, capability, &status);
	e = mw_snapshot_add(c->snapshot, MW_CAPABILITY, NULL, slice_of(status.name),
			    (uint64_t)capability, 0);
	if (!e)
		return -ENOMEM;
	if (status.state == MW_BPF_UNTRIED) {
		mw_set_state(e, M_B_WORKS, MW_SKIPPED);
		mw_set_state(e, M_B_START, MW_SKIPPED);
		return 0;
	}
	mw_set(e, M_B_WORKS, status.state == MW_BPF_WORKS);
	mw_set_unit(e, M_B_START, (uint64_t)status.start_ns, MW_NS, 0);
	if (status.state == MW_BPF_OFF)
		mw_set_text(c->snapshot, e, M_B_WHY, slice_of(status.why));
	return 0;
}

static int collect(struct mw_collect *c)
{
	int error = 0;

	for (int i = 0; c->source->bpf && i < MW_BPF_CAPABILITIES && !error; i++)
		error = add(c, i);
	return error;
}

const struct mw_collector mw_collect_bpf = {
	.name = "bpf",
	.want = MW_WANT_NODE_DETAIL,
	.collect = collect,
};
