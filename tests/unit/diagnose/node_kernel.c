/* Rules about the machine: the kernel's own memory, shared memory, sockets. */
#include "world.h"

#define MB(n) ((uint64_t)(n)*MIB)

static void world_slab(struct world *w, const char *name, uint64_t bytes)
{
	static uint64_t id;

	mw_set(world_add(w, MW_SLAB, NULL, name, ++id), M_SL_BYTES, bytes);
}

/* --- node-slab-unreclaimable ------------------------------------------------------------------ */

TEST(unreclaimable_slab_names_its_caches)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	mw_set(w.node, M_SLAB_UNRECLAIMABLE, 2 * GIB);
	world_slab(&w, "dentry", 3 * GIB);
	world_slab(&w, "kmalloc-512", MB(300));
	world_slab(&w, "skbuff_head_cache", MB(1500));
	world_slab(&w, "kmalloc-rcl-64", 3 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-slab-unreclaimable", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "slab"), 2 * GIB);
	EXPECT_STR(cited_text(f, "cache1"), "skbuff_head_cache");
	EXPECT_EQ(cited(f, "cache1_size"), MB(1500));
	EXPECT_STR(cited_text(f, "cache2"), "kmalloc-512");
	EXPECT(strstr(f->advice->text, "network packets"));
}

TEST(unreclaimable_slab_warns_when_memory_is_short)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_SLAB_UNRECLAIMABLE, 2 * GIB);
	mw_set(w.node, M_MEM_AVAILABLE, MB(1000));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-slab-unreclaimable", NULL)->level, MW_WARNING);
	EXPECT_EQ(world_finding(&w, "node-slab-unreclaimable", NULL)->confidence, MW_MEDIUM);
	EXPECT(world_finding(&w, "node-memory-low", NULL)->cause ==
	       world_finding(&w, "node-slab-unreclaimable", NULL));
}

TEST(unreclaimable_slab_that_grows)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	mw_set(w.node, M_SLAB_UNRECLAIMABLE, MB(500));
	for (unsigned i = 1; i < 12; i++) {
		world_later(&w, 300);
		mw_set(w.node, M_SLAB_UNRECLAIMABLE, MB(500 + 30 * i));
	}
	world_diagnose(&w);
	f = world_finding(&w, "node-slab-unreclaimable", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	assert_float_equal(cited(f, "growth"), 0.1 * MIB, 1);
	EXPECT_EQ(cited(f, "watched"), 3300);
}

TEST(unreclaimable_slab_of_an_ordinary_machine)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_SLAB_UNRECLAIMABLE, MB(700));
	mw_set(w.node, M_SLAB_RECLAIMABLE, MB(3000));
	for (unsigned i = 1; i < 12; i++) {
		world_later(&w, 300);
		mw_set(w.node, M_SLAB_UNRECLAIMABLE, MB(700 + (i * 7) % 5));
	}
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-slab-unreclaimable", NULL));
}

/* --- node-dentry-inode-heavy ------------------------------------------------------------------ */

TEST(dentries_name_the_group_that_walks)
{
	scoped_world struct world w = world_new();
	struct mw_entity *group;
	const struct mw_finding *f;

	world_group(&w, "/", 2);
	group = world_group(&w, "/backup", 2);
	mw_set(group, M_CG_SLAB_RECLAIMABLE, 3 * GIB);
	mw_set(w.node, M_SLAB_RECLAIMABLE, 4 * GIB);
	mw_set(w.node, M_VFS_CACHE_PRESSURE, 100);
	world_slab(&w, "dentry", MB(1000));
	world_slab(&w, "ext4_inode_cache", MB(2500));
	world_slab(&w, "sock_inode_cache", MB(2600));
	world_diagnose(&w);
	f = world_finding(&w, "node-dentry-inode-heavy", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "slab"), 4 * GIB);
	EXPECT_STR(cited_text(f, "cache1"), "ext4_inode_cache");
	EXPECT_STR(cited_text(f, "group1"), "/backup");
	EXPECT_EQ(cited(f, "group1_size"), 3 * GIB);
	EXPECT_EQ(cited(f, "pressure"), 100);
}

TEST(other_reclaimable_slab_is_not_names)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_SLAB_RECLAIMABLE, 4 * GIB);
	world_slab(&w, "radix_tree_node", MB(3500));
	world_slab(&w, "dentry", MB(300));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-dentry-inode-heavy", NULL));
}

/* --- node-unexplained-kernel ------------------------------------------------------------------ */

static void world_ledger(struct world *w, uint64_t anon)
{
	mw_set(w->node, M_MEM_FREE, 4 * GIB);
	mw_set(w->node, M_ANON, anon);
	mw_set(w->node, M_CACHED, 4 * GIB);
	mw_set(w->node, M_BUFFERS, 0);
	mw_set(w->node, M_SHMEM, 0);
	mw_set(w->node, M_SLAB, GIB);
	mw_set(w->node, M_SLAB_RECLAIMABLE, GIB / 2);
	mw_set(w->node, M_SLAB_UNRECLAIMABLE, GIB / 2);
	mw_set(w->node, M_PAGE_TABLES, MB(50));
	mw_set(w->node, M_KERNEL_STACK, MB(20));
	mw_set(w->node, M_VMALLOC_USED, MB(100));
}

TEST(unexplained_memory_is_told)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;

	world_ledger(&w, 5 * GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-unexplained-kernel", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	/* 16 GiB - 4 free - 5 anon - 4 cache - 1 slab - tables - stacks - vmalloc without stacks */
	EXPECT_EQ(cited(f, "unexplained"), 2 * GIB - MB(150));
}

TEST(a_ledger_that_closes_is_silent)
{
	scoped_world struct world w = world_new();

	world_ledger(&w, 5 * GIB + MB(1600));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-unexplained-kernel", NULL));
}

TEST(a_ledger_with_lines_missing_is_silent)
{
	scoped_world struct world w = world_new();

	world_ledger(&w, 5 * GIB);
	mw_set_state(w.node, M_SLAB, MW_ABSENT);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-unexplained-kernel", NULL));
	EXPECT(!world_unknown(&w, "node-unexplained-kernel"));
}

TEST(without_vmalloc_nobody_can_tell)
{
	scoped_world struct world w = world_new();

	world_ledger(&w, 5 * GIB);
	mw_set(w.node, M_VMALLOC_USED, 0);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-unexplained-kernel", NULL));
	EXPECT(world_unknown(&w, "node-unexplained-kernel"));
}

/* --- node-shmem-heavy ------------------------------------------------------------------------- */

TEST(shmem_nobody_maps)
{
	scoped_world struct world w = world_new();
	struct mw_entity *group = world_group(&w, "/cache", 2), *e;
	const struct mw_finding *f;

	mw_set(w.node, M_SHMEM, 6 * GIB);
	world_charge(group, 0, 0, 0);
	mw_set(group, M_CG_SHMEM, 5 * GIB);
	e = world_process(&w, 4, "redis", group, GIB);
	mw_set(e, M_P_RSS_SHMEM, GIB);
	world_diagnose(&w);
	f = world_finding(&w, "node-shmem-heavy", NULL);
	assert_non_null(f);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "shmem"), 6 * GIB);
	EXPECT_EQ(cited(f, "unmapped"), 5 * GIB);
	EXPECT_STR(cited_text(f, "group1"), "/cache");
	EXPECT_STR(cited_text(f, "process1"), "redis[4]");
}

TEST(a_databases_own_buffer_is_only_a_note)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_SHMEM, 6 * GIB);
	for (unsigned i = 0; i < 5; i++)
		mw_set(world_process(&w, 10 + i, "postgres", NULL, 5 * GIB), M_P_RSS_SHMEM,
		       5 * GIB);
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-shmem-heavy", NULL)->level, MW_INFO);
}

TEST(shmem_that_leaves_nothing_warns)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_SHMEM, 12 * GIB);
	mw_set(w.node, M_MEM_AVAILABLE, MB(900));
	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "node-shmem-heavy", NULL)->level, MW_WARNING);
	EXPECT(world_finding(&w, "node-memory-low", NULL)->cause ==
	       world_finding(&w, "node-shmem-heavy", NULL));
}

TEST(page_cache_is_no_shared_memory)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_CACHED, 10 * GIB);
	mw_set(w.node, M_SHMEM, MB(300));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-shmem-heavy", NULL));
}

/* --- node-tcp-memory -------------------------------------------------------------------------- */

static void world_tcp(struct world *w, uint64_t used)
{
	mw_set(w->node, M_TCP_MEM, used);
	mw_set(w->node, M_TCP_MEM_LOW, MB(750));
	mw_set(w->node, M_TCP_MEM_PRESSURE, MB(1000));
	mw_set(w->node, M_TCP_MEM_MAX, MB(1500));
}

TEST(tcp_memory_by_how_near_it_is)
{
	static const struct {
		uint64_t used;
		enum mw_level level;
		uint64_t threshold;
	} steps[] = {
		{ MB(850), MW_NOTICE, MB(800) },
		{ MB(1100), MW_WARNING, MB(1000) },
		{ MB(1450), MW_CRITICAL, MB(1425) },
	};
	scoped_world struct world w = world_new();

	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		const struct mw_finding *f;

		world_tcp(&w, steps[i].used);
		world_diagnose(&w);
		f = world_finding(&w, "node-tcp-memory", NULL);
		assert_non_null(f);
		EXPECT_EQ(f->level, steps[i].level);
		EXPECT_EQ(cited(f, "tcp"), steps[i].used);
		EXPECT_EQ(cited(f, "mark"), MB(1000));
		world_later(&w, 1);
	}
}

TEST(tcp_memory_names_who_does_not_read)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_process(&w, 77, "consumer", NULL, MB(10));
	struct mw_entity *queue = world_add(&w, MW_SOCKETS, e, "ESTAB", 1);
	const struct mw_finding *f;

	mw_set(queue, M_SK_RECV_QUEUE, MB(900));
	world_tcp(&w, MB(1100));
	world_diagnose(&w);
	f = world_finding(&w, "node-tcp-memory", NULL);
	EXPECT_STR(cited_text(f, "reader"), "consumer[77]");
	EXPECT_EQ(cited(f, "unread"), MB(900));
}

TEST(tcp_memory_far_from_the_mark_is_silent)
{
	scoped_world struct world w = world_new();

	world_tcp(&w, MB(700));
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "node-tcp-memory", NULL));
}

TEST(tcp_memory_cannot_tell_without_the_limits)
{
	scoped_world struct world w = world_new();

	mw_set(w.node, M_TCP_MEM, MB(100));
	world_diagnose(&w);
	EXPECT(!world_unknown(&w, "node-tcp-memory"));
	world_later(&w, 1);
	mw_set(w.node, M_TCP_MEM, MB(900));
	world_diagnose(&w);
	EXPECT(world_unknown(&w, "node-tcp-memory"));
}
