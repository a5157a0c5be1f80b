#include "diagnose/container/group.h"

#include "diagnose/runtime/runtimes.h"

enum { USED, SERIOUS };

static const struct mw_param params[] = {
	[USED] = { "used", 0.4, "ratio",
		   N_("of the limit needed: below it they are far from meeting") },
	[SERIOUS] = { "serious", 0.7, "ratio",
		      N_("of the limit needed already: they will meet, warning") },
	{ 0 },
};

/* What all runtimes of a group may take. */
struct sum {
	double ceilings; /* heaps, pools */
	double outside;  /* what they hold beside their heaps */
	size_t count, unknown, guessed;
	const struct mw_entity *largest;
	double largest_ceiling;
};

/* The largest worker of a pool. */
static double worker(const struct mw_check *c)
{
	const struct mw_entity *p;
	double most = 0;

	mw_for_each (p, c->now, MW_PROCESS) {
		const char *name = mw_get_text(p, M_P_COMM);

		if (name && !strncmp(name, "php-fpm", strlen("php-fpm")) && mw_inside(p, c->e) &&
		    mw_value(p, M_P_RSS_ANON) > most)
			most = mw_value(p, M_P_RSS_ANON);
	}
	return most;
}

static double ceiling(const struct mw_check *c, const struct mw_entity *rt)
{
	double children = mw_value(rt, M_RT_POOL_MAX_CHILDREN);

	return children > 0 ? children * worker(c) : mw_value(rt, M_RT_HEAP_MAX);
}

static void add(const struct mw_check *c, const struct mw_entity *rt, struct sum *sum)
{
	const struct mw_entity *process = mw_runtime_process(rt);
	double most = ceiling(c, rt), rss = process ? mw_value(process, M_P_RSS) : NAN;
	double heap = mw_value(rt, M_RT_HEAP_RESIDENT);

	sum->count++;
	if (!(most > 0)) {
		sum->unknown++;
		return;
	}
	sum->ceilings += most;
	if (most > sum->largest_ceiling) {
		sum->largest = rt;
		sum->largest_ceiling = most;
	}
	if (mw_get(rt, M_RT_POOL_MAX_CHILDREN).state == MW_OK)
		return;
	/* at least what is beyond a heap that were full */
	if (isnan(heap)) {
		heap = most;
		sum->guessed++;
	}
	if (rss > heap)
		sum->outside += rss - heap;
}

/* The group whose limit they share: the nearest above that has one. */
static const struct mw_entity *limited_group(const struct mw_entity *rt)
{
	const struct mw_entity *g = mw_runtime_group(rt);

	while (g && isnan(mw_group_limit(g)))
		g = g->parent;
	return g;
}

static void say(struct mw_check *c, const struct sum *sum, double limit)
{
	double all = sum->ceilings + sum->outside;

	mw_cite_over(c, "all", MW_FORM_BYTES, all, N_("ceilings + what is outside of the heaps"),
		     limit);
	mw_cite(c, "ceilings", MW_FORM_BYTES, sum->ceilings,
		N_("heap ceilings; pm.max_children * the largest worker"));
	mw_cite(c, "outside", MW_FORM_BYTES, sum->outside, "VmRSS - heap_resident");
	mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
	mw_cite(c, "count", MW_FORM_COUNT, (double)sum->count,
		N_("language runtimes in the group"));
	mw_cite(c, "largest_ceiling", MW_FORM_BYTES, sum->largest_ceiling,
		mw_source_of(c, sum->largest, M_RT_HEAP_MAX));
	mw_cite_text(c, "runtime", sum->largest->name, N_("the runtime's name"));
	if (sum->count > 1)
		mw_detail(c, N_("{count} runtimes are in it; the largest, {runtime}, may take "
				"{largest_ceiling}"));
	if (sum->ceilings <= limit) {
		mw_detail(c,
			  N_("the heaps alone may take {ceilings}; {outside} are held outside of "
			     "them"));
		mw_cite(c, "fits", MW_FORM_BYTES, limit - sum->outside, "limit - outside");
		mw_advise(c, N_("bound the heaps to {fits} together, or raise the limit to {all}"));
	} else {
		mw_advise(c,
			  N_("lower the ceilings (-Xmx, MaxRAMPercentage, GOMEMLIMIT, "
			     "--max-old-space-size, pm.max_children) below {limit} together, with "
			     "room for what is outside of heaps"));
	}
	if (sum->unknown)
		mw_doubt(c, MW_MEDIUM, N_("not all of them say what they may take: it is more"));
	else if (sum->guessed)
		mw_doubt(c, MW_MEDIUM,
			 N_("how much of a heap is in use is not known: more may be "
			    "outside of it"));
	mw_avoid(c, N_("set a heap to the limit: code, stacks, buffers and the allocator need room "
		       "beside it"));
}

static enum mw_verdict check(struct mw_check *c)
{
	double limit = mw_group_limit(c->e), needed = mw_value(c->e, M_CG_UNRECLAIMABLE);
	const struct mw_entity *rt;
	struct sum sum = { 0 };

	if (!(needed >= c->p[USED] * limit))
		return MW_CLEAR;
	mw_for_each (rt, c->now, MW_RUNTIME)
		if (mw_inside(rt, c->e) && limited_group(rt) == c->e)
			add(c, rt, &sum);
	if (!sum.largest || sum.ceilings + sum.outside <= limit)
		return MW_CLEAR;
	if (needed >= c->p[SERIOUS] * limit)
		mw_level(c, MW_WARNING);
	say(c, &sum, limit);
	mw_cite_owner(c, M_P_RSS);
	mw_ask_group(c);
	return MW_FIRES;
}

static const char *const explains[] = { "ctr-oom-risk", NULL };

const struct mw_rule mw_rule_ctr_runtime_vs_limit = {
	.id = "ctr-runtime-vs-limit",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("The runtimes in {entity} may take {all}, its limit is {limit}"),
	.about = N_(
		"What language runtimes in a group were allowed to take (heap ceilings, pools of "
		"workers), with what they hold outside of their heaps, exceeds the limit: the "
		"kernel will kill before the runtime collects."),
	.silent = N_("A heap of 70 % of the limit with little outside of it."),
};
