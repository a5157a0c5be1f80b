#include "diagnose/runtime/runtimes.h"

enum { LEAST, SHARE };

static const struct mw_param params[] = {
	[LEAST] = { "least", 268435456.0, "bytes", N_("less is not worth a restart") },
	[SHARE] = { "share", 0.5, "ratio", N_("of the arenas: half full is usual after a peak") },
	{ 0 },
};

static const char *const explains[] = { "ctr-inactive-anon-piled", "proc-allocator-retention",
					NULL };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num arenas = mw_get(c->e, M_RT_HEAP_COMMITTED),
		      used = mw_get(c->e, M_RT_HEAP_USED);
	double idle = (double)arenas.v - (double)used.v;

	if (strcmp(c->e->name, "python") != 0 || arenas.state != MW_OK ||
	    (double)arenas.v < c->p[LEAST])
		return MW_CLEAR;
	mw_cite_metric(c, "arenas", c->e, M_RT_HEAP_COMMITTED, NAN);
	if (used.state != MW_OK)
		return mw_unknown(c,
				  N_("how much of {arenas} in Python's arenas is in use: "
				     "sys._debugmallocstats() inside the program tells"),
				  NULL);
	if (idle < c->p[LEAST] || idle < c->p[SHARE] * (double)arenas.v)
		return MW_CLEAR;
	mw_cite_over(c, "idle", MW_FORM_BYTES, idle, "arenas - in use", c->p[LEAST]);
	mw_cite_metric(c, "used", c->e, M_RT_HEAP_USED, NAN);
	mw_detail(c, N_("{used} of {arenas} is in use: one small object keeps a whole arena"));
	mw_advise(c, N_("do the work with the peak in a child process, or let workers be replaced: "
			"max_requests of gunicorn, max_tasks_per_child of Celery"));
	mw_avoid(c, N_("gc.collect() in a loop: it frees cycles, not arenas"));
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_python_arena_sparse = {
	.id = "python-arena-sparse",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: {idle} of Python's arenas is free, and cannot be given back"),
	.about = N_(
		"Python returns an arena (256 KiB, since 3.10 1 MiB) only when no object is left in "
		"it: after a peak a few survivors hold most of them."),
	.silent = N_("Arenas more than half full."),
	.explains = explains,
};
