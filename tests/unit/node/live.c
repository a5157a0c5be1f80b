/* The collectors on the running kernel, against its other counters. */
#include "node.h"

#include "engine/engine.h"

static struct mw_snapshot *sweep(const char *root)
{
	struct mw_source *source;
	struct mw_snapshot *s = NULL;

	EXPECT_EQ(mw_source_live(root, &source), 0);
	EXPECT_EQ(mw_engine_sweep(source, MW_WANT_NODE | MW_WANT_NODE_DETAIL, &s), 0);
	mw_source_free(source);
	return s;
}

static void near(uint64_t got, uint64_t wanted, uint64_t slack)
{
	EXPECT(got <= wanted + slack && wanted <= got + slack);
}

TEST(no_collector_has_a_problem_here)
{
	scoped_snapshot struct mw_snapshot *s = sweep("/");
	const struct mw_problem *problems;
	size_t count = mw_snapshot_problems(s, &problems);

	if (getuid())
		return; /* slabinfo and others are root's */
	for (size_t i = 0; i < count; i++)
		printf("# %s:%u errno %d\n", problems[i].path, problems[i].line, problems[i].error);
	EXPECT_EQ(count, 0);
}

TEST(zones_and_numa_nodes_add_up_to_meminfo)
{
	scoped_snapshot struct mw_snapshot *s = sweep("/");
	uint64_t slack = (uint64_t)64 << 20; /* others allocate meanwhile */
	uint64_t managed = sum_of(s, MW_ZONE, M_Z_MANAGED), free = sum_of(s, MW_ZONE, M_Z_FREE);

	/* not the totals themselves: a kernel that hands out memory lazily counts what it has not
	 * touched yet in MemTotal and MemFree, but in no zone */
	near(managed - free, node_value(s, M_MEM_TOTAL) - node_value(s, M_MEM_FREE), slack);
	near(sum_of(s, MW_ZONE, M_Z_PCP_COUNT), node_value(s, M_PCP_FREE), 0);
	if (mw_snapshot_count(s, MW_NUMA) &&
	    mw_get(mw_snapshot_at(s, MW_NUMA, 0), M_N_TOTAL).state == MW_OK)
		near(sum_of(s, MW_NUMA, M_N_TOTAL), managed, slack);
}

TEST(slab_vmalloc_and_stacks_agree_with_meminfo)
{
	scoped_snapshot struct mw_snapshot *s = sweep("/");

	if (node_state(s, M_VMALLOC_PAGES) != MW_OK)
		return; /* not root */
	near(node_value(s, M_VMALLOC_PAGES), node_value(s, M_VMALLOC_USED), (uint64_t)8 << 20);
	EXPECT(node_value(s, M_VMALLOC_STACKS) <= node_value(s, M_VMALLOC_PAGES));
	/* large kmalloc()s are in no cache, and there may be a hundred MiB of them */
	EXPECT(sum_of(s, MW_SLAB, M_SL_BYTES) <= node_value(s, M_SLAB) + ((uint64_t)32 << 20));
}

TEST(nothing_there_is_absent_and_no_problem)
{
	char root[] = "/tmp/memwhy-test-XXXXXX";
	const struct mw_problem *problems;

	EXPECT(mkdtemp(root));
	scoped_snapshot struct mw_snapshot *s = sweep(root);
	rmdir(root);
	EXPECT_EQ(mw_snapshot_problems(s, &problems), 0);
	for (enum mw_metric m = 0; m < mw_metric_end(MW_NODE); m++)
		EXPECT_EQ(node_state(s, m), MW_ABSENT);
}

/* each call that a sweep makes fails once: no crash, the rest is still read */
TEST(any_call_may_fail)
{
	struct mw_source *live, *faulty;
	uint64_t calls = 1;

	for (uint64_t n = 0; n < calls; n += n ? 7 : 1) {
		struct mw_snapshot *s = NULL;

		EXPECT_EQ(mw_source_live("/", &live), 0);
		EXPECT_EQ(mw_source_faulty(live, n, EACCES, &faulty), 0);
		EXPECT_EQ(mw_engine_sweep(faulty, MW_WANT_NODE, &s), 0);
		if (n == 0)
			calls = mw_source_faulty_calls(faulty);
		mw_snapshot_free(s);
		mw_source_free(faulty);
	}
	EXPECT(calls > 100);
}
