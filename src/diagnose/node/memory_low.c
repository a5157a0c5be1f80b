/* The machine itself is near its end. */
#include "diagnose/node/node.h"

enum { SHARE_WARNING, SHARE_CRITICAL, MOST_LEFT, STALL };

static const struct mw_param params[] = {
	[SHARE_WARNING] = { "share_warning", 0.08, "ratio",
			    N_("less than this share of RAM left: one more large process does not "
			       "fit") },
	[SHARE_CRITICAL] = { "share_critical", 0.03, "ratio",
			     N_("less than this left and no swap: the next burst ends in an OOM "
				"kill") },
	[MOST_LEFT] = { "most_left", 8589934592.0, "bytes",
			N_("more than this left is no near risk, however large the machine") },
	[STALL] = { "stall", 0.1, "ratio",
		    N_("a tenth of the time some task waits for memory: work is being lost "
		       "already") },
	{ 0 },
};

/* Before Linux 3.14, and in a paste without it. What it cannot be above: */
static double at_most_available(const struct mw_check *c)
{
	static const enum mw_metric parts[] = { M_MEM_FREE, M_CACHED, M_BUFFERS,
						M_SLAB_RECLAIMABLE };
	double sum = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		sum += (double)mw_get_or(c->node, parts[i], 0);
	return sum - (double)mw_get_or(c->node, M_SHMEM, 0);
}

static enum mw_verdict without_available(struct mw_check *c)
{
	double most = mw_of_ram(c, at_most_available(c));

	if (mw_get(c->node, M_MEM_FREE).state != MW_OK || isnan(most) ||
	    most >= 2 * c->p[SHARE_WARNING])
		return MW_CLEAR;
	return mw_unknown(c,
			  N_("MemAvailable (Linux 3.14): what could be had without swapping is not "
			     "known"),
			  "cat /proc/meminfo");
}

static enum mw_level level_of(const struct mw_check *c, double share)
{
	double stall = mw_stall(c), swap = mw_metric_of_ram(c, M_SWAP_FREE);

	if (stall >= c->p[STALL])
		return MW_CRITICAL;
	return share < c->p[SHARE_CRITICAL] && !(swap >= c->p[SHARE_CRITICAL]) ? MW_CRITICAL
									       : MW_WARNING;
}

static void say_where_it_is(struct mw_check *c)
{
	mw_cite_metric(c, "anon", c->node, M_ANON, NAN);
	mw_cite_metric(c, "shmem", c->node, M_SHMEM, NAN);
	mw_cite_metric(c, "slab", c->node, M_SLAB, NAN);
	if (mw_get(c->node, M_ANON).state == MW_OK && mw_get(c->node, M_SHMEM).state == MW_OK &&
	    mw_get(c->node, M_SLAB).state == MW_OK)
		mw_detail(c, N_("processes' own memory is {anon}, shared memory and tmpfs {shmem}, "
				"kernel objects {slab}"));
	mw_cite_metric(c, "swap_free", c->node, M_SWAP_FREE, NAN);
	if (mw_get_or(c->node, M_SWAP_FREE, 0))
		mw_detail(c, N_("swap has {swap_free} left"));
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_RSS }, NULL);
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_CGROUP, .metric = M_CG_UNRECLAIMABLE },
		       NULL);
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num left = mw_get(c->node, M_MEM_AVAILABLE);
	double share = mw_metric_of_ram(c, M_MEM_AVAILABLE);

	if (left.state != MW_OK)
		return without_available(c);
	if (isnan(share) || share >= c->p[SHARE_WARNING] || (double)left.v >= c->p[MOST_LEFT])
		return MW_CLEAR;
	mw_level(c, level_of(c, share));
	mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE,
		       c->p[SHARE_WARNING] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_metric(c, "total", c->node, M_MEM_TOTAL, NAN);
	mw_cite_stall(c, c->p[STALL]);
	if (mw_stall(c) >= c->p[STALL])
		mw_detail(c, N_("{stall} of the time some task waits for memory"));
	say_where_it_is(c);
	mw_advise(c, N_("end, move or limit what is named here; or add memory"));
	mw_avoid(c, N_("drop_caches: what it could free is counted as available already"));
	mw_ask(c, "memwhy oom --next");
	return MW_FIRES;
}

static const char *const explains[] = { "node-cache-thrash", "node-swap-churn",
					"node-direct-reclaim", NULL };

const struct mw_rule mw_rule_node_memory_low = {
	.id = "node-memory-low",
	.level = MW_WARNING,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("only {available} of {total} is left on this machine"),
	.about = N_("MemAvailable, which counts the page cache that can be taken back, is a small "
		    "share of RAM. Critical when tasks already wait for memory, or when hardly "
		    "anything is left and there is no swap."),
	.silent = N_("MemFree is near 0 because the page cache fills the machine."),
};
