#include "diagnose/growth.h"
#include "diagnose/runtime/runtimes.h"

#include <stdlib.h>

enum { WORKERS, AGE, TIMES, LEAST, WATCHED, MOST_WORKERS = 1024 };

static const struct mw_param params[] = {
	[WORKERS] = { "workers", 6, "count", N_("fewer show no pattern") },
	[AGE] = { "age", 600, "seconds",
		  N_("between the young and the old: workers of one age cannot be compared") },
	[TIMES] = { "times", 2, "ratio", N_("the old hold so many times what the young hold") },
	[LEAST] = { "least", 134217728.0, "bytes",
		    N_("of all workers together: less is not worth a reload") },
	[WATCHED] = { "watched", 600, "seconds", N_("how long growth must have been watched") },
	{ 0 },
};

static const char *const explains[] = { "ctr-inactive-anon-piled", "ctr-anon-growth",
					"proc-anon-growth",        "ctr-oom-risk",
					"php-pool-exceeds-limit",  NULL };

struct worker {
	uint64_t start; /* us after boot */
	double anon;
};

static int by_start(const void *a, const void *b)
{
	const struct worker *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static int by_anon(const void *a, const void *b)
{
	const struct worker *x = a, *y = b;

	return x->anon < y->anon ? -1 : x->anon > y->anon;
}

static size_t find_workers(const struct mw_check *c, struct worker *out)
{
	const struct mw_entity *e;
	size_t n = 0;

	mw_for_each (e, c->now, MW_PROCESS) {
		struct mw_num anon, start;

		if (n == MOST_WORKERS || !mw_php_is_worker(mw_runtime_process(c->e), e))
			continue;
		anon = mw_get(e, M_P_RSS_ANON);
		start = mw_get(e, M_P_START_TIME);
		if (anon.state == MW_OK && start.state == MW_OK)
			out[n++] = (struct worker){ start.v, (double)anon.v };
	}
	return n;
}

/* The median of a third. */
static double median(struct worker *workers, size_t n)
{
	qsort(workers, n, sizeof(*workers), by_anon);
	return workers[n / 2].anon;
}

/* Workers of the same pool do the same work: what the old hold beyond the young stayed. */
static bool old_hold_more(struct mw_check *c)
{
	struct worker workers[MOST_WORKERS];
	size_t n = find_workers(c, workers), third = n / 3;
	double age, young, old, kept = 0;

	if ((double)n < c->p[WORKERS] || !third)
		return false;
	qsort(workers, n, sizeof(*workers), by_start);
	age = (double)(workers[n - 1].start - workers[0].start) / 1e6;
	old = median(workers, third);
	young = median(workers + n - third, third);
	for (size_t i = 0; i < n; i++)
		kept += workers[i].anon > young ? workers[i].anon - young : 0;
	if (age < c->p[AGE] || old < young * c->p[TIMES] || kept < c->p[LEAST])
		return false;
	mw_cite(c, "workers", MW_FORM_COUNT, (double)n, "children of the master");
	mw_cite(c, "old", MW_FORM_BYTES, old, "status: RssAnon, median of the oldest third");
	mw_cite_over(c, "young", MW_FORM_BYTES, young,
		     "status: RssAnon, median of the youngest third", old / c->p[TIMES]);
	mw_cite(c, "apart", MW_FORM_SECONDS, age, "stat: start time, newest - oldest");
	mw_cite_over(c, "kept", MW_FORM_BYTES, kept, "sum of RssAnon beyond the youngest third's",
		     c->p[LEAST]);
	mw_detail(c, N_("the oldest of {workers} workers hold {old} each, the youngest {young}; "
			"they are {apart} apart"));
	mw_doubt(c, MW_MEDIUM, N_("by age: requests may differ in size too"));
	return true;
}

/* Most workers grew while they were watched. */
static bool they_grow(struct mw_check *c)
{
	double growth = 0, least = c->p[LEAST] / 8, seconds = 0;
	const struct mw_entity *e;
	size_t all = 0, grown = 0;
	struct mw_trend t;

	if (!c->evidence->series.count)
		return false;
	mw_for_each (e, c->now, MW_PROCESS) {
		if (!mw_php_is_worker(mw_runtime_process(c->e), e))
			continue;
		all++;
		if (!mw_growth_of(c, e, M_P_RSS_ANON, c->p[WATCHED], least, 0.1, &t))
			continue;
		grown++;
		growth += t.slope;
		seconds = t.seconds;
	}
	if (grown < 2 || grown * 2 < all)
		return false;
	mw_cite(c, "grown", MW_FORM_COUNT, (double)grown, "workers that grow steadily");
	mw_cite(c, "workers", MW_FORM_COUNT, (double)all, "children of the master");
	mw_cite(c, "growth", MW_FORM_BYTE_RATE, growth, "status: RssAnon, all of them");
	mw_cite(c, "watched", MW_FORM_SECONDS, seconds, "between the first and the last");
	mw_title(c, N_("{entity}: {grown} of {workers} workers grow, by {growth} together"));
	return true;
}

static void advise(struct mw_check *c)
{
	struct mw_num requests = mw_get(c->e, M_RT_POOL_MAX_REQUESTS);

	mw_cite_metric(c, "max_requests", c->e, M_RT_POOL_MAX_REQUESTS, NAN);
	if (requests.state != MW_OK || !requests.v) {
		mw_advise(c,
			  N_("set pm.max_requests = 500 in the pool's file and reload: workers are "
			     "replaced before they grow; halve it while they still do"));
	} else {
		uint64_t fewer = requests.v > 1 ? requests.v / 2 : 1;

		mw_cite(c, "fewer", MW_FORM_COUNT, (double)fewer, "pm.max_requests / 2");
		mw_advise(c, N_("lower pm.max_requests from {max_requests} to {fewer} and reload: "
				"workers are replaced before they grow"));
	}
	mw_advise(
		c,
		N_("a reload (SIGUSR2 to the master) gives all of it back at once; process_control_timeout "
		   "lets running requests end first"));
	mw_avoid(c, N_("drop_caches: it frees no worker's memory"));
	mw_runtime_ask_more(c);
	mw_ask(c, "memwhy ps");
}

static enum mw_verdict check(struct mw_check *c)
{
	if (strcmp(c->e->name, "php-fpm") != 0 || !mw_runtime_process(c->e))
		return MW_CLEAR;
	if (!they_grow(c) && !old_hold_more(c))
		return MW_CLEAR;
	advise(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_php_worker_growth = {
	.id = "php-worker-growth",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: old workers keep {kept} that young ones do not hold"),
	.about = N_("Workers grow with each request and never shrink: fragments of malloc, caches, "
		    "leaks of extensions. pm.max_requests replaces them; its default never does."),
	.silent = N_("All workers of one age, or old and young of about the same size."),
	.explains = explains,
};
