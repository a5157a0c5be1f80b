#include "diagnose/growth.h"

enum { MANY, WATCHED, LEAST };

static const struct mw_param params[] = {
	[MANY] = { "many", 10000, "count",
		   N_("kernel stacks alone take 160 MiB; no pool is meant to be so large") },
	[WATCHED] = { "watched", 600, "seconds", N_("a pool fills in less") },
	[LEAST] = { "least", 64, "count", N_("fewer are a pool that fills") },
	{ 0 },
};

static const char *const explains[] = { "proc-anon-growth", "ctr-kernel-heavy", NULL };

/* A thread's stack in the kernel: THREAD_SIZE on 64-bit machines. */
enum { KERNEL_STACK = 16384 };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num threads = mw_get(c->e, M_P_THREADS);
	struct mw_trend t;

	if (threads.state != MW_OK || (double)threads.v < c->p[LEAST])
		return MW_CLEAR;
	if (c->evidence->series.count &&
	    mw_growth_of(c, c->e, M_P_THREADS, c->p[WATCHED], c->p[LEAST], 0.1, &t)) {
		mw_growth_cite(c, c->e, M_P_THREADS, &t);
		mw_title(c, N_("{entity} starts threads that do not end: {first}, then {threads}"));
		mw_detail(c, N_("{growth} within {watched}"));
	} else if ((double)threads.v < c->p[MANY]) {
		return MW_CLEAR;
	}
	mw_cite_metric(c, "threads", c->e, M_P_THREADS, c->p[MANY]);
	mw_cite(c, "stacks", MW_FORM_BYTES, (double)threads.v * KERNEL_STACK, "threads * 16 KiB");
	mw_detail(c,
		  N_("their kernel stacks take {stacks}, their own stacks and malloc arenas come "
		     "on top"));
	mw_advise(c, N_("give its thread pools a bound; look at what the newest threads wait for"));
	mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->id);
	mw_ask(c, "ps -L -o tid,comm,wchan %llu", (unsigned long long)c->e->id);
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_thread_growth = {
	.id = "proc-thread-growth",
	.level = MW_NOTICE,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity} has {threads} threads"),
	.about = N_(
		"Threads are started and never end, or there are more than any pool is meant to "
		"have."),
	.silent = N_("A server with a few hundred threads that stay."),
	.explains = explains,
};
