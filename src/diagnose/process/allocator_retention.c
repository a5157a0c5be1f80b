#include "diagnose/runtime/runtimes.h"

enum { LEAST, SHARE };

static const struct mw_param params[] = {
	[LEAST] = { "least", 268435456.0, "bytes", N_("less is what allocators keep for speed") },
	[SHARE] = { "share", 0.3, "ratio", N_("of the process' memory") },
	{ 0 },
};

static const char *const explains[] = { "jvm-native-gap", "ctr-inactive-anon-piled",
					"php-worker-growth", NULL };

static void advise(struct mw_check *c, double free, struct mw_num trimmable)
{
	if (trimmable.state == MW_OK) {
		mw_cite_metric(c, "trimmable", c->e, M_RT_ALLOCATOR_TRIMMABLE, NAN);
		mw_detail(
			c,
			N_("{trimmable} of it is whole pages, which malloc_trim(0) would give back; "
			   "the rest is holes between objects in use"));
	}
	if (trimmable.state == MW_OK && (double)trimmable.v < free / 2)
		mw_advise(
			c,
			N_("restart workers now and then, or use jemalloc: malloc_trim would give "
			   "back little here"));
	else
		mw_advise(c, N_("let the program call malloc_trim(0) after its peaks"));
	mw_advise(c, N_("for programs with threads: MALLOC_ARENA_MAX=2, or jemalloc with "
			"background_thread:true"));
	mw_avoid(c, N_("calling malloc_trim with a debugger in production: it stops every thread"));
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num kept = mw_get(c->e, M_RT_ALLOCATOR_FREE),
		      trimmable = mw_get(c->e, M_RT_ALLOCATOR_TRIMMABLE);
	struct mw_runtime_memory memory;

	if (kept.state != MW_OK || (double)kept.v < c->p[LEAST])
		return MW_CLEAR;
	memory = mw_runtime_memory(c);
	if (memory.bytes.state == MW_OK && (double)kept.v < c->p[SHARE] * (double)memory.bytes.v)
		return MW_CLEAR;
	if (mw_runtime_process(c->e))
		c->f->entity = mw_runtime_process(c->e);
	mw_cite_metric(c, "kept", c->e, M_RT_ALLOCATOR_FREE, c->p[LEAST]);
	if (memory.bytes.state == MW_OK) {
		mw_cite(c, "memory", MW_FORM_BYTES, (double)memory.bytes.v, memory.source);
		mw_detail(c, N_("of {memory} in all"));
	}
	advise(c, (double)kept.v, trimmable);
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_allocator_retention = {
	.id = "proc-allocator-retention",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: malloc keeps {kept} that the program has freed"),
	.about = N_(
		"Freed memory that the allocator has not given back. Free bytes and bytes that can "
		"be given back are two numbers: one object in use keeps its page."),
	.silent = N_("Freed memory of a few MiB per arena."),
	.explains = explains,
};
