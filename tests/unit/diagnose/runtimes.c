/* Runtimes that nobody told of are recognised among the processes. */
#include "world.h"

#include "engine/engine.h"

static struct mw_entity *process(struct world *w, uint64_t pid, const char *comm,
				 struct mw_entity *group, const char *cmdline)
{
	struct mw_entity *e = world_process(w, pid, comm, group, GIB);

	if (cmdline)
		mw_set_text(w->s, e, M_P_CMDLINE, slice_of(cmdline));
	return e;
}

static void region(struct world *w, struct mw_entity *p, uint64_t start, uint64_t kib,
		   uint64_t rss_kib, const char *perms)
{
	struct mw_entity *e = world_add(w, MW_REGION, p, "", start);

	mw_set(e, M_R_SIZE, kib * KIB);
	mw_set(e, M_R_END, start + kib * KIB);
	mw_set(e, M_R_RSS, rss_kib * KIB);
	mw_set_text(w->s, e, M_R_PERMS, slice_of(perms));
}

static const struct mw_entity *runtime(const struct world *w, uint64_t pid)
{
	return mw_snapshot_by_id(w->s, MW_RUNTIME, pid);
}

TEST(a_percentage_is_of_the_limit)
{
	scoped_world struct world w = world_new();
	struct mw_entity *g = world_group(&w, "/pod", 1);

	mw_set(g, M_CG_LIMIT, 6 * GIB);
	process(&w, 69, "java", g, "java -jar -XX:MaxRAMPercentage=70.0 -Xss512K app.jar");
	EXPECT_EQ(mw_engine_finish(w.s), 0);
	EXPECT_STR(runtime(&w, 69)->name, "jvm");
	EXPECT_EQ(mw_get(runtime(&w, 69), M_RT_HEAP_MAX).v, (uint64_t)((double)(6 * GIB) * 0.7));
	EXPECT_EQ(mw_get(runtime(&w, 69), M_RT_STACK_SIZE).v, 512 * KIB);
	EXPECT_EQ(mw_get(runtime(&w, 69), M_RT_COLLECTOR).state, MW_ABSENT);
}

TEST(what_a_reader_found_stays)
{
	scoped_world struct world w = world_new();
	struct mw_entity *g = world_group(&w, "/pod", 1), *p, *rt;

	rt = world_add(&w, MW_RUNTIME, g, "jvm", 7);
	mw_set(rt, M_RT_HEAP_MAX, 2000 * (uint64_t)MIB);
	mw_set_text(w.s, rt, M_RT_FLAGS, SLICE("-Xmx1g -Xss1m"));
	p = process(&w, 7, "java", g, "java -Xmx3g -jar /opt/app.jar");
	EXPECT_EQ(mw_engine_finish(w.s), 0);
	EXPECT_EQ(mw_snapshot_count(w.s, MW_RUNTIME), 1);
	EXPECT(rt->parent == p);
	EXPECT_EQ(mw_get(rt, M_RT_HEAP_MAX).v, 2000 * (uint64_t)MIB);
	EXPECT_EQ(mw_get(rt, M_RT_STACK_SIZE).v, MIB);
}

/* The mappings of a JVM of JDK 8, from `pmap -x`: the heap is its largest below 32 GiB. */
TEST(the_heap_among_the_mappings)
{
	scoped_world struct world w = world_new();
	struct mw_entity *p = process(&w, 1, "java", NULL, "java -jar demo.jar");

	region(&w, p, 0x6a0000000, 4750420, 4502168, "rw-p");
	region(&w, p, 0x7c1f15000, 1016748, 0, "---p");
	region(&w, p, 0x561e58949000, 4156, 4136, "rw-p");
	region(&w, p, 0x7fb128000000, 6000000, 6000000, "rw-p");
	EXPECT_EQ(mw_engine_finish(w.s), 0);
	EXPECT_EQ(mw_get(runtime(&w, 1), M_RT_HEAP_RESIDENT).v, 4502168 * (uint64_t)KIB);
}

TEST(a_heap_of_known_size_ends_there)
{
	scoped_world struct world w = world_new();
	struct mw_entity *p = process(&w, 1, "java", NULL, "java -Xmx64m -jar demo.jar");

	region(&w, p, 0xe0000000, 16 * KIB, 16 * KIB, "rw-p");
	region(&w, p, 0x7f0000000000, 32 * KIB, 10 * KIB, "rw-p");
	region(&w, p, 0x7f0002000000, 32 * KIB, 0, "---p");
	region(&w, p, 0x7f0004000000, 32 * KIB, 32 * KIB, "rw-p");
	EXPECT_EQ(mw_engine_finish(w.s), 0);
	EXPECT_EQ(mw_get(runtime(&w, 1), M_RT_HEAP_RESIDENT).v, 10 * MIB);
}

TEST(a_pool_belongs_to_its_master)
{
	scoped_world struct world w = world_new();

	process(&w, 10, "php-fpm8.2", NULL, NULL);
	for (uint64_t pid = 11; pid < 14; pid++)
		mw_set(process(&w, pid, "php-fpm8.2", NULL, NULL), M_P_PPID, 10);
	mw_set(mw_snapshot_by_id(w.s, MW_PROCESS, 10), M_P_PPID, 1);
	process(&w, 20, "node", NULL, "node --max-old-space-size=512 app.js");
	process(&w, 21, "nodemon", NULL, NULL);
	EXPECT_EQ(mw_engine_finish(w.s), 0);
	EXPECT_EQ(mw_snapshot_count(w.s, MW_RUNTIME), 2);
	EXPECT_STR(runtime(&w, 10)->name, "php-fpm");
	EXPECT_EQ(mw_get(runtime(&w, 20), M_RT_HEAP_MAX).v, 512 * (uint64_t)MIB);
}
