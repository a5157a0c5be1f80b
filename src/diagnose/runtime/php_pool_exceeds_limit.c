#include "diagnose/runtime/runtimes.h"

enum { NEAR, SUSPECT };

static const struct mw_param params[] = {
	[NEAR] = { "near", 0.9, "ratio",
		   N_("of the limit: opcache, page cache and the master need the rest") },
	[SUSPECT] = { "suspect", 0.5, "ratio",
		      N_("of the limit held by the workers now: worth asking for "
			 "pm.max_children") },
	{ 0 },
};

static const char *const explains[] = { "ctr-oom-risk", "ctr-runtime-vs-limit", "ctr-oom-killed",
					NULL };

struct pool {
	size_t workers;
	double largest, sum, shared; /* bytes; shared = opcache and the like, once */
	bool resident; /* of some only RSS is known, which counts what they share again */
	bool scaled;   /* … which their group's anonymous memory corrects */
};

/* Together they hold no more of their own than their group has. */
static void scale(const struct mw_check *c, struct pool *p)
{
	const struct mw_entity *group = mw_runtime_group(c->e);
	double anon = group ? (double)mw_get_or(group, M_CG_ANON, 0) : 0;

	if (!p->resident || anon <= 0 || anon >= p->sum)
		return;
	p->largest *= anon / p->sum;
	p->sum = anon;
	p->scaled = true;
}

static struct pool measure(const struct mw_check *c)
{
	const struct mw_entity *master = mw_runtime_process(c->e), *e;
	struct pool p = { 0 };

	mw_for_each (e, c->now, MW_PROCESS) {
		double anon, shared;

		if (!mw_php_is_worker(master, e))
			continue;
		if (mw_get(e, M_P_RSS_ANON).state != MW_OK)
			p.resident = true;
		anon = (double)mw_get_or(e, M_P_RSS_ANON, mw_get_or(e, M_P_RSS, 0));
		shared = (double)mw_get_or(e, M_P_RSS_SHMEM, 0);
		p.workers++;
		p.sum += anon;
		p.largest = anon > p.largest ? anon : p.largest;
		p.shared = shared > p.shared ? shared : p.shared;
	}
	scale(c, &p);
	return p;
}

static enum mw_verdict cannot_tell(struct mw_check *c, const struct pool *p, double limit)
{
	if (p->sum + p->shared < c->p[SUSPECT] * limit)
		return MW_CLEAR;
	mw_cite(c, "sum", MW_FORM_BYTES, p->sum + p->shared,
		"sum of the workers' RssAnon + largest RssShmem");
	mw_cite(c, "limit", MW_FORM_BYTES, limit, "smallest limit of its groups");
	return mw_unknown(c,
			  N_("pm.max_children, to tell whether a full pool fits below {limit}; "
			     "its workers hold {sum} now"),
			  "php-fpm -tt");
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num limit = mw_runtime_limit(c->e), most = mw_get(c->e, M_RT_POOL_MAX_CHILDREN);
	struct pool p;
	double full, fitting;

	if (strcmp(c->e->name, "php-fpm") != 0 || !mw_runtime_process(c->e) || limit.state != MW_OK)
		return MW_CLEAR;
	p = measure(c);
	if (!p.workers || p.largest <= 0)
		return MW_CLEAR;
	if (most.state != MW_OK)
		return cannot_tell(c, &p, (double)limit.v);
	full = (double)most.v * p.largest + p.shared;
	if (full <= (double)limit.v)
		return MW_CLEAR;
	fitting = floor((c->p[NEAR] * (double)limit.v - p.shared) / p.largest);
	mw_cite_over(c, "full", MW_FORM_BYTES, full,
		     p.resident ? "max_children * largest"
				: "max_children * largest RssAnon + RssShmem",
		     (double)limit.v);
	mw_cite_metric(c, "children", c->e, M_RT_POOL_MAX_CHILDREN, NAN);
	mw_cite(c, "largest", MW_FORM_BYTES, p.largest,
		p.scaled     ? "largest RSS * the group's anonymous memory / sum of RSS"
		: p.resident ? "ps: RSS of the largest worker"
			     : "status: RssAnon of the largest worker");
	if (p.resident && !p.scaled) {
		mw_level(c, MW_NOTICE);
		mw_doubt(c, MW_LOW, N_("RSS of each worker counts what all of them share"));
	} else if (p.resident)
		mw_doubt(c, MW_MEDIUM,
			 N_("what a worker holds of its own follows from its RSS and the group's "
			    "anonymous memory"));
	mw_cite(c, "limit", MW_FORM_BYTES, (double)limit.v, "smallest limit of its groups");
	mw_cite(c, "workers", MW_FORM_COUNT, (double)p.workers, "children of the master");
	mw_cite(c, "fitting", MW_FORM_COUNT, fitting > 1 ? fitting : 1,
		"(near * limit - shared) / largest");
	mw_detail(c, N_("{workers} workers run now; the largest holds {largest} of its own"));
	mw_advise(c, N_("set pm.max_children = {fitting}, or make workers smaller with "
			"pm.max_requests"));
	mw_runtime_ask_more(c);
	mw_ask(c, "php-fpm -tt");
	return MW_FIRES;
}

const struct mw_rule mw_rule_php_pool_exceeds_limit = {
	.id = "php-pool-exceeds-limit",
	.level = MW_WARNING,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: {children} workers may take {full}, but the limit is {limit}"),
	.about = N_("pm.max_children times what the largest worker holds of its own does not fit "
		    "below the container's limit: a busy hour ends in an OOM kill."),
	.silent = N_("Workers whose RSS is mostly the shared opcache, which counts once."),
	.explains = explains,
};
