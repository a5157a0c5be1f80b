#include "diagnose/rule.h"

enum { LEAST, SHARE, FAULTS, MANY_FAULTS };

static const struct mw_param params[] = {
	[LEAST] = { "least", 268435456.0, "bytes", N_("less is what starts leave behind") },
	[SHARE] = { "share", 0.3, "ratio", N_("of its anonymous memory") },
	[FAULTS] = { "faults", 10, "1/s", N_("faults with reading: it waits for its memory") },
	[MANY_FAULTS] = { "many_faults", 200, "1/s", N_("most of each second is lost on a disk") },
	{ 0 },
};

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num swap = mw_get(c->e, M_P_SWAP), anon = mw_get(c->e, M_P_RSS_ANON);
	double all, faults, in;

	if (swap.state != MW_OK || (double)swap.v < c->p[LEAST] || anon.state != MW_OK)
		return MW_CLEAR;
	all = (double)swap.v + (double)anon.v;
	if ((double)swap.v < c->p[SHARE] * all)
		return MW_CLEAR;
	/* what went out long ago and is not wanted back hurts nobody */
	faults = mw_rate(c, c->e, M_P_MAJFLT);
	in = mw_rate(c, c->node, M_PSWPIN);
	if (!isnan(faults) && faults < c->p[FAULTS])
		return MW_CLEAR;
	/* one look tells little: only to those who ask about this process */
	if (isnan(faults) && mw_get(c->e, M_P_FDS).state != MW_OK)
		return MW_CLEAR;
	mw_cite_metric(c, "swap", c->e, M_P_SWAP, c->p[LEAST]);
	mw_cite(c, "all", MW_FORM_BYTES, all, "VmSwap + RssAnon");
	if (isnan(faults)) {
		mw_level(c, MW_INFO);
		mw_doubt(c, MW_LOW,
			 N_("one look: whether it is wanted back shows only between two"));
	} else {
		mw_cite_rate(c, "faults", c->e, M_P_MAJFLT, c->p[FAULTS]);
		mw_detail(c,
			  N_("it faults {faults} with reading: it waits for what was swapped out"));
		if (faults >= c->p[MANY_FAULTS] && in > 0)
			mw_level(c, MW_WARNING);
	}
	mw_advise(c,
		  N_("give it room (MemoryMin, a higher limit, fewer neighbours) if it must answer "
		     "fast; what is never wanted back may stay in swap"));
	mw_avoid(
		c,
		N_("swapoff -a on a busy machine: it reads everything back at once, or ends in an OOM "
		   "kill"));
	mw_ask(c, "memwhy pid %llu --interval 1", (unsigned long long)c->e->id);
	mw_ask(c, "memwhy ps --sort swap");
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_swapped_out = {
	.id = "proc-swapped-out",
	.level = MW_NOTICE,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity}: {swap} of its {all} is swapped out"),
	.about = N_(
		"A good part of a process is in swap. That hurts only while it wants it back, which "
		"two moments show by faults with reading."),
	.silent = N_("An old, idle swap: nothing is read back."),
};
