#include "diagnose/container/group.h"

enum { SHARE, LEAST, NEAR, REFERENCED };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.8, "ratio", N_("most of it: less is what any program shows") },
	[LEAST] = { "least", 536870912, "bytes", N_("less is not worth a look") },
	[NEAR] = { "near", 0.8, "ratio",
		   N_("usage below this share of the limit: nobody needs the memory") },
	[REFERENCED] = { "referenced", 0.5, "ratio",
			 N_("less than this share marked as accessed: much of it is idle") },
	{ 0 },
};

/* Nothing can take it: the machine has no swap, or this group may not use any. */
static bool has_no_swap(const struct mw_check *c)
{
	double total = mw_value(c->node, M_SWAP_TOTAL), swap = mw_value(c->e, M_CG_SWAP_LIMIT);
	double memory = mw_value(c->e, M_CG_HIERARCHICAL_LIMIT);
	double both = mw_value(c->e, M_CG_HIERARCHICAL_MEMSW_LIMIT);

	return total == 0 || swap == 0 || (memory > 0 && both <= memory) ||
	       (isnan(total) && mw_get_or(c->e, M_CG_SWAP, 0) == 0);
}

/* Without swap nothing ages anonymous pages: the list says little. What proves more: marks of access,
 * which reclaim and clear_refs take off. */
static void weigh_proof(struct mw_check *c)
{
	double marked = mw_group_sum(c, M_P_REFERENCED), rss = mw_group_sum(c, M_P_SMAPS_RSS);

	if (rss <= 0 || marked > c->p[REFERENCED] * rss) {
		mw_level(c, MW_INFO);
		mw_doubt(c, MW_LOW,
			 N_("without swap nothing ages anonymous pages: memory in constant use "
			    "stands on the inactive list too. Marks of access would prove it: "
			    "Referenced in smaps_rollup, some minutes after clear_refs; or DAMON"));
		mw_ask(c, "grep -E 'Rss|Referenced' /proc/PID/smaps_rollup");
		return;
	}
	mw_cite_over(c, "marked", MW_FORM_BYTES, marked, "smaps_rollup: Referenced",
		     c->p[REFERENCED] * rss);
	mw_cite(c, "rss", MW_FORM_BYTES, rss, "smaps_rollup: Rss");
	mw_detail(c, N_("only {marked} of {rss} are marked as accessed"));
	mw_doubt(c, MW_MEDIUM, N_("it is not known when the marks of access were last taken off"));
}

static void advise(struct mw_check *c)
{
	const struct mw_entity *owner = mw_cite_owner(c, M_P_RSS_ANON);
	const char *name = owner ? mw_get_text(owner, M_P_COMM) : NULL;

	if (name && !strncmp(name, "php-fpm", strlen("php-fpm")))
		mw_advise(c, N_("let PHP-FPM replace its workers: set pm.max_requests, and "
				"pm.max_children by what one worker needs"));
	else
		mw_advise(c, N_("let long-lived workers be replaced now and then (PHP-FPM: "
				"pm.max_requests)"));
	mw_advise(c, N_("if it proves cold, swap or zswap would take it"));
	mw_avoid(c, N_("drop_caches: it frees file cache only, none of the {inactive}"));
}

static enum mw_verdict check(struct mw_check *c)
{
	double inactive = mw_value(c->e, M_CG_INACTIVE_ANON);
	double all = mw_value(c->e, M_CG_ANON) + (double)mw_get_or(c->e, M_CG_SHMEM, 0);
	double limit = mw_group_limit(c->e), usage = mw_value(c->e, M_CG_USAGE);

	if (!(inactive >= c->p[LEAST] && inactive >= c->p[SHARE] * all &&
	      usage >= c->p[NEAR] * limit) ||
	    !has_no_swap(c) || mw_group_is_shell(c, M_CG_INACTIVE_ANON, true))
		return MW_CLEAR;
	mw_cite_metric(c, "inactive", c->e, M_CG_INACTIVE_ANON, c->p[LEAST]);
	mw_cite_metric(c, "anon", c->e, M_CG_ANON, NAN);
	mw_cite_metric(c, "shmem", c->e, M_CG_SHMEM, NAN);
	mw_cite_over(c, "share", MW_FORM_SHARE, inactive / all, "inactive_anon / (anon + shmem)",
		     c->p[SHARE]);
	mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
	mw_detail(c, N_("there is no swap that could take it: it stays until its processes end"));
	weigh_proof(c);
	advise(c);
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_inactive_anon_piled = {
	.id = "ctr-inactive-anon-piled",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("{inactive} of the anonymous memory of {entity} stand on the inactive list "
		    "({share}), with no swap to go to"),
	.about = N_(
		"Most anonymous memory is on the inactive list of a group that is near its limit, "
		"and there is no swap. That is where workers leave what they once needed; it is "
		"also where memory in use stands on a machine without swap, so that the list "
		"alone proves nothing."),
	.silent = N_("The same lists on a machine with free swap, or in a group far from its "
		     "limit."),
};
