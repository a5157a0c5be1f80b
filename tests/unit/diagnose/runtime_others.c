/* Rules about PHP-FPM, Go, Node.js and Python. */
#include "world.h"

enum { MASTER = 100 };

static struct mw_entity *limited(struct world *w, uint64_t limit)
{
	struct mw_entity *g = world_group(w, "/web", 2);

	mw_set(g, M_CG_LIMIT, limit);
	return g;
}

static struct mw_entity *pool(struct world *w, struct mw_entity *g)
{
	struct mw_entity *master = world_process(w, MASTER, "php-fpm8.2", g, 10 * MIB);

	mw_set(master, M_P_PPID, 1);
	return world_add(w, MW_RUNTIME, master, "php-fpm", MASTER);
}

/* @age  minutes before the youngest could be */
static void worker(struct world *w, struct mw_entity *g, unsigned n, unsigned age, uint64_t anon)
{
	struct mw_entity *e = world_process(w, MASTER + 1 + n, "php-fpm8.2", g, anon);

	mw_set(e, M_P_PPID, MASTER);
	mw_set(e, M_P_START_TIME, (100 - age) * (uint64_t)60000000);
}

/* --- workers ---------------------------------------------------------------------------------- */

TEST(old_workers_that_keep_memory)
{
	static const unsigned mib[] = { 180, 170, 190, 120, 110, 100, 22, 20, 21 };
	scoped_world struct world w = world_new();
	struct mw_entity *g = limited(&w, 6 * GIB), *rt = pool(&w, g);
	const struct mw_finding *f;

	for (unsigned i = 0; i < 9; i++)
		worker(&w, g, i, 90 - i * 10, mib[i] * (uint64_t)MIB);
	mw_set(rt, M_RT_POOL_MAX_REQUESTS, 4000);
	world_diagnose(&w);
	f = world_finding(&w, "php-worker-growth", rt);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "old"), 180 * MIB);
	EXPECT_EQ(cited(f, "young"), 21 * MIB);
	EXPECT_EQ(cited(f, "kept"), (159 + 149 + 169 + 99 + 89 + 79 + 1) * MIB);
	EXPECT_EQ(cited(f, "fewer"), 2000);
}

TEST(workers_of_one_size_or_one_age)
{
	scoped_world struct world w = world_new(), v = world_new();
	struct mw_entity *g = limited(&w, 6 * GIB), *h = limited(&v, 6 * GIB);

	pool(&w, g);
	pool(&v, h);
	for (unsigned i = 0; i < 9; i++) {
		worker(&w, g, i, 90 - i * 10, (100 + i) * (uint64_t)MIB);
		worker(&v, h, i, 30, (i < 3 ? 300 : 20) * (uint64_t)MIB);
	}
	world_diagnose(&w);
	world_diagnose(&v);
	EXPECT(!world_finding(&w, "php-worker-growth", NULL));
	EXPECT(!world_finding(&v, "php-worker-growth", NULL));
}

static void watch_workers(struct world *w, const unsigned *mib, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct mw_entity *g;

		if (i)
			world_later(w, 120);
		g = limited(w, 6 * GIB);
		pool(w, g);
		for (unsigned n = 0; n < 4; n++)
			worker(w, g, n, 30, (mib[i] + n) * (uint64_t)MIB);
	}
	world_diagnose(w);
}

TEST(workers_that_grow_while_watched)
{
	static const unsigned mib[] = { 20, 28, 37, 44, 52, 61, 70 };
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	watch_workers(&w, mib, 7);
	f = world_finding(&w, "php-worker-growth", NULL);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "grown"), 4);
	assert_float_equal(cited(f, "growth"), 4 * 50.0 * MIB / 720, 0.05 * MIB);
}

TEST(workers_that_warm_up)
{
	static const unsigned mib[] = { 20, 60, 75, 80, 81, 80, 81 };
	scoped_world struct world w = world_new();

	watch_workers(&w, mib, 7);
	EXPECT(!world_finding(&w, "php-worker-growth", NULL));
}

TEST(a_pool_too_large_for_its_limit)
{
	scoped_world struct world w = world_new();
	struct mw_entity *g = limited(&w, 2 * GIB), *rt = pool(&w, g);
	const struct mw_finding *f;

	for (unsigned i = 0; i < 5; i++)
		worker(&w, g, i, 10, (90 + i) * (uint64_t)MIB);
	mw_set(rt, M_RT_POOL_MAX_CHILDREN, 50);
	world_diagnose(&w);
	f = world_finding(&w, "php-pool-exceeds-limit", rt);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "full"), 50.0 * 94 * MIB);
	EXPECT_EQ(cited(f, "fitting"), floor(0.9 * 2048 / 94));
}

TEST(a_pool_that_shares_its_opcache)
{
	scoped_world struct world w = world_new();
	struct mw_entity *g = limited(&w, 2 * GIB), *rt = pool(&w, g), *e;

	worker(&w, g, 0, 10, 20 * MIB);
	e = mw_snapshot_by_id(w.s, MW_PROCESS, MASTER + 1);
	mw_set(e, M_P_RSS, 220 * (uint64_t)MIB);
	mw_set(e, M_P_RSS_SHMEM, 200 * (uint64_t)MIB);
	mw_set(rt, M_RT_POOL_MAX_CHILDREN, 50);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "php-pool-exceeds-limit", NULL));
}

TEST(a_pool_of_unknown_size)
{
	scoped_world struct world w = world_new(), v = world_new();
	struct mw_entity *g = limited(&w, 2 * GIB), *h = limited(&v, 2 * GIB);

	pool(&w, g);
	pool(&v, h);
	for (unsigned i = 0; i < 5; i++) {
		worker(&w, g, i, 10, 250 * (uint64_t)MIB);
		worker(&v, h, i, 10, 30 * (uint64_t)MIB);
	}
	world_diagnose(&w);
	world_diagnose(&v);
	EXPECT_STR(world_unknown(&w, "php-pool-exceeds-limit")->next, "php-fpm -tt");
	EXPECT(!world_unknown(&v, "php-pool-exceeds-limit"));
}

/* --- Go --------------------------------------------------------------------------------------- */

static struct mw_entity *runtime(struct world *w, const char *name, const char *comm, uint64_t rss)
{
	struct mw_entity *p = world_process(w, 50, comm, limited(w, GIB), rss);

	return world_add(w, MW_RUNTIME, p, name, 50);
}

TEST(go_without_a_limit)
{
	scoped_world struct world w = world_new(), v = world_new();
	struct mw_entity *rt = runtime(&w, "go", "api", 700 * (uint64_t)MIB);
	const struct mw_finding *f;

	mw_set_state(rt, M_RT_HEAP_MAX, MW_UNLIMITED);
	world_diagnose(&w);
	f = world_finding(&w, "go-limit-missing", rt);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "mib"), 921);
	runtime(&v, "go", "api", 700 * (uint64_t)MIB);
	world_diagnose(&v);
	EXPECT(strstr(world_unknown(&v, "go-limit-missing")->next, "/proc/50/environ"));
}

TEST(go_with_a_limit_or_small)
{
	scoped_world struct world w = world_new(), v = world_new();

	mw_set(runtime(&w, "go", "api", 700 * (uint64_t)MIB), M_RT_HEAP_MAX, 900 * (uint64_t)MIB);
	mw_set_state(runtime(&v, "go", "api", 300 * (uint64_t)MIB), M_RT_HEAP_MAX, MW_UNLIMITED);
	world_diagnose(&w);
	world_diagnose(&v);
	EXPECT(!world_finding(&w, "go-limit-missing", NULL));
	EXPECT(!world_finding(&v, "go-limit-missing", NULL));
}

TEST(go_with_a_limit_above_the_containers)
{
	scoped_world struct world w = world_new();
	struct mw_entity *rt = runtime(&w, "go", "api", 700 * (uint64_t)MIB);

	mw_set(rt, M_RT_HEAP_MAX, 2 * GIB);
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "go-limit-missing", rt), "soft"), 2 * GIB);
}

/* --- Node.js ---------------------------------------------------------------------------------- */

TEST(node_above_the_limit)
{
	scoped_world struct world w = world_new();
	struct mw_entity *rt = runtime(&w, "node", "node", 700 * (uint64_t)MIB);
	const struct mw_finding *f;

	mw_set_text(w.s, rt->parent, M_P_CMDLINE, SLICE("node --max-old-space-size=4096 a.js"));
	world_diagnose(&w);
	f = world_finding(&w, "node-heap-limit", rt);
	assert_non_null(f);
	EXPECT_EQ(cited(f, "max"), 4 * GIB);
	EXPECT_EQ(cited(f, "mib"), 768);
}

TEST(node_near_its_ceiling)
{
	scoped_world struct world w = world_new();
	struct mw_entity *rt = runtime(&w, "node", "node", 800 * (uint64_t)MIB);

	mw_set(rt, M_RT_HEAP_MAX, 768 * (uint64_t)MIB);
	mw_set(rt, M_RT_HEAP_USED, 720 * (uint64_t)MIB);
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "node-heap-limit", rt), "used"), 720 * MIB);
}

TEST(node_with_room_and_node_unknown)
{
	scoped_world struct world w = world_new(), v = world_new();
	struct mw_entity *rt = runtime(&w, "node", "node", 600 * (uint64_t)MIB);

	mw_set(rt, M_RT_HEAP_MAX, 768 * (uint64_t)MIB);
	mw_set(rt, M_RT_HEAP_USED, 400 * (uint64_t)MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-heap-limit", NULL));
	EXPECT(!world_unknown(&w, "node-heap-limit"));
	runtime(&v, "node", "node", 600 * (uint64_t)MIB);
	world_diagnose(&v);
	assert_non_null(world_unknown(&v, "node-heap-limit"));
}

/* --- Python ----------------------------------------------------------------------------------- */

TEST(python_with_sparse_arenas)
{
	scoped_world struct world w = world_new(), v = world_new(), u = world_new();
	struct mw_entity *rt = runtime(&w, "python", "python3", 900 * (uint64_t)MIB);

	mw_set(rt, M_RT_HEAP_COMMITTED, 800 * (uint64_t)MIB);
	mw_set(rt, M_RT_HEAP_USED, 100 * (uint64_t)MIB);
	world_diagnose(&w);
	EXPECT_EQ(cited(world_finding(&w, "python-arena-sparse", rt), "idle"), 700 * MIB);
	rt = runtime(&v, "python", "python3", 900 * (uint64_t)MIB);
	mw_set(rt, M_RT_HEAP_COMMITTED, 800 * (uint64_t)MIB);
	world_diagnose(&v);
	assert_non_null(world_unknown(&v, "python-arena-sparse"));
	mw_set(runtime(&u, "python", "python3", GIB), M_RT_HEAP_COMMITTED, 100 * (uint64_t)MIB);
	world_diagnose(&u);
	EXPECT(!world_unknown(&u, "python-arena-sparse"));
}
