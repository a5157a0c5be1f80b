#include "diagnose/growth.h"
#include "diagnose/runtime/runtimes.h"

enum { WATCHED, LEAST, SHARE, NEAR };

static const struct mw_param params[] = {
	[WATCHED] = { "watched", 1800, "seconds", N_("a start loads classes for minutes") },
	[LEAST] = { "least", 16777216.0, "bytes", N_("some thousand classes") },
	[SHARE] = { "share", 0.1, "ratio", N_("of what it was: less is lazy loading") },
	[NEAR] = { "near", 0.95, "ratio",
		   N_("of MaxMetaspaceSize: soon full collections, then an OutOfMemoryError") },
	{ 0 },
};

static const char *const explains[] = { "jvm-native-gap", "proc-anon-growth", "ctr-anon-growth",
					NULL };

static void advise(struct mw_check *c)
{
	mw_cite_metric(c, "classes", c->e, M_RT_CLASSES, NAN);
	if (mw_get(c->e, M_RT_CLASSES).state == MW_OK)
		mw_detail(c, N_("{classes} classes are loaded"));
	mw_advise(c, N_("find the class loader that is made again and again: scripts compiled for "
			"each request, proxies, redeployments, reflection inflated"));
	mw_runtime_ask(c, "jcmd ", " VM.classloader_stats");
	mw_runtime_ask(c, "jcmd ", " VM.metaspace");
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num used = mw_get(c->e, M_RT_METASPACE_USED),
		      max = mw_get(c->e, M_RT_METASPACE_MAX);
	double share = mw_share(used, max);
	struct mw_trend t;

	if (strcmp(c->e->name, "jvm") != 0 || used.state != MW_OK)
		return MW_CLEAR;
	if (mw_growth_of(c, c->e, M_RT_METASPACE_USED, c->p[WATCHED], c->p[LEAST], c->p[SHARE],
			 &t)) {
		mw_growth_cite(c, c->e, M_RT_METASPACE_USED, &t);
		mw_detail(c, N_("from {first} to {last} within {watched}"));
	} else if (!isnan(share) && share >= c->p[NEAR]) {
		mw_title(c, N_("{entity}: class metadata takes {used} of {max} allowed"));
	} else {
		return MW_CLEAR;
	}
	mw_cite_metric(c, "used", c->e, M_RT_METASPACE_USED,
		       isnan(share) ? NAN : c->p[NEAR] * (double)max.v);
	mw_cite_metric(c, "max", c->e, M_RT_METASPACE_MAX, NAN);
	advise(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_jvm_metaspace_growth = {
	.id = "jvm-metaspace-growth",
	.level = MW_WARNING,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: class metadata grows by {growth}"),
	.about = N_(
		"Classes are loaded and never unloaded: metaspace grows, outside the heap, until "
		"MaxMetaspaceSize or the container's limit."),
	.silent = N_("Classes loaded during the first minutes."),
	.explains = explains,
};
