/* "The machine is full", says free; most of it is page cache. */
#include "diagnose/node/node.h"

enum { FREE, AVAILABLE, GAP };

static const struct mw_param params[] = {
	[FREE] = { "free", 0.3, "ratio",
		   N_("above this share of RAM free nobody would be alarmed") },
	[AVAILABLE] = { "available", 0.2, "ratio",
			N_("at least this share can be had: no shortage") },
	[GAP] = { "gap", 0.15, "ratio",
		  N_("available and free differ by at least this share of RAM: else there is "
		     "nothing to explain") },
	{ 0 },
};

static enum mw_verdict check(struct mw_check *c)
{
	double unused = mw_metric_of_ram(c, M_MEM_FREE);
	double available = mw_metric_of_ram(c, M_MEM_AVAILABLE);
	double total = (double)mw_get_or(c->node, M_MEM_TOTAL, 0);

	if (!(unused < c->p[FREE] && available >= c->p[AVAILABLE] &&
	      available - unused >= c->p[GAP]))
		return MW_CLEAR;
	mw_cite_metric(c, "free", c->node, M_MEM_FREE, c->p[FREE] * total);
	mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE, c->p[AVAILABLE] * total);
	mw_cite_metric(c, "total", c->node, M_MEM_TOTAL, NAN);
	if (mw_get(c->node, M_CACHED).state == MW_OK) {
		mw_cite(c, "cache", MW_FORM_BYTES,
			(double)mw_get_or(c->node, M_CACHED, 0) +
				(double)mw_get_or(c->node, M_BUFFERS, 0) -
				(double)mw_get_or(c->node, M_SHMEM, 0),
			"/proc/meminfo: Cached + Buffers - Shmem");
		mw_detail(c, N_("{cache} is page cache of files, which the kernel gives up as soon "
				"as programs need it"));
	}
	mw_advise(c, N_("nothing; watch MemAvailable, not free or used"));
	mw_avoid(c, N_("drop_caches: it frees what is not missing, and files are read from disk "
		       "again"));
	mw_ask(c, "memwhy node");
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_cache_is_fine = {
	.id = "node-cache-is-fine",
	.level = MW_INFO,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("memory looks used up ({free} of {total} free), but {available} can be had"),
	.about = N_("Little memory is free, as on every machine that has read files for a while, "
		    "but most of the rest is page cache that can be taken back at once."),
	.silent = N_("Little is free and little is available: then memory is short."),
};
