#include "diagnose/rule.h"

enum { LEAST, TIMES, POOL };

static const struct mw_param params[] = {
	[LEAST] = { "least", 268435456.0, "bytes", N_("counted again: less misleads nobody") },
	[TIMES] = { "times", 1.5, "ratio", N_("sum of RSS against sum of PSS") },
	[POOL] = { "pool", 4, "count", N_("processes of one name in one group") },
	{ 0 },
};

static const char *const explains[] = { "ctr-words-disagree", NULL };

struct pool {
	size_t count;
	double rss, pss;
	bool leads; /* the largest of them; the earlier row among equals */
	bool known;
};

static struct pool add_up(const struct mw_check *c)
{
	const char *name = mw_get_text(c->e, M_P_COMM);
	struct pool p = { .leads = true, .known = true };
	uint64_t own = mw_get_or(c->e, M_P_RSS, 0);
	const struct mw_entity *e;

	mw_for_each (e, c->now, MW_PROCESS) {
		const char *comm = e->parent == c->e->parent ? mw_get_text(e, M_P_COMM) : NULL;
		uint64_t rss;

		if (!comm || strcmp(comm, name) != 0)
			continue;
		rss = mw_get_or(e, M_P_RSS, 0);
		p.count++;
		p.rss += (double)rss;
		p.pss += (double)mw_get_or(e, M_P_PSS, 0);
		p.known &= mw_get(e, M_P_PSS).state == MW_OK;
		p.leads &= rss < own || (rss == own && e->index >= c->e->index);
		if (!p.leads || !p.known)
			return p;
	}
	return p;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num rss = mw_get(c->e, M_P_RSS), pss = mw_get(c->e, M_P_PSS);
	struct pool p;

	/* PSS is only read where somebody asks for it */
	if (pss.state != MW_OK || rss.state != MW_OK || !mw_get_text(c->e, M_P_COMM) ||
	    (double)rss.v < (double)pss.v * c->p[TIMES])
		return MW_CLEAR;
	p = add_up(c);
	if (!p.leads || !p.known || (double)p.count < c->p[POOL] || p.rss - p.pss < c->p[LEAST] ||
	    p.rss < p.pss * c->p[TIMES])
		return MW_CLEAR;
	mw_cite_metric(c, "name", c->e, M_P_COMM, NAN);
	mw_cite(c, "count", MW_FORM_COUNT, (double)p.count, "processes of this name in its group");
	mw_cite(c, "sum_rss", MW_FORM_BYTES, p.rss, "sum of status: VmRSS");
	mw_cite_over(c, "sum_pss", MW_FORM_BYTES, p.pss, "sum of smaps_rollup: Pss",
		     p.rss / c->p[TIMES]);
	mw_detail(
		c,
		N_("pages that they share count in the RSS of each: {sum_pss} is what they take"));
	mw_advise(c, N_("add up PSS, not RSS, to size the pool or its limit"));
	mw_ask(c, "memwhy ps --sort pss");
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_rss_mostly_shared = {
	.id = "proc-rss-mostly-shared",
	.level = MW_INFO,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{count} processes called {name}: RSS adds up to {sum_rss}, but they take "
		    "{sum_pss}"),
	.about = N_(
		"A pool of processes shares memory (shared buffers, opcache, libraries): adding up "
		"their RSS counts it once per process."),
	.silent = N_("Workers that share only libraries."),
	.explains = explains,
};
