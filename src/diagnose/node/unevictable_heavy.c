/* Memory that reclaim must leave where it is. */
#include "diagnose/node/node.h"

enum { SHARE, LEAST, SHORT };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.2, "ratio",
		    N_("a fifth of RAM that reclaim cannot take narrows what is left for all "
		       "others") },
	[LEAST] = { "least", 268435456, "bytes", N_("less is not worth a word") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num all = mw_get(c->node, M_UNEVICTABLE), locked = mw_get(c->node, M_MLOCKED);
	double share = mw_metric_of_ram(c, M_UNEVICTABLE);

	if (!(share >= c->p[SHARE]) || (double)all.v < c->p[LEAST])
		return MW_CLEAR;
	mw_cite_metric(c, "unevictable", c->node, M_UNEVICTABLE,
		       c->p[SHARE] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_of_ram(c, "share", share, "Unevictable / MemTotal", c->p[SHARE]);
	if (mw_is_short(c, c->p[SHORT])) {
		mw_level(c, MW_WARNING);
		mw_detail(c, N_("only {available} is left for everything else"));
	}
	if (locked.state == MW_OK) {
		mw_cite_metric(c, "mlocked", c->node, M_MLOCKED, NAN);
		mw_detail(c, N_("mlock holds {mlocked} of it; the rest is ramfs, locked shared "
				"memory or secret memory"));
	}
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_LOCKED }, NULL);
	mw_advise(c, N_("lower RLIMIT_MEMLOCK (LimitMEMLOCK=, ulimit -l) of the processes named, "
			"or switch their memory locking off"));
	mw_ask(c, "memwhy ps -o +locked --sort locked");
	return MW_FIRES;
}

static const char *const explains[] = { "node-memory-low", NULL };

const struct mw_rule mw_rule_node_unevictable_heavy = {
	.id = "node-unevictable-heavy",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("{unevictable} ({share} of RAM) is locked in memory: reclaim cannot take it"),
	.about = N_("mlock, ramfs and locked shared memory stay in RAM whatever happens. A warning "
		    "only when little else is left."),
	.silent = N_("A daemon that locks its few megabytes."),
};
