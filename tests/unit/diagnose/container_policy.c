/* Whether limits, requests and ceilings fit, and what tools say. */
#include "world.h"

/* --- ctr-no-limit ----------------------------------------------------------------------------- */

/* 16 GiB of RAM; a group of `anon` without a limit beside one of `beside`, limited or not. */
static const struct mw_finding *unlimited(struct world *w, uint64_t anon, uint64_t beside,
					  bool limited)
{
	struct mw_entity *e, *other;

	world_group(w, "/", 2);
	e = world_group(w, "/big", 2);
	other = world_group(w, "/web", 2);
	world_charge(e, anon, 0, GIB);
	world_charge(other, beside, 0, 0);
	if (limited)
		mw_set(other, M_CG_LIMIT, 2 * GIB);
	world_process(w, 77, "elastic", e, anon);
	world_diagnose(w);
	return world_finding(w, "ctr-no-limit", e);
}

TEST(a_large_group_without_a_limit)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f = unlimited(&w, 6 * GIB, 300 * MIB, true);

	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "needed"), 6.0 * GIB);
	EXPECT_EQ(cited(f, "suggested"), 1.25 * 6 * GIB + GIB);
	EXPECT_STR(cited_text(f, "process"), "elastic[77]");
}

TEST(a_machine_that_is_not_shared_or_a_small_group)
{
	scoped_world struct world w = world_new(), small = world_new();

	EXPECT(!unlimited(&w, 6 * GIB, 300 * MIB, false));
	EXPECT(!unlimited(&small, 2 * GIB, 300 * MIB, true));
}

/* --- ctr-evict-candidate ---------------------------------------------------------------------- */

static struct mw_entity *pod(struct world *w, const char *path, const char *name, uint64_t request,
			     uint64_t used, int priority)
{
	struct mw_entity *e = world_group(w, path, 2);

	world_charge(e, used, 0, 0);
	mw_set(e, M_CG_REQUEST, request);
	mw_set_text(w->s, e, M_CG_POD, slice_of(name));
	mw_set_text(w->s, e, M_CG_NAMESPACE, SLICE("shop"));
	mw_set_text(w->s, e, M_CG_CONTAINER, slice_of(path + 1));
	mw_set(e, M_CG_PRIORITY, (uint64_t)(int64_t)priority);
	return e;
}

TEST(the_kubelets_first_victim)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;
	struct mw_entity *first;

	pod(&w, "/a", "a", 500 * MIB, 400 * MIB, -5);
	pod(&w, "/b", "b", 100 * MIB, 900 * MIB, 10);
	first = pod(&w, "/c1", "c", 100 * MIB, 200 * MIB, 0);
	pod(&w, "/c2", "c", 100 * MIB, 300 * MIB, 0);
	pod(&w, "/d", "d", 100 * MIB, 350 * MIB, 0);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-evict-candidate", NULL);
	EXPECT(f->entity == first);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_EQ(cited(f, "working_set"), 500 * MIB);
	EXPECT_EQ(cited(f, "over"), 300 * MIB);
	EXPECT_EQ(cited(f, "pods"), 4);
}

TEST(an_eviction_that_is_near)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = pod(&w, "/a", "a", 500 * MIB, 700 * MIB, 0);

	mw_set(w.node, M_MEM_AVAILABLE, GIB);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "ctr-evict-candidate", e)->level, MW_WARNING);
	EXPECT_EQ(world_finding(&w, "ctr-evict-candidate", e)->confidence, MW_MEDIUM);
}

/* A pod of a node: its own group counts, and is told of. */
static struct mw_entity *pod_group(struct world *w, const char *path, const char *qos,
				   uint64_t used, struct mw_entity **box)
{
	scoped_buf struct buf below = { 0 };
	struct mw_entity *e = world_group(w, path, 2);

	buf_printf(&below, "%s/c", path);
	*box = world_group(w, below.at, 2);
	world_charge(e, used, 0, 0);
	world_charge(*box, used, 0, 0);
	mw_set_text(w->s, e, M_CG_ROLE, SLICE("pod"));
	mw_set_text(w->s, *box, M_CG_ROLE, SLICE("container"));
	mw_set_text(w->s, e, M_CG_POD_UID, slice_of(path));
	mw_set_text(w->s, *box, M_CG_POD_UID, slice_of(path));
	mw_set_text(w->s, e, M_CG_QOS, slice_of(qos));
	return e;
}

/* 16 GiB: 1000 - 1000 * request / 16 GiB = 969: 508 to 524.3 MiB. */
TEST(a_request_that_only_the_adjustment_tells)
{
	scoped_world struct world w = world_new();
	struct mw_entity *box, *e = pod_group(&w, "/kubepods/poda", "Burstable", GIB, &box);
	const struct mw_finding *f;

	mw_set(world_process(&w, 77, "app", box, GIB), M_P_OOM_SCORE_ADJ, 969);
	pod_group(&w, "/kubepods/podb", "Burstable", 3 * GIB, &box);
	pod_group(&w, "/kubepods/podc", "BestEffort", 100 * MIB, &box);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-evict-candidate", NULL);
	assert_non_null(f);
	EXPECT(f->entity == e);
	EXPECT_EQ(cited(f, "pods"), 2);
	/* nothing is known of podb's request */
	EXPECT_EQ(cited(f, "unranked"), 1);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ((uint64_t)cited(f, "request") / MIB, 516);
}

TEST(a_request_that_may_be_what_it_takes)
{
	scoped_world struct world w = world_new();
	struct mw_entity *box;

	pod_group(&w, "/kubepods/poda", "Burstable", 515 * MIB, &box);
	mw_set(world_process(&w, 77, "app", box, GIB), M_P_OOM_SCORE_ADJ, 969);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-evict-candidate", NULL));
}

/* 300 MiB above the threshold of 1 GiB, although the kernel has 8 GiB. */
TEST(an_eviction_by_the_kubelets_own_number)
{
	scoped_world struct world w = world_new();
	struct mw_entity *root = world_group(&w, "/", 2), *box;
	const struct mw_finding *f;

	mw_set(root, M_CG_ANON, 6 * GIB);
	mw_set(root, M_CG_FILE, 9 * GIB - 300 * MIB);
	mw_set(root, M_CG_INACTIVE_FILE, 0);
	mw_set_text(w.s, w.node, M_KUBELET_CONFIG, SLICE("/var/lib/kubelet/config.yaml"));
	mw_set(w.node, M_EVICTION_HARD, GIB);
	pod_group(&w, "/kubepods/poda", "BestEffort", GIB, &box);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-evict-candidate", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "left"), 300 * MIB);
	EXPECT_STR(cited_text(f, "signal"), "memory.available");
}

TEST(a_static_pod_above_its_request)
{
	scoped_world struct world w = world_new();
	struct mw_entity *box;

	mw_set(pod_group(&w, "/kubepods/poda", "BestEffort", GIB, &box), M_CG_STATIC, 1);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-evict-candidate", NULL));
}

TEST(a_pod_below_its_request)
{
	scoped_world struct world w = world_new();

	pod(&w, "/a", "a", 500 * MIB, 480 * MIB, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-evict-candidate", NULL));
}

/* --- ctr-words-disagree ----------------------------------------------------------------------- */

TEST(tools_that_disagree)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/pg", 2);
	const struct mw_finding *f;

	mw_set(e, M_CG_LIMIT, 2 * GIB);
	world_charge(e, 400 * MIB, 100 * MIB, 0);
	/* shared pages, in each of ten */
	for (unsigned i = 0; i < 10; i++)
		world_process(&w, 50 + i, "postgres", e, 200 * MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-words-disagree", e);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_STR(cited_text(f, "high_tool"), "sum of ps RSS");
	EXPECT_EQ(cited(f, "high"), 2000.0 * MIB);
	EXPECT_EQ(cited(f, "low"), 400 * MIB);
}

TEST(tools_that_agree_well_enough)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/pg", 2);

	mw_set(e, M_CG_LIMIT, 4 * GIB);
	world_charge(e, 400 * MIB, 500 * MIB, 100 * MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-words-disagree", NULL));
}

/* --- ctr-runtime-vs-limit --------------------------------------------------------------------- */

static struct mw_entity *runtime(struct world *w, struct mw_entity *group, uint64_t pid,
				 const char *name, uint64_t rss, uint64_t heap_max, uint64_t heap)
{
	struct mw_entity *p = world_process(w, pid, name, group, rss);
	struct mw_entity *rt = world_add(w, MW_RUNTIME, p, "jvm", pid);

	if (heap_max)
		mw_set(rt, M_RT_HEAP_MAX, heap_max);
	if (heap)
		mw_set(rt, M_RT_HEAP_RESIDENT, heap);
	return rt;
}

static struct mw_entity *limited(struct world *w, uint64_t used)
{
	struct mw_entity *e = world_group(w, "/apps", 2);

	mw_set(e, M_CG_LIMIT, 2 * GIB);
	world_charge(e, used, 0, 0);
	return e;
}

TEST(two_heaps_that_do_not_fit_together)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, 1000 * (uint64_t)MIB);
	const struct mw_finding *f;

	runtime(&w, e, 20, "java", 700 * MIB, 1200 * (uint64_t)MIB, 500 * MIB);
	runtime(&w, e, 21, "java", 300 * MIB, 900 * (uint64_t)MIB, 250 * MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-runtime-vs-limit", e);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "ceilings"), 2100.0 * MIB);
	EXPECT_EQ(cited(f, "outside"), 250 * MIB);
	EXPECT_EQ(cited(f, "all"), 2350.0 * MIB);
	EXPECT_EQ(cited(f, "count"), 2);
	EXPECT(!world_finding(&w, "ctr-runtime-vs-limit", w.node));
}

TEST(a_heap_and_what_is_outside_of_it)
{
	static const struct {
		unsigned heap_max, rss, heap;
		enum mw_level level;
	} cases[] = {
		/* 1600 + 500 outside */
		{ 1600, 1900, 1400, MW_WARNING },
		/* 1400 + 200 */
		{ 1400, 1500, 1300, MW_LEVELS },
	};

	for (size_t i = 0; i < 2; i++) {
		scoped_world struct world w = world_new();
		struct mw_entity *e = limited(&w, cases[i].rss * (uint64_t)MIB);
		const struct mw_finding *f;

		runtime(&w, e, 20, "java", cases[i].rss * (uint64_t)MIB,
			cases[i].heap_max * (uint64_t)MIB, cases[i].heap * (uint64_t)MIB);
		world_diagnose(&w);
		f = world_finding(&w, "ctr-runtime-vs-limit", e);
		EXPECT_EQ(f ? f->level : MW_LEVELS, cases[i].level);
		if (f)
			EXPECT_EQ(cited(f, "fits"), (2048.0 - 500) * MIB);
	}
}

TEST(a_pool_of_workers)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, 900 * MIB), *rt;
	const struct mw_finding *f;

	rt = runtime(&w, e, 30, "php-fpm", 20 * MIB, 0, 0);
	mw_set(rt, M_RT_POOL_MAX_CHILDREN, 50);
	world_process(&w, 31, "php-fpm", e, 60 * MIB);
	world_process(&w, 32, "php-fpm", e, 50 * MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-runtime-vs-limit", e);
	EXPECT_EQ(cited(f, "ceilings"), 3000.0 * MIB);
}

TEST(runtimes_that_say_nothing_of_their_ceiling)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, 900 * MIB);

	runtime(&w, e, 20, "go", 500 * MIB, 0, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-runtime-vs-limit", NULL));
}

TEST(ceilings_that_nothing_comes_near)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = limited(&w, 300 * MIB);

	runtime(&w, e, 20, "java", 290 * MIB, 3 * GIB, 200 * MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-runtime-vs-limit", NULL));
}
