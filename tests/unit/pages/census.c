/* A kept census as rows; the running machine's census beside its own counters. */
#include "bpf/capability.h"
#include "collect/pages/pages.h"
#include "engine/engine.h"
#include "model/sample.h"
#include "test.h"
#include "tree.h"

#include <math.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>

#define PAGE 4096

static const struct mw_entity *owner(const struct mw_snapshot *s, uint64_t id)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_OWNER)
		if (e->id == id)
			return e;
	return NULL;
}

TEST(a_capture_has_it_as_it_was)
{
	struct mw_source *source;
	struct mw_snapshot *s;
	const struct mw_entity *node, *f;
	struct buf problem = { 0 };

	make_tree();
	put("memwhy/manifest", "memwhy-capture 1\npage_size 4096\nclock_ticks 100\n");
	put("memwhy/census", "census 6 6291456 98303 1 1 1\n"
			     "dropped 0 0 0\n"
			     "pages free 6000000\npages file 768\npages anon 64\n"
			     "group 0 0 0 file 77\n"
			     "group 9 23 1 file 640 anon 64\n"
			     "name web\n"
			     "row 9 file 8:1 77 5 0 100644 640 64 3 1\n"
			     "row 0 file 0:0 12 0 0 0 77 0 0 0\n");
	EXPECT_EQ(mw_source_tree(top, NULL, &source, &problem), 0);
	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_CENSUS, &s), 0);
	node = mw_snapshot_node(s);
	EXPECT_EQ(mw_get(node, M_CENSUS_SAMPLE).v, 64);
	EXPECT_EQ(mw_get(node, M_CENSUS_FREE).v, 6000000ULL * PAGE);
	EXPECT_EQ(mw_get(node, M_CENSUS_DYING).v, 704 * PAGE);
	EXPECT_EQ(mw_get(node, M_CENSUS_DYING_GROUPS).v, 1);
	EXPECT_EQ(mw_get(node, M_CENSUS_NOBODY).v, 77 * PAGE);
	EXPECT_EQ(mw_snapshot_count(s, MW_OWNER), 2);
	EXPECT_STR(owner(s, 9)->name, "/web");
	EXPECT_EQ(mw_get(owner(s, 9), M_OW_ALL).v, 704 * PAGE);
	EXPECT_EQ(mw_get(owner(s, 9), M_OW_DYING).v, 1);
	EXPECT_STR(owner(s, 0)->name, "");
	EXPECT_EQ(mw_snapshot_count(s, MW_FILE), 2);
	f = mw_snapshot_at(s, MW_FILE, 0);
	EXPECT_EQ(f->id, 77);
	EXPECT_EQ(f->birth, makedev(8, 1));
	EXPECT_EQ(mw_get(f, M_F_CACHED).v, 640 * PAGE);
	EXPECT_EQ(mw_get(f, M_F_DELETED).v, 1);
	EXPECT_STR(mw_get_text(f, M_F_DEVICE), "8:1");
	f = mw_snapshot_at(s, MW_FILE, 1);
	EXPECT_EQ(f->id, 0);
	EXPECT_EQ(mw_get(f, M_F_FILES).v, 12);
	mw_snapshot_free(s);
	mw_source_free(source);
	buf_release(&problem);
	remove_tree();
}

TEST(a_capture_without_one_says_so)
{
	struct mw_source *source;
	struct mw_snapshot *s;
	struct buf problem = { 0 };

	make_tree();
	put("proc/meminfo", "MemTotal: 1 kB\n");
	EXPECT_EQ(mw_source_tree(top, NULL, &source, &problem), 0);
	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_CENSUS | MW_WANT_NODE, &s), 0);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_CENSUS_FREE).state, MW_ABSENT);
	EXPECT_EQ(mw_snapshot_count(s, MW_OWNER), 0);
	mw_snapshot_free(s);
	mw_source_free(source);
	buf_release(&problem);
	remove_tree();
}

TEST(the_error_of_a_sample)
{
	/* 10 000 hits of 64 frames: their number's root, times 64 */
	EXPECT_EQ(mw_sample_error(640000, 1ULL << 40, 64, 1) / 64, 99); /* 63/64 of 100 */
	EXPECT_EQ(mw_sample_error(640000, 1ULL << 40, 1, 1), 0);
	EXPECT_EQ(mw_sample_error(1000, 1000, 64, 1), 0); /* all of it: nothing is left to chance */
	/* one hit or none: a group of fewer pages than a window is easily missed */
	EXPECT_EQ(mw_sample_error(0, 1000, 64, 1), 64);
	EXPECT_EQ(mw_sample_error(0, 1ULL << 40, 64, PAGE), 64 * PAGE);
	EXPECT_EQ(mw_sample_error(64 * PAGE, 1ULL << 40, 64, PAGE), 64 * PAGE);
	EXPECT_EQ(mw_sample_error(0, 1000, 1, 1), 0);
	EXPECT_EQ(mw_sample_error(640000ULL * PAGE, 1ULL << 50, 64, PAGE) / PAGE / 64, 99);
	EXPECT_EQ(mw_sample_error(5, 0, 64, 4096), 0);
	EXPECT_EQ(mw_sample_error(UINT64_MAX, UINT64_MAX, 64, 1), 0);
}

static void close_to(const struct mw_entity *node, enum mw_metric census, uint64_t told)
{
	uint64_t counted = mw_get(node, census).v;
	uint64_t slack = told / 50 + (16ULL << 20); /* others work meanwhile */

	if (counted > told + slack || told > counted + slack)
		print_message("# %s: %llu, told %llu\n", mw_metric_info(census)->name,
			      (unsigned long long)counted, (unsigned long long)told);
	EXPECT(counted <= told + slack && told <= counted + slack);
}

static void beside_meminfo(bool programs)
{
	struct mw_source *source;
	struct mw_bpf *bpf = NULL;
	struct mw_snapshot *s;
	const struct mw_entity *n;

	EXPECT_EQ(mw_source_live("/", &source), 0);
	if (programs)
		EXPECT_EQ(mw_bpf_new(false, &bpf), 0);
	source->bpf = bpf;
	if (programs && !mw_bpf_need(bpf, 1U << MW_BPF_CENSUS)) {
		struct mw_bpf_status status;

		mw_bpf_status(bpf, MW_BPF_CENSUS, &status);
		print_message("# not compared: %s\n", status.why);
	} else {
		EXPECT_EQ(mw_engine_sweep(source, MW_WANT_CENSUS | MW_WANT_NODE, &s), 0);
		n = mw_snapshot_node(s);
		if (mw_get(n, M_CENSUS_FRAMES).state == MW_OK) {
			close_to(n, M_CENSUS_FREE,
				 mw_get(n, M_MEM_FREE).v + mw_get_or(n, M_PCP_FREE, 0));
			close_to(n, M_CENSUS_SHMEM, mw_get(n, M_SHMEM).v);
			close_to(n, M_CENSUS_FILE,
				 mw_get(n, M_CACHED).v + mw_get(n, M_BUFFERS).v -
					 mw_get(n, M_SHMEM).v);
			close_to(n, M_CENSUS_PAGE_TABLES, mw_get(n, M_PAGE_TABLES).v);
		} else {
			print_message("# not compared: no census here (not root?)\n");
		}
		mw_snapshot_free(s);
	}
	mw_source_free(source);
	mw_bpf_free(bpf);
}

TEST(the_census_of_this_machine_is_what_meminfo_says)
{
	beside_meminfo(true);
}

TEST(so_it_is_without_programs)
{
	beside_meminfo(false);
}
