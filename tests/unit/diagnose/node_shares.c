/* Rules about the machine that weigh what is there at one moment. */
#include "world.h"

#define MB(n) ((uint64_t)(n)*MIB)

/* --- node-memory-low -------------------------------------------------------------------------- */

static void world_fill(struct world *w, uint64_t available)
{
	mw_set(w->node, M_MEM_FREE, available / 2);
	mw_set(w->node, M_MEM_AVAILABLE, available);
	mw_set(w->node, M_ANON, 12 * GIB);
	mw_set(w->node, M_SHMEM, 1 * GIB);
	mw_set(w->node, M_SLAB, MB(700));
}

static void world_stall(struct world *w, unsigned percent)
{
	mw_set(w->node, M_PSI_MEMORY_SOME_AVG10, percent * (uint64_t)1000000);
}

TEST(memory_low_names_the_owners)
{
	scoped_world struct world w = world_new();
	struct mw_entity *group = world_group(&w, "/db", 2);
	const struct mw_finding *f;

	world_fill(&w, MB(1000));
	world_charge(group, 9 * GIB, 0, 0);
	world_process(&w, 7, "small", NULL, MB(10));
	world_process(&w, 8, "mysqld", group, 9 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-memory-low", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "available"), MB(1000));
	EXPECT_STR(cited_text(f, "process1"), "mysqld[8]");
	EXPECT_EQ(cited(f, "process1_size"), 9 * GIB);
	EXPECT_STR(cited_text(f, "process2"), "small[7]");
	EXPECT_STR(cited_text(f, "group1"), "/db");
}

TEST(memory_low_is_critical_without_swap_or_with_stall)
{
	scoped_world struct world w = world_new();

	world_fill(&w, MB(300));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-memory-low", NULL)->level, MW_CRITICAL);
	world_later(&w, 1);
	world_fill(&w, MB(300));
	mw_set(w.node, M_SWAP_FREE, 8 * GIB);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-memory-low", NULL)->level, MW_WARNING);
	world_later(&w, 1);
	world_fill(&w, MB(1000));
	world_stall(&w, 15);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-memory-low", NULL)->level, MW_CRITICAL);
	assert_float_equal(cited(world_finding(&w, "node-memory-low", NULL), "stall"), 0.15, 1e-9);
}

TEST(memory_low_is_silent_when_the_cache_fills_the_machine)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_MEM_FREE, MB(100));
	mw_set(w.node, M_MEM_AVAILABLE, 3 * GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-memory-low", NULL));
}

TEST(memory_low_is_silent_where_a_small_share_is_a_lot)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_MEM_TOTAL, 1024 * GIB);
	mw_set(w.node, M_MEM_FREE, GIB);
	mw_set(w.node, M_MEM_AVAILABLE, 20 * GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-memory-low", NULL));
}

TEST(memory_low_cannot_tell_without_available)
{
	scoped_world struct world w = world_new();

	mw_set_state(w.node, M_MEM_AVAILABLE, MW_ABSENT);
	mw_set(w.node, M_MEM_FREE, MB(100));
	mw_set(w.node, M_CACHED, MB(1500));
	mw_set(w.node, M_SHMEM, MB(1000));
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-memory-low"));
	world_later(&w, 1);
	mw_set_state(w.node, M_MEM_AVAILABLE, MW_ABSENT);
	mw_set(w.node, M_MEM_FREE, 4 * GIB);
	world_diagnose(&w);
	EXPECT(!world_unknown(&w, "node-memory-low"));
}

/* --- node-cache-is-fine ----------------------------------------------------------------------- */

TEST(cache_is_fine_explains_a_full_machine)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	mw_set(w.node, M_MEM_FREE, MB(300));
	mw_set(w.node, M_MEM_AVAILABLE, 11 * GIB);
	mw_set(w.node, M_CACHED, 10 * GIB);
	mw_set(w.node, M_BUFFERS, GIB);
	mw_set(w.node, M_SHMEM, MB(512));
	world_diagnose(&w);
	f = world_finding(&w, "node-cache-is-fine", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_EQ(cited(f, "free"), MB(300));
	EXPECT_EQ(cited(f, "cache"), 11 * GIB - MB(512));
	EXPECT_EQ(mw_diagnosis_worst(&w.d), MW_INFO);
}

TEST(cache_is_fine_is_silent_when_it_is_not)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_MEM_FREE, MB(300));
	mw_set(w.node, M_MEM_AVAILABLE, GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-cache-is-fine", NULL));
}

/* --- node-overcommit-limit -------------------------------------------------------------------- */

static void world_commit(struct world *w, uint64_t committed)
{
	mw_set(w->node, M_COMMIT_LIMIT, 8 * GIB);
	mw_set(w->node, M_COMMITTED, committed);
}

TEST(overcommit_limit_fires_in_strict_mode)
{
	scoped_world struct world w = world_new();
	struct mw_entity *java = world_process(&w, 5, "java", NULL, GIB);
	const struct mw_finding *f;

	world_commit(&w, MB(7500));
	mw_set(w.node, M_OVERCOMMIT_MEMORY, 2);
	mw_set(java, M_P_DATA, 5 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-overcommit-limit", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "committed"), MB(7500));
	EXPECT_EQ(cited(f, "limit"), 8 * GIB);
	EXPECT_EQ(cited(f, "process1_size"), 5 * GIB);
	world_later(&w, 1);
	world_commit(&w, MB(8100));
	mw_set(w.node, M_OVERCOMMIT_MEMORY, 2);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-overcommit-limit", NULL)->level, MW_CRITICAL);
}

TEST(overcommit_limit_means_nothing_in_other_modes)
{
	scoped_world struct world w = world_new();

	world_commit(&w, 20 * GIB);
	mw_set(w.node, M_OVERCOMMIT_MEMORY, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-overcommit-limit", NULL));
	EXPECT(!world_unknown(&w, "node-overcommit-limit"));
}

TEST(overcommit_limit_cannot_tell_without_the_mode)
{
	scoped_world struct world w = world_new();

	world_commit(&w, MB(7900));
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-overcommit-limit"));
	/* only the other modes let one go beyond */
	world_later(&w, 1);
	world_commit(&w, 9 * GIB);
	world_diagnose(&w);
	EXPECT(!world_unknown(&w, "node-overcommit-limit"));
}

/* --- node-hugepages-idle ---------------------------------------------------------------------- */

static void world_pool(struct world *w, uint64_t pages, uint64_t unused, uint64_t promised)
{
	struct mw_entity *pool = world_add(w, MW_HUGEPAGES, NULL, "2048", 2 * MIB);

	mw_set(pool, M_HP_NR, pages);
	mw_set(pool, M_HP_FREE, unused);
	mw_set(pool, M_HP_RESV, promised);
}

TEST(hugepages_idle_seen_once_is_low_confidence)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_pool(&w, 1024, 1024, 24);
	world_diagnose(&w);
	f = world_finding(&w, "node-hugepages-idle", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_LOW);
	EXPECT_EQ(cited(f, "idle"), MB(2000));
	EXPECT_EQ(cited(f, "pool"), MB(2048));
}

TEST(hugepages_idle_for_long_is_sure)
{
	scoped_world struct world w = world_new();

	world_pool(&w, 1024, 1024, 0);
	world_later(&w, 60);
	world_pool(&w, 1024, 900, 0);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-hugepages-idle", NULL)->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(world_finding(&w, "node-hugepages-idle", NULL), "watched"), 60);
	world_later(&w, 3600);
	world_pool(&w, 1024, 1024, 0);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-hugepages-idle", NULL)->confidence, MW_HIGH);
	EXPECT_EQ(cited(world_finding(&w, "node-hugepages-idle", NULL), "idle"), MB(1800));
}

TEST(hugepages_in_use_or_promised_are_not_idle)
{
	scoped_world struct world w = world_new();

	world_pool(&w, 1024, 1024, 1000);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-hugepages-idle", NULL));
	/* idle now, in use an hour ago */
	world_later(&w, 3600);
	world_pool(&w, 1024, 10, 0);
	world_later(&w, 3600);
	world_pool(&w, 1024, 1024, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-hugepages-idle", NULL));
}

TEST(an_idle_pool_explains_low_memory)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *low;

	world_pool(&w, 4096, 4096, 0);
	world_fill(&w, MB(900));
	world_diagnose(&w);
	low = world_finding(&w, "node-memory-low", NULL);
	assert_non_null(low);
	EXPECT(low->cause == world_finding(&w, "node-hugepages-idle", NULL));
}

/* --- node-page-tables-heavy, node-unevictable-heavy ------------------------------------------- */

TEST(page_tables_of_many_mappers)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	mw_set(w.node, M_PAGE_TABLES, MB(900));
	for (unsigned i = 0; i < 20; i++) {
		struct mw_entity *e = world_process(&w, 100 + i, "postgres", NULL, 4 * GIB);

		mw_set(e, M_P_RSS_SHMEM, 4 * GIB);
		mw_set(e, M_P_PAGE_TABLES, MB(40 + i));
	}
	world_diagnose(&w);
	f = world_finding(&w, "node-page-tables-heavy", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "tables"), MB(900));
	EXPECT_EQ(cited(f, "mappers"), 20);
	EXPECT_STR(cited_text(f, "process1"), "postgres[119]");
	EXPECT_EQ(cited(f, "process1_size"), MB(59));
}

TEST(page_tables_in_proportion_are_silent)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_PAGE_TABLES, MB(120));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-page-tables-heavy", NULL));
}

TEST(page_tables_above_a_tenth_warn)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_PAGE_TABLES, MB(2100));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-page-tables-heavy", NULL)->level, MW_WARNING);
}

TEST(unevictable_names_the_lockers)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_process(&w, 9, "elastic", NULL, 5 * GIB);
	const struct mw_finding *f;

	mw_set(e, M_P_LOCKED, 5 * GIB);
	mw_set(w.node, M_UNEVICTABLE, 6 * GIB);
	mw_set(w.node, M_MLOCKED, 5 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-unevictable-heavy", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "unevictable"), 6 * GIB);
	EXPECT_EQ(cited(f, "mlocked"), 5 * GIB);
	EXPECT_STR(cited_text(f, "process1"), "elastic[9]");
	world_later(&w, 1);
	mw_set(w.node, M_UNEVICTABLE, 6 * GIB);
	mw_set(w.node, M_MEM_AVAILABLE, MB(1500));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-unevictable-heavy", NULL)->level, MW_WARNING);
}

TEST(a_small_locker_is_silent)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_UNEVICTABLE, MB(300));
	mw_set(w.node, M_MLOCKED, MB(300));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-unevictable-heavy", NULL));
}

/* --- commands to copy ------------------------------------------------------------------------- */

TEST(a_groups_name_stays_one_word_of_the_shell)
{
	scoped_world struct world w = world_new();
	struct mw_entity *group = world_group(&w, "/it's $(here)", 2);
	bool found = false;

	world_fill(&w, MB(1000));
	world_charge(group, 9 * GIB, 0, 0);
	world_diagnose(&w);
	for (const struct mw_lines *l = world_finding(&w, "node-memory-low", NULL)->next; l;
	     l = l->next)
		found |= !strcmp(l->text, "memwhy container '/it'\\''s $(here)'");
	EXPECT(found);
}
