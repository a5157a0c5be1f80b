/* Rules about the machine: fragmentation, transparent huge pages, compressed swap, OOM kills. */
#include "world.h"

#include "model/oom.h"

#define MB(n) ((uint64_t)(n)*MIB)

/* --- node-fragmented -------------------------------------------------------------------------- */

/* `small` pages one by one, the rest in blocks of 2^order. */
static void world_zone(struct world *w, uint64_t small, unsigned order, uint64_t blocks)
{
	struct mw_entity *zone = world_add(w, MW_ZONE, NULL, "Normal", 1);

	mw_set(zone, M_Z_MANAGED, 16 * GIB);
	mw_set(zone, M_Z_HIGH, MB(100));
	mw_set(zone, M_Z_FREE, (small + (blocks << order)) * 4096);
	for (unsigned i = 0; i < 11; i++)
		mw_set(zone, M_Z_ORDER0 + i, 0);
	mw_set(zone, M_Z_ORDER0, small);
	mw_set(zone, M_Z_ORDER0 + order, blocks);
}

static void world_fails(struct world *w, uint64_t fails)
{
	mw_set(w->node, M_COMPACT_FAIL, fails);
	mw_set(w->node, M_THP_FAULT_FALLBACK, fails);
}

TEST(free_memory_in_pieces_that_fails_warns)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_fails(&w, 0);
	world_later(&w, 10);
	world_fails(&w, 50);
	world_zone(&w, 400000, 3, 100);
	world_diagnose(&w);
	f = world_finding(&w, "node-fragmented", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "free"), 400800 * 4096.0);
	assert_float_equal(cited(f, "small"), 400000 / 400800.0, 1e-9);
	EXPECT_EQ(cited(f, "size"), 32768);
	EXPECT_EQ(cited(f, "fails"), 5);
}

TEST(free_memory_in_pieces_seen_once)
{
	scoped_world struct world w = world_new();

	world_fails(&w, 50);
	world_zone(&w, 400000, 3, 100);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-fragmented", NULL)->level, MW_NOTICE);
	EXPECT_EQ(world_finding(&w, "node-fragmented", NULL)->confidence, MW_MEDIUM);
}

TEST(no_huge_page_to_be_had_matters_when_somebody_asks)
{
	scoped_world struct world w = world_new();

	world_fails(&w, 0);
	world_later(&w, 10);
	world_fails(&w, 0);
	world_zone(&w, 1000, 5, 20000);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-fragmented", NULL));
	world_later(&w, 10);
	world_fails(&w, 500);
	world_zone(&w, 1000, 5, 20000);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-fragmented", NULL)->level, MW_NOTICE);
	EXPECT_EQ(cited(world_finding(&w, "node-fragmented", NULL), "size"), 2 * MIB);
}

TEST(a_full_machines_small_blocks_are_silent)
{
	scoped_world struct world w = world_new();

	world_fails(&w, 0);
	world_later(&w, 10);
	world_fails(&w, 500);
	world_zone(&w, 40000, 3, 10);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-fragmented", NULL));
}

TEST(compaction_fails_and_the_blocks_are_not_known)
{
	scoped_world struct world w = world_new();

	world_fails(&w, 0);
	world_later(&w, 10);
	world_fails(&w, 500);
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-fragmented"));
}

/* --- node-thp-waste --------------------------------------------------------------------------- */

TEST(partly_mapped_huge_pages)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_add(&w, MW_THP, NULL, "2048", 2 * MIB);
	const struct mw_finding *f;

	mw_set(e, M_TH_NR_ANON_PARTIALLY_MAPPED, 700);
	mw_set(w.node, M_ANON_HUGE_PAGES, 6 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-thp-waste", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "partial"), MB(1400));
}

TEST(huge_pages_that_the_kernel_split_as_empty)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	mw_set(w.node, M_THP_UNDERUSED_SPLIT_PAGE, 4000);
	mw_set(w.node, M_THP_FAULT_ALLOC, 8000);
	mw_set(w.node, M_THP_COLLAPSE_ALLOC, 2000);
	world_diagnose(&w);
	f = world_finding(&w, "node-thp-waste", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(f, "split"), 4000);
	assert_float_equal(cited(f, "split_share"), 0.4, 1e-9);
}

TEST(huge_pages_alone_are_silent)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_ANON, 10 * GIB);
	mw_set(w.node, M_ANON_HUGE_PAGES, 9 * GIB);
	mw_set_text(w.s, w.node, M_THP_ENABLED, SLICE("always"));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-thp-waste", NULL));
	EXPECT(!world_unknown(&w, "node-thp-waste"));
}

TEST(huge_pages_everywhere_and_memory_short)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_ANON, 10 * GIB);
	mw_set(w.node, M_ANON_HUGE_PAGES, 9 * GIB);
	mw_set(w.node, M_MEM_AVAILABLE, MB(900));
	mw_set_text(w.s, w.node, M_THP_ENABLED, SLICE("always"));
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-thp-waste"));
}

/* --- node-zswap-zram-full --------------------------------------------------------------------- */

static void world_zswap(struct world *w, uint64_t used, uint64_t held)
{
	mw_set(w->node, M_ZSWAP_MAX_POOL_PERCENT, 20);
	mw_set(w->node, M_ZSWAP, used);
	mw_set(w->node, M_ZSWAPPED, held);
	mw_set(w->node, M_SWAP_TOTAL, 16 * GIB);
	mw_set(w->node, M_SWAP_FREE, 4 * GIB);
}

TEST(a_full_zswap_pool)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_zswap(&w, MB(3250), 9 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-zswap-zram-full", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_STR(cited_text(f, "pool"), "zswap");
	EXPECT_EQ(cited(f, "used"), MB(3250));
	EXPECT_EQ(cited(f, "held"), 9 * GIB);
}

TEST(a_full_zram_and_no_way_out_warns)
{
	scoped_world struct world w = world_new();
	struct mw_entity *zram = world_add(&w, MW_ZRAM, NULL, "zram0", 1);
	struct mw_entity *swap = world_add(&w, MW_SWAP, NULL, "/dev/zram0", 2);
	const struct mw_finding *f;

	mw_set(zram, M_ZR_MEM_USED_TOTAL, GIB);
	mw_set(zram, M_ZR_ORIG_DATA_SIZE, 4 * GIB);
	mw_set(zram, M_ZR_MEM_LIMIT, 0);
	mw_set(swap, M_SW_SIZE, 4 * GIB);
	mw_set(swap, M_SW_USED, 4 * GIB);
	mw_set(w.node, M_SWAP_TOTAL, 4 * GIB);
	mw_set(w.node, M_MEM_AVAILABLE, MB(500));
	world_diagnose(&w);
	f = world_finding(&w, "node-zswap-zram-full", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_STR(cited_text(f, "pool"), "zram0");
}

TEST(a_pool_that_compresses_badly)
{
	scoped_world struct world w = world_new();

	world_zswap(&w, MB(1000), MB(1200));
	world_diagnose(&w);
	assert_float_equal(cited(world_finding(&w, "node-zswap-zram-full", NULL), "ratio"), 1.2,
			   1e-9);
}

TEST(a_pool_that_does_its_work_is_silent)
{
	scoped_world struct world w = world_new();

	world_zswap(&w, MB(1600), MB(4800));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-zswap-zram-full", NULL));
}

/* --- node-oom-killed -------------------------------------------------------------------------- */

static struct mw_oom_row row(const char *name, uint32_t pid, uint64_t anon)
{
	struct mw_oom_row r = { .pid = pid, .anon = anon, .file = MIB, .shmem = 0 };

	memcpy(r.name, name, strlen(name));
	return r;
}

static void world_killed(struct world *w, const struct mw_oom_report *const *reports)
{
	w->ooms = reports;
	w->oom_count = 1;
	w->oom_log = true;
	mw_set(w->node, M_OOM_KILL, 1);
	mw_set(w->node, M_UPTIME, 5000 * (uint64_t)1000000);
}

TEST(an_oom_kill_of_the_machine)
{
	struct mw_oom_row victims[] = { row("java", 42, 3 * GIB) };
	struct mw_oom_row tasks[] = { row("mysqld", 7, 9 * GIB), row("java", 42, 3 * GIB) };
	const struct mw_oom_report report = {
		.constraint = MW_OOM_NONE,
		.cause = MW_OOM_MACHINE_FULL,
		.uptime = 4400 * (uint64_t)1000000,
		.trigger = { .pid = 99, .name = "cron" },
		.victims = victims,
		.victim_count = 1,
		.tasks = tasks,
		.task_count = 2,
		.complete = true,
	};
	const struct mw_oom_report *const reports[] = { &report };
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_killed(&w, reports);
	world_diagnose(&w);
	f = world_finding(&w, "node-oom-killed", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT(strstr(f->title, "the machine was out of memory"));
	EXPECT_STR(cited_text(f, "victim"), "java[42]");
	EXPECT_EQ(cited(f, "victim_size"), 3 * GIB + MIB);
	EXPECT_EQ(cited(f, "ago"), 600);
	EXPECT_STR(cited_text(f, "trigger"), "cron[99]");
	EXPECT_STR(cited_text(f, "worst"), "mysqld[7]");
}

TEST(an_old_oom_kill_is_a_note_and_then_history)
{
	struct mw_oom_row victims[] = { row("java", 42, 3 * GIB) };
	struct mw_oom_report report = {
		.constraint = MW_OOM_NONE,
		.file = "messages",
		.time = 1700000000000000000 - 3 * 86400 * (int64_t)1000000000,
		.victims = victims,
		.victim_count = 1,
		.complete = true,
	};
	const struct mw_oom_report *const reports[] = { &report };
	scoped_world struct world w = world_new();

	world_killed(&w, reports);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-oom-killed", NULL)->level, MW_NOTICE);
	report.time -= 60 * 86400 * (int64_t)1000000000;
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-oom-killed", NULL));
}

TEST(a_groups_oom_kill_is_told_with_the_group)
{
	struct mw_oom_row victims[] = { row("java", 42, 3 * GIB) };
	const struct mw_oom_report report = {
		.constraint = MW_OOM_MEMCG,
		.cause = MW_OOM_OWN_LIMIT,
		.limit_group = "/shop",
		.victims = victims,
		.victim_count = 1,
		.complete = true,
	};
	const struct mw_oom_report *const reports[] = { &report };
	scoped_world struct world w = world_new();

	world_killed(&w, reports);
	world_group(&w, "/shop", 2);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-oom-killed", NULL));
	/* unless it is gone */
	world_release(&w);
	w = world_new();
	world_killed(&w, reports);
	world_diagnose(&w);
	EXPECT_STR(cited_text(world_finding(&w, "node-oom-killed", NULL), "limit_group"), "/shop");
	EXPECT_EQ(world_finding(&w, "node-oom-killed", NULL)->level, MW_NOTICE);
}

TEST(a_counter_is_better_than_nothing)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	mw_set(w.node, M_OOM_KILL, 3);
	mw_set(w.node, M_UPTIME, 5000 * (uint64_t)1000000);
	world_diagnose(&w);
	f = world_finding(&w, "node-oom-killed", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_LOW);
	EXPECT_EQ(cited(f, "kills"), 3);
	world_later(&w, 5);
	mw_set(w.node, M_OOM_KILL, 5);
	world_diagnose(&w);
	f = world_finding(&w, "node-oom-killed", NULL);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "kills"), 2);
	EXPECT_EQ(cited(f, "time"), 5);
}

TEST(kills_that_groups_counted_are_theirs)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/shop", 2);

	mw_set(w.node, M_OOM_KILL, 3);
	mw_set(w.node, M_UPTIME, 5000 * (uint64_t)1000000);
	mw_set(e, M_CG_LOCAL_OOM_KILLS, 3);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-oom-killed", NULL));
}
