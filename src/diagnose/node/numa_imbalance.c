/* One NUMA node is exhausted while another has plenty. */
#include "diagnose/node/node.h"

enum { EXHAUSTED, PLENTY, LEAST, RECLAIM };

static const struct mw_param params[] = {
	[EXHAUSTED] = { "exhausted", 0.08, "ratio",
			N_("of a node free or in page cache: the next allocation there must reclaim or "
			   "go elsewhere") },
	[PLENTY] = { "plenty", 0.25, "ratio", N_("of another node free: enough for both") },
	[LEAST] = { "least", 134217728, "bytes", N_("less is not worth moving") },
	[RECLAIM] = { "reclaim", 1048576, "bytes/s",
		      N_("reclaimed meanwhile: programs pay for the wrong placement") },
	{ 0 },
};

static double left(const struct mw_entity *numa)
{
	return (double)mw_get_or(numa, M_N_FREE, 0) + (double)mw_get_or(numa, M_N_ACTIVE_FILE, 0) +
	       (double)mw_get_or(numa, M_N_INACTIVE_FILE, 0);
}

static double total(const struct mw_entity *numa)
{
	return (double)mw_get_or(numa, M_N_TOTAL, 0);
}

/* Below it the node's kswapd works: on small nodes that is more than a share tells. */
static double watermarks(const struct mw_check *c, const struct mw_entity *numa)
{
	const struct mw_entity *zone;
	double high = 0;

	mw_for_each (zone, c->now, MW_ZONE)
		if (zone->parent == numa)
			high += (double)mw_get_or(zone, M_Z_HIGH, 0);
	return high;
}

static bool is_complete(const struct mw_entity *numa)
{
	return total(numa) > 0 && mw_get(numa, M_N_FREE).state == MW_OK &&
	       mw_get(numa, M_N_INACTIVE_FILE).state == MW_OK;
}

/* The fullest node, and the one with most free. */
static bool find(const struct mw_check *c, const struct mw_entity **full,
		 const struct mw_entity **empty)
{
	const struct mw_entity *e;

	*full = *empty = NULL;
	mw_for_each (e, c->now, MW_NUMA) {
		if (!is_complete(e))
			continue;
		if (!*full || left(e) / total(e) < left(*full) / total(*full))
			*full = e;
		if (!*empty || mw_get(e, M_N_FREE).v > mw_get(*empty, M_N_FREE).v)
			*empty = e;
	}
	return *full && *full != *empty;
}

static void weigh(struct mw_check *c)
{
	double reclaim = mw_page_rate(c, M_PGSTEAL_KSWAPD) + mw_page_rate(c, M_PGSTEAL_DIRECT);

	if (isnan(reclaim)) {
		mw_doubt(c, MW_MEDIUM,
			 N_("whether it is reclaimed from shows only between two moments"));
		return;
	}
	mw_cite_page_rate(c, "reclaim", reclaim, "/proc/vmstat: pgsteal_kswapd + pgsteal_direct",
			  c->p[RECLAIM]);
	if (reclaim < c->p[RECLAIM])
		return;
	mw_level(c, MW_WARNING);
	mw_detail(c, N_("meanwhile {reclaim} is reclaimed"));
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *full, *empty;
	double least;

	if (!find(c, &full, &empty))
		return MW_CLEAR;
	least = fmax(c->p[EXHAUSTED] * total(full), 1.5 * watermarks(c, full));
	if (left(full) >= least ||
	    (double)mw_get(empty, M_N_FREE).v < fmax(c->p[PLENTY] * total(empty), c->p[LEAST]))
		return MW_CLEAR;
	mw_cite_text(c, "full", full->name, "/sys/devices/system/node");
	mw_cite_over(c, "left", MW_FORM_BYTES, left(full),
		     "nodeN/meminfo: MemFree + Active(file) + Inactive(file)", least);
	mw_cite_metric(c, "size", full, M_N_TOTAL, NAN);
	mw_cite_metric(c, "anon", full, M_N_ANON, NAN);
	mw_cite_text(c, "empty", empty->name, "/sys/devices/system/node");
	mw_cite_metric(c, "free", empty, M_N_FREE, c->p[PLENTY] * total(empty));
	weigh(c);
	if (mw_get(full, M_N_ANON).state == MW_OK)
		mw_detail(c, N_("{anon} of {full} is anonymous memory of processes"));
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_RSS_ANON }, NULL);
	mw_cite_metric(c, "mode", c->node, M_ZONE_RECLAIM_MODE, NAN);
	if (mw_get_or(c->node, M_ZONE_RECLAIM_MODE, 0))
		mw_advise(
			c,
			N_("set vm.zone_reclaim_mode to 0 (now {mode}): allocations then go to the "
			   "other node instead of reclaiming"));
	mw_advise(
		c,
		N_("look for a program that is bound to {full} (numactl --membind, cpuset.mems, a "
		   "CPU and memory manager) and widen it, or spread it with numactl --interleave"));
	mw_ask(c, "numastat -m");
	mw_ask(c, "grep Mems_allowed_list /proc/*/status");
	return MW_FIRES;
}

static const char *const explains[] = { "node-direct-reclaim", "node-swap-churn", NULL };

const struct mw_rule mw_rule_node_numa_imbalance = {
	.id = "node-numa-imbalance",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_(
		"NUMA {full} is exhausted ({left} of {size} left) while {empty} has {free} free"),
	.about = N_(
		"A node has neither free memory nor page cache left to give, and another one has "
		"plenty: bindings or policies keep programs from using it. A warning while memory "
		"is being reclaimed."),
	.silent = N_("A node full of page cache beside an empty one: the cache makes room."),
};
