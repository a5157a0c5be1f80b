#include "diagnose/rule.h"

enum { LEAST, SHARE, USED };

static const struct mw_param params[] = {
	[LEAST] = { "least", 1073741824.0, "bytes", N_("less is not worth a setting") },
	[SHARE] = { "share", 0.5, "ratio", N_("of its anonymous memory in huge pages") },
	[USED] = { "used", 0.5, "ratio",
		   N_("of the huge pages that what the runtime uses would fill") },
	{ 0 },
};

static const char *const explains[] = { "node-thp-waste", NULL };

/* What the runtime inside says that it uses; NAN = it is not known. */
static double used_inside(const struct mw_check *c)
{
	const struct mw_entity *e;

	mw_for_each (e, c->now, MW_RUNTIME)
		if (e->parent == c->e && mw_get(e, M_RT_HEAP_USED).state == MW_OK)
			return (double)mw_get(e, M_RT_HEAP_USED).v +
			       (double)mw_get_or(e, M_RT_METASPACE_USED, 0) +
			       (double)mw_get_or(e, M_RT_DIRECT_USED, 0);
	return NAN;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num huge = mw_get(c->e, M_P_ANON_THP), anon = mw_get(c->e, M_P_RSS_ANON);
	double used;

	if (huge.state != MW_OK || (double)huge.v < c->p[LEAST] || anon.state != MW_OK ||
	    (double)huge.v < c->p[SHARE] * (double)anon.v)
		return MW_CLEAR;
	used = used_inside(c);
	mw_cite_metric(c, "huge", c->e, M_P_ANON_THP, c->p[LEAST]);
	mw_cite_metric(c, "anon", c->e, M_P_RSS_ANON, NAN);
	if (isnan(used))
		return mw_unknown(c,
				  N_("how much of {huge} in huge pages was ever written: their Rss "
				     "counts in full"),
				  NULL);
	if (used >= c->p[USED] * (double)huge.v)
		return MW_CLEAR;
	mw_cite_over(c, "used", MW_FORM_BYTES, used,
		     "the runtime's heap, metadata and buffers in use",
		     c->p[USED] * (double)huge.v);
	mw_detail(c, N_("the runtime uses {used}; what lies between is free or was never written"));
	mw_doubt(c, MW_LOW,
		 N_("that a huge page is sparse is inferred, not seen: free heap looks the "
		    "same"));
	mw_advise(
		c,
		N_("set transparent_hugepage to madvise, or for the JVM -XX:-UseTransparentHugePages, "
		   "and compare RSS after a restart"));
	mw_avoid(c, N_("switching huge pages off for the whole machine: others gain from them"));
	mw_ask(c, "memwhy pid %llu --depth 4", (unsigned long long)c->e->id);
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_thp_waste = {
	.id = "proc-thp-waste",
	.level = MW_NOTICE,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity}: {huge} in huge pages, of which little is used"),
	.about = N_(
		"A huge page is resident as a whole when one byte of it is touched. With sparse use "
		"RSS grows to many times what is needed."),
	.silent = N_("A heap in huge pages that is full."),
	.explains = explains,
};
