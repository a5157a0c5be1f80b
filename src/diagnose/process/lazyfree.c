#include "diagnose/rule.h"

enum { LEAST, SHARE };

static const struct mw_param params[] = {
	[LEAST] = { "least", 67108864.0, "bytes", N_("less misleads nobody") },
	[SHARE] = { "share", 0.1, "ratio", N_("of RSS") },
	{ 0 },
};

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num free = mw_get(c->e, M_P_LAZYFREE), rss = mw_get(c->e, M_P_RSS);

	if (free.state != MW_OK || (double)free.v < c->p[LEAST] || rss.state != MW_OK ||
	    (double)free.v < c->p[SHARE] * (double)rss.v)
		return MW_CLEAR;
	mw_cite_metric(c, "free", c->e, M_P_LAZYFREE, c->p[LEAST]);
	mw_cite_metric(c, "rss", c->e, M_P_RSS, NAN);
	mw_cite(c, "rest", MW_FORM_BYTES, rss.v > free.v ? (double)(rss.v - free.v) : 0,
		"VmRSS - LazyFree");
	mw_detail(c,
		  N_("its need is {rest}: the kernel takes the given-up pages as soon as memory is "
		     "wanted; its group counts them as inactive file pages"));
	mw_advise(c,
		  N_("nothing; to see it at once, use MADV_DONTNEED (Go: GODEBUG=madvdontneed=1, "
		     "jemalloc: muzzy_decay_ms:0)"));
	mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->id);
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_lazyfree = {
	.id = "proc-lazyfree",
	.level = MW_INFO,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity}: {free} of its {rss} RSS is given up already"),
	.about = N_(
		"Memory given up with MADV_FREE stays in RSS until the kernel wants it: the process "
		"looks larger than it is."),
	.silent = N_("A few MiB that an allocator gave up."),
};
