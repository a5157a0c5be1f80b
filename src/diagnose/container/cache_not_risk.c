#include "diagnose/container/group.h"

enum { USAGE_NEAR, NEEDED_MOST, CACHE_LEAST, WORKING_SET_NEAR };

static const struct mw_param params[] = {
	[USAGE_NEAR] = { "usage_near", 0.85, "ratio",
			 N_("alerts on usage are set between 80 and 90 % of the limit") },
	[NEEDED_MOST] = { "needed_most", 0.8, "ratio",
			  N_("with more than this needed the rest is little, cache or not") },
	[CACHE_LEAST] = { "cache_least", 0.1, "ratio",
			  N_("less cache than this share of the limit is not what fills it") },
	[WORKING_SET_NEAR] = { "working_set_near", 0.8, "ratio",
			       N_("where alerts on the working set are usually set") },
	{ 0 },
};

static void cite(struct mw_check *c, double limit, double cache, double needed)
{
	double usage = mw_value(c->e, M_CG_USAGE);

	mw_cite_metric(c, "usage", c->e, M_CG_USAGE, c->p[USAGE_NEAR] * limit);
	mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
	mw_cite(c, "usage_share", MW_FORM_SHARE, usage / limit, "usage / limit");
	mw_cite(c, "cache", MW_FORM_BYTES, cache, "memory.stat: active_file + inactive_file");
	mw_cite(c, "cache_share", MW_FORM_SHARE, cache / usage,
		"(active_file + inactive_file) / usage");
	mw_cite_over(c, "needed", MW_FORM_BYTES, needed, mw_source_of(c, c->e, M_CG_UNRECLAIMABLE),
		     c->p[NEEDED_MOST] * limit);
	mw_cite(c, "needed_share", MW_FORM_SHARE, needed / limit, "unreclaimable / limit");
}

static void say_what_the_rest_is(struct mw_check *c, double limit, double cache)
{
	double anon = mw_value(c->e, M_CG_ANON), huge = mw_value(c->e, M_CG_ANON_THP);

	if (!(anon > cache))
		return;
	mw_cite_metric(c, "anon", c->e, M_CG_ANON, NAN);
	mw_cite(c, "anon_share", MW_FORM_SHARE, anon / limit, "anon / limit");
	mw_detail(c, N_("the larger part is anonymous memory: {anon}, {anon_share} of the limit, "
			"which no dropping of caches changes"));
	if (huge > anon / 2) {
		mw_cite(c, "huge_share", MW_FORM_SHARE, huge / anon, "anon_thp / anon");
		mw_detail(c, N_("{huge_share} of that are huge pages (THP)"));
	}
}

static enum mw_verdict check(struct mw_check *c)
{
	double limit = mw_group_limit(c->e), usage = mw_value(c->e, M_CG_USAGE);
	double needed = mw_value(c->e, M_CG_UNRECLAIMABLE), cache = mw_group_cache(c->e);
	double working_set = mw_value(c->e, M_CG_WORKING_SET);

	if (!(usage >= c->p[USAGE_NEAR] * limit && needed < c->p[NEEDED_MOST] * limit &&
	      cache >= c->p[CACHE_LEAST] * limit) ||
	    mw_group_is_shell(c, M_CG_USAGE, true))
		return MW_CLEAR;
	cite(c, limit, cache, needed);
	mw_detail(c, N_("{cache} of its {usage} is file cache; {needed} cannot be reclaimed, "
			"{needed_share} of the limit"));
	say_what_the_rest_is(c, limit, cache);
	if (working_set >= c->p[WORKING_SET_NEAR] * limit) {
		mw_cite(c, "working_set_share", MW_FORM_SHARE, working_set / limit,
			"(usage - inactive_file) / limit");
		mw_detail(c, N_("an alert on the working set sees {working_set_share} of the "
				"limit"));
	}
	mw_advise(c, N_("alert on what cannot be reclaimed, not on usage"));
	mw_avoid(c, N_("raise the limit or restart it because of usage: the cache grows to any "
		       "limit, and goes before anything is killed"));
	mw_avoid(c, N_("drop_caches: it empties the cache of the whole machine, and this one fills "
		       "up again"));
	mw_ask_group(c);
	return MW_FIRES;
}

static const char *const explains[] = { "ctr-words-disagree", "ctr-cache-growth", NULL };

const struct mw_rule mw_rule_ctr_cache_not_risk = {
	.id = "ctr-cache-not-risk",
	.level = MW_INFO,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("{entity} stands at {usage_share} of its limit because of file cache, which is "
		    "no OOM risk"),
	.about = N_("Usage is near the limit, but what cannot be reclaimed is far from it: the "
		    "kernel takes page cache back before it kills."),
	.silent = N_("Usage near the limit, and nearly all of it anonymous memory."),
};
