/* Rules about containers, on memory.stat as people pasted it: the numbers are those of real
 * incidents. Nothing is known of the machine, of kernel memory and of processes. */
#include "world.h"

/* The total_ keys of a memory.stat of cgroup v1. */
struct stat_v1 {
	uint64_t cache, rss, rss_huge, shmem, inactive_anon, active_anon, inactive_file,
		active_file;
	uint64_t limit, memsw; /* hierarchical; memsw 0 = not set */
};

static struct mw_entity *pasted(struct world *w, const struct stat_v1 *s)
{
	static const enum mw_metric of_the_machine[] = { M_MEM_TOTAL, M_MEM_FREE, M_MEM_AVAILABLE,
							 M_SWAP_TOTAL, M_SWAP_FREE };
	struct mw_entity *e = world_group(w, "/", 1);

	for (size_t i = 0; i < sizeof(of_the_machine) / sizeof(*of_the_machine); i++)
		mw_set_state(w->node, of_the_machine[i], MW_ABSENT);
	mw_set(e, M_CG_USAGE, s->rss + s->cache);
	mw_set(e, M_CG_ANON, s->rss);
	mw_set(e, M_CG_FILE, s->cache);
	mw_set(e, M_CG_ANON_THP, s->rss_huge);
	mw_set(e, M_CG_SHMEM, s->shmem);
	mw_set(e, M_CG_INACTIVE_ANON, s->inactive_anon);
	mw_set(e, M_CG_ACTIVE_ANON, s->active_anon);
	mw_set(e, M_CG_INACTIVE_FILE, s->inactive_file);
	mw_set(e, M_CG_ACTIVE_FILE, s->active_file);
	mw_set(e, M_CG_SWAP, 0);
	mw_set(e, M_CG_LIMIT, s->limit);
	mw_set(e, M_CG_HIERARCHICAL_LIMIT, s->limit);
	if (s->memsw)
		mw_set(e, M_CG_HIERARCHICAL_MEMSW_LIMIT, s->memsw);
	else
		mw_set_state(e, M_CG_HIERARCHICAL_MEMSW_LIMIT, MW_UNLIMITED);
	return e;
}

static bool has_line(const struct mw_lines *lines, const char *word)
{
	for (; lines; lines = lines->next)
		if (strstr(lines->text, word))
			return true;
	return false;
}

/* What the rules about containers say at that level or above. */
static size_t said(const struct world *w, enum mw_level least)
{
	size_t n = 0;

	for (size_t i = 0; i < w->d.count; i++)
		n += w->d.findings[i]->level >= least && !strncmp(w->d.findings[i]->id, "ctr-", 4);
	return n;
}

TEST(a_pod_full_of_active_file_cache)
{
	static const struct stat_v1 low_kernel = {
		.cache = 1928810496,
		.rss = 1292386304,
		.rss_huge = 14680064,
		.active_anon = 1292386304,
		.inactive_file = 580984832,
		.active_file = 1347825664,
		.limit = 3221225472,
	};
	scoped_world struct world w = world_new();
	struct mw_entity *e = pasted(&w, &low_kernel);
	const struct mw_finding *active, *cache;

	world_diagnose(&w);
	EXPECT_EQ(mw_get(e, M_CG_WORKING_SET).v, 2640211968);
	active = world_finding(&w, "ctr-active-file-inflates-working-set", e);
	cache = world_finding(&w, "ctr-cache-not-risk", e);
	EXPECT_EQ(cited(active, "working_set"), 2640211968.0);
	EXPECT_EQ(cited(active, "needed"), 1292386304);
	assert_float_equal(cited(active, "share"), 0.51, 0.005);
	assert_float_equal(cited(active, "of_limit"), 0.82, 0.005);
	EXPECT_EQ(active->level, MW_NOTICE);
	assert_float_equal(cited(cache, "usage_share"), 0.99999, 0.00001);
	assert_float_equal(cited(cache, "needed_share"), 0.401, 0.0005);
	EXPECT(cache->cause == active);
	EXPECT(!world_finding(&w, "ctr-oom-risk", NULL));
	EXPECT(!world_finding(&w, "ctr-inactive-anon-piled", NULL));
	EXPECT(!said(&w, MW_WARNING));
}

TEST(the_same_pod_on_a_newer_kernel_is_healthy)
{
	static const struct stat_v1 high_kernel = {
		.cache = 1852940288,
		.rss = 2250285056,
		.active_anon = 2250285056,
		.inactive_file = 1812811776,
		.active_file = 40095744,
		.limit = 4294967296,
	};
	scoped_world struct world w = world_new();
	struct mw_entity *e = pasted(&w, &high_kernel);

	world_diagnose(&w);
	EXPECT_EQ(mw_get(e, M_CG_WORKING_SET).v, 2290413568);
	EXPECT(!said(&w, MW_NOTICE));
	EXPECT(!world_finding(&w, "ctr-active-file-inflates-working-set", NULL));
	EXPECT(!world_finding(&w, "ctr-oom-risk", NULL));
}

TEST(php_workers_that_keep_anonymous_memory)
{
	static const struct stat_v1 php = {
		.cache = 3224702976,
		.rss = 2389835776,
		.rss_huge = 562036736,
		.shmem = 237355008,
		.inactive_anon = 2438934528,
		.active_anon = 196939776,
		.inactive_file = 2374172672,
		.active_file = 612716544,
		.limit = 6291456000,
		.memsw = 6291456000,
	};
	scoped_world struct world w = world_new();
	struct mw_entity *e = pasted(&w, &php);
	const struct mw_finding *f;

	world_diagnose(&w);
	EXPECT_EQ(mw_get(e, M_CG_UNRECLAIMABLE).v, 2627649536);
	f = world_finding(&w, "ctr-inactive-anon-piled", e);
	EXPECT_EQ(cited(f, "inactive"), 2438934528.0);
	assert_float_equal(cited(f, "share"), 0.93, 0.005);
	EXPECT_EQ(f->confidence, MW_LOW);
	EXPECT(strstr(f->doubt, "would prove it"));
	EXPECT(has_line(f->avoid, "drop_caches"));
	f = world_finding(&w, "ctr-cache-not-risk", e);
	assert_float_equal(cited(f, "cache_share"), 0.53, 0.005);
	EXPECT(!world_finding(&w, "ctr-oom-risk", NULL));
	EXPECT(!said(&w, MW_WARNING));
}

TEST(a_java_pod_that_grows_slowly)
{
	static const struct stat_v1 java = {
		.cache = 741126144,
		.rss = 2392379392,
		.rss_huge = 2006974464,
		.inactive_anon = 2392178688,
		.inactive_file = 616534016,
		.active_file = 124129280,
		.limit = 3145728000,
		.memsw = 3145728000,
	};
	scoped_world struct world w = world_new();
	struct mw_entity *e = pasted(&w, &java);
	const struct mw_finding *f;

	world_diagnose(&w);
	f = world_finding(&w, "ctr-cache-not-risk", e);
	assert_float_equal(cited(f, "usage_share"), 0.996, 0.0005);
	assert_float_equal(cited(f, "working_set_share"), 0.8001, 0.00005);
	assert_float_equal(cited(f, "anon_share"), 0.761, 0.0005);
	assert_float_equal(cited(f, "huge_share"), 0.839, 0.0005);
	EXPECT(has_line(f->details, "larger part is anonymous"));
	EXPECT(!world_finding(&w, "ctr-oom-risk", NULL));
	EXPECT(!world_finding(&w, "ctr-active-file-inflates-working-set", NULL));
	EXPECT(!said(&w, MW_WARNING));
}

TEST(a_java_container_of_six_gib)
{
	static const struct stat_v1 java = {
		.cache = 1146900480,
		.rss = 5227409408,
		.rss_huge = 1799356416,
		.inactive_anon = 5226868736,
		.inactive_file = 1128783872,
		.active_file = 18247680,
		.limit = 6442450944,
		.memsw = 6442450944,
	};
	scoped_world struct world w = world_new();
	struct mw_entity *e = pasted(&w, &java);

	world_diagnose(&w);
	EXPECT_EQ(mw_get(e, M_CG_WORKING_SET).v, 5245526016);
	EXPECT(!world_finding(&w, "ctr-oom-risk", NULL));
	EXPECT(!world_finding(&w, "ctr-cache-not-risk", NULL));
	EXPECT(!world_finding(&w, "ctr-active-file-inflates-working-set", NULL));
	EXPECT(!said(&w, MW_WARNING));
}

TEST(a_small_mysql_is_well)
{
	static const struct stat_v1 mysql = {
		.cache = 118407168,
		.rss = 197357568,
		.rss_huge = 138412032,
		.inactive_anon = 197267456,
		.active_anon = 135168,
		.inactive_file = 117055488,
		.active_file = 1216512,
		.limit = 524288000,
		.memsw = 524288000,
	};
	scoped_world struct world w = world_new();

	pasted(&w, &mysql);
	world_diagnose(&w);
	EXPECT(!said(&w, MW_INFO));
}

/* A log of 8.2 MB, read twice: before, after the first and after the second time. */
static const struct stat_v1 grep_a_log[] = {
	{ .cache = 38195200,
	  .rss = 13484032,
	  .active_anon = 13422592,
	  .inactive_file = 12058624,
	  .active_file = 26136576,
	  .limit = 314572800 },
	{ .cache = 46850048,
	  .rss = 13500416,
	  .active_anon = 13459456,
	  .inactive_file = 20709376,
	  .active_file = 26140672,
	  .limit = 314572800 },
	{ .cache = 46850048,
	  .rss = 13504512,
	  .active_anon = 13459456,
	  .inactive_file = 12025856,
	  .active_file = 34824192,
	  .limit = 314572800 },
};

TEST(a_log_file_read_twice_moves_the_working_set)
{
	scoped_world struct world w = world_new();
	const struct mw_finding *f;
	struct mw_entity *e = pasted(&w, &grep_a_log[0]);

	for (size_t i = 1; i < 3; i++) {
		/* pastes have an order, but no times */
		world_later(&w, 0);
		e = pasted(&w, &grep_a_log[i]);
	}
	world_diagnose(&w);
	f = world_finding(&w, "ctr-active-file-inflates-working-set", e);
	EXPECT_EQ(f->level, MW_INFO);
	EXPECT_EQ(cited(f, "moved"), 8683520);
	EXPECT_EQ(cited(f, "grew"), 48328704 - 39641088);
	EXPECT_EQ(cited(f, "left_inactive"), 8683520);
	EXPECT_EQ(cited(f, "more_needed"), 4096);
	EXPECT(!said(&w, MW_NOTICE));
}

TEST(one_look_at_the_log_reader_is_nothing)
{
	scoped_world struct world w = world_new();

	pasted(&w, &grep_a_log[2]);
	world_diagnose(&w);
	EXPECT(!said(&w, MW_INFO));
}
