/* Strict overcommit: promises run out, not memory. */
#include "diagnose/node/node.h"

enum { SHARE_WARNING, SHARE_CRITICAL };

static const struct mw_param params[] = {
	[SHARE_WARNING] = { "share_warning", 0.9, "ratio",
			    N_("promised memory above this share of the limit: the next large fork "
			       "may fail") },
	[SHARE_CRITICAL] = { "share_critical", 0.97, "ratio",
			     N_("above this share: new programs fail to start") },
	{ 0 },
};

enum { STRICT = 2 };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num mode = mw_get(c->node, M_OVERCOMMIT_MEMORY);
	struct mw_num limit = mw_get(c->node, M_COMMIT_LIMIT);
	double share = mw_share(mw_get(c->node, M_COMMITTED), limit);

	if (!(share >= c->p[SHARE_WARNING]) || (mode.state == MW_OK && mode.v != STRICT))
		return MW_CLEAR;
	/* beyond the limit is where only the other modes let one go */
	if (mode.state != MW_OK)
		return share > 1 ? MW_CLEAR
				 : mw_unknown(c,
					      N_("vm.overcommit_memory: whether CommitLimit is "
						 "enforced"),
					      "cat /proc/sys/vm/overcommit_memory");
	mw_level(c, share >= c->p[SHARE_CRITICAL] ? MW_CRITICAL : MW_WARNING);
	mw_cite_metric(c, "committed", c->node, M_COMMITTED,
		       c->p[share >= c->p[SHARE_CRITICAL] ? SHARE_CRITICAL : SHARE_WARNING] *
			       (double)limit.v);
	mw_cite_metric(c, "limit", c->node, M_COMMIT_LIMIT, NAN);
	mw_cite_metric(c, "mode", c->node, M_OVERCOMMIT_MEMORY, STRICT);
	mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE, NAN);
	if (mw_get(c->node, M_MEM_AVAILABLE).state == MW_OK)
		mw_detail(c, N_("{available} could be had: it is the promises that run out, not "
				"the memory"));
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_DATA }, NULL);
	mw_advise(c, N_("raise vm.overcommit_ratio (or overcommit_kbytes), add swap space, or "
			"make the processes named map less"));
	mw_ask(c, "memwhy ps -o +data --sort data");
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_overcommit_limit = {
	.id = "node-overcommit-limit",
	.level = MW_WARNING,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("fork and malloc are about to fail: {committed} of {limit} is promised, and "
		    "vm.overcommit_memory is 2"),
	.about = N_("Under strict overcommit (mode 2) the kernel refuses to promise more than "
		    "CommitLimit, however much memory is free."),
	.silent = N_("Committed_AS far above CommitLimit in mode 0 or 1, where the limit means "
		     "nothing."),
};
