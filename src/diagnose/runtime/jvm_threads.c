#include "diagnose/runtime/runtimes.h"

enum { MANY, SHARE };

static const struct mw_param params[] = {
	[MANY] = { "many", 2000, "count",
		   N_("more than pools of a usual size add up to: a pool without a bound") },
	[SHARE] = { "share", 0.25, "ratio",
		    N_("of the limit, if every stack were filled: a deep call in each is enough") },
	{ 0 },
};

static const char *const explains[] = { "jvm-native-gap", "proc-thread-growth", NULL };

/* HotSpot's default on 64-bit Linux. */
#define USUAL_STACK ((uint64_t)1 << 20)

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *process = mw_runtime_process(c->e);
	bool of_process = mw_get(c->e, M_RT_THREADS).state != MW_OK;
	const struct mw_entity *from = of_process ? process : c->e;
	enum mw_metric metric = of_process ? M_P_THREADS : M_RT_THREADS;
	struct mw_num limit = mw_runtime_limit(c->e), n;
	double stacks;

	if (strcmp(c->e->name, "jvm") != 0 || !from)
		return MW_CLEAR;
	n = mw_get(from, metric);
	stacks = (double)n.v * (double)mw_get_or(c->e, M_RT_STACK_SIZE, USUAL_STACK);
	if (n.state != MW_OK || (double)n.v < c->p[MANY])
		return MW_CLEAR;
	if (limit.state == MW_OK && stacks < c->p[SHARE] * (double)limit.v)
		return MW_CLEAR;
	mw_cite_metric(c, "threads", from, metric, c->p[MANY]);
	mw_cite(c, "stacks", MW_FORM_BYTES, stacks, "threads * -Xss, 1 MiB if not given");
	mw_detail(c, N_("their stacks may take {stacks} (-Xss); what is resident now is usually a "
			"tenth of that"));
	mw_advise(c, N_("find the pool that has no bound: the names in a thread dump tell; "
			"-Xss512k halves what each may take"));
	mw_runtime_ask(c, "jcmd ", " Thread.print");
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_jvm_threads = {
	.id = "jvm-threads",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity} has {threads} threads"),
	.about = N_(
		"So many threads that their stacks can take a good part of the limit. Each also "
		"costs the kernel 16 KiB."),
	.silent = N_("A few hundred threads in pools with a bound."),
	.explains = explains,
};
