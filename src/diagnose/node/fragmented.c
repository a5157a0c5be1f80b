/* Memory is free, but not in one piece. */
#include "diagnose/node/node.h"

enum { UNUSABLE, FREE, FAILS, ORDERS = 14, COSTLY = 3 };

static const struct mw_param params[] = {
	[UNUSABLE] = { "unusable", 0.95, "ratio",
		       N_("of free memory lies in blocks too small for the request") },
	[FREE] = { "free", 0.03, "ratio",
		   N_("of the zone is free: with less it is shortage, not fragmentation") },
	[FAILS] = { "fails", 1, "1/s", N_("allocations that compaction could not help") },
	{ 0 },
};

/* Share of a zone's free memory in blocks below 2^order pages; NAN: not known, or nothing free. */
static double unusable(const struct mw_entity *zone, unsigned order)
{
	double all = 0, small = 0;

	for (unsigned i = 0; i < ORDERS; i++) {
		double pages = (double)mw_get_or(zone, M_Z_ORDER0 + i, 0) * (double)(1u << i);

		all += pages;
		small += i < order ? pages : 0;
	}
	return all > 0 ? small / all : NAN;
}

/* The zone that ordinary allocations come from. */
static const struct mw_entity *main_zone(const struct mw_check *c)
{
	const struct mw_entity *zone = mw_largest(c->now, MW_ZONE, NULL, M_Z_MANAGED);

	return zone && mw_get(zone, M_Z_ORDER0).state == MW_OK ? zone : NULL;
}

static unsigned huge_order(const struct mw_check *c)
{
	uint64_t pages = mw_get_or(c->node, M_THP_PMD_SIZE, 2 << 20) /
			 mw_snapshot_machine(c->now)->page_size;
	unsigned order = 0;

	while (order < ORDERS - 1 && (uint64_t)1 << order < pages)
		order++;
	return order;
}

/* Not above what the kernel keeps for emergencies. */
static bool is_free_enough(const struct mw_check *c, const struct mw_entity *zone)
{
	double unused = (double)mw_get_or(zone, M_Z_FREE, 0);

	return unused >= c->p[FREE] * (double)mw_get_or(zone, M_Z_MANAGED, 0) &&
	       unused >= 2 * (double)mw_get_or(zone, M_Z_HIGH, 0);
}

static void cite(struct mw_check *c, const struct mw_entity *zone, unsigned order)
{
	mw_cite_text(c, "zone", zone->name, "/proc/buddyinfo");
	mw_cite_metric(c, "free", zone, M_Z_FREE,
		       c->p[FREE] * (double)mw_get_or(zone, M_Z_MANAGED, 0));
	mw_cite_over(c, "small", MW_FORM_SHARE, unusable(zone, order),
		     "/proc/buddyinfo: free blocks below the size / all", c->p[UNUSABLE]);
	mw_cite(c, "size", MW_FORM_BYTES,
		(double)((uint64_t)mw_snapshot_machine(c->now)->page_size << order),
		"the size of a block");
	mw_cite_rate(c, "fails", c->node, M_COMPACT_FAIL, c->p[FAILS]);
	mw_cite_rate(c, "fallbacks", c->node, M_THP_FAULT_FALLBACK, c->p[FAILS]);
}

static enum mw_verdict costly(struct mw_check *c, const struct mw_entity *zone, double fails)
{
	cite(c, zone, COSTLY);
	if (isnan(fails))
		mw_doubt(c, MW_MEDIUM,
			 N_("whether allocations fail by it shows only between two moments"));
	else if (fails >= c->p[FAILS])
		mw_level(c, MW_WARNING);
	mw_advise(
		c,
		N_("compact now (echo 1 > /proc/sys/vm/compact_memory costs CPU for seconds), and "
		   "raise vm.min_free_kbytes so that the kernel keeps larger reserves"));
	mw_advise(c, N_("find the driver that needs blocks in one piece: the kernel log names it "
			"(page allocation failure: order:N)"));
	mw_ask(c, "cat /proc/buddyinfo");
	mw_ask(c, "dmesg -T | grep -A 20 'page allocation failure'");
	return MW_FIRES;
}

static enum mw_verdict huge(struct mw_check *c, const struct mw_entity *zone, double fails)
{
	double fallbacks = mw_rate(c, c->node, M_THP_FAULT_FALLBACK);

	if (!(fails >= 10 * c->p[FAILS]) && !(fallbacks >= 10 * c->p[FAILS]))
		return MW_CLEAR;
	cite(c, zone, huge_order(c));
	mw_advise(c, N_("reserve huge pages at boot (hugepages=N), before memory is in pieces; for "
			"transparent ones raise vm.compaction_proactiveness"));
	mw_ask(c, "cat /proc/buddyinfo");
	return MW_FIRES;
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *zone = main_zone(c);
	double fails = mw_rate(c, c->node, M_COMPACT_FAIL);

	if (!zone)
		return fails >= c->p[FAILS]
			       ? mw_unknown(
					 c,
					 N_("/proc/buddyinfo: whether free memory is in pieces while "
					    "compaction fails"),
					 "cat /proc/buddyinfo")
			       : MW_CLEAR;
	if (!is_free_enough(c, zone))
		return MW_CLEAR;
	if (unusable(zone, COSTLY) >= c->p[UNUSABLE])
		return costly(c, zone, fails);
	if (unusable(zone, huge_order(c)) >= c->p[UNUSABLE])
		return huge(c, zone, fails);
	return MW_CLEAR;
}

const struct mw_rule mw_rule_node_fragmented = {
	.id = "node-fragmented",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("{free} are free in zone {zone}, but {small} of it in pieces below {size}"),
	.about = N_(
		"Free memory of the largest zone is nearly all in small blocks. Requests for blocks in "
		"one piece fail although memory is free: of 32 KiB, a warning when they fail now; "
		"of a huge page, only when requests for them fail now."),
	.silent = N_(
		"A full machine whose little free memory is in small blocks: it is cache that is "
		"taken back, and compacted, when large blocks are needed."),
};
