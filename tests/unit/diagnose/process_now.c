/* Rules about processes that one look decides. */
#include "world.h"

static const struct mw_finding *alone(struct world *w, const char *id)
{
	world_diagnose(w);
	return world_finding(w, id, NULL);
}

static struct mw_entity *server(struct world *w, uint64_t rss)
{
	return world_process(w, 69, "server", NULL, rss);
}

/* --- descriptors ------------------------------------------------------------------------------ */

TEST(descriptors_near_their_limit)
{
	static const struct {
		uint64_t fds;
		enum mw_level level;
	} steps[] = { { 850, MW_WARNING }, { 1000, MW_CRITICAL }, { 700, MW_LEVELS } };

	for (size_t i = 0; i < 3; i++) {
		scoped_world struct world w = world_new();
		struct mw_entity *e = server(&w, 100 * MIB);
		const struct mw_finding *f;

		mw_set(e, M_P_FDS, steps[i].fds);
		mw_set(e, M_P_FD_SOCKETS, steps[i].fds - 10);
		mw_set(e, M_P_FD_LIMIT, 1024);
		f = alone(&w, "proc-fd-growth");
		EXPECT_EQ(f ? f->level : MW_LEVELS, steps[i].level);
		if (f)
			EXPECT_EQ(cited(f, "sockets"), (double)steps[i].fds - 10);
	}
}

TEST(a_large_table_is_asked_about_once)
{
	scoped_world struct world w = world_new();

	for (unsigned i = 0; i < 50; i++)
		mw_set(world_process(&w, 100 + i, "proxy", NULL, MIB), M_P_FDSIZE,
		       i < 3 ? 131072 : 4096);
	world_diagnose(&w);
	EXPECT_EQ(world_unknown(&w, "proc-fd-growth")->entities, 3);
	EXPECT_STR(world_unknown(&w, "proc-fd-growth")->next, "memwhy pid 100");
	EXPECT(!world_finding(&w, "proc-fd-growth", NULL));
}

static void deleted(struct world *w, struct mw_entity *e, const char *name, uint64_t start,
		    uint64_t rss, bool tmpfs)
{
	struct mw_entity *r = world_add(w, MW_REGION, e, name, start);

	mw_set(r, M_R_RSS, rss);
	mw_set(r, M_R_SIZE, rss);
	mw_set(r, M_R_SHMEM, tmpfs);
}

TEST(deleted_files_in_memory)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = server(&w, GIB);
	const struct mw_finding *f;

	mw_set(e, M_P_FD_DELETED, 1);
	deleted(&w, e, "/dev/shm/cache (deleted)", 0x1000, 300 * (uint64_t)MIB, true);
	deleted(&w, e, "/var/tmp/x (deleted)", 0x8000000, 10 * MIB, false);
	deleted(&w, e, "/memfd:arena (deleted)", 0x80000000, 500 * (uint64_t)MIB, true);
	f = alone(&w, "proc-deleted-files-held");
	assert_non_null(f);
	EXPECT_EQ(cited(f, "memory"), 300 * MIB);
	EXPECT_EQ(cited(f, "disk"), 10 * MIB);
	EXPECT_STR(cited_text(f, "largest"), "/dev/shm/cache (deleted)");
}

TEST(a_few_temporary_files)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = server(&w, GIB);

	mw_set(e, M_P_FD_DELETED, 5);
	deleted(&w, e, "/dev/zero (deleted)", 0x1000, 300 * (uint64_t)MIB, true);
	EXPECT(!alone(&w, "proc-deleted-files-held"));
}

/* --- mappings, threads ------------------------------------------------------------------------ */

static void map(struct world *w, struct mw_entity *e, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		deleted(w, e, "", i * 0x100000, i % 3 ? 64 * KIB : KIB * i, false);
	mw_set(w->node, M_MAX_MAP_COUNT, 1000);
}

TEST(mappings_near_the_most)
{
	scoped_world struct world w = world_new(), v = world_new();
	const struct mw_finding *f;

	map(&w, server(&w, GIB), 900);
	f = alone(&w, "proc-map-count");
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "count"), 900);
	EXPECT_EQ(cited(f, "size"), 64 * KIB);
	map(&v, server(&v, GIB), 500);
	EXPECT(!alone(&v, "proc-map-count"));
}

TEST(threads_beyond_any_pool)
{
	scoped_world struct world w = world_new(), v = world_new();

	mw_set(server(&w, GIB), M_P_THREADS, 20000);
	EXPECT_EQ(cited(alone(&w, "proc-thread-growth"), "stacks"), 20000.0 * 16 * KIB);
	mw_set(server(&v, GIB), M_P_THREADS, 900);
	EXPECT(!alone(&v, "proc-thread-growth"));
}

/* --- sockets ---------------------------------------------------------------------------------- */

static struct mw_entity *sockets(struct world *w, struct mw_entity *of, const char *state,
				 uint64_t count, uint64_t unread)
{
	struct mw_entity *e = world_add(w, MW_SOCKETS, of, state, 0);

	mw_set(e, M_SK_COUNT, count);
	mw_set(e, M_SK_RECV_QUEUE, unread);
	mw_set(e, M_SK_UNREAD, unread ? count : 0);
	mw_set_text(w->s, e, M_SK_PEER, SLICE("10.0.0.7"));
	return e;
}

TEST(sockets_that_nobody_closes)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = server(&w, MIB);
	const struct mw_finding *f;

	sockets(&w, e, "CLOSE-WAIT", 2000, 0);
	f = alone(&w, "proc-close-wait");
	assert_non_null(f);
	EXPECT(f->entity == e);
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT_EQ(cited(f, "count"), 2000);
	EXPECT_STR(cited_text(f, "peer"), "10.0.0.7");
}

TEST(sockets_of_the_whole_machine)
{
	scoped_world struct world w = world_new();

	sockets(&w, NULL, "CLOSE-WAIT", 300, 0);
	EXPECT(alone(&w, "proc-close-wait")->entity == w.node);
}

TEST(sockets_in_passing)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = server(&w, MIB);

	sockets(&w, e, "CLOSE-WAIT", 40, 0);
	sockets(&w, e, "ESTAB", 20000, 8 * MIB);
	sockets(&w, e, "TIME-WAIT", 30000, 0);
	sockets(&w, e, "LISTEN", 3, 40 * MIB);
	EXPECT(!alone(&w, "proc-close-wait"));
	EXPECT(!world_finding(&w, "proc-unread-sockets", NULL));
}

TEST(bytes_that_nobody_reads)
{
	scoped_world struct world w = world_new(), v = world_new();
	const struct mw_finding *f;

	sockets(&w, server(&w, MIB), "ESTAB", 2000, 125 * MIB);
	f = alone(&w, "proc-unread-sockets");
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_MEDIUM);
	EXPECT_EQ(cited(f, "unread"), 125 * MIB);
	sockets(&v, server(&v, MIB), "CLOSE-WAIT", 5000, 300 * (uint64_t)MIB);
	f = alone(&v, "proc-unread-sockets");
	EXPECT_EQ(f->level, MW_WARNING);
	EXPECT(f->cause == world_finding(&v, "proc-close-wait", NULL));
}

/* Parts of a row by remote address tell the same again. */
TEST(sockets_of_one_peer_are_told_with_their_process)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = server(&w, MIB), *row, *part;
	size_t fired = 0;

	row = sockets(&w, e, "CLOSE-WAIT", 2000, 125 * MIB);
	part = world_add(&w, MW_SOCKETS, row, "CLOSE-WAIT", 2);
	mw_set(part, M_SK_COUNT, 2000);
	mw_set(part, M_SK_RECV_QUEUE, 125 * MIB);
	world_diagnose(&w);
	for (size_t i = 0; i < w.d.count; i++) {
		EXPECT(w.d.findings[i]->entity != row);
		fired += !strcmp(w.d.findings[i]->id, "proc-close-wait") ||
			 !strcmp(w.d.findings[i]->id, "proc-unread-sockets");
	}
	EXPECT_EQ(fired, 2);
}

TEST(sockets_are_read_on_suspicion)
{
	scoped_world struct world w = world_new();

	EXPECT_EQ(mw_rule_find("proc-close-wait")->more(w.s), 0);
	mw_set(w.node, M_TCP_INUSE, 800);
	mw_set(w.node, M_TCP6_INUSE, 300);
	EXPECT(mw_rule_find("proc-close-wait")->more(w.s) != 0);
}

/* --- what RSS counts -------------------------------------------------------------------------- */

TEST(a_pool_counted_many_times)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	for (unsigned i = 0; i < 8; i++)
		mw_set(world_process(&w, 100 + i, "postgres", NULL, 300 * (uint64_t)MIB), M_P_PSS,
		       60 * MIB);
	f = alone(&w, "proc-rss-mostly-shared");
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_EQ(cited(f, "sum_rss"), 2400.0 * MIB);
	EXPECT_EQ(cited(f, "sum_pss"), 480.0 * MIB);
	EXPECT_EQ(f->entity->id, 100);
}

TEST(a_pool_that_shares_little_or_was_not_measured)
{
	scoped_world struct world w = world_new();

	for (unsigned i = 0; i < 8; i++) {
		mw_set(world_process(&w, 100 + i, "worker", NULL, 300 * (uint64_t)MIB), M_P_PSS,
		       280 * (uint64_t)MIB);
		world_process(&w, 200 + i, "other", NULL, 300 * (uint64_t)MIB);
	}
	EXPECT(!alone(&w, "proc-rss-mostly-shared"));
	EXPECT(!world_unknown(&w, "proc-rss-mostly-shared"));
}

TEST(lazyfree_inflates_rss)
{
	scoped_world struct world w = world_new(), v = world_new();
	const struct mw_finding *f;

	mw_set(server(&w, 544188 * (uint64_t)KIB), M_P_LAZYFREE, 514640 * (uint64_t)KIB);
	f = alone(&w, "proc-lazyfree");
	assert_non_null(f);
	EXPECT_EQ(cited(f, "rest"), (544188.0 - 514640) * KIB);
	mw_set(server(&v, GIB), M_P_LAZYFREE, 70 * (uint64_t)MIB);
	EXPECT(!alone(&v, "proc-lazyfree"));
}

TEST(locked_memory)
{
	scoped_world struct world w = world_new(), v = world_new(), u = world_new();
	struct mw_entity *e = server(&u, GIB);

	mw_set(server(&w, 6 * GIB), M_P_LOCKED, 5 * GIB);
	EXPECT_EQ(cited(alone(&w, "proc-mlocked"), "share"), 5.0 / 16);
	mw_set(server(&v, GIB), M_P_LOCKED, 200 * (uint64_t)MIB);
	EXPECT(!alone(&v, "proc-mlocked"));
	mw_set(e, M_P_LOCKED, 250 * (uint64_t)MIB);
	mw_set(e, M_P_LOCK_LIMIT, 256 * (uint64_t)MIB);
	EXPECT_EQ(cited(alone(&u, "proc-mlocked"), "limit"), 256 * MIB);
}

TEST(page_tables_out_of_proportion)
{
	scoped_world struct world w = world_new(), v = world_new();

	mw_set(server(&w, 2 * GIB), M_P_PAGE_TABLES, 300 * (uint64_t)MIB);
	EXPECT_EQ(cited(alone(&w, "proc-page-tables"), "tables"), 300.0 * MIB);
	mw_set(server(&v, 80 * GIB), M_P_PAGE_TABLES, 160 * (uint64_t)MIB);
	EXPECT(!alone(&v, "proc-page-tables"));
}

TEST(huge_pages_that_are_not_used)
{
	scoped_world struct world w = world_new(), v = world_new(), u = world_new();
	struct mw_entity *e;
	const struct mw_finding *f;

	e = world_process(&w, 7, "java", NULL, 3 * GIB);
	mw_set(e, M_P_ANON_THP, 2 * GIB);
	mw_set(world_add(&w, MW_RUNTIME, e, "jvm", 7), M_RT_HEAP_USED, 160 * (uint64_t)MIB);
	f = alone(&w, "proc-thp-waste");
	assert_non_null(f);
	EXPECT_EQ(f->confidence, MW_LOW);
	EXPECT_EQ(cited(f, "used"), 160 * MIB);
	e = world_process(&v, 7, "java", NULL, 3 * GIB);
	mw_set(e, M_P_ANON_THP, 2 * GIB);
	mw_set(world_add(&v, MW_RUNTIME, e, "jvm", 7), M_RT_HEAP_USED, 1800 * (uint64_t)MIB);
	EXPECT(!alone(&v, "proc-thp-waste"));
	mw_set(server(&u, 3 * GIB), M_P_ANON_THP, 2 * GIB);
	EXPECT(!alone(&u, "proc-thp-waste"));
	assert_non_null(world_unknown(&u, "proc-thp-waste"));
}

TEST(malloc_keeps_what_was_freed)
{
	scoped_world struct world w = world_new(), v = world_new();
	struct mw_entity *e = server(&w, GIB), *rt = world_add(&w, MW_RUNTIME, e, "malloc", 69);
	const struct mw_finding *f;

	mw_set(rt, M_RT_ALLOCATOR_FREE, 600 * (uint64_t)MIB);
	mw_set(rt, M_RT_ALLOCATOR_TRIMMABLE, 10 * MIB);
	f = alone(&w, "proc-allocator-retention");
	assert_non_null(f);
	EXPECT(f->entity == e);
	EXPECT_EQ(cited(f, "kept"), 600.0 * MIB);
	EXPECT_EQ(cited(f, "trimmable"), 10 * MIB);
	EXPECT(strstr(f->advice->text, "jemalloc"));
	e = server(&v, GIB);
	mw_set(world_add(&v, MW_RUNTIME, e, "malloc", 69), M_RT_ALLOCATOR_FREE, 30 * MIB);
	EXPECT(!alone(&v, "proc-allocator-retention"));
}
