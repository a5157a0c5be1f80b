#include "diagnose/runtime/runtimes.h"

enum { SHARE, LEAST, TARGET };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.5, "ratio",
		    N_("of the limit: with GOGC=100 the next cycle may take twice what is live") },
	[LEAST] = { "least", 134217728.0, "bytes",
		    N_("smaller programs have room by other means") },
	[TARGET] = { "target", 0.9, "ratio",
		     N_("of the limit: the rest is stacks of C, page cache") },
	{ 0 },
};

static const char *const explains[] = { "ctr-oom-risk", "ctr-runtime-vs-limit", "ctr-oom-killed",
					NULL };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num limit = mw_runtime_limit(c->e), soft = mw_get(c->e, M_RT_HEAP_MAX);
	struct mw_runtime_memory memory;

	if (strcmp(c->e->name, "go") != 0 || limit.state != MW_OK)
		return MW_CLEAR;
	memory = mw_runtime_memory(c);
	if (memory.bytes.state != MW_OK || (double)memory.bytes.v < c->p[LEAST] ||
	    (double)memory.bytes.v < c->p[SHARE] * (double)limit.v)
		return MW_CLEAR;
	if (soft.state == MW_OK && soft.v <= limit.v)
		return MW_CLEAR;
	mw_cite_over(c, "memory", MW_FORM_BYTES, (double)memory.bytes.v, memory.source,
		     c->p[SHARE] * (double)limit.v);
	mw_cite(c, "limit", MW_FORM_BYTES, (double)limit.v, "smallest limit of its groups");
	mw_cite(c, "mib", MW_FORM_COUNT, floor(c->p[TARGET] * (double)limit.v / (1 << 20)),
		"target * limit, in MiB");
	if (soft.state != MW_OK && soft.state != MW_UNLIMITED)
		return mw_unknown(c, N_("whether GOMEMLIMIT is set; it holds {memory} of {limit}"),
				  mw_runtime_command(c, "grep -ao GOMEMLIMIT=[0-9A-Za-z]* /proc/",
						     "/environ"));
	if (soft.state == MW_OK) {
		mw_cite_metric(c, "soft", c->e, M_RT_HEAP_MAX, NAN);
		mw_title(c, N_("{entity}: GOMEMLIMIT is {soft}, above the limit of {limit}"));
	}
	mw_advise(c,
		  N_("set GOMEMLIMIT={mib}MiB: the collector then works harder before the kernel "
		     "kills"));
	mw_avoid(c, N_("GOGC=off without GOMEMLIMIT: nothing would bound the heap"));
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_go_limit_missing = {
	.id = "go-limit-missing",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity} holds {memory} of {limit} and does not know of the limit"),
	.about = N_("Go does not look at the container's limit: with GOGC=100 the heap may double "
		    "before the next collection. GOMEMLIMIT tells it (Go 1.19 and later)."),
	.silent = N_("A small program, or one with GOMEMLIMIT below the limit."),
	.explains = explains,
};
