/* Limits: what was killed by them, which one binds, and what happens there. */
#include "world.h"

#include "model/oom.h"

static struct mw_entity *limited(struct world *w, const char *path, unsigned version,
				 uint64_t limit)
{
	struct mw_entity *e = world_group(w, path, version);

	mw_set(e, M_CG_LIMIT, limit);
	return e;
}

/* --- ctr-oom-killed --------------------------------------------------------------------------- */

TEST(kills_counted_in_v2_are_told_where_they_were)
{
	scoped_world struct world w = world_new();
	struct mw_entity *pod = world_group(&w, "/pod", 2), *inner = world_group(&w, "/pod/c", 2);
	const struct mw_finding *f;

	mw_set(pod, M_CG_OOM_KILLS, 3);
	mw_set(inner, M_CG_OOM_KILLS, 3);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-oom-killed", inner);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(f, "kills"), 3);
	EXPECT(!world_finding(&w, "ctr-oom-killed", pod));
}

TEST(kills_of_groups_that_are_gone_stay_above)
{
	scoped_world struct world w = world_new();
	struct mw_entity *pod = world_group(&w, "/pod", 2), *inner = world_group(&w, "/pod/c", 2);

	mw_set(pod, M_CG_OOM_KILLS, 3);
	mw_set(pod, M_CG_PROCESSES, 0);
	mw_set(inner, M_CG_OOM_KILLS, 0);
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "ctr-oom-killed", pod), "kills"), 3);
	EXPECT(!world_finding(&w, "ctr-oom-killed", inner));
}

TEST(kills_of_v1_are_each_group_s_own)
{
	scoped_world struct world w = world_new();
	struct mw_entity *top = world_group(&w, "/", 1), *inner = world_group(&w, "/c", 1);

	mw_set(top, M_CG_OOM_KILLS, 1);
	mw_set(inner, M_CG_OOM_KILLS, 2);
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "ctr-oom-killed", top), "kills"), 1);
	EXPECT_EQ(cited(world_finding(&w, "ctr-oom-killed", inner), "kills"), 2);
}

TEST(a_kill_between_two_looks)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/c", 2);
	const struct mw_finding *f;

	mw_set(e, M_CG_OOM_KILLS, 2);
	world_later(&w, 1);
	e = world_group(&w, "/c", 2);
	mw_set(e, M_CG_OOM_KILLS, 4);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-oom-killed", e);
	EXPECT_EQ(f->level, MW_CRITICAL);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "new"), 2);
}

TEST(the_kernel_log_says_when_and_why)
{
	static struct mw_oom_row victim = { .pid = 4711, .anon = 64 * MIB, .name = "java" };
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/shop/web", 2);
	const struct mw_oom_report r = {
		.time = mw_snapshot_machine(w.s)->taken_at - 600 * (int64_t)1000000000,
		.constraint = MW_OOM_MEMCG,
		.cause = MW_OOM_ANCESTOR_LIMIT,
		.limit_group = "/shop",
		.victim_group = "/shop/web",
		.victims = &victim,
		.victim_count = 1,
	};
	const struct mw_oom_report *const ooms[] = { &r };
	const struct mw_finding *f;

	mw_set(e, M_CG_OOM_KILLS, 1);
	w.ooms = ooms;
	w.oom_count = 1;
	w.oom_log = true;
	world_diagnose(&w);
	f = world_finding(&w, "ctr-oom-killed", e);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "since"), 600);
	EXPECT_EQ(cited(f, "victim_anon"), 64 * MIB);
	EXPECT_STR(cited_text(f, "victim"), "java[4711]");
	EXPECT_STR(cited_text(f, "limit_group"), "/shop");
}

TEST(a_limit_that_was_hit_without_a_kill)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/c", 2, 100 * MIB);

	world_charge(e, 40 * MIB, 55 * MIB, 0);
	mw_set(e, M_CG_OOM_KILLS, 0);
	mw_set(e, M_CG_EVENTS_MAX, 118);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-oom-killed", NULL));
	EXPECT(!world_unknown(&w, "ctr-oom-killed"));
}

TEST(restarts_without_a_counter_cannot_be_told)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/c", 1, 100 * MIB);

	mw_set(e, M_CG_RESTARTS, 5);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-oom-killed", NULL));
	EXPECT(world_unknown(&w, "ctr-oom-killed"));
}

/* --- ctr-oom-disabled ------------------------------------------------------------------------- */

static const struct mw_finding *disabled(struct world *w, uint64_t anon, unsigned off,
					 unsigned under)
{
	struct mw_entity *e = limited(w, "/c", 1, 100 * MIB);

	world_charge(e, anon, 0, 0);
	mw_set(e, M_CG_OOM_KILL_DISABLE, off);
	mw_set(e, M_CG_UNDER_OOM, under);
	world_process(w, 5, "stuck", e, anon);
	world_diagnose(w);
	return world_finding(w, "ctr-oom-disabled", e);
}

TEST(a_group_in_which_nothing_may_be_killed)
{
	static const struct {
		unsigned anon, off, under;
		enum mw_level level; /* MW_LEVELS: silent */
	} cases[] = {
		{ 30, 1, 0, MW_NOTICE },  { 90, 1, 0, MW_WARNING }, { 100, 1, 1, MW_CRITICAL },
		{ 100, 0, 1, MW_LEVELS }, { 90, 0, 0, MW_LEVELS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scoped_world struct world w = world_new();
		const struct mw_finding *f = disabled(&w, cases[i].anon * (uint64_t)MIB,
						      cases[i].off, cases[i].under);

		EXPECT_EQ(f ? f->level : MW_LEVELS, cases[i].level);
	}
}

TEST(the_switch_is_told_where_the_limit_is)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/c", 1, 100 * MIB), *in = world_group(&w, "/c/in", 1);

	world_charge(e, 30 * MIB, 0, 0);
	world_charge(in, 30 * MIB, 0, 0);
	mw_set(e, M_CG_OOM_KILL_DISABLE, 1);
	mw_set(in, M_CG_OOM_KILL_DISABLE, 1);
	world_diagnose(&w);
	EXPECT(world_finding(&w, "ctr-oom-disabled", e));
	EXPECT(!world_finding(&w, "ctr-oom-disabled", in));
}

/* --- ctr-parent-limit ------------------------------------------------------------------------- */

TEST(a_limit_that_can_never_be_reached)
{
	scoped_world struct world w = world_new();
	struct mw_entity *outer = limited(&w, "/outer", 2, 512 * MIB);
	struct mw_entity *middle = limited(&w, "/outer/middle", 2, 96 * MIB);
	struct mw_entity *inner = limited(&w, "/outer/middle/inner", 2, 256 * MIB);
	struct mw_entity *beside = world_group(&w, "/outer/middle/beside", 2);
	const struct mw_finding *f;

	world_charge(outer, 40 * MIB, 0, 0);
	world_charge(middle, 40 * MIB, 0, 0);
	world_charge(inner, 8 * MIB, 0, 0);
	world_charge(beside, 32 * MIB, 0, 0);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-parent-limit", inner);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "limit"), 256 * MIB);
	EXPECT_EQ(cited(f, "ancestor_limit"), 96 * MIB);
	EXPECT_STR(cited_text(f, "ancestor"), "/outer/middle");
	EXPECT_STR(cited_text(f, "beside"), "/outer/middle/beside");
	EXPECT_EQ(cited(f, "beside_needed"), 32 * MIB);
	EXPECT(!world_finding(&w, "ctr-parent-limit", middle));
	EXPECT(!world_finding(&w, "ctr-parent-limit", outer));
}

TEST(a_limit_above_that_cannot_be_seen)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, "/", 1, 256 * MIB);
	const struct mw_finding *f;

	world_charge(e, 10 * MIB, 0, 0);
	mw_set(e, M_CG_HIERARCHICAL_LIMIT, 128 * MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-parent-limit", e);
	EXPECT_EQ(cited(f, "ancestor_limit"), 128 * MIB);
}

TEST(a_pod_and_its_container_alike)
{
	scoped_world struct world w = world_new();
	struct mw_entity *pod = limited(&w, "/pod", 2, 256 * MIB);
	struct mw_entity *inner = limited(&w, "/pod/c", 2, 256 * MIB);

	world_charge(pod, 201 * MIB, 0, 0);
	world_charge(inner, 200 * MIB, 0, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-parent-limit", NULL));
}

TEST(a_limit_that_the_others_use_up)
{
	scoped_world struct world w = world_new();
	struct mw_entity *pod = limited(&w, "/pod", 2, 1000 * (uint64_t)MIB);
	struct mw_entity *a = limited(&w, "/pod/a", 2, 600 * (uint64_t)MIB);
	struct mw_entity *b = limited(&w, "/pod/b", 2, 600 * (uint64_t)MIB);
	struct mw_entity *big = world_group(&w, "/pod/big", 2);
	const struct mw_finding *f;

	world_charge(pod, 850 * (uint64_t)MIB, 0, 0);
	world_charge(a, 200 * MIB, 0, 0);
	world_charge(b, 100 * MIB, 0, 0);
	world_charge(big, 550 * (uint64_t)MIB, 0, 0);
	world_diagnose(&w);
	/* once, of the larger one */
	f = world_finding(&w, "ctr-parent-limit", a);
	EXPECT_EQ(cited(f, "left"), 150 * MIB);
	EXPECT_EQ(cited(f, "own_left"), 400 * MIB);
	EXPECT_STR(cited_text(f, "beside"), "/pod/big");
	EXPECT(!world_finding(&w, "ctr-parent-limit", b));
}

TEST(room_enough_above)
{
	scoped_world struct world w = world_new();
	struct mw_entity *pod = limited(&w, "/pod", 2, 1000 * (uint64_t)MIB);
	struct mw_entity *a = limited(&w, "/pod/a", 2, 900 * (uint64_t)MIB);

	world_charge(pod, 700 * (uint64_t)MIB, 0, 0);
	world_charge(a, 100 * MIB, 0, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-parent-limit", NULL));
}
