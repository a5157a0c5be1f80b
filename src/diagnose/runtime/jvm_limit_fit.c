#include "diagnose/runtime/runtimes.h"

#include "model/want.h"

enum { NEAR };

static const struct mw_param params[] = {
	[NEAR] = { "near", 0.95, "ratio",
		   N_("of the limit: the rest is what page cache and bursts live in") },
	{ 0 },
};

static const char *const explains[] = { "ctr-oom-risk", "ctr-runtime-vs-limit", "ctr-oom-killed",
					NULL };

/* Beside the heap: what was seen there, or what its parts are known to take. */
static double measure_outside(struct mw_check *c, const char **source)
{
	static const enum mw_metric parts[] = { M_RT_METASPACE_COMMITTED, M_RT_CODE_COMMITTED,
						M_RT_DIRECT_USED };
	struct mw_jvm_outside x;
	double known = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		known += (double)mw_get_or(c->e, parts[i], 0);
	*source = "metaspace + code + direct buffers";
	if (!mw_jvm_outside(c, &x) || x.outside <= known)
		return known;
	*source = x.exact ? "memory - resident heap" : "at least: memory - the most the heap has";
	if (x.of.of_group)
		mw_doubt(c, MW_MEDIUM, N_("the memory is that of all processes of its group"));
	return x.outside;
}

/* The percentage with which both fit, a tenth of what is beside the heap kept for its growth. */
static void advise(struct mw_check *c, double limit, double outside)
{
	double share = (limit * c->p[NEAR] - outside * 1.1) / limit;
	double percent = share > 0 ? floor(share * 100) : 0;

	if (percent >= 10) {
		mw_cite(c, "percent", MW_FORM_COUNT, percent,
			"(limit * near - outside * 1.1) / limit");
		mw_cite(c, "fitting", MW_FORM_BYTES, limit * percent / 100, "limit * percent");
		mw_advise(c, N_("-XX:MaxRAMPercentage={percent} (a heap of {fitting}) leaves room "
				"for the rest; with -Xmx, the same in bytes"));
	}
	mw_cite(c, "wanted", MW_FORM_BYTES,
		((double)mw_get_or(c->e, M_RT_HEAP_MAX, 0) + outside * 1.1) / c->p[NEAR],
		"(heap_max + outside * 1.1) / near");
	mw_advise(c, N_("or raise the limit to {wanted}"));
	mw_avoid(c,
		 N_("-Xmx equal to the limit: the heap is not all that a JVM needs, and the kernel "
		    "kills it before it throws an OutOfMemoryError"));
}

/* Command lines of runtimes are few, and say what their heaps may become. */
static uint32_t more(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_PROCESS) {
		const char *comm = mw_get_text(e, M_P_COMM);

		if (comm && (!strcmp(comm, "java") || !strcmp(comm, "node")))
			return MW_WANT_RUNTIMES;
	}
	return 0;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num max = mw_get(c->e, M_RT_HEAP_MAX), limit = mw_runtime_limit(c->e);
	const char *source;
	double outside;

	if (strcmp(c->e->name, "jvm") != 0 || limit.state != MW_OK || !limit.v ||
	    max.state != MW_OK)
		return MW_CLEAR;
	outside = measure_outside(c, &source);
	if ((double)max.v + outside < c->p[NEAR] * (double)limit.v)
		return MW_CLEAR;
	mw_cite_over(c, "together", MW_FORM_BYTES, (double)max.v + outside, "heap_max + outside",
		     c->p[NEAR] * (double)limit.v);
	mw_cite_metric(c, "max", c->e, M_RT_HEAP_MAX, NAN);
	mw_cite(c, "outside", MW_FORM_BYTES, outside, source);
	mw_cite(c, "limit", MW_FORM_BYTES, (double)limit.v, "smallest limit of its groups");
	mw_detail(c, N_("its heap may grow to {max}, and {outside} stand beside it"));
	if ((double)max.v + outside <= (double)limit.v) {
		mw_level(c, MW_NOTICE);
		mw_title(c, N_("{entity} may grow to {together}, nearly all of its limit of "
			       "{limit}"));
	}
	advise(c, (double)limit.v, outside);
	mw_runtime_ask(c, "jcmd ", " VM.native_memory summary");
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_jvm_limit_fit = {
	.id = "jvm-limit-fit",
	.level = MW_WARNING,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity} may grow to {together}, but its limit is {limit}"),
	.about = N_("The ceiling of the heap and what was measured beside it do not fit below the "
		    "container's limit: when the heap fills, the kernel kills the process."),
	.silent = N_("A heap of 70 % of the limit with a tenth of it beside the heap."),
	.explains = explains,
	.more = more,
};
