#include "meta/ask/kubelet.h"
#include "test.h"

#define UID "5f2c9c7e-3a51-4a39-8a6b-0c1d2e3f4a5b"

static struct mw_entity *group(struct mw_snapshot *s, const char *path, const char *role,
			       const char *container)
{
	static uint64_t id = 1;
	struct mw_entity *e = mw_snapshot_add(s, MW_CGROUP, NULL, slice_of(path), id++, 0);

	mw_set_text(s, e, M_CG_ROLE, slice_of(role));
	mw_set_text(s, e, M_CG_POD_UID, SLICE(UID));
	if (container)
		mw_set_text(s, e, M_CG_CONTAINER, slice_of(container));
	return e;
}

TEST(what_the_kubelet_counts)
{
	scoped_buf struct buf json = fixture_text("meta/kubelet-summary.json");
	struct mw_machine machine = { .kind = MW_LIVE };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *pod = group(s, "/p", "pod", NULL),
			 *java = group(s, "/p/1", "container", "java"),
			 *pause = group(s, "/p/2", "sandbox", NULL),
			 *other = group(s, "/p/3", "container", "other");
	int64_t now;

	EXPECT(mw_rfc3339(SLICE("2024-03-01T09:30:00Z"), &now));
	EXPECT_EQ(now / 1000000000, 1709285400);
	EXPECT_EQ(mw_kubelet_summary_parse(buf_slice(&json), now, s), 0);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_KUBELET_AVAILABLE).v, 6500000000);
	EXPECT_EQ(mw_get(pod, M_CG_KUBELET_WORKING_SET).v, 505000000);
	EXPECT_EQ(mw_get(pod, M_CG_KUBELET_AGE).v, 8000000);
	EXPECT_EQ(mw_get(java, M_CG_KUBELET_WORKING_SET).v, 480000000);
	EXPECT_EQ(mw_get(java, M_CG_KUBELET_USAGE).v, 500000000);
	EXPECT_EQ(mw_get(java, M_CG_KUBELET_RSS).v, 400000000);
	EXPECT_EQ(mw_get(java, M_CG_KUBELET_AGE).v, 4500000);
	EXPECT_EQ(mw_get(pause, M_CG_KUBELET_USAGE).state, MW_ABSENT);
	EXPECT_EQ(mw_get(other, M_CG_KUBELET_USAGE).state, MW_ABSENT);
	EXPECT_EQ(mw_kubelet_summary_parse(SLICE("{}"), now, s), -EBADMSG);
	EXPECT_EQ(mw_kubelet_summary_parse(SLICE("{\"pods\":[{\"podRef\":"), now, s), -EBADMSG);
	mw_snapshot_free(s);
}

TEST(times)
{
	static const char *const bad[] = { "",
					   "2024-03-01",
					   "2024-03-01T09:30:00",
					   "2024-13-01T09:30:00Z",
					   "2024-03-01T24:30:00Z",
					   "2024-03-01T09:30:00+2",
					   "2024-03-01T09:30:00Zx",
					   "2024- 3-01T09:30:00Z",
					   "99999-03-01T09:30:00Z" };
	int64_t ns = 7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		EXPECT(!mw_rfc3339(slice_of(bad[i]), &ns));
	EXPECT_EQ(ns, 7);
	EXPECT(mw_rfc3339(SLICE("1970-01-01T00:00:00.000000001Z"), &ns));
	EXPECT_EQ(ns, 1);
	EXPECT(mw_rfc3339(SLICE("1970-01-01T02:00:00.25+02:00"), &ns));
	EXPECT_EQ(ns, 250000000);
	EXPECT(mw_rfc3339(SLICE("1970-01-01T00:00:00.99999999999999Z"), &ns));
	EXPECT_EQ(ns, 999999999);
}
