/* Pages go out to swap and come back: memory is missing now. */
#include "diagnose/node/node.h"

enum { RATE, STALL, CRITICAL_STALL, SURE, IN_USE };

static const struct mw_param params[] = {
	[RATE] = { "rate", 1048576, "bytes/s",
		   N_("in and out at the same time: less is housekeeping") },
	[STALL] = { "stall", 0.05, "ratio",
		    N_("a twentieth of the time is lost to waiting for memory") },
	[CRITICAL_STALL] = { "stall_critical", 0.3, "ratio",
			     N_("a third of the time is lost: the machine seems to hang") },
	[SURE] = { "sure", 10, "seconds",
		   N_("watched for less, it may be a moment's move from one program to another") },
	[IN_USE] = { "in_use", 0.1, "ratio",
		     N_("of swap, where no pressure statistics tell: less is a leftover") },
	{ 0 },
};

static double both(const struct mw_check *c, enum mw_metric disk, enum mw_metric zswap)
{
	double from_zswap = mw_page_rate(c, zswap);

	return mw_page_rate(c, disk) + (isnan(from_zswap) ? 0 : from_zswap);
}

static enum mw_verdict once(struct mw_check *c)
{
	double stall = mw_stall(c),
	       unused = mw_share(mw_get(c->node, M_SWAP_FREE), mw_get(c->node, M_SWAP_TOTAL));

	/* without stall it is an old, idle swap */
	if (!(1 - unused > 0) || (!isnan(stall) && stall < c->p[STALL]) ||
	    (isnan(stall) && 1 - unused < c->p[IN_USE]))
		return MW_CLEAR;
	return mw_unknown(c, N_("how much goes in and out of swap: that takes two moments"),
			  "memwhy node --interval 5");
}

static enum mw_verdict check(struct mw_check *c)
{
	double in = both(c, M_PSWPIN, M_ZSWPIN), out = both(c, M_PSWPOUT, M_ZSWPOUT);
	double stall = mw_stall(c);

	if (isnan(in) || isnan(out))
		return once(c);
	if (in < c->p[RATE] || out < c->p[RATE] || stall < c->p[STALL])
		return MW_CLEAR;
	mw_cite_page_rate(c, "in", in, "/proc/vmstat: pswpin + zswpin", c->p[RATE]);
	mw_cite_page_rate(c, "out", out, "/proc/vmstat: pswpout + zswpout", c->p[RATE]);
	mw_cite_stall(c, c->p[STALL]);
	if (isnan(stall)) {
		mw_doubt(c, MW_MEDIUM, N_("this kernel does not count the time lost (PSI)"));
	} else {
		mw_level(c, stall >= c->p[CRITICAL_STALL] ? MW_CRITICAL : MW_WARNING);
		mw_detail(c, N_("{stall} of the time some task waits for memory"));
	}
	if (mw_watched(c) < c->p[SURE]) {
		mw_cite_over(c, "watched", MW_FORM_SECONDS, mw_watched(c),
			     "between the first and last moment", c->p[SURE]);
		mw_doubt(c, MW_MEDIUM, N_("watched for {watched} only"));
	}
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_SWAP }, NULL);
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_CGROUP, .metric = M_CG_SWAP }, NULL);
	mw_advise(
		c,
		N_("end, move or limit one of the processes named, or add memory: what is in use at "
		   "the same time does not fit"));
	mw_avoid(c, N_("swapoff: it needs the memory that is missing"));
	mw_ask(c, "memwhy ps --sort swap");
	mw_ask(c, "memwhy ps -o +majflt --sort majflt --interval 5");
	return MW_FIRES;
}

static const char *const explains[] = { "node-direct-reclaim", NULL };

const struct mw_rule mw_rule_node_swap_churn = {
	.id = "node-swap-churn",
	.level = MW_WARNING,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("the machine swaps in circles: {in} in and {out} out"),
	.about = N_(
		"Anonymous memory is swapped out and read back at the same time, and tasks wait for "
		"it: more is in use than fits."),
	.silent = N_("Swap that was filled long ago and lies idle, or is only written to."),
};
