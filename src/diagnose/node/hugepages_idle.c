/* A pool of huge pages that nobody uses is memory that nobody else can. */
#include "diagnose/node/node.h"

enum { SHARE, LEAST, UNUSED, WATCH };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.05, "ratio", N_("less than this share of RAM is no loss") },
	[LEAST] = { "least", 134217728, "bytes", N_("smaller pools are not worth a word") },
	[UNUSED] = { "unused", 0.5, "ratio",
		     N_("at least half of the pool is not used: more than a reserve") },
	[WATCH] = { "watch", 3600, "seconds",
		    N_("idle this long under watch is idle for good; a shorter look lowers the "
		       "confidence") },
	{ 0 },
};

struct pool {
	double size, idle; /* bytes; idle: neither used nor promised to a mapping */
};

static void add(struct pool *pool, uint64_t count, uint64_t unused, uint64_t promised,
		uint64_t size)
{
	pool->size += (double)count * (double)size;
	pool->idle += unused > promised ? (double)(unused - promised) * (double)size : 0;
}

static struct pool pool_of(const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s), *e;
	struct pool pool = { 0 };

	mw_for_each (e, s, MW_HUGEPAGES)
		add(&pool, mw_get_or(e, M_HP_NR, 0), mw_get_or(e, M_HP_FREE, 0),
		    mw_get_or(e, M_HP_RESV, 0), e->id);
	/* a paste has the default size only */
	if (!mw_snapshot_count(s, MW_HUGEPAGES))
		add(&pool, mw_get_or(node, M_HUGEPAGES, 0), mw_get_or(node, M_HUGEPAGES_FREE, 0),
		    mw_get_or(node, M_HUGEPAGES_RESERVED, 0),
		    mw_get_or(node, M_HUGEPAGE_DEFAULT_SIZE, 0));
	return pool;
}

/* What was idle at every moment known. */
static double always_idle(const struct mw_check *c)
{
	const struct mw_series *series = &c->evidence->series;
	double idle = pool_of(c->now).idle;

	for (size_t i = 0; i < series->count; i++)
		idle = fmin(idle, pool_of(series->at[i]).idle);
	if (c->evidence->view.before)
		idle = fmin(idle, pool_of(c->evidence->view.before).idle);
	return idle;
}

static void weigh(struct mw_check *c)
{
	double watched = mw_watched(c);

	if (watched >= c->p[WATCH])
		return;
	if (watched <= 0) {
		mw_doubt(c, MW_LOW,
			 N_("seen once: a service that is not running now may want them"));
		return;
	}
	mw_cite_over(c, "watched", MW_FORM_SECONDS, watched, "between the first and last moment",
		     c->p[WATCH]);
	mw_doubt(c, MW_MEDIUM,
		 N_("watched for {watched} only: a service that starts later may want them"));
}

static enum mw_verdict check(struct mw_check *c)
{
	struct pool pool = pool_of(c->now);
	double idle = always_idle(c);

	if (idle < c->p[LEAST] || !(mw_of_ram(c, idle) >= c->p[SHARE]) ||
	    idle < c->p[UNUSED] * pool.size)
		return MW_CLEAR;
	mw_cite_over(c, "idle", MW_FORM_BYTES, idle, "(free_hugepages - resv_hugepages) x size",
		     c->p[SHARE] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_over(c, "pool", MW_FORM_BYTES, pool.size, "nr_hugepages x size", NAN);
	weigh(c);
	mw_advise(c, N_("lower vm.nr_hugepages (and the one on the kernel command line) to what is "
			"used; normal programs cannot use this memory"));
	mw_ask(c, "memwhy node");
	mw_ask(c, "grep -r . /sys/kernel/mm/hugepages");
	return MW_FIRES;
}

static const char *const explains[] = { "node-memory-low", NULL };

const struct mw_rule mw_rule_node_hugepages_idle = {
	.id = "node-hugepages-idle",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("{idle} of the {pool} reserved for huge pages is not used by anybody"),
	.about = N_("Pages in a hugetlbfs pool belong to it whether used or not: the page cache "
		    "and ordinary programs cannot have them. Pages promised to a mapping count as "
		    "used."),
	.silent = N_("A pool that a database has filled, or reserved by its mappings."),
};
