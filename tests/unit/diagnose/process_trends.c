/* Rules about processes that need two moments or more. */
#include "world.h"

/* One process with a value per moment. */
static void watch(struct world *w, enum mw_metric metric, uint64_t unit, double step,
		  const unsigned *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mw_entity *g, *e;

		if (i)
			world_later(w, step);
		g = world_group(w, "/shop", 2);
		world_charge(g, GIB, 0, 0);
		mw_set(g, M_CG_LIMIT, 3 * GIB);
		e = world_process(w, 69, "server", g, GIB);
		mw_set(e, metric, values[i] * unit);
	}
	world_diagnose(w);
}

static const unsigned leak[] = { 100, 112, 121, 133, 140, 152, 163, 171, 182, 190, 203, 211 };
static const unsigned warm_up[] = { 100, 300, 420, 480, 505, 510, 512, 511, 512, 513, 512, 512 };
static const unsigned noise[] = { 300, 500, 280, 490, 310, 520, 300, 505, 290, 510, 300, 500 };

TEST(anonymous_memory_that_grows)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	watch(&w, M_P_RSS_ANON, MIB, 300, leak, 12);
	f = world_finding(&w, "proc-anon-growth", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "watched"), 3300);
	EXPECT_EQ(cited(f, "samples"), 12);
	assert_float_equal(cited(f, "growth"), 111.0 * MIB / 3300, 0.005 * MIB);
	EXPECT_EQ(cited(f, "room"), 2.0 * GIB);
	assert_float_equal(cited(f, "time"), 2048.0 * 3300 / 111, 5000);
}

TEST(growth_with_days_of_room_is_a_notice)
{
	scoped_world struct world w = world_new();

	watch(&w, M_P_RSS_ANON, MIB, 7200, leak, 12);
	EXPECT_EQ(world_finding(&w, "proc-anon-growth", NULL)->level, MW_NOTICE);
}

TEST(warm_up_and_noise_are_no_growth)
{
	scoped_world struct world w = world_new(), v = world_new(), u = world_new();

	watch(&w, M_P_RSS_ANON, MIB, 300, warm_up, 12);
	watch(&v, M_P_RSS_ANON, MIB, 300, noise, 12);
	/* the same growth within a minute is a start */
	watch(&u, M_P_RSS_ANON, MIB, 5, leak, 12);
	EXPECT(!world_finding(&w, "proc-anon-growth", NULL));
	EXPECT(!world_finding(&v, "proc-anon-growth", NULL));
	EXPECT(!world_finding(&u, "proc-anon-growth", NULL));
}

TEST(descriptors_that_grow)
{
	scoped_world struct world w = world_new(), v = world_new();
	const struct mw_finding *f;

	watch(&w, M_P_FDS, 10, 120, leak, 12);
	f = world_finding(&w, "proc-fd-growth", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "first"), 1000);
	EXPECT_EQ(cited(f, "last"), 2110);
	watch(&v, M_P_FDS, 1, 120, warm_up, 12);
	EXPECT(!world_finding(&v, "proc-fd-growth", NULL));
}

TEST(threads_that_grow)
{
	scoped_world struct world w = world_new(), v = world_new();
	const struct mw_finding *f;

	watch(&w, M_P_THREADS, 1, 120, leak, 12);
	f = world_finding(&w, "proc-thread-growth", NULL);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "threads"), 211);
	watch(&v, M_P_THREADS, 1, 120, warm_up, 12);
	EXPECT(!world_finding(&v, "proc-thread-growth", NULL));
}

/* --- swap ------------------------------------------------------------------------------------- */

/* Two moments, a second apart. @asked  somebody asked about this process */
static void swapped(struct world *w, unsigned moments, unsigned faults, bool asked)
{
	for (unsigned i = 0; i < moments; i++) {
		struct mw_entity *e;

		if (i)
			world_later(w, 1);
		e = world_process(w, 69, "server", NULL, GIB);
		mw_set(e, M_P_SWAP, GIB);
		mw_set(e, M_P_MAJFLT, 1000 + i * faults);
		if (asked)
			mw_set(e, M_P_FDS, 10);
		mw_set(w->node, M_PSWPIN, 4096 * (uint64_t)faults * i);
	}
	world_diagnose(w);
}

TEST(swap_that_is_wanted_back)
{
	scoped_world struct world w = world_new(), v = world_new();
	const struct mw_finding *f;

	swapped(&w, 2, 50, false);
	f = world_finding(&w, "proc-swapped-out", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "faults"), 50);
	swapped(&v, 2, 500, false);
	EXPECT_EQ(world_finding(&v, "proc-swapped-out", NULL)->level, MW_WARNING);
}

TEST(old_idle_swap_is_silent)
{
	scoped_world struct world w = world_new(), v = world_new(), u = world_new();

	swapped(&w, 2, 0, true);
	EXPECT(!world_finding(&w, "proc-swapped-out", NULL));
	swapped(&v, 1, 0, false);
	EXPECT(!world_finding(&v, "proc-swapped-out", NULL));
	swapped(&u, 1, 0, true);
	EXPECT_EQ(world_finding(&u, "proc-swapped-out", NULL)->level, MW_INFO);
	EXPECT_EQ(world_finding(&u, "proc-swapped-out", NULL)->confidence, MW_LOW);
}
