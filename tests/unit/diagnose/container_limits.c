/* Rules about what a container may take. */
#include "world.h"

TEST(oom_risk_fires_near_the_limit)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/web", 2);
	const struct mw_finding *f;

	mw_set(e, M_CG_LIMIT, 1000 * (uint64_t)MIB);
	world_charge(e, 970 * (uint64_t)MIB, 0, 10 * MIB);
	world_process(&w, 69, "java", e, 960 * (uint64_t)MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-oom-risk", e);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_CRITICAL);
	EXPECT_EQ(cited(f, "left"), 30 * MIB);
	EXPECT_STR(cited_text(f, "process"), "java[69]");
}

TEST(oom_risk_is_silent_when_it_is_cache)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/web", 2);

	mw_set(e, M_CG_LIMIT, 1000 * (uint64_t)MIB);
	world_charge(e, 400 * (uint64_t)MIB, 300 * (uint64_t)MIB, 300 * (uint64_t)MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-oom-risk", NULL));
}
