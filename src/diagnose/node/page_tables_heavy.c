/* Page tables: a price per mapping and process, in RAM that no process shows in its RSS. */
#include "diagnose/node/node.h"

enum { SHARE_NOTICE, SHARE_WARNING, LEAST, MAPPERS };

static const struct mw_param params[] = {
	[SHARE_NOTICE] = { "share_notice", 0.04, "ratio",
			   N_("ordinary machines stay below 1 %; 0.2 % of what is mapped") },
	[SHARE_WARNING] = { "share_warning", 0.12, "ratio",
			    N_("more than a tenth of RAM to describe the rest of it") },
	[LEAST] = { "least", 134217728, "bytes", N_("less is not worth a word") },
	[MAPPERS] = { "mappers", 8, "count",
		      N_("from this many processes with the same large shared memory, sharing is "
			 "what multiplies the tables") },
	{ 0 },
};

/* A shared memory segment costs page tables in each process that maps it. */
static void say_who_shares(struct mw_check *c)
{
	const struct mw_entity *largest = mw_largest(c->now, MW_PROCESS, NULL, M_P_RSS_SHMEM), *e;
	double most = largest ? (double)mw_get_or(largest, M_P_RSS_SHMEM, 0) : 0;
	double mappers = 0;

	mw_for_each (e, c->now, MW_PROCESS)
		mappers += (double)mw_get_or(e, M_P_RSS_SHMEM, 0) >= most / 2;
	if (mappers < c->p[MAPPERS] || most < c->p[LEAST])
		return;
	mw_cite_over(c, "mappers", MW_FORM_COUNT, mappers, "/proc/PID/status: RssShmem",
		     c->p[MAPPERS]);
	mw_cite_metric(c, "mapped", largest, M_P_RSS_SHMEM, NAN);
	mw_detail(c, N_("{mappers} processes map shared memory of up to {mapped}, each with tables "
			"of its own"));
	mw_advise(c, N_("put that shared memory on huge pages (huge_pages=on, -XX:+UseLargePages, "
			"...), or use fewer processes: a connection pool"));
}

static enum mw_verdict check(struct mw_check *c)
{
	double share = mw_metric_of_ram(c, M_PAGE_TABLES);
	bool heavy = share >= c->p[SHARE_WARNING];

	if (!(share >= c->p[SHARE_NOTICE]) ||
	    (double)mw_get_or(c->node, M_PAGE_TABLES, 0) < c->p[LEAST])
		return MW_CLEAR;
	mw_level(c, heavy ? MW_WARNING : MW_NOTICE);
	mw_cite_metric(c, "tables", c->node, M_PAGE_TABLES,
		       c->p[heavy ? SHARE_WARNING : SHARE_NOTICE] *
			       (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_of_ram(c, "share", share, "PageTables / MemTotal", NAN);
	say_who_shares(c);
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_PAGE_TABLES },
		       NULL);
	mw_advise(c, N_("map less, or with huge pages; end processes that are not needed: no "
			"process counts its tables in its RSS"));
	mw_ask(c, "memwhy ps -o +page_tables --sort page_tables");
	return MW_FIRES;
}

static const char *const explains[] = { "node-memory-low", NULL };

const struct mw_rule mw_rule_node_page_tables_heavy = {
	.id = "node-page-tables-heavy",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("page tables take {tables}, {share} of RAM"),
	.about = N_("Tables that map memory are themselves memory: 8 bytes for each 4 KiB, in each "
		    "process that maps it. Many processes with one large shared segment multiply "
		    "them."),
	.silent = N_("Large but ordinary processes: 100 GiB mapped by one process cost 0.2 GiB."),
};
