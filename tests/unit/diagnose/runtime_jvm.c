/* Rules about Java. */
#include "world.h"

#define LONG(n) ((uint64_t)(n))

static struct mw_entity *pod(struct world *w, uint64_t limit)
{
	struct mw_entity *g = mw_snapshot_by_name(w->s, MW_CGROUP, SLICE("/pod"));

	if (g)
		return g;
	g = world_group(w, "/pod", 1);
	mw_set(g, M_CG_LIMIT, limit);
	return g;
}

static struct mw_entity *java(struct world *w, uint64_t limit, uint64_t rss, const char *cmdline)
{
	struct mw_entity *p = world_process(w, 69, "java", pod(w, limit), rss);

	mw_set_text(w->s, p, M_P_CMDLINE, slice_of(cmdline));
	return world_add(w, MW_RUNTIME, p, "jvm", 69);
}

static double rounded(double bytes)
{
	return floor(bytes / MIB);
}

/* What is said about the runtime itself; the group may have its own. */
static size_t said(const struct world *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->d.count; i++)
		n += w->d.findings[i]->entity->kind == MW_RUNTIME;
	for (size_t i = 0; i < w->d.cannot_tell_count; i++)
		n += w->d.cannot_tell[i].entity->kind == MW_RUNTIME;
	return n;
}

/* --- heap figures ----------------------------------------------------------------------------- */

TEST(heap_retained_of_a_resident_heap)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 6 * GIB, 4 * GIB, "java -Xmx3g -XX:+UseParallelGC -jar a");
	const struct mw_finding *f;

	mw_set(jvm, M_RT_HEAP_RESIDENT, 3 * GIB);
	mw_set(jvm, M_RT_HEAP_AFTER_GC, GIB);
	world_diagnose(&w);
	f = world_finding(&w, "jvm-heap-retained", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "retained"), 2 * GIB);
	EXPECT_STR(cited_text(f, "collector"), "Parallel");
	EXPECT(strstr(f->next->text, "jcmd 69 GC.heap_info"));
}

/* jhsdb jmap, jstat and memory.stat of a pod: no process, only its group. */
TEST(heap_retained_and_what_is_outside_from_a_paste)
{
	scoped_world struct world w = world_new();
	struct mw_entity *g = pod(&w, 3145728000), *jvm = world_add(&w, MW_RUNTIME, g, "jvm", 7);
	const struct mw_finding *f;

	world_charge(g, 2392379392, 616534016, 124129280);
	mw_set(jvm, M_RT_HEAP_USED, 168122616);
	mw_set(jvm, M_RT_HEAP_COMMITTED, LONG(1250) * MIB);
	mw_set(jvm, M_RT_HEAP_MAX, 2097152000);
	mw_set(jvm, M_RT_GC_COUNT, 18981);
	mw_set_text(w.s, jvm, M_RT_COLLECTOR, SLICE("G1"));
	world_diagnose(&w);
	f = world_finding(&w, "jvm-heap-retained", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(rounded(cited(f, "retained")), 1089);
	EXPECT_EQ(cited(f, "cycles"), 18981);
	f = world_finding(&w, "jvm-native-gap", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(rounded(cited(f, "outside")), 1031);
	/* 2000 MiB and 1031 beside them, where 3000 are allowed */
	f = world_finding(&w, "jvm-limit-fit", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(rounded(cited(f, "together")), 3031);
	EXPECT_EQ(cited(f, "percent"), 57);
}

TEST(a_heap_that_breathes_is_silent)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 6 * GIB, 2200 * LONG(MIB), "java -Xmx2g -jar a");

	mw_set(jvm, M_RT_HEAP_RESIDENT, 2 * GIB);
	mw_set(jvm, M_RT_HEAP_USED, 1100 * LONG(MIB));
	mw_set(jvm, M_RT_METASPACE_COMMITTED, 100 * LONG(MIB));
	world_diagnose(&w);
	EXPECT_EQ(said(&w), 0);
}

/* Pod specification, memory.stat, ps and status, but no heap figures. */
TEST(without_heap_figures_the_ceiling_bounds_it)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 6 * GIB, LONG(5120108) * KIB,
				     "java -jar -XX:MaxRAMPercentage=70.0 app.jar");
	const struct mw_cannot_tell *u;
	const struct mw_finding *f;

	world_diagnose(&w);
	u = world_unknown(&w, "jvm-heap-retained");
	assert_non_null(u);
	EXPECT_STR(u->next, "jcmd 69 GC.heap_info");
	f = world_finding(&w, "jvm-native-gap", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(rounded(cited(f, "outside")), 699);
	EXPECT(strstr(f->title, "at least"));
	EXPECT(!world_finding(&w, "jvm-limit-fit", NULL));
}

TEST(without_any_bound_it_cannot_be_told)
{
	scoped_world struct world w = world_new();

	java(&w, 6 * GIB, 3 * GIB, "java -jar app.jar");
	world_diagnose(&w);
	assert_non_null(world_unknown(&w, "jvm-native-gap"));
	EXPECT(!world_finding(&w, "jvm-native-gap", NULL));
	EXPECT(!world_unknown(&w, "jvm-limit-fit"));
}

TEST(small_processes_are_asked_nothing)
{
	scoped_world struct world w = world_new();

	java(&w, 6 * GIB, 300 * LONG(MIB), "java -jar app.jar");
	world_diagnose(&w);
	EXPECT_EQ(said(&w), 0);
}

TEST(a_gap_of_known_parts_is_only_told)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 8 * GIB, 3 * GIB, "java -Xmx2g -jar app.jar");
	const struct mw_finding *f;

	mw_set(jvm, M_RT_HEAP_RESIDENT, 2 * GIB);
	mw_set(jvm, M_RT_HEAP_USED, 2 * GIB);
	mw_set(jvm, M_RT_DIRECT_USED, 700 * LONG(MIB));
	world_diagnose(&w);
	f = world_finding(&w, "jvm-native-gap", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_EQ(cited(f, "outside"), GIB);
	EXPECT_EQ(cited(f, "direct"), 700 * LONG(MIB));
}

/* --- limits ----------------------------------------------------------------------------------- */

TEST(a_heap_above_the_limit_is_a_warning_and_the_cause)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, GIB, 900 * LONG(MIB), "java -Xmx2g -jar app.jar");
	struct mw_entity *g = pod(&w, 0);
	const struct mw_finding *f, *risk;

	world_charge(g, 1000 * LONG(MIB), 0, 0);
	world_diagnose(&w);
	f = world_finding(&w, "jvm-limit-fit", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "max"), 2 * GIB);
	risk = world_finding(&w, "ctr-oom-risk", g);
	assert_non_null(risk);
	EXPECT(risk->cause == f);
}

TEST(a_heap_that_nearly_fills_the_limit_is_a_notice)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, GIB, 300 * LONG(MIB), "java -Xmx1000m -jar app.jar");

	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "jvm-limit-fit", jvm)->level, MW_NOTICE);
}

TEST(three_quarters_fit)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 4 * GIB, 3400 * LONG(MIB),
				     "java -XX:MaxRAMPercentage=75 -jar app.jar");

	mw_set(jvm, M_RT_HEAP_USED, 2800 * LONG(MIB));
	mw_set(jvm, M_RT_HEAP_COMMITTED, 3072 * LONG(MIB));
	world_diagnose(&w);
	EXPECT_EQ(said(&w), 0);
}

TEST(a_heap_without_a_limit_around_it_fits)
{
	scoped_world struct world w = world_new();
	struct mw_entity *p = world_process(&w, 69, "java", NULL, GIB);

	mw_set_text(w.s, p, M_P_CMDLINE, SLICE("java -Xmx15g -jar app.jar"));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "jvm-limit-fit", NULL));
}

/* --- direct buffers, threads ------------------------------------------------------------------ */

TEST(direct_memory_near_what_is_allowed)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 8 * GIB, 3 * GIB,
				     "java -Xmx2g -XX:MaxDirectMemorySize=1g -jar a");
	const struct mw_finding *f;

	mw_set(jvm, M_RT_DIRECT_USED, 1000 * LONG(MIB));
	world_diagnose(&w);
	f = world_finding(&w, "jvm-direct-memory", jvm);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "max"), GIB);
	EXPECT(world_finding(&w, "jvm-native-gap", jvm)->cause == f);
}

TEST(direct_memory_with_room_or_without_a_bound)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 8 * GIB, 500 * LONG(MIB), "java -Xmx2g -jar a");
	scoped_world struct world v = world_new();

	mw_set(jvm, M_RT_DIRECT_USED, 300 * LONG(MIB));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "jvm-direct-memory", NULL));
	EXPECT(!world_unknown(&w, "jvm-direct-memory"));
	mw_set(java(&v, 8 * GIB, GIB, "java -jar a"), M_RT_DIRECT_USED, 300 * LONG(MIB));
	world_diagnose(&v);
	EXPECT_STR(world_unknown(&v, "jvm-direct-memory")->next, "jcmd 69 VM.flags");
}

TEST(threads_without_a_bound)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 4 * GIB, GIB, "java -Xmx1g -Xss512k -jar a");
	const struct mw_finding *f;

	mw_set(jvm->parent, M_P_THREADS, 5000);
	world_diagnose(&w);
	f = world_finding(&w, "jvm-threads", jvm);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "stacks"), 5000.0 * 512 * KIB);
}

TEST(threads_in_pools)
{
	scoped_world struct world w = world_new();

	mw_set(java(&w, 4 * GIB, GIB, "java -Xmx1g -jar a")->parent, M_P_THREADS, 800);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "jvm-threads", NULL));
}

/* --- trends ----------------------------------------------------------------------------------- */

/* A value per moment, five minutes apart, in MiB. */
static void watch(struct world *w, enum mw_metric metric, const unsigned *mib, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mw_entity *jvm;

		if (i)
			world_later(w, 300);
		jvm = java(w, 8 * GIB, GIB, "java -Xmx1500m -jar a");
		mw_set(jvm, metric, mib[i] * LONG(MIB));
	}
	world_diagnose(w);
}

TEST(a_heap_that_leaks)
{
	static const unsigned mib[] = {
		300, 350, 340, 390, 430, 480, 520, 560, 610, 650, 700, 740
	};
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	watch(&w, M_RT_HEAP_AFTER_GC, mib, 12);
	f = world_finding(&w, "jvm-heap-leak", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "watched"), 3300);
	assert_float_equal(cited(f, "growth"), 0.14 * MIB, 0.02 * MIB);
	assert_float_equal(cited(f, "time"), 760 / 0.14, 800);
}

TEST(a_cache_that_fills_is_no_leak)
{
	static const unsigned mib[] = {
		300, 420, 520, 600, 640, 650, 652, 651, 653, 652, 651, 652
	};
	scoped_world struct world w = world_new();

	watch(&w, M_RT_OLD_USED, mib, 12);
	EXPECT(!world_finding(&w, "jvm-heap-leak", NULL));
}

TEST(metaspace_that_grows)
{
	static const unsigned mib[] = { 100, 104, 109, 112, 117, 121, 126, 130 };
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	watch(&w, M_RT_METASPACE_USED, mib, 8);
	f = world_finding(&w, "jvm-metaspace-growth", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(f, "first"), 100 * MIB);
}

TEST(metaspace_at_its_ceiling)
{
	scoped_world struct world w = world_new();
	struct mw_entity *jvm = java(&w, 8 * GIB, GIB, "java -XX:MaxMetaspaceSize=128m -jar a");

	mw_set(jvm, M_RT_METASPACE_USED, 125 * LONG(MIB));
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "jvm-metaspace-growth", jvm), "max"), 128 * MIB);
}

TEST(metaspace_of_a_start)
{
	static const unsigned mib[] = { 40, 80, 100, 108, 110, 110, 111, 111 };
	scoped_world struct world w = world_new();

	watch(&w, M_RT_METASPACE_USED, mib, 8);
	EXPECT(!world_finding(&w, "jvm-metaspace-growth", NULL));
}
