/* Rules about the machine that need two moments: reclaim, refaults, swap, NUMA. */
#include "world.h"

#define MB(n) ((uint64_t)(n)*MIB)

enum { PAGE = 4096, SECONDS = 10 };

/* Counters that the rules look at, now and `SECONDS` later. */
struct counters {
	enum mw_metric metric;
	uint64_t per_second; /* pages, times */
};

static void world_set(struct world *w, uint64_t stall_percent, unsigned at,
		      const struct counters *counters)
{
	for (; counters->per_second; counters++)
		mw_set(w->node, counters->metric, 1000 + at * counters->per_second);
	mw_set(w->node, M_PSI_MEMORY_SOME_US, at * stall_percent * 10000);
	mw_set(w->node, M_PSI_MEMORY_SOME_AVG10, stall_percent * 1000000);
}

/* The second moment; `stall` percent of the time between them. */
static void world_pass(struct world *w, uint64_t stall, const struct counters *counters)
{
	world_set(w, stall, 0, counters);
	world_later(w, SECONDS);
	world_set(w, stall, SECONDS, counters);
}

/* --- node-cache-thrash ------------------------------------------------------------------------ */

static void world_cache(struct world *w, uint64_t active, uint64_t inactive)
{
	mw_set(w->node, M_ACTIVE_FILE, active);
	mw_set(w->node, M_INACTIVE_FILE, inactive);
}

static const struct counters refaults[] = { { M_WORKINGSET_REFAULT_FILE, 2560 }, { 0 } };

TEST(thrash_names_the_group_and_its_limit)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	for (unsigned i = 0; i < 2; i++) {
		struct mw_entity *a, *b;

		world_group(&w, "/", 2);
		a = world_group(&w, "/a", 2);
		b = world_group(&w, "/b", 2);
		mw_set(a, M_CG_REFAULT_FILE, 100 + 5000 * i);
		mw_set(b, M_CG_REFAULT_FILE, 100 + 20000 * i);
		mw_set(b, M_CG_LIMIT, MB(200));
		if (i == 0)
			world_set(&w, 25, 0, refaults);
		else
			world_set(&w, 25, SECONDS, refaults);
		world_cache(&w, MB(100), MB(100));
		if (i == 0)
			world_later(&w, SECONDS);
	}
	world_diagnose(&w);
	f = world_finding(&w, "node-cache-thrash", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "refaults"), 10 * MIB);
	EXPECT_EQ(cited(f, "cache"), MB(200));
	assert_float_equal(cited(f, "stall"), 0.25, 1e-9);
	EXPECT_STR(cited_text(f, "group1"), "/b");
	EXPECT_EQ(cited(f, "group1_size"), 2000);
	EXPECT_EQ(cited(f, "limit"), MB(200));
}

TEST(thrash_that_takes_nearly_all_time_is_critical)
{
	scoped_world struct world w = world_new();

	world_pass(&w, 60, refaults);
	world_cache(&w, MB(100), MB(100));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-cache-thrash", NULL)->level, MW_CRITICAL);
}

/* A database larger than RAM: many refaults, of a large cache, and nobody waits. */
TEST(refaults_of_a_large_cache_are_silent)
{
	scoped_world struct world w = world_new();

	world_pass(&w, 1, refaults);
	world_cache(&w, 5 * GIB, 5 * GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-cache-thrash", NULL));
}

/* A program streams through the cache of its group, and waits for itself: kswapd has nothing to do. */
TEST(a_group_that_streams_at_its_limit_is_no_warning)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_PGSCAN_KSWAPD, 7);
	world_pass(&w, 20, refaults);
	mw_set(w.node, M_PGSCAN_KSWAPD, 7);
	world_cache(&w, MB(50), MB(50));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-cache-thrash", NULL)->level, MW_NOTICE);
	world_release(&w);
	w = world_new();
	world_pass(&w, 20, refaults);
	world_cache(&w, MB(50), MB(50));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-cache-thrash", NULL)->level, MW_WARNING);
}

TEST(thrash_that_pressure_does_not_show)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_pass(&w, 0, refaults);
	world_cache(&w, MB(50), MB(50));
	mw_set_text(w.s, w.node, M_LRU_GEN_ENABLED, SLICE("0x0007"));
	world_diagnose(&w);
	f = world_finding(&w, "node-cache-thrash", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT(strstr(f->doubt, "multi-generational"));
}

TEST(one_look_at_a_stall_leaves_the_cause_open)
{
	scoped_world struct world w = world_new();

	world_set(&w, 0, 0, refaults);
	world_diagnose(&w);
	EXPECT(!world_unknown(&w, "node-cache-thrash"));
	world_release(&w);
	w = world_new();
	world_set(&w, 30, 0, refaults);
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-cache-thrash"));
}

/* --- node-swap-churn -------------------------------------------------------------------------- */

static const struct counters churn[] = { { M_PSWPIN, 1000 }, { M_PSWPOUT, 2000 }, { 0 } };

static void world_swap(struct world *w, uint64_t used)
{
	mw_set(w->node, M_SWAP_TOTAL, 4 * GIB);
	mw_set(w->node, M_SWAP_FREE, 4 * GIB - used);
}

TEST(swap_churn_names_whose_it_is)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_pass(&w, 12, churn);
	world_swap(&w, 2 * GIB);
	mw_set(world_process(&w, 6, "worker", NULL, GIB), M_P_SWAP, GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-swap-churn", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "in"), 1000 * PAGE);
	EXPECT_EQ(cited(f, "out"), 2000 * PAGE);
	EXPECT_STR(cited_text(f, "process1"), "worker[6]");
}

TEST(an_old_idle_swap_is_silent)
{
	static const struct counters none[] = { { M_PSWPIN, 1 }, { M_PSWPOUT, 1 }, { 0 } };
	scoped_world struct world w = world_new();

	world_set(&w, 0, 0, none);
	world_swap(&w, 3 * GIB);
	world_diagnose(&w);
	EXPECT(!world_unknown(&w, "node-swap-churn"));
	world_later(&w, SECONDS);
	world_set(&w, 0, SECONDS, none);
	world_swap(&w, 3 * GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-swap-churn", NULL));
	EXPECT(!world_unknown(&w, "node-swap-churn"));
}

TEST(swapping_out_alone_is_silent)
{
	static const struct counters out[] = { { M_PSWPIN, 1 }, { M_PSWPOUT, 9000 }, { 0 } };
	scoped_world struct world w = world_new();

	world_pass(&w, 20, out);
	world_swap(&w, 3 * GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-swap-churn", NULL));
}

TEST(one_look_at_a_used_swap_and_a_stall)
{
	scoped_world struct world w = world_new();

	world_set(&w, 20, 0, churn);
	world_swap(&w, 2 * GIB);
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-swap-churn"));
	EXPECT_STR(world_unknown(&w, "node-swap-churn")->next, "memwhy node --interval 5");
}

/* --- node-direct-reclaim ---------------------------------------------------------------------- */

static const struct counters direct[] = {
	{ M_PGSTEAL_DIRECT, 5000 }, { M_PGSTEAL_KSWAPD, 5000 }, { M_ALLOCSTALL, 200 }, { 0 }
};

TEST(direct_reclaim_that_costs_time)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_process(&w, 8, "loader", NULL, MB(100));
	world_pass(&w, 10, direct);
	world_process(&w, 8, "loader", NULL, MB(500));
	mw_set(w.node, M_MIN_FREE_KBYTES, MB(64));
	mw_set(w.node, M_WATERMARK_SCALE_FACTOR, 10);
	world_diagnose(&w);
	f = world_finding(&w, "node-direct-reclaim", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "direct"), 5000 * PAGE);
	assert_float_equal(cited(f, "share"), 0.5, 1e-9);
	EXPECT_EQ(cited(f, "stalls"), 200);
	EXPECT_EQ(cited(f, "scale"), 10);
	EXPECT_STR(cited_text(f, "process1"), "loader[8]");
	EXPECT_EQ(cited(f, "process1_size"), 40 * MIB);
}

TEST(direct_reclaim_without_lost_time_is_a_note)
{
	scoped_world struct world w = world_new();

	world_pass(&w, 1, direct);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-direct-reclaim", NULL)->level, MW_NOTICE);
}

TEST(kswapd_alone_is_silent)
{
	static const struct counters kswapd[] = {
		{ M_PGSTEAL_DIRECT, 1500 }, { M_PGSTEAL_KSWAPD, 50000 }, { M_ALLOCSTALL, 90 }, { 0 }
	};
	scoped_world struct world w = world_new();

	world_pass(&w, 8, kswapd);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-direct-reclaim", NULL));
}

TEST(one_look_at_a_stall_below_the_watermarks)
{
	scoped_world struct world w = world_new();
	struct mw_entity *zone = world_add(&w, MW_ZONE, NULL, "Normal", 1);

	mw_set(zone, M_Z_HIGH, MB(100));
	mw_set(zone, M_Z_FREE, MB(80));
	world_set(&w, 20, 0, direct);
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-direct-reclaim"));
	world_release(&w);
	w = world_new();
	zone = world_add(&w, MW_ZONE, NULL, "Normal", 1);
	mw_set(zone, M_Z_HIGH, MB(100));
	mw_set(zone, M_Z_FREE, GIB);
	world_set(&w, 20, 0, direct);
	world_diagnose(&w);
	EXPECT(!world_unknown(&w, "node-direct-reclaim"));
}

TEST(low_memory_explains_what_follows_from_it)
{
	scoped_world struct world w = world_new();

	world_pass(&w, 30, direct);
	mw_set(w.node, M_MEM_AVAILABLE, MB(400));
	world_diagnose(&w);
	EXPECT(world_finding(&w, "node-direct-reclaim", NULL)->cause ==
	       world_finding(&w, "node-memory-low", NULL));
}

/* --- node-numa-imbalance ---------------------------------------------------------------------- */

static void world_numa(struct world *w, const char *name, uint64_t id, uint64_t unused,
		       uint64_t cache)
{
	struct mw_entity *e = world_add(w, MW_NUMA, NULL, name, id);

	mw_set(e, M_N_TOTAL, 8 * GIB);
	mw_set(e, M_N_FREE, unused);
	mw_set(e, M_N_ACTIVE_FILE, cache / 2);
	mw_set(e, M_N_INACTIVE_FILE, cache / 2);
	mw_set(e, M_N_ANON, 8 * GIB - unused - cache);
}

TEST(numa_imbalance_with_reclaim_warns)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_pass(&w, 0, direct);
	world_numa(&w, "node0", 0, MB(100), MB(100));
	world_numa(&w, "node1", 1, 4 * GIB, GIB);
	mw_set(w.node, M_ZONE_RECLAIM_MODE, 1);
	world_diagnose(&w);
	f = world_finding(&w, "node-numa-imbalance", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_STR(cited_text(f, "full"), "node0");
	EXPECT_EQ(cited(f, "left"), MB(200));
	EXPECT_STR(cited_text(f, "empty"), "node1");
	EXPECT_EQ(cited(f, "free"), 4 * GIB);
	EXPECT_EQ(cited(f, "reclaim"), 10000 * PAGE);
	EXPECT(world_finding(&w, "node-direct-reclaim", NULL)->cause == f);
}

TEST(numa_imbalance_seen_once)
{
	scoped_world struct world w = world_new();

	world_numa(&w, "node0", 0, MB(100), MB(100));
	world_numa(&w, "node1", 1, 4 * GIB, GIB);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-numa-imbalance", NULL)->level, MW_NOTICE);
	EXPECT_EQ(world_finding(&w, "node-numa-imbalance", NULL)->confidence, MW_MEDIUM);
}

/* A small node whose kswapd keeps a large share free, by swapping. */
TEST(a_numa_node_at_its_watermarks)
{
	scoped_world struct world w = world_new();
	struct mw_entity *zone;

	world_numa(&w, "node0", 0, MB(700), MB(300));
	world_numa(&w, "node1", 1, 4 * GIB, GIB);
	zone = world_add(&w, MW_ZONE, mw_snapshot_by_id(w.s, MW_NUMA, 0), "Normal", 1);
	mw_set(zone, M_Z_HIGH, MB(800));
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "node-numa-imbalance", NULL), "left"), MB(1000));
}

TEST(a_numa_node_full_of_cache_is_silent)
{
	scoped_world struct world w = world_new();

	world_numa(&w, "node0", 0, MB(100), 4 * GIB);
	world_numa(&w, "node1", 1, 6 * GIB, GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-numa-imbalance", NULL));
}
