/* What fills a container: files in memory, the kernel's share, what nobody holds any more. */
#include "world.h"

/* A group with `shmem` in its usage beside `anon`. */
static struct mw_entity *with_shmem(struct world *w, const char *path, uint64_t limit,
				    uint64_t anon, uint64_t shmem)
{
	struct mw_entity *e = world_group(w, path, 2);

	if (limit)
		mw_set(e, M_CG_LIMIT, limit);
	world_charge(e, anon, 0, 0);
	mw_set(e, M_CG_USAGE, anon + shmem);
	mw_set(e, M_CG_SHMEM, shmem);
	mw_set(e, M_CG_FILE, shmem);
	return e;
}

/* --- ctr-shmem-charged ------------------------------------------------------------------------ */

TEST(files_in_memory_that_nobody_maps)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = with_shmem(&w, "/c", 512 * MIB, 50 * MIB, 200 * MIB);
	const struct mw_finding *f;

	world_process(&w, 9, "sh", e, 50 * MIB);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-shmem-charged", e);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(f->confidence, MW_HIGH);
	EXPECT_EQ(cited(f, "shmem"), 200 * MIB);
	assert_float_equal(cited(f, "of_limit"), 200.0 / 512, 1e-9);
}

TEST(shared_buffers_of_a_database_are_silent)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = with_shmem(&w, "/pg", 4 * GIB, 300 * MIB, 1500 * (uint64_t)MIB);

	mw_set(world_process(&w, 9, "postgres", e, 60 * MIB), M_P_RSS_SHMEM, 1300 * (uint64_t)MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-shmem-charged", NULL));
}

TEST(files_in_memory_where_no_process_is_known)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = with_shmem(&w, "/c", 512 * MIB, 50 * MIB, 200 * MIB);

	world_diagnose(&w);
	EXPECT_EQ(world_finding(&w, "ctr-shmem-charged", e)->confidence, MW_MEDIUM);
}

TEST(a_little_shared_memory)
{
	scoped_world struct world w = world_new();

	with_shmem(&w, "/c", 4 * GIB, 50 * MIB, 200 * MIB);
	with_shmem(&w, "/small", 128 * MIB, 5 * MIB, 40 * MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-shmem-charged", NULL));
}

/* --- ctr-dead-charges ------------------------------------------------------------------------- */

TEST(files_that_outlive_their_process)
{
	scoped_world struct world w = world_new();
	struct mw_entity *top = world_group(&w, "/", 2);
	struct mw_entity *e = with_shmem(&w, "/job", 512 * MIB, 0, 200 * MIB);
	const struct mw_finding *f, *shmem;

	mw_set(top, M_CG_PROCESSES, 4);
	mw_set(e, M_CG_PROCESSES, 0);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-dead-charges", e);
	EXPECT_EQ(f->level, MW_NOTICE);
	EXPECT_EQ(cited(f, "needed"), 200 * MIB);
	EXPECT_EQ(cited(f, "shmem"), 200 * MIB);
	shmem = world_finding(&w, "ctr-shmem-charged", e);
	EXPECT(shmem && shmem->cause == f);
}

TEST(an_empty_group_with_cache_or_with_groups_in_use)
{
	scoped_world struct world w = world_new();
	struct mw_entity *cache = world_group(&w, "/cache", 2);
	struct mw_entity *slice = with_shmem(&w, "/slice", 0, 0, 200 * MIB);
	struct mw_entity *service = with_shmem(&w, "/slice/service", 0, 0, 200 * MIB);

	world_charge(cache, 0, 300 * MIB, 300 * MIB);
	mw_set(cache, M_CG_PROCESSES, 0);
	mw_set(slice, M_CG_PROCESSES, 0);
	mw_set(service, M_CG_PROCESSES, 1);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-dead-charges", NULL));
}

/* --- ctr-kernel-heavy ------------------------------------------------------------------------- */

static struct mw_entity *with_kernel(struct world *w, unsigned version, uint64_t kernel)
{
	struct mw_entity *e = world_group(w, "/k", version);

	mw_set(e, M_CG_LIMIT, GIB);
	world_charge(e, 200 * MIB, 0, 0);
	mw_set(e, M_CG_USAGE, 200 * MIB + kernel);
	mw_set(e, M_CG_KERNEL, kernel);
	return e;
}

TEST(kernel_memory_by_kind)
{
	static const struct {
		enum mw_metric kind;
		enum mw_level level;
	} cases[] = {
		{ M_CG_SLAB_UNRECLAIMABLE, MW_NOTICE },
		{ M_CG_SLAB_RECLAIMABLE, MW_INFO },
		{ M_CG_PAGE_TABLES, MW_NOTICE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		scoped_world struct world w = world_new();
		struct mw_entity *e = with_kernel(&w, 2, 300 * MIB);
		const struct mw_finding *f;

		mw_set(e, M_CG_KERNEL_STACK, 4 * MIB);
		mw_set(e, cases[i].kind, 280 * MIB);
		world_diagnose(&w);
		f = world_finding(&w, "ctr-kernel-heavy", e);
		EXPECT_EQ(f->level, cases[i].level);
		EXPECT_EQ(cited(f, "kind"), 280 * MIB);
		assert_float_equal(cited(f, "share"), 0.6, 1e-9);
	}
}

TEST(kernel_memory_that_v1_does_not_name)
{
	static const unsigned tables[] = { 10, 280 };

	for (size_t i = 0; i < 2; i++) {
		scoped_world struct world w = world_new();
		struct mw_entity *e = with_kernel(&w, 1, 300 * MIB);
		const struct mw_finding *f;

		mw_set(world_process(&w, 3, "oracle", e, 90 * MIB), M_P_PAGE_TABLES,
		       tables[i] * (uint64_t)MIB);
		world_diagnose(&w);
		f = world_finding(&w, "ctr-kernel-heavy", e);
		EXPECT_EQ(cited(f, "tables"), tables[i] * (double)MIB);
		EXPECT_EQ(cited(f, "rest"), (300 - tables[i]) * (double)MIB);
		EXPECT_EQ(f->confidence, i ? MW_HIGH : MW_MEDIUM);
	}
}

TEST(kernel_memory_after_a_walk_of_many_files)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = with_kernel(&w, 2, 120 * MIB);

	mw_set(e, M_CG_SLAB_RECLAIMABLE, 110 * MIB);
	world_diagnose(&w);
	EXPECT(!world_finding(&w, "ctr-kernel-heavy", NULL));
}

/* --- the files behind them -------------------------------------------------------------------- */

static void with_file(struct world *w, struct mw_entity *group, uint64_t inode, const char *type,
		      uint64_t cached, const char *path)
{
	struct mw_entity *e = world_add(w, MW_FILE, group, "", inode);

	mw_set_text(w->s, e, M_F_TYPE, slice_of(type));
	mw_set(e, M_F_CACHED, cached);
	mw_set(e, M_F_ACTIVE, cached);
	mw_set(e, M_F_DELETED, inode == 3);
	if (path)
		mw_set_text(w->s, e, M_F_PATH, slice_of(path));
}

TEST(files_in_memory_are_named)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = with_shmem(&w, "/c", 512 * MIB, 50 * MIB, 200 * MIB);
	const struct mw_finding *f;

	with_file(&w, e, 1, "file", 40 * MIB, "/var/log/on-disk");
	with_file(&w, e, 2, "shmem", 20 * MIB, "/dev/shm/b");
	with_file(&w, e, 3, "shmem", 150 * MIB, "/dev/shm/a");
	with_file(&w, e, 4, "shmem", 30 * MIB, NULL);
	world_diagnose(&w);
	f = world_finding(&w, "ctr-shmem-charged", e);
	EXPECT_STR(cited_text(f, "file1"), "/dev/shm/a (deleted)");
	EXPECT_EQ(cited(f, "file1_size"), 150 * MIB);
	EXPECT_STR(cited_text(f, "file2"), "/dev/shm/b");
}

TEST(files_that_keep_the_working_set_high_are_named)
{
	scoped_world struct world w = world_new();
	struct mw_entity *e = world_group(&w, "/c", 2);
	const struct mw_finding *f;

	mw_set(e, M_CG_LIMIT, 512 * MIB);
	world_charge(e, 50 * MIB, 20 * MIB, 400 * (uint64_t)MIB);
	with_file(&w, e, 1, "file", 350 * (uint64_t)MIB, "/var/log/access.log");
	with_file(&w, e, 2, "shmem", 380 * (uint64_t)MIB, "/dev/shm/b");
	world_diagnose(&w);
	f = world_finding(&w, "ctr-active-file-inflates-working-set", e);
	EXPECT_STR(cited_text(f, "file1"), "/var/log/access.log");
	EXPECT_EQ(cited(f, "file1_size"), 350.0 * MIB);
}
