/* The page cache is too small for the files in use: what is evicted is read again at once. */
#include "diagnose/node/node.h"

enum { RATE, STALL, GROUP_STALL, CRITICAL_STALL, TURNOVER };

static const struct mw_param params[] = {
	[RATE] = { "rate", 1048576, "bytes/s",
		   N_("evicted file pages read again: less is ordinary ageing") },
	[STALL] = { "stall", 0.1, "ratio",
		    N_("a tenth of the time some task waits for memory: users notice") },
	[GROUP_STALL] = { "stall_in_group", 0.3, "ratio",
			  N_("where only a group's own limit makes it wait: a program that streams "
			     "through its cache waits for itself") },
	[CRITICAL_STALL] = { "stall_critical", 0.4, "ratio",
			     N_("nearly half of the time is lost: hardly any work gets done") },
	[TURNOVER] = { "turnover", 0.05, "1/s",
		       N_("this share of the cache read again each second is thrashing even where "
			  "no stall is counted") },
	{ 0 },
};

static double cache_size(const struct mw_check *c)
{
	return (double)mw_get_or(c->node, M_ACTIVE_FILE, 0) +
	       (double)mw_get_or(c->node, M_INACTIVE_FILE, 0);
}

static bool has_generations(const struct mw_check *c)
{
	const char *text = mw_get_text(c->node, M_LRU_GEN_ENABLED);
	struct slice bits = text ? slice_of(text) : (struct slice){ "", 0 };
	uint64_t on = 0;

	slice_word(&bits, "0x");
	return slice_hex(&bits, &on) && on & 1;
}

/* One look: stall is a suspicion, and where PSI is blind, a cache squeezed to nothing. */
static enum mw_verdict once(struct mw_check *c)
{
	double stall = mw_stall(c);
	bool squeezed = mw_of_ram(c, cache_size(c)) < 0.02 &&
			mw_metric_of_ram(c, M_MEM_AVAILABLE) < 0.1;

	if (!(stall >= c->p[STALL]) && !(squeezed && (isnan(stall) || has_generations(c))))
		return MW_CLEAR;
	return mw_unknown(c,
			  N_("how fast evicted file pages are read again: that takes two moments"),
			  "memwhy node --interval 5");
}

static void say_whose(struct mw_check *c, double rate)
{
	enum mw_metric split = mw_get(c->node, M_WORKINGSET_REFAULT_FILE).state == MW_OK
				       ? M_CG_REFAULT_FILE
				       : M_CG_REFAULT;
	const struct mw_entity *group = NULL;

	mw_name_owners(
		c,
		&(struct mw_owners){ .kind = MW_CGROUP,
				     .metric = split,
				     .rate = true,
				     .least = rate / 20 / mw_snapshot_machine(c->now)->page_size },
		&group);
	if (group && mw_get(group, M_CG_LIMIT).state == MW_OK) {
		mw_cite_metric(c, "limit", group, M_CG_LIMIT, NAN);
		mw_advise(c, N_("raise the limit of {group1} (now {limit}), or let it read less"));
		return;
	}
	mw_advise(c, N_("add memory, or limit who takes it from the cache: anonymous memory, other "
			"readers"));
}

/* kswapd works when the machine is short, not when a group is at its limit. */
static bool is_machine_short(const struct mw_check *c)
{
	return !(mw_rate(c, c->node, M_PGSCAN_KSWAPD) <= 0);
}

static enum mw_verdict check(struct mw_check *c)
{
	double split = mw_page_rate(c, M_WORKINGSET_REFAULT_FILE);
	double rate = isnan(split) ? mw_page_rate(c, M_WORKINGSET_REFAULT) : split;
	double stall = mw_stall(c), turnover = rate / cache_size(c);

	if (isnan(rate))
		return once(c);
	if (rate < c->p[RATE] || !(stall >= c->p[STALL] || turnover >= c->p[TURNOVER]))
		return MW_CLEAR;
	mw_cite_page_rate(c, "refaults", rate, "/proc/vmstat: workingset_refault_file", c->p[RATE]);
	mw_cite(c, "cache", MW_FORM_BYTES, cache_size(c),
		"/proc/meminfo: Active(file) + Inactive(file)");
	mw_cite_stall(c, c->p[STALL]);
	if (stall >= c->p[STALL]) {
		bool grave = stall >= c->p[is_machine_short(c) ? STALL : GROUP_STALL];

		mw_level(c, stall >= c->p[CRITICAL_STALL] ? MW_CRITICAL
			    : grave                       ? MW_WARNING
							  : MW_NOTICE);
		mw_detail(c, N_("{stall} of the time some task waits for memory"));
	} else {
		mw_level(c, MW_NOTICE);
		mw_doubt(
			c, MW_MEDIUM,
			has_generations(c)
				? N_("hardly any stall is counted: with the multi-generational LRU "
				     "it often is not")
				: N_("hardly any stall is counted"));
	}
	say_whose(c, rate);
	mw_avoid(c, N_("drop_caches: it makes every file be read once more"));
	mw_ask(c,
	       "memwhy containers -o name,usage,active_file,inactive_file,workingset_refault_file "
	       "--interval 5");
	return MW_FIRES;
}

static const char *const explains[] = { "node-direct-reclaim", NULL };

const struct mw_rule mw_rule_node_cache_thrash = {
	.id = "node-cache-thrash",
	.level = MW_WARNING,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_(
		"the page cache is too small: {refaults} of what was evicted is read again, with "
		"{cache} of cache"),
	.about = N_(
		"File pages are evicted and needed again soon after (refaults), and tasks lose time by "
		"it; or the refaults are so many that the cache turns over within seconds. Weighed "
		"against the size of the cache, because pressure statistics miss some of it."),
	.silent = N_(
		"A backup that reads everything once, or a database larger than RAM that reads at a "
		"steady rate without making anybody wait."),
};
