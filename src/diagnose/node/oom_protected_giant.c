/* A process that the OOM killer leaves alone holds so much that only innocents can die. */
#include "diagnose/node/node.h"

#include "oom/next.h"

enum { SHARE, OTHERS, SHORT };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.3, "ratio",
		    N_("of RAM in one protected process: killing others may not be enough") },
	[OTHERS] = { "others", 1, "ratio",
		     N_("all that can be killed is less than this multiple of it") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

static int adj_of(const struct mw_entity *e)
{
	return (int)(int64_t)mw_get_or(e, M_P_OOM_SCORE_ADJ, 0);
}

/* What its end would free, roughly: shared memory stays while others have it. */
static double holds(const struct mw_entity *e)
{
	return (double)mw_get_or(e, M_P_RSS, 0) + (double)mw_get_or(e, M_P_SWAP, 0);
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *e, *giant = NULL;
	double others = 0;

	mw_for_each (e, c->now, MW_PROCESS) {
		if (adj_of(e) > MW_OOM_PROTECTED)
			others += holds(e);
		else if (!giant || holds(e) > holds(giant))
			giant = e;
	}
	if (!giant || !(mw_of_ram(c, holds(giant)) >= c->p[SHARE]) ||
	    others >= c->p[OTHERS] * holds(giant))
		return MW_CLEAR;
	mw_cite_process(c, "giant", giant);
	mw_cite_over(c, "size", MW_FORM_BYTES, holds(giant), "/proc/PID/status: VmRSS + VmSwap",
		     c->p[SHARE] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite(c, "adj", MW_FORM_COUNT, adj_of(giant), "/proc/PID/oom_score_adj");
	mw_cite(c, "others", MW_FORM_BYTES, others, "VmRSS + VmSwap of all that may be killed");
	if (mw_is_short(c, c->p[SHORT])) {
		mw_level(c, MW_WARNING);
		mw_detail(c, N_("only {available} is left: an OOM kill is not far"));
	}
	if (adj_of(giant) == -1000)
		mw_detail(
			c,
			N_("with -1000 the kernel never chooses it: when all others are gone, the "
			   "machine panics"));
	mw_advise(
		c,
		N_("give {giant} a higher oom_score_adj (OOMScoreAdjust=), or a limit of its own, so "
		   "that it pays for its own growth"));
	mw_ask(c, "memwhy oom --next");
	mw_ask(c, "memwhy pid %llu", (unsigned long long)giant->id);
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_oom_protected_giant = {
	.id = "node-oom-protected-giant",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_(
		"{giant} holds {size} and is protected from OOM kills (oom_score_adj {adj}): all "
		"others together hold {others}"),
	.about = N_(
		"When memory runs out the kernel kills others first, however little that frees, "
		"because the largest process has an oom_score_adj of -900 or less."),
	.silent = N_(
		"Small protected daemons (sshd, kubelet), or a large one beside others that are "
		"larger still."),
};
