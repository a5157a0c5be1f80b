#include "diagnose/container/group.h"

enum { IN, OUT, STALL, LEAST };

static const struct mw_param params[] = {
	[IN] = { "in", 1048576, "bytes/s", N_("less that comes back from swap is not felt") },
	[OUT] = { "out", 262144, "bytes/s", N_("without this what comes back just comes back") },
	[STALL] = { "stall", 0.1, "ratio", N_("of the time lost: warning") },
	[LEAST] = { "least", 67108864, "bytes", N_("less in swap is not worth a second look") },
	{ 0 },
};

/* The sum of the rates that are known; NAN when none is. */
static double rate_of(const struct mw_check *c, enum mw_metric a, enum mw_metric b)
{
	double x = mw_rate(c, c->e, a), y = mw_rate(c, c->e, b);

	return isnan(x) ? y : isnan(y) ? x : x + y;
}

struct churn {
	double in, out;  /* bytes per second; NAN */
	double net;      /* by which swap grows */
	const char *how; /* where `in` is from */
};

/* Since Linux 6.14 groups count what goes in and out; before, what came back soon after. What goes
 * out is then what swap grew by and came back besides. */
static struct churn measure(const struct mw_check *c)
{
	double page = mw_snapshot_machine(c->now)->page_size;
	struct churn x = {
		.in = rate_of(c, M_CG_PSWPIN, M_CG_ZSWPIN) * page,
		.out = rate_of(c, M_CG_PSWPOUT, M_CG_ZSWPOUT) * page,
		.net = mw_rate(c, c->e, M_CG_SWAP),
		.how = "memory.stat: pswpin, zswpin",
	};

	if (isnan(mw_rate(c, c->e, M_CG_PSWPIN))) {
		x.in = mw_rate(c, c->e, M_CG_REFAULT_ANON) * page;
		x.out = x.in + x.net;
		x.how = "memory.stat: workingset_refault_anon";
	}
	return x;
}

static enum mw_verdict from_one_look(struct mw_check *c)
{
	double swap = mw_value(c->e, M_CG_SWAP);
	double again = mw_value(c->e, M_CG_REFAULT_ANON) * mw_snapshot_machine(c->now)->page_size;

	/* as much as now lies there has come back once: it was not put away for good */
	if (mw_value(c->e, M_CG_PSI_SOME_AVG10) < c->p[STALL] * 1e8 || !(swap >= c->p[LEAST]) ||
	    !(again >= swap))
		return MW_CLEAR;
	mw_cite_metric(c, "swap", c->e, M_CG_SWAP, NAN);
	mw_cite(c, "again", MW_FORM_BYTES, again, mw_source_of(c, c->e, M_CG_REFAULT_ANON));
	return mw_unknown(c,
			  N_("{swap} are in swap and {again} have come back so far; whether it "
			     "goes on takes two looks"),
			  "memwhy --interval 5 --count 2");
}

static enum mw_verdict check(struct mw_check *c)
{
	struct churn x;
	double stall;

	if (!mw_get_or(c->e, M_CG_SWAP, 0) || mw_group_is_machine(c->e))
		return MW_CLEAR;
	x = measure(c);
	if (isnan(x.in))
		return mw_group_is_shell(c, M_CG_SWAP, false) ? MW_CLEAR : from_one_look(c);
	if (!(x.in >= c->p[IN] && x.out >= c->p[OUT]) || mw_group_is_shell(c, M_CG_SWAP, false))
		return MW_CLEAR;
	stall = mw_rate(c, c->e, M_CG_PSI_SOME_US);
	mw_level(c, stall >= c->p[STALL] ? MW_WARNING : MW_NOTICE);
	mw_cite_over(c, "in", MW_FORM_BYTE_RATE, x.in, x.how, c->p[IN]);
	mw_cite_over(c, "out", MW_FORM_BYTE_RATE, x.out, N_("what goes out, by the same counters"),
		     c->p[OUT]);
	mw_cite_metric(c, "swap", c->e, M_CG_SWAP, NAN);
	mw_cite_metric(c, "limit", c->e, M_CG_LIMIT, NAN);
	if (!isnan(stall)) {
		mw_cite_over(c, "stall", MW_FORM_SHARE, stall,
			     mw_source_of(c, c->e, M_CG_PSI_SOME_US), c->p[STALL]);
		mw_detail(c, N_("its processes wait {stall} of the time; {swap} are in swap"));
	} else {
		mw_detail(c, N_("{swap} are in swap"));
		mw_doubt(c, MW_MEDIUM,
			 N_("no time lost is counted for this group (cgroup v1, or "
			    "PSI is off)"));
	}
	mw_cite_owner(c, M_P_SWAP);
	mw_advise(c,
		  N_("give it more memory, or let it use less: what it uses all the time does not "
		     "fit"));
	mw_avoid(c, N_("swapoff: what is in swap would have to fit into memory at once"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_swap_churn = {
	.id = "ctr-swap-churn",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("{entity} swaps back and forth: {in} in, {out} out"),
	.about = N_("Memory of the group comes back from swap while other memory of it goes there: "
		    "what it uses all the time does not fit."),
	.silent = N_("Swap that was filled long ago and lies still."),
};
