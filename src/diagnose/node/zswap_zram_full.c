/* Swap that is kept compressed in RAM: full, or not worth it. */
#include "diagnose/node/node.h"

enum { FULL, RATIO, LEAST, SHORT, OTHER };

static const struct mw_param params[] = {
	[FULL] = { "full", 0.95, "ratio", N_("of its limit: the next page finds no room") },
	[RATIO] = { "ratio", 1.5, "ratio",
		    N_("held to taken: below it compression saves less than a third") },
	[LEAST] = { "least", 134217728, "bytes", N_("less is not worth a word") },
	[SHORT] = MW_PARAM_SHORT,
	[OTHER] = { "other_swap", 0.05, "ratio", N_("of swap free elsewhere: less is no way out") },
	{ 0 },
};

struct pool {
	const char *name;
	double limit, used; /* of RAM; limit 0 = none */
	double held;        /* uncompressed */
	double filled;      /* share of the swap device it is */
};

static struct pool zswap(const struct mw_check *c)
{
	return (struct pool){
		.name = "zswap",
		.limit = (double)mw_get_or(c->node, M_ZSWAP_MAX_POOL_PERCENT, 0) / 100 *
			 (double)mw_get_or(c->node, M_MEM_TOTAL, 0),
		.used = (double)mw_get_or(c->node, M_ZSWAP, 0),
		.held = (double)mw_get_or(c->node, M_ZSWAPPED, 0),
	};
}

static struct pool zram(const struct mw_check *c, const struct mw_entity *device)
{
	struct pool pool = {
		.name = device->name,
		.limit = (double)mw_get_or(device, M_ZR_MEM_LIMIT, 0),
		.used = (double)mw_get_or(device, M_ZR_MEM_USED_TOTAL, 0),
		.held = (double)mw_get_or(device, M_ZR_ORIG_DATA_SIZE, 0),
	};
	const struct mw_entity *swap;

	mw_for_each (swap, c->now, MW_SWAP) {
		double share = mw_share(mw_get(swap, M_SW_USED), mw_get(swap, M_SW_SIZE));

		if (slice_ends(slice_of(swap->name), device->name) && !isnan(share))
			pool.filled = share;
	}
	return pool;
}

static bool is_full(const struct mw_check *c, const struct pool *pool)
{
	return pool->used >= c->p[LEAST] / 2 &&
	       ((pool->limit > 0 && pool->used >= c->p[FULL] * pool->limit) ||
		pool->filled >= c->p[FULL]);
}

static void cite(struct mw_check *c, const struct pool *pool)
{
	bool is_zswap = !strcmp(pool->name, "zswap");

	mw_cite_text(c, "pool", pool->name, is_zswap ? "/sys/module/zswap" : "/sys/block");
	mw_cite_over(c, "used", MW_FORM_BYTES, pool->used,
		     is_zswap ? "/proc/meminfo: Zswap" : "mm_stat: mem_used_total",
		     pool->limit > 0 ? c->p[FULL] * pool->limit : NAN);
	mw_cite(c, "held", MW_FORM_BYTES, pool->held,
		is_zswap ? "/proc/meminfo: Zswapped" : "mm_stat: orig_data_size");
}

static enum mw_verdict full(struct mw_check *c, const struct pool *pool)
{
	double other = mw_share(mw_get(c->node, M_SWAP_FREE), mw_get(c->node, M_SWAP_TOTAL));

	cite(c, pool);
	mw_title(c, N_("{pool} is full: it holds {held} in {used} of RAM"));
	if (mw_is_short(c, c->p[SHORT]) && !(other >= c->p[OTHER])) {
		mw_level(c, MW_WARNING);
		mw_detail(c, N_("only {available} is left, and no other swap"));
	}
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_PROCESS, .metric = M_P_SWAP }, NULL);
	mw_advise(
		c,
		N_("make it larger (zswap: max_pool_percent; zram: disksize, mem_limit), add swap on "
		   "disk behind it, or limit the processes named"));
	mw_ask(c, "memwhy ps --sort swap");
	return MW_FIRES;
}

static enum mw_verdict poor(struct mw_check *c, const struct pool *pool)
{
	cite(c, pool);
	mw_cite_over(c, "ratio", MW_FORM_COUNT, pool->held / pool->used, "held / used",
		     c->p[RATIO]);
	mw_title(c, N_("{pool} saves little: {used} of RAM hold {held} of swapped memory"));
	mw_advise(
		c,
		N_("what is swapped does not compress (encrypted, already compressed): swap on disk "
		   "serves it better, or another algorithm (zstd)"));
	mw_ask(c, "memwhy node");
	return MW_FIRES;
}

static enum mw_verdict weigh(struct mw_check *c, const struct pool *pool)
{
	if (is_full(c, pool))
		return full(c, pool);
	return pool->used >= c->p[LEAST] && pool->held < c->p[RATIO] * pool->used ? poor(c, pool)
										  : MW_CLEAR;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct pool pool = zswap(c);
	const struct mw_entity *device;
	enum mw_verdict verdict = weigh(c, &pool);

	mw_for_each (device, c->now, MW_ZRAM) {
		if (verdict != MW_CLEAR)
			break;
		pool = zram(c, device);
		verdict = weigh(c, &pool);
	}
	return verdict;
}

const struct mw_rule mw_rule_node_zswap_zram_full = {
	.id = "node-zswap-zram-full",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("swap that is compressed in RAM is full, or saves little"),
	.about = N_(
		"zswap's pool or a zram device has reached its limit, or what it holds compresses so "
		"badly that it costs nearly as much RAM as it frees. A warning when memory is short "
		"and there is no other swap."),
	.silent = N_("A pool that is half full and compresses three to one."),
};
