/* What kubectl top and describe, docker stats and inspect print of containers. */
#include "paste.h"

TEST(top_beside_the_kernels_counters)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"java-container-5g-heap-1.3g-transcript.txt");
	const struct mw_printed *p = printed(&t, "kubectl-top", "MEMORY(bytes)");

	EXPECT_EQ(p->value, 5006ull << 20);
	EXPECT_EQ(p->low, 5006ull << 20);
	EXPECT_EQ(p->high, 5007ull << 20);
	/* of another moment: 0.07 % more than what memory.stat gives */
	EXPECT_EQ(p->now.v, 5245526016);
	EXPECT(!p->agrees);
	EXPECT((p->value - p->now.v) * 1000 < p->now.v);
	EXPECT_EQ(cell(group(&t, NULL), M_CG_WORKING_SET), 5245526016);
}

TEST(top_alone)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ kubectl top pod -n shop --containers\n"
		"POD     NAME    CPU(cores)   MEMORY(bytes)   \n"
		"web-0   proxy   3m           40Mi            \n"
		"web-0   web     229m         500Mi           \n"
		"db-0    db      1m           7Mi             \n"
		"$ kubectl top node\n"
		"NAME     CPU(cores)   CPU%   MEMORY(bytes)   MEMORY%   \n"
		"node-1   345m         8%     10240Mi         66%       \n"
		"node-2   <unknown>    <unknown>   <unknown>   <unknown>\n");

	EXPECT_EQ(cell(group(&t, "web-0/web"), M_CG_WORKING_SET), 500 << 20);
	EXPECT_EQ(cell(group(&t, "db-0"), M_CG_WORKING_SET), 7 << 20);
	EXPECT_STR(mw_get_text(group(&t, "db-0"), M_CG_NAMESPACE), "shop");
	EXPECT_EQ(t.printed[t.printed_count - 1].value, 10240ull << 20);
}

TEST(top_without_headers)
{
	scoped_transcript struct mw_transcript t = paste("$ kubectl top pod --no-headers | sort\n"
							 "web-0   229m         5006Mi          \n");

	EXPECT_EQ(cell(group(&t, "web-0"), M_CG_WORKING_SET), 5006ull << 20);
}

TEST(docker)
{
	scoped_transcript struct mw_transcript t = paste(
		"CONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT     MEM %     NET I/O       "
		"BLOCK I/O   PIDS\n"
		"55150e0bf370   web1      0.00%     20.23MiB / 64MiB      31.61%    1.05kB / 0B   "
		"0B / 0B     1\n"
		"9a8b7c6d5e4f   db        1.20%     1.954GiB / 15.5GiB    12.61%    1.05kB / 0B   "
		"0B / 0B     40\n");
	struct mw_entity *web = group(&t, "web1");

	EXPECT_EQ(cell(web, M_CG_LIMIT), 64 << 20);
	EXPECT_EQ(cell(web, M_CG_WORKING_SET), 21212692); /* 20.23 MiB */
	EXPECT_EQ(printed(&t, "docker-stats", "MEM USAGE")->high - cell(web, M_CG_WORKING_SET),
		  (1 << 20) / 100 / 2);
	EXPECT_EQ(cell(group(&t, "db"), M_CG_WORKING_SET) >> 20, 2000);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(podman_and_crictl)
{
	scoped_transcript struct mw_transcript t = paste(
		"ID            NAME   CPU %   MEM USAGE / LIMIT  MEM %   NET IO     BLOCK IO   PIDS\n"
		"55150e0bf370  pod1   0.00%   20.23MB / 67.11MB  31.61%  430B / 0B  0B / 0B    1\n"
		"\n"
		"CONTAINER      NAME   CPU %   MEM       DISK     INODES\n"
		"0fedcba987654  cri1   0.10    20.5MB    16.38kB  12\n");

	EXPECT_EQ(cell(group(&t, "pod1"), M_CG_USAGE), 20230000);
	EXPECT_EQ(cell(group(&t, "pod1"), M_CG_LIMIT), 67110000);
	EXPECT_EQ(cell(group(&t, "cri1"), M_CG_WORKING_SET), 20500000);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(inspect)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("docker-inspect.json");
	struct mw_entity *e = group(&t, "web1");

	EXPECT_EQ(cell(e, M_CG_SPEC_LIMIT), 67108864);
	EXPECT_EQ(cell(e, M_CG_REQUEST), 33554432);
	EXPECT_EQ(cell(e, M_CG_RESTARTS), 0);
	EXPECT_EQ(mw_get(e, M_CG_CPU_LIMIT).state, MW_ABSENT);
	EXPECT_EQ(mw_get(e, M_CG_OOM_KILLS).state, MW_ABSENT);
	EXPECT_STR(mw_get_text(e, M_CG_IMAGE), "vt:1");
	EXPECT(process(&t, 23062)->parent == e);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(describe_pod)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("kubectl-describe.txt");
	struct mw_entity *e = group(&t, "order-0");

	EXPECT_STR(mw_get_text(e, M_CG_NAMESPACE), "shop");
	EXPECT_STR(mw_get_text(e, M_CG_CONTAINER), "order");
	EXPECT_STR(mw_get_text(e, M_CG_QOS), "Burstable");
	EXPECT_EQ(cell(e, M_CG_SPEC_LIMIT), 6ull << 30);
	EXPECT_EQ(cell(e, M_CG_REQUEST), 2ull << 30);
	EXPECT_EQ(cell(e, M_CG_CPU_LIMIT), 2000000);
	EXPECT_EQ(cell(e, M_CG_RESTARTS), 3);
	EXPECT_EQ(cell(e, M_CG_OOM_KILLS), 1);
	EXPECT_EQ(cell(e, M_CG_PRIORITY), 0);
	EXPECT_STR(mw_get_text(mw_snapshot_at(now(&t), MW_RUNTIME, 0), M_RT_FLAGS), "-Xmx4g");
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(describe_node)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("kubectl-describe.txt");

	EXPECT_EQ(cell(node(&t), M_MEM_TOTAL), 15085684ull << 10);
	EXPECT_EQ(cell(group(&t, "coredns-1"), M_CG_REQUEST), 70 << 20);
	EXPECT_EQ(cell(group(&t, "coredns-1"), M_CG_SPEC_LIMIT), 170 << 20);
	EXPECT_EQ(cell(group(&t, "coredns-1"), M_CG_CPU_REQUEST), 100000);
	EXPECT_EQ(mw_get(group(&t, "coredns-1"), M_CG_CPU_LIMIT).state, MW_ABSENT);
	EXPECT_EQ(mw_get(group(&t, "proxy-1"), M_CG_SPEC_LIMIT).state, MW_ABSENT);
}

TEST(what_tells_of_no_container)
{
	scoped_transcript struct mw_transcript t = paste("NAME MEMORY(bytes)\n"
							 "nothing here\n"
							 "CONTAINER MEM CPU\n"
							 "a / b\n"
							 "[\n"
							 "    {\n"
							 "        \"Name\": \"x\"\n"
							 "    }\n"
							 "]\n"
							 "Name: Namespace:\n"
							 "Name:   web\n"
							 "Namespace: shop\n");

	EXPECT_EQ(mw_snapshot_count(now(&t), MW_CGROUP), 0);
}
