/* The engine: parameters, what concerns whom, trends. */
#include "world.h"

static void world_near_limit(struct world *w, const char *path)
{
	struct mw_entity *e = world_group(w, path, 2);

	mw_set(e, M_CG_LIMIT, (uint64_t)100 * MIB);
	world_charge(e, (uint64_t)97 * MIB, 0, 0);
}

TEST(a_threshold_from_a_file_is_in_force)
{
	struct mw_params *params = mw_params_new();
	const struct mw_rule *rule = mw_rule_find("ctr-oom-risk");
	uint32_t line = 0;
	const char *what = NULL;

	EXPECT_EQ(mw_params_read(params,
				 SLICE("# ours\n\nctr-oom-risk.share_warning = 20 %  # nervous\n"
				       "ctr-oom-risk.most_left=1.5G\n"),
				 &line, &what),
		  0);
	assert_float_equal(mw_params_get(params, rule, 0), 0.2, 1e-9);
	assert_float_equal(mw_params_get(params, rule, 1), 0.04, 1e-9);
	assert_float_equal(mw_params_get(params, rule, 2), 1.5 * (1 << 30), 1e-9);
	mw_params_free(params);
}

TEST(a_bad_line_is_named)
{
	static const struct {
		struct slice text;
		uint32_t line;
	} bad[] = {
		{ SLICE("x\n"), 1 },
		{ SLICE("\nno-such-rule.x = 1"), 2 },
		{ SLICE("ctr-oom-risk.no_such = 1"), 1 },
		{ SLICE("ctr-oom-risk.share_warning = many"), 1 },
		{ SLICE("ctr-oom-risk.share_warning = 1 zebra"), 1 },
		{ SLICE("ctr-oom-risk.share_warning = 99999999999999999999999999"), 1 },
	};
	struct mw_params *params = mw_params_new();

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		uint32_t line = 0;
		const char *what = NULL;

		EXPECT_EQ(mw_params_read(params, bad[i].text, &line, &what), -22);
		EXPECT_EQ(line, bad[i].line);
		assert_non_null(what);
	}
	mw_params_free(params);
}

TEST(only_what_concerns_an_entity)
{
	scoped_world struct world w = world_new();
	struct mw_evidence evidence = { 0 };
	const struct mw_entity *b;

	world_group(&w, "/", 2);
	world_near_limit(&w, "/a");
	world_near_limit(&w, "/b");
	world_group(&w, "/b/in", 2);
	world_diagnose(&w);
	b = mw_snapshot_by_name(w.s, MW_CGROUP, SLICE("/b/in"));
	evidence.view = mw_view_of(NULL, w.s);
	EXPECT_EQ(mw_diagnose(&evidence, NULL, b, &w.arena, &w.d), 0);
	EXPECT(world_finding(&w, "ctr-oom-risk", b->parent));
	for (size_t i = 0; i < w.d.count; i++)
		EXPECT(strcmp(w.d.findings[i]->entity->name, "/a") != 0);
}

TEST(the_worst_comes_first)
{
	scoped_world struct world w = world_new();
	enum mw_level last = MW_CRITICAL;

	world_group(&w, "/", 2);
	world_near_limit(&w, "/a");
	world_diagnose(&w);
	EXPECT_EQ(mw_diagnosis_worst(&w.d), MW_CRITICAL);
	for (size_t i = 0; i < w.d.count; i++) {
		if (!w.d.findings[i]->cause)
			EXPECT(w.d.findings[i]->level <= last);
		last = w.d.findings[i]->cause ? last : w.d.findings[i]->level;
	}
}

static bool trend_of(struct world *w, struct mw_trend *out)
{
	struct mw_evidence evidence = { .series = { (const struct mw_snapshot *const *)w->at,
						    w->count } };
	struct mw_check c = { .evidence = &evidence, .now = w->s };

	return mw_trend_of(&c, w->node, M_MEM_FREE, out);
}

TEST(a_trend_is_not_moved_by_an_outlier)
{
	scoped_world struct world w = world_new();
	struct mw_trend t;

	mw_set(w.node, M_MEM_FREE, 1000 * MIB);
	for (unsigned i = 1; i < 20; i++) {
		world_later(&w, 60);
		mw_set(w.node, M_MEM_FREE, i == 10 ? 9 * GIB : (1000 + i * 6) * (uint64_t)MIB);
	}
	EXPECT(trend_of(&w, &t));
	EXPECT_EQ(t.samples, 20);
	assert_float_equal(t.seconds, 19 * 60, 1e-6);
	assert_float_equal(t.slope, 0.1 * MIB, 1);
	EXPECT(t.confidence > 0.99);
	EXPECT(t.low > 0 && t.low <= t.slope && t.slope <= t.high);
}

TEST(noise_is_no_trend)
{
	static const unsigned noise[] = { 5, 1, 4, 2, 5, 3, 1, 4, 2, 3, 5, 1 };
	scoped_world struct world w = world_new();
	struct mw_trend t;

	mw_set(w.node, M_MEM_FREE, 3 * MIB);
	for (size_t i = 0; i < sizeof(noise) / sizeof(*noise); i++) {
		world_later(&w, 10);
		mw_set(w.node, M_MEM_FREE, noise[i] * (uint64_t)MIB);
	}
	EXPECT(trend_of(&w, &t));
	EXPECT(t.confidence < 0.9);
	EXPECT(t.low <= 0);
}

TEST(two_moments_are_no_trend)
{
	scoped_world struct world w = world_new();
	struct mw_trend t;

	world_later(&w, 1);
	EXPECT(!trend_of(&w, &t));
}
