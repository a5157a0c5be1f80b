#include "diagnose/runtime/runtimes.h"

enum { NEAR, ABOVE, TARGET, SUSPECT };

static const struct mw_param params[] = {
	[NEAR] = { "near", 0.9, "ratio",
		   N_("of the heap's ceiling after collections: it ends with \"heap out of "
		      "memory\"") },
	[ABOVE] = { "above", 0.95, "ratio",
		    N_("of the container's limit: buffers and code beside the heap need more than "
		       "the rest") },
	[TARGET] = { "target", 0.75, "ratio",
		     N_("of the limit for the old generation: what Node.js itself needs beside it") },
	[SUSPECT] = { "suspect", 0.5, "ratio", N_("of the limit held: worth asking") },
	{ 0 },
};

static const char *const explains[] = { "ctr-oom-risk", "ctr-runtime-vs-limit", "ctr-oom-killed",
					NULL };

static void advise(struct mw_check *c, struct mw_num limit)
{
	if (limit.state != MW_OK)
		return;
	mw_cite(c, "mib", MW_FORM_COUNT, floor(c->p[TARGET] * (double)limit.v / (1 << 20)),
		"target * limit, in MiB");
	mw_advise(c, N_("--max-old-space-size={mib} (or in NODE_OPTIONS) fits below the limit"));
}

static enum mw_verdict cannot_tell(struct mw_check *c, struct mw_num limit)
{
	struct mw_runtime_memory memory = mw_runtime_memory(c);

	if (limit.state != MW_OK || memory.bytes.state != MW_OK ||
	    (double)memory.bytes.v < c->p[SUSPECT] * (double)limit.v)
		return MW_CLEAR;
	mw_cite(c, "memory", MW_FORM_BYTES, (double)memory.bytes.v, memory.source);
	mw_cite(c, "limit", MW_FORM_BYTES, (double)limit.v, "smallest limit of its groups");
	return mw_unknown(c, N_("the ceiling of V8's heap; it holds {memory} of {limit}"),
			  "node -p 'v8.getHeapStatistics().heap_size_limit'");
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num max = mw_get(c->e, M_RT_HEAP_MAX), used = mw_get(c->e, M_RT_HEAP_USED);
	struct mw_num limit = mw_runtime_limit(c->e);
	double share = mw_share(used, max);

	if (strcmp(c->e->name, "node") != 0)
		return MW_CLEAR;
	if (max.state != MW_OK)
		return cannot_tell(c, limit);
	mw_cite_metric(c, "max", c->e, M_RT_HEAP_MAX, NAN);
	if (!isnan(share) && share >= c->p[NEAR]) {
		mw_cite_metric(c, "used", c->e, M_RT_HEAP_USED, c->p[NEAR] * (double)max.v);
		mw_title(c,
			 N_("{entity}: V8's heap holds {used} of {max}: it ends with \"heap out of "
			    "memory\""));
		mw_doubt(c, MW_MEDIUM, N_("what is in use holds garbage too"));
		mw_advise(c, N_("take a heap snapshot in a test and look at what is kept"));
	} else if (limit.state == MW_OK && (double)max.v > c->p[ABOVE] * (double)limit.v) {
		mw_cite_over(c, "limit", MW_FORM_BYTES, (double)limit.v,
			     "smallest limit of its groups", (double)max.v / c->p[ABOVE]);
	} else {
		return MW_CLEAR;
	}
	advise(c, limit);
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_heap_limit = {
	.id = "node-heap-limit",
	.level = MW_WARNING,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: V8's heap may grow to {max}, but the limit is {limit}"),
	.about = N_("Node.js collects in earnest only near its own ceiling: when that is above the "
		    "container's limit, the kernel kills it first; when the heap is near the "
		    "ceiling, the program ends by itself."),
	.silent = N_("A heap half full below a ceiling of three quarters of the limit."),
	.explains = explains,
};
