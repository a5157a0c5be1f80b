/* Tasks must free memory themselves before they get some: kswapd does not keep up. */
#include "diagnose/node/node.h"

enum { SHARE, RATE, STALL, STALLS };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.3, "ratio",
		    N_("of all that is reclaimed, by tasks that wait instead of kswapd") },
	[RATE] = { "rate", 4194304, "bytes/s", N_("less than this is a passing burst") },
	[STALL] = { "stall", 0.05, "ratio",
		    N_("a twentieth of the time lost makes it a warning: latency suffers") },
	[STALLS] = { "stalls", 50, "1/s",
		     N_("without lost time, this many held-up allocations are worth a note") },
	{ 0 },
};

/* kswapd sleeps while there is more free than the high watermarks. */
static bool is_above_watermarks(const struct mw_check *c)
{
	const struct mw_entity *zone;
	double unused = 0, high = 0;

	mw_for_each (zone, c->now, MW_ZONE) {
		unused += (double)mw_get_or(zone, M_Z_FREE, 0);
		high += (double)mw_get_or(zone, M_Z_HIGH, 0);
	}
	return unused > 1.5 * high;
}

static enum mw_verdict once(struct mw_check *c)
{
	if (!(mw_stall(c) >= c->p[STALL]) || is_above_watermarks(c))
		return MW_CLEAR;
	return mw_unknown(
		c, N_("who reclaims, kswapd or the tasks themselves: that takes two moments"),
		"memwhy node --interval 5");
}

static void say_settings(struct mw_check *c)
{
	mw_cite_metric(c, "min_free", c->node, M_MIN_FREE_KBYTES, NAN);
	mw_cite_metric(c, "scale", c->node, M_WATERMARK_SCALE_FACTOR, NAN);
	if (mw_get(c->node, M_MIN_FREE_KBYTES).state == MW_OK &&
	    mw_get(c->node, M_WATERMARK_SCALE_FACTOR).state == MW_OK)
		mw_advise(
			c,
			N_("let kswapd begin earlier: raise vm.watermark_scale_factor (now {scale}; "
			   "100 to 200), or vm.min_free_kbytes (now {min_free})"));
}

static enum mw_verdict check(struct mw_check *c)
{
	double direct = mw_page_rate(c, M_PGSTEAL_DIRECT);
	double kswapd = mw_page_rate(c, M_PGSTEAL_KSWAPD), share = direct / (direct + kswapd);
	double stalls = mw_rate(c, c->node, M_ALLOCSTALL), stall = mw_stall(c);

	if (isnan(direct) || isnan(kswapd))
		return once(c);
	if (direct < c->p[RATE] || !(share >= c->p[SHARE]) ||
	    !(stall >= c->p[STALL] || stalls >= c->p[STALLS]))
		return MW_CLEAR;
	mw_level(c, stall >= c->p[STALL] ? MW_WARNING : MW_NOTICE);
	mw_cite_page_rate(c, "direct", direct, "/proc/vmstat: pgsteal_direct", c->p[RATE]);
	mw_cite_of_ram(c, "share", share, "pgsteal_direct / (pgsteal_direct + pgsteal_kswapd)",
		       c->p[SHARE]);
	mw_cite_rate(c, "stalls", c->node, M_ALLOCSTALL, c->p[STALLS]);
	mw_cite_stall(c, c->p[STALL]);
	if (stall >= c->p[STALL])
		mw_detail(c, N_("{stall} of the time some task waits for memory"));
	mw_name_owners(c,
		       &(struct mw_owners){ .kind = MW_PROCESS,
					    .metric = M_P_RSS_ANON,
					    .rate = true,
					    .least = c->p[RATE] / 8 },
		       NULL);
	say_settings(c);
	mw_advise(c, N_("slow down or limit who allocates in bursts"));
	mw_ask(c, "memwhy ps --sort rss --interval 5");
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_direct_reclaim = {
	.id = "node-direct-reclaim",
	.level = MW_WARNING,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("tasks wait while they reclaim {direct} themselves, {share} of all reclaim"),
	.about = N_(
		"Memory is freed by kswapd in the background. When allocations come faster than it can "
		"free, each task must reclaim before it gets its page, and latency rises. Reclaim "
		"at a group's own limit does not count here."),
	.silent = N_("kswapd alone keeps up with a full page cache, however busy."),
};
