/* Huge pages of which only a part is used. */
#include "diagnose/node/node.h"

enum { PARTIAL, LEAST, UNDERUSED, UNDERUSED_SHARE, SHORT };

static const struct mw_param params[] = {
	[PARTIAL] = { "partial", 0.05, "ratio",
		      N_("of RAM in huge pages that are no longer mapped whole") },
	[LEAST] = { "least", 268435456, "bytes", N_("less is not worth a word") },
	[UNDERUSED] = { "underused", 1000, "count",
			N_("huge pages that the kernel itself found mostly empty and split") },
	[UNDERUSED_SHARE] = { "underused_share", 0.3, "ratio",
			      N_("of all huge pages made since boot: not a few programs' accident") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

static double partly_mapped(const struct mw_check *c)
{
	const struct mw_entity *e;
	double sum = 0;

	mw_for_each (e, c->now, MW_THP)
		sum += (double)mw_get_or(e, M_TH_NR_ANON_PARTIALLY_MAPPED, 0) * (double)e->id;
	return sum;
}

static void advise(struct mw_check *c)
{
	mw_advise(c, N_("set /sys/kernel/mm/transparent_hugepage/enabled to madvise, so that only "
			"programs that ask get huge pages; or have this one call "
			"madvise(MADV_NOHUGEPAGE)"));
	mw_advise(c,
		  N_("lower khugepaged/max_ptes_none (511 fills a huge page for one touched small "
		     "one)"));
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_CGROUP, .metric = M_CG_ANON_THP }, NULL);
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_RSS_ANON }, NULL);
	mw_ask(c, "grep -r . /sys/kernel/mm/transparent_hugepage/khugepaged");
}

/* Since Linux 6.12 the kernel looks for mostly empty huge pages when memory is short. */
static bool is_underused(struct mw_check *c)
{
	double split = (double)mw_get_or(c->node, M_THP_UNDERUSED_SPLIT_PAGE, 0);
	double made = (double)mw_get_or(c->node, M_THP_FAULT_ALLOC, 0) +
		      (double)mw_get_or(c->node, M_THP_COLLAPSE_ALLOC, 0);

	if (split < c->p[UNDERUSED] || split < c->p[UNDERUSED_SHARE] * made)
		return false;
	mw_cite_metric(c, "split", c->node, M_THP_UNDERUSED_SPLIT_PAGE, c->p[UNDERUSED]);
	mw_cite_over(c, "split_share", MW_FORM_SHARE, split / made,
		     "thp_underused_split_page / (thp_fault_alloc + thp_collapse_alloc)",
		     c->p[UNDERUSED_SHARE]);
	mw_doubt(c, MW_MEDIUM, N_("counted since boot: it may have ended"));
	return true;
}

/* Large, everywhere, and memory is short: but how much of it is empty no counter says. */
static bool is_suspicious(struct mw_check *c)
{
	const char *enabled = mw_get_text(c->node, M_THP_ENABLED);
	double huge = (double)mw_get_or(c->node, M_ANON_HUGE_PAGES, 0);

	return enabled && !strcmp(enabled, "always") && mw_of_ram(c, huge) >= 0.25 &&
	       huge >= 0.5 * (double)mw_get_or(c->node, M_ANON, 0) && mw_is_short(c, c->p[SHORT]);
}

static enum mw_verdict check(struct mw_check *c)
{
	double partial = partly_mapped(c);

	mw_cite_metric(c, "huge", c->node, M_ANON_HUGE_PAGES, NAN);
	if (partial >= c->p[LEAST] && mw_of_ram(c, partial) >= c->p[PARTIAL]) {
		mw_cite_over(c, "partial", MW_FORM_BYTES, partial,
			     "nr_anon_partially_mapped x size",
			     c->p[PARTIAL] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
		mw_title(c,
			 N_("up to {partial} is held by huge pages that are only partly in use"));
		mw_detail(
			c,
			N_("programs gave parts of them back; the kernel frees these only when it "
			   "splits the page, under pressure"));
		advise(c);
		return MW_FIRES;
	}
	if (is_underused(c)) {
		mw_title(c, N_("the kernel had to split {split} huge pages that were mostly empty, "
			       "{split_share} of those made"));
		advise(c);
		return MW_FIRES;
	}
	if (is_suspicious(c))
		return mw_unknown(
			c,
			N_("how much of {huge} of transparent huge pages was never touched: no "
			   "counter of this kernel tells"),
			NULL);
	return MW_CLEAR;
}

static const char *const explains[] = { "node-memory-low", NULL };

const struct mw_rule mw_rule_node_thp_waste = {
	.id = "node-thp-waste",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("transparent huge pages waste memory"),
	.about = N_(
		"A huge page is charged whole, 2 MiB, even if a program touches 4 KiB of it. The kernel "
		"shows it where huge pages stay behind partly mapped, and where it had to split "
		"mostly empty ones itself (Linux 6.12)."),
	.silent = N_("Huge pages that are full: heaps of databases and JVMs that touch all of it."),
};
