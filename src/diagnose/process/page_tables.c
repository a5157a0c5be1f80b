#include "diagnose/rule.h"

enum { LEAST, SHARE, HEAVY };

static const struct mw_param params[] = {
	[LEAST] = { "least", 134217728.0, "bytes",
		    N_("64 GiB of resident small pages need as much") },
	[SHARE] = { "share", 0.05, "ratio",
		    N_("of RSS: small pages need 1/512, so the mappings are sparse or shared") },
	[HEAVY] = { "heavy", 1073741824.0, "bytes", N_("worth huge pages whatever the RSS") },
	{ 0 },
};

static const char *const explains[] = { "node-page-tables-heavy", "ctr-kernel-heavy", NULL };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num tables = mw_get(c->e, M_P_PAGE_TABLES), rss = mw_get(c->e, M_P_RSS);

	if (tables.state != MW_OK || (double)tables.v < c->p[LEAST] || rss.state != MW_OK)
		return MW_CLEAR;
	if ((double)tables.v < c->p[HEAVY] && (double)tables.v < c->p[SHARE] * (double)rss.v)
		return MW_CLEAR;
	mw_cite_metric(c, "tables", c->e, M_P_PAGE_TABLES,
		       (double)tables.v >= c->p[HEAVY] ? c->p[HEAVY] : c->p[LEAST]);
	mw_cite_metric(c, "rss", c->e, M_P_RSS, NAN);
	mw_cite_metric(c, "vss", c->e, M_P_VSS, NAN);
	mw_detail(
		c,
		N_("they are RAM of the kernel, not part of its {rss} RSS, and cannot be reclaimed"));
	mw_advise(c, N_("use huge pages for large shared memory (PostgreSQL: huge_pages = on, with "
			"vm.nr_hugepages), or fewer processes that map it"));
	mw_advise(
		c,
		N_("for sparse mappings: unmap what was used once; a freed page leaves its table"));
	mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->id);
	mw_ask(c, "memwhy ps --sort page_tables");
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_page_tables = {
	.id = "proc-page-tables",
	.level = MW_NOTICE,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity}: its page tables take {tables}"),
	.about = N_(
		"Page tables grow with what is mapped and touched, and once per process for shared "
		"memory: many processes on a large shared segment pay many times."),
	.silent = N_("A process of 30 GiB with 60 MiB of page tables: one in five hundred."),
	.explains = explains,
};
