#include "test.h"

#include "collect/cgroup/files.h"

#include <errno.h>

struct parsed {
	struct mw_snapshot *s;
	struct mw_entity *group;
	struct mw_parse_error at;
	int result;
};

static struct parsed parse(const char *file, const char *text)
{
	static struct mw_keyed keyed;
	struct mw_machine machine = { .page_size = 4096 };
	struct parsed p = { .s = mw_snapshot_new(&machine) };

	mw_keyed_init(&keyed, file);
	p.group = mw_snapshot_add(p.s, MW_CGROUP, NULL, SLICE("/g"), 1, 0);
	p.result = mw_group_numa_parse(&keyed, slice_of(text), p.s, p.group, &p.at);
	return p;
}

static struct mw_num cell(const struct parsed *p, size_t row, enum mw_metric metric)
{
	return mw_get(mw_snapshot_at(p->s, MW_CGROUP_NUMA, row), metric);
}

TEST(v2_counts_bytes)
{
	struct parsed p = parse("cgroup2/memory.numa_stat",
				"anon N0=14086144 N1=4096\nfile N0=8089600 N1=0\nnews N0=7\n"
				"slab_unreclaimable N0=17680 N1=1\n");

	EXPECT_EQ(p.result, 0);
	EXPECT_EQ(mw_snapshot_count(p.s, MW_CGROUP_NUMA), 2);
	EXPECT_EQ(cell(&p, 0, M_CN_ANON).v, 14086144);
	EXPECT_EQ(cell(&p, 1, M_CN_ANON).v, 4096);
	EXPECT_EQ(cell(&p, 1, M_CN_FILE).state, MW_OK);
	EXPECT_EQ(cell(&p, 0, M_CN_SLAB_UNRECLAIMABLE).v, 17680);
	EXPECT(mw_snapshot_at(p.s, MW_CGROUP_NUMA, 1)->parent == p.group);
	EXPECT_EQ(mw_snapshot_at(p.s, MW_CGROUP_NUMA, 1)->id, 1);
	mw_snapshot_free(p.s);
}

TEST(v1_counts_pages_of_the_hierarchy)
{
	struct parsed p = parse("cgroup1/memory.numa_stat",
				"total=0 N0=0 N2=0\nfile=0 N0=0 N2=0\n"
				"hierarchical_total=5536 N0=5536 N2=0\n"
				"hierarchical_file=1515 N0=1510 N2=5\n"
				"hierarchical_anon=4021 N0=4021 N2=0\n");

	EXPECT_EQ(p.result, 0);
	EXPECT_EQ(mw_snapshot_count(p.s, MW_CGROUP_NUMA), 2);
	EXPECT_EQ(cell(&p, 0, M_CN_LRU_FILE).v, 1510 * 4096);
	EXPECT_EQ(cell(&p, 1, M_CN_LRU_FILE).v, 5 * 4096);
	EXPECT_EQ(mw_snapshot_at(p.s, MW_CGROUP_NUMA, 1)->id, 2);
	EXPECT_EQ(cell(&p, 0, M_CN_ANON).state, MW_ABSENT);
	mw_snapshot_free(p.s);
}

TEST(garbled_fields_name_their_line)
{
	static const char *const bad[] = {
		"file N0=1\nanon N0=\n",       "file N0=1\nanon N=1\n",
		"file N0=1\nanon N0=1 N0=1\n", "file N0=1\nanon N0=99999999999999999999999\n",
		"file N0=1\nanon 5\n",         "file N0=1\nanon N0=1 x\n",
		"file N0=1\nfile N0=1\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct parsed p = parse("cgroup2/memory.numa_stat", bad[i]);

		EXPECT_EQ(p.result, -EBADMSG);
		EXPECT_EQ(p.at.line, 2);
		EXPECT_EQ(cell(&p, 0, M_CN_FILE).v, 1);
		mw_snapshot_free(p.s);
	}
}

TEST(v1_pages_that_overflow_are_malformed)
{
	struct parsed p = parse("cgroup1/memory.numa_stat",
				"hierarchical_file=1 N0=18446744073709551615\n");

	EXPECT_EQ(p.result, -EBADMSG);
	EXPECT_EQ(cell(&p, 0, M_CN_LRU_FILE).state, MW_MALFORMED);
	mw_snapshot_free(p.s);
}
