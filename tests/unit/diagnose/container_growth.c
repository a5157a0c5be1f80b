/* What changes over a series of moments. */
#include "world.h"

static struct mw_entity *moment(struct world *w, unsigned anon, unsigned cache)
{
	struct mw_entity *e = world_group(w, "/g", 2);

	mw_set(e, M_CG_LIMIT, 4 * GIB);
	world_charge(e, anon * (uint64_t)MIB, cache * (uint64_t)MIB, 0);
	return e;
}

/* --- ctr-anon-growth -------------------------------------------------------------------------- */

/* 16 moments, `step` seconds apart. */
static struct mw_entity *leak(struct world *w, double step, unsigned start, unsigned more)
{
	struct mw_entity *e = NULL;

	for (unsigned i = 0; i < 16; i++) {
		if (i)
			world_later(w, step);
		e = moment(w, start + more * i, 50);
		world_process(w, 10, "java", e, (start + more * i - 20) * (uint64_t)MIB);
		world_process(w, 11, "sh", e, 20 * MIB);
	}
	return e;
}

TEST(a_leak_and_who_it_is)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = leak(&w, 300, 300, 4);
	const struct mw_finding *f;

	world_diagnose(&w);
	f = world_finding(&w, "ctr-anon-growth", e);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "grew"), 60 * MIB);
	assert_float_equal(cited(f, "growth"), 4.0 * MIB / 300, 1);
	EXPECT_STR(cited_text(f, "process"), "java[10]");
	EXPECT_EQ(cited(f, "process_grew"), 60 * MIB);
	EXPECT(strstr(f->advice->text, "jcmd"));
}

TEST(a_leak_that_will_reach_the_limit_today)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = leak(&w, 300, 1500, 60);
	const struct mw_finding *f;

	world_diagnose(&w);
	f = world_finding(&w, "ctr-anon-growth", e);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "left"), (4096.0 - 2400) * MIB);
	assert_float_equal(cited(f, "time"), (4096.0 - 2400) / 60 * 300, 1);
}

TEST(growth_that_was_watched_too_short)
{
	scoped_world struct world w = world_new();

	leak(&w, 10, 300, 4);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-anon-growth", NULL));
}

TEST(a_warm_up_and_memory_given_up)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = NULL;

	for (unsigned i = 0; i < 16; i++) {
		if (i)
			world_later(&w, 300);
		e = moment(&w, i < 8 ? 100 + 60 * i : 580, 0);
	}
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-anon-growth", e));
}

TEST(growth_that_was_given_up_is_no_leak)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = NULL;

	for (unsigned i = 0; i < 16; i++) {
		if (i)
			world_later(&w, 300);
		e = moment(&w, 300 + 4 * i, 0);
		/* MADV_FREE: on the inactive file list, but no file */
		mw_set(e, M_CG_INACTIVE_FILE, 4 * i * (uint64_t)MIB);
	}
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-anon-growth", e));
}

/* --- ctr-cache-growth ------------------------------------------------------------------------- */

TEST(file_cache_that_grows)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = NULL;
	const struct mw_finding *f;

	for (unsigned i = 0; i < 12; i++) {
		if (i)
			world_later(&w, 60);
		e = moment(&w, 200, 100 + 10 * i);
		mw_set(e, M_CG_FILE_DIRTY, 30 * MIB);
	}
	world_diagnose(&w);
	f = world_finding(&w, "ctr-cache-growth", e);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_EQ(cited(f, "grew"), 110 * MIB);
	EXPECT_EQ(cited(f, "dirty"), 30 * MIB);
	assert_float_equal(cited(f, "growth"), 10.0 * MIB / 60, 1);
}

TEST(file_cache_that_comes_and_goes_or_goes_along)
{
	static const unsigned some[] = { 100, 150, 90, 160, 100, 150, 120, 140, 95, 170, 100, 160 };
	scoped_world struct world w = world_new(), along = world_new();
	struct mw_entity *e = NULL;

	for (unsigned i = 0; i < 12; i++) {
		if (i) {
			world_later(&w, 60);
			world_later(&along, 60);
		}
		moment(&w, 200, some[i]);
		e = moment(&along, 200 + 40 * i, 100 + 10 * i);
	}
	world_diagnose(&w);
	world_diagnose(&along);
	EXPECT(!world_finding(&w, "ctr-cache-growth", NULL));
	EXPECT(!world_finding(&along, "ctr-cache-growth", NULL));
	EXPECT(world_finding(&along, "ctr-anon-growth", e));
}

/* --- ctr-limit-oversized ---------------------------------------------------------------------- */

static const struct mw_finding *oversized(struct world *w, unsigned peak, double days,
					  uint64_t request)
{
	struct mw_entity *e = moment(w, 200, 50), *p;

	/* the world's clock stands at 1000 s */
	world_later(w, 30.0 * 86400);
	e = moment(w, 200, 50);
	mw_set(e, M_CG_PEAK, peak * (uint64_t)MIB);
	if (request)
		mw_set(e, M_CG_REQUEST, request);
	p = world_process(w, 4, "web", e, 100 * MIB);
	mw_set(p, M_P_START_TIME, (uint64_t)((1000 + (30 - days) * 86400) * 1e6));
	world_diagnose(w);
	return world_finding(w, "ctr-limit-oversized", e);
}

TEST(a_limit_nobody_needs)
{
	static const struct {
		unsigned peak;
		double days;
		uint64_t request;
		enum mw_level level;
	} cases[] = {
		{ 600, 20, 0, MW_INFO },         { 600, 20, 2 * GIB, MW_NOTICE },
		{ 600, 2, 0, MW_LEVELS },        { 2000, 20, 0, MW_LEVELS },
		{ 600, 20, 256 * MIB, MW_INFO },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scoped_world struct world w = world_new();
		const struct mw_finding *f = oversized(&w, cases[i].peak, cases[i].days,
						       cases[i].request);

		EXPECT_EQ(f ? f->level : MW_LEVELS, cases[i].level);
		if (f) {
			EXPECT_EQ(cited(f, "suggested"), 750.0 * MIB);
			assert_float_equal(cited(f, "watched"), 20 * 86400, 1);
		}
	}
}

TEST(a_request_without_a_peak)
{
	scoped_world struct world w = world_new();

	mw_set(moment(&w, 200, 50), M_CG_REQUEST, GIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-limit-oversized", NULL));
	EXPECT(world_unknown(&w, "ctr-limit-oversized"));
}
