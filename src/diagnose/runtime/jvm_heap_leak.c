#include "diagnose/growth.h"
#include "diagnose/runtime/runtimes.h"

enum { WATCHED, LEAST, SHARE };

static const struct mw_param params[] = {
	[WATCHED] = { "watched", 1800, "seconds",
		      N_("a shorter look sees caches fill after the start") },
	[LEAST] = { "least", 67108864.0, "bytes", N_("less is noise of what is in flight") },
	[SHARE] = { "share", 0.1, "ratio", N_("of what it was: less may be a busier hour") },
	{ 0 },
};

static const char *const explains[] = { "proc-anon-growth", "ctr-anon-growth", "ctr-oom-risk",
					NULL };

static enum mw_verdict check(struct mw_check *c)
{
	/* after a full collection there is no garbage in it */
	bool after = mw_get(c->e, M_RT_HEAP_AFTER_GC).state == MW_OK;
	enum mw_metric metric = after ? M_RT_HEAP_AFTER_GC : M_RT_OLD_USED;
	enum mw_metric ceiling = mw_get(c->e, M_RT_OLD_MAX).state == MW_OK && !after
					 ? M_RT_OLD_MAX
					 : M_RT_HEAP_MAX;
	struct mw_num max = mw_get(c->e, ceiling);
	struct mw_trend t;

	if (strcmp(c->e->name, "jvm") != 0 ||
	    !mw_growth_of(c, c->e, metric, c->p[WATCHED], c->p[LEAST], c->p[SHARE], &t))
		return MW_CLEAR;
	mw_growth_cite(c, c->e, metric, &t);
	mw_detail(c, N_("from {first} to {last} within {watched}"));
	if (max.state == MW_OK && (double)max.v > t.last) {
		mw_cite_metric(c, "max", c->e, ceiling, NAN);
		mw_cite(c, "time", MW_FORM_SECONDS, ((double)max.v - t.last) / t.slope,
			"(max - last) / growth");
		mw_detail(c, N_("at this pace it is full, at {max}, in {time}"));
	}
	if (!after)
		mw_doubt(c, MW_MEDIUM,
			 N_("the old generation holds garbage too until a full or "
			    "mixed collection"));
	mw_advise(c,
		  N_("take two heap dumps some time apart, or one with -XX:+HeapDumpOnOutOfMemory"
		     "Error, and look at what the dominator tree holds more of"));
	mw_avoid(c, N_("a dump of a busy instance: it stands still for about a second per GiB, and "
		       "the file is as large as the heap"));
	mw_runtime_ask(c, "jcmd ", " GC.heap_info");
	mw_runtime_ask(c, "jcmd ", " GC.heap_dump /tmp/heap.hprof");
	return MW_FIRES;
}

const struct mw_rule mw_rule_jvm_heap_leak = {
	.id = "jvm-heap-leak",
	.level = MW_WARNING,
	.kind = MW_RUNTIME,
	.trend = true,
	.params = params,
	.check = check,
	.title = N_("{entity}: what survives collections grows by {growth}"),
	.about = N_(
		"The old generation, or better the heap after full collections, grows steadily: "
		"objects are kept that nobody needs."),
	.silent = N_("A cache that fills after the start and then stands still."),
	.explains = explains,
};
