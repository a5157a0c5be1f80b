/* What a container may still take, and the cache that is no risk. */
#include "world.h"

static struct mw_entity *limited(struct world *w, const char *path, unsigned version,
				 uint64_t limit)
{
	struct mw_entity *e = world_group(w, path, version);

	mw_set(e, M_CG_LIMIT, limit);
	return e;
}

TEST(oom_risk_fires_near_the_limit)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/web", 2, 1000 * (uint64_t)MIB);
	const struct mw_finding *f;

	world_charge(e, 970 * (uint64_t)MIB, 0, 10 * MIB);
	world_process(&w, 69, "java", e, 960 * (uint64_t)MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-oom-risk", e);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_CRITICAL);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "left"), 30 * MIB);
	EXPECT_STR(cited_text(f, "process"), "java[69]");
	EXPECT_EQ(cited(f, "held"), 960.0 * MIB);
}

TEST(oom_risk_is_silent_when_it_is_cache)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/web", 2, 1000 * (uint64_t)MIB);

	world_charge(e, 400 * (uint64_t)MIB, 300 * (uint64_t)MIB, 300 * (uint64_t)MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-oom-risk", NULL));
}

/* `kernel` of the usage may be dentries, as far as v1 tells. */
static const struct mw_finding *risk_v1(struct world *w, uint64_t left, uint64_t kernel,
					uint64_t page_tables)
{
	struct mw_entity *e = limited(w, "/v1", 1, 1000 * (uint64_t)MIB);

	world_charge(e, 1000 * (uint64_t)MIB - left - kernel, 0, 0);
	mw_set(e, M_CG_USAGE, 1000 * (uint64_t)MIB - left);
	mw_set(e, M_CG_KERNEL, kernel);
	mw_set(world_process(w, 7, "app", e, 100 * MIB), M_P_PAGE_TABLES, page_tables);
	world_diagnose(w);
	return world_finding(w, "ctr-oom-risk", e);
}

TEST(v1_kernel_memory_makes_no_critical)
{
	static const struct {
		unsigned left, kernel, page_tables;
		enum mw_level level;
		enum mw_confidence confidence;
	} cases[] = {
		/* nothing of it could matter */
		{ 30, 5, 0, MW_CRITICAL, MW_HIGH },
		/* critical even if all of it went */
		{ 10, 20, 0, MW_CRITICAL, MW_HIGH },
		/* perhaps no more than a warning */
		{ 30, 40, 0, MW_WARNING, MW_MEDIUM },
		/* perhaps nothing at all */
		{ 30, 300, 0, MW_NOTICE, MW_MEDIUM },
		/* page tables do not go */
		{ 30, 300, 295, MW_CRITICAL, MW_HIGH },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scoped_world struct world w = world_new();
		const struct mw_finding *f = risk_v1(&w, cases[i].left * (uint64_t)MIB,
						     cases[i].kernel * (uint64_t)MIB,
						     cases[i].page_tables * (uint64_t)MIB);

		assert_non_null(f);
		EXPECT_EQ(f->level, cases[i].level);
		EXPECT_EQ(f->confidence, cases[i].confidence);
		EXPECT_EQ(!f->doubt, cases[i].confidence == MW_HIGH);
	}
}

/* A series of a minute each; anon[i] in MiB, of a limit of 1000. */
static const struct mw_finding *risk_over(struct world *w, const unsigned *anon, size_t count)
{
	struct mw_entity *e = NULL;

	for (size_t i = 0; i < count; i++) {
		if (i)
			world_later(w, 60);
		e = limited(w, "/grows", 2, 1000 * (uint64_t)MIB);
		world_charge(e, anon[i] * (uint64_t)MIB, 0, 0);
	}
	world_diagnose(w);
	return world_finding(w, "ctr-oom-risk", e);
}

TEST(oom_risk_tells_the_time_it_has)
{
	unsigned anon[16];
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	/* 4 MiB a minute, and a minute's noise */
	for (unsigned i = 0; i < 16; i++)
		anon[i] = 700 + 4 * i + i % 3;
	f = risk_over(&w, anon, 16);
	EXPECT_EQ(f->level, MW_WARNING);
	assert_float_equal(cited(f, "time"), 240.0 / 4 * 60, 300);
	EXPECT(cited(f, "soonest") <= cited(f, "time"));
	EXPECT(cited(f, "latest") >= cited(f, "time"));
	assert_float_equal(cited(f, "grows"), 4.0 * MIB / 60, 0.1 * MIB / 60);
	EXPECT_EQ(cited(f, "watched"), 900);
}

TEST(oom_risk_knows_a_warm_up)
{
	unsigned anon[16];
	scoped_world struct world w = world_new();

	for (unsigned i = 0; i < 16; i++)
		anon[i] = i < 8 ? 400 + 40 * i : 700 + i % 2;
	EXPECT(!risk_over(&w, anon, 16));
}

TEST(oom_risk_does_not_prophesy_from_a_glance)
{
	static const unsigned anon[] = { 700, 704, 708, 712, 716, 720, 724, 728 };
	scoped_world struct world w = world_new();

	/* 7 minutes */
	EXPECT(!risk_over(&w, anon, 8));
}

/* --- file cache ------------------------------------------------------------------------------- */

TEST(cache_is_no_risk)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/db", 2, 1000 * (uint64_t)MIB);
	const struct mw_finding *f;

	world_charge(e, 500 * (uint64_t)MIB, 450 * (uint64_t)MIB, 40 * MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-cache-not-risk", e);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_EQ(cited(f, "cache"), 490.0 * MIB);
	assert_float_equal(cited(f, "usage_share"), 0.99, 1e-9);
}

TEST(cache_is_told_where_the_limit_is)
{
	scoped_world struct world w = world_new();
	struct mw_entity *pod = limited(&w, "/pod", 2, 1000 * (uint64_t)MIB);
	struct mw_entity *container = limited(&w, "/pod/c", 2, 1000 * (uint64_t)MIB);
	struct mw_entity *inner = world_group(&w, "/pod/c/init", 2);

	world_charge(pod, 501 * (uint64_t)MIB, 450 * (uint64_t)MIB, 40 * MIB);
	world_charge(container, 500 * (uint64_t)MIB, 450 * (uint64_t)MIB, 40 * MIB);
	world_charge(inner, 500 * (uint64_t)MIB, 450 * (uint64_t)MIB, 40 * MIB);
	world_diagnose(&w);
	assert_non_null(world_finding(&w, "ctr-cache-not-risk", container));
	EXPECT(!world_finding(&w, "ctr-cache-not-risk", pod));
	EXPECT(!world_finding(&w, "ctr-cache-not-risk", inner));
}

TEST(a_full_group_without_much_cache)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/db", 2, 1000 * (uint64_t)MIB);

	world_charge(e, 850 * (uint64_t)MIB, 50 * MIB, 40 * MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-cache-not-risk", e));
}

TEST(active_file_near_and_far_from_the_limit)
{
	scoped_world struct world w = world_new();
	struct mw_entity *near = limited(&w, "/near", 2, 1000 * (uint64_t)MIB);
	struct mw_entity *far = limited(&w, "/far", 2, 4000 * (uint64_t)MIB);
	struct mw_entity *anon = limited(&w, "/anon", 2, 1000 * (uint64_t)MIB);
	const struct mw_finding *f;

	world_charge(near, 300 * MIB, 0, 450 * MIB);
	world_charge(far, 300 * MIB, 0, 450 * MIB);
	world_charge(anon, 700 * MIB, 0, 50 * MIB);
	mw_set_text(w.s, w.node, M_LRU_GEN_ENABLED, SLICE("0x0007"));
	world_diagnose(&w);
	f = world_finding(&w, "ctr-active-file-inflates-working-set", near);
	EXPECT_EQ(f->level, MW_INFO);
	assert_float_equal(cited(f, "share"), 0.6, 1e-9);
	EXPECT(!world_finding(&w, "ctr-active-file-inflates-working-set", far));
	EXPECT(!world_finding(&w, "ctr-active-file-inflates-working-set", anon));
}

/* --- anonymous memory on the inactive list ---------------------------------------------------- */

static const struct mw_finding *piled(struct world *w, uint64_t swap)
{
	struct mw_entity *e = limited(w, "/php", 2, 2 * GIB);

	mw_set(w->node, M_SWAP_TOTAL, swap);
	mw_set(w->node, M_SWAP_FREE, swap);
	world_charge(e, 1700 * (uint64_t)MIB, 100 * MIB, 0);
	mw_set(e, M_CG_INACTIVE_ANON, 1650 * (uint64_t)MIB);
	mw_set(e, M_CG_ACTIVE_ANON, 50 * (uint64_t)MIB);
	for (unsigned i = 0; i < 4; i++) {
		struct mw_entity *p = world_process(w, 100 + i, "php-fpm", e, (400 + i) * MIB);

		mw_set(p, M_P_SMAPS_RSS, 400 * MIB);
		mw_set(p, M_P_REFERENCED, 20 * MIB);
	}
	world_diagnose(w);
	return world_finding(w, "ctr-inactive-anon-piled", e);
}

TEST(piled_memory_with_marks_of_access)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f = piled(&w, 0);

	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(f, "marked"), 80.0 * MIB);
	EXPECT_EQ(cited(f, "count"), 4);
	EXPECT_STR(cited_text(f, "process"), "php-fpm[103]");
}

TEST(piled_memory_that_swap_could_take)
{
	scoped_world struct world w = world_new();

	EXPECT(!piled(&w, 4 * GIB));
}

/* --- what to type next ------------------------------------------------------------------------ */

TEST(a_hostile_name_stays_one_word_of_the_shell)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/x'; reboot '", 2, 100 * MIB);
	const struct mw_lines *next;

	world_charge(e, 98 * MIB, 0, 0);
	world_diagnose(&w);
	next = world_finding(&w, "ctr-oom-risk", e)->next;
	EXPECT_STR(next->text, "memwhy container '/x'\\''; reboot '\\'''");
}
