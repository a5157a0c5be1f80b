#include "node.h"

TEST(vmstat_in_this_kernels_units)
{
	static const char text[] = "nr_zspages 3\nnr_isolated_anon 1\nnr_isolated_file 2\n"
				   "pgpgin 5\npswpin 7\nallocstall_dma 1\nallocstall_normal 4\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_vmstat(s, SLICE(text), &at), 0);
	EXPECT_NODE(s, M_ZSPAGES, 3 * 4096);
	EXPECT_NODE(s, M_NR_ISOLATED, 3 * 4096);
	EXPECT_NODE(s, M_PGPGIN, 5 * 1024);
	EXPECT_NODE(s, M_PSWPIN, 7);
	EXPECT_NODE(s, M_ALLOCSTALL, 5);
	EXPECT_EQ(node_state(s, M_OOM_KILL), MW_ABSENT);
}

/* Linux 3.10: allocstall is one number, reclaim is counted by zone, thp_split has its old name */
TEST(vmstat_of_an_old_kernel)
{
	static const char text[] = "pgsteal_kswapd_dma 1\npgsteal_kswapd_dma32 20\n"
				   "pgsteal_kswapd_normal 300\npgscan_direct_normal 7\n"
				   "pgscan_direct_throttle 9\nallocstall 12\nthp_split 4\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_vmstat(s, SLICE(text), &at), 0);
	EXPECT_NODE(s, M_PGSTEAL_KSWAPD, 321);
	EXPECT_NODE(s, M_PGSCAN_DIRECT, 7);
	EXPECT_NODE(s, M_PGSCAN_DIRECT_THROTTLE, 9);
	EXPECT_NODE(s, M_ALLOCSTALL, 12);
	EXPECT_NODE(s, M_THP_SPLIT_PAGE, 4);
}

TEST(vmstat_garbled)
{
	static const char text[] = "pgfault 1\nallocstall_dma 1\nallocstall_dma 1\n"
				   "pgalloc_normal 18446744073709551615\npgalloc_dma 1\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_vmstat(s, SLICE(text), &at), -EBADMSG);
	EXPECT_EQ(at.line, 3);
	EXPECT_NODE(s, M_PGFAULT, 1);
	EXPECT_EQ(node_state(s, M_ALLOCSTALL), MW_MALFORMED);
	EXPECT_EQ(node_state(s, M_PGALLOC), MW_MALFORMED);
}

TEST(vmstat_of_real_kernels_is_understood)
{
	static const char *const files[] = { "vmstat/6.1-numa", "vmstat/6.12-numa", "vmstat/6.18" };

	for (size_t i = 0; i < 3; i++) {
		scoped_snapshot struct mw_snapshot *s = new_snapshot();

		EXPECT_EQ(parse_real(s, mw_parse_vmstat, files[i]), 0);
		EXPECT(node_value(s, M_PGALLOC) > 0);
		EXPECT(node_value(s, M_PGFAULT) > 0);
	}
}

TEST(sockstat_pages_and_bytes)
{
	static const char text[] = "sockets: used 14\nTCP: inuse 1 orphan 2 tw 3 alloc 4 mem 112\n"
				   "UDP: inuse 5 mem 6\nFRAG: inuse 7 memory 8\nNEW: x y\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_sockstat(s, SLICE(text), &at), 0);
	EXPECT_NODE(s, M_SOCKETS_USED, 14);
	EXPECT_NODE(s, M_TCP_TW, 3);
	EXPECT_NODE(s, M_TCP_MEM, 112 * 4096);
	EXPECT_NODE(s, M_UDP_MEM, 6 * 4096);
	EXPECT_NODE(s, M_FRAG_MEMORY, 8);
	EXPECT_EQ(parse_real(s, mw_parse_sockstat6, "sockstat6/6.18"), 0);
	EXPECT_NODE(s, M_FRAG6_MEMORY, 0);
}

TEST(sockstat_garbled)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(
		mw_parse_sockstat(s, SLICE("sockets: used 1\nTCP: inuse 5 tw\nUDP: mem 3\n"), &at),
		-EBADMSG);
	EXPECT_EQ(at.line, 2);
	EXPECT_NODE(s, M_TCP_INUSE, 5);
	EXPECT_EQ(node_state(s, M_TCP_TW), MW_MALFORMED);
	EXPECT_NODE(s, M_UDP_MEM, 3 * 4096);
}

TEST(cgroups_of_the_memory_controller)
{
	static const char text[] = "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
				   "cpuset\t3\t7\t1\nmemory\t9\t1234\t1\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_cgroups(s, SLICE(text), &at), 0);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEMORY_CGROUPS).v, 1234);
	EXPECT_EQ(mw_parse_cgroups(s, SLICE("cpu\t1\t1\t1\nmemory\t9\t12"), &at), -EBADMSG);
	EXPECT_EQ(at.line, 2);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEMORY_CGROUPS).state, MW_MALFORMED);
	EXPECT_EQ(mw_parse_cgroups(s, SLICE("memory\t9\t99999999999999999999\t1\n"), &at),
		  -EBADMSG);
	EXPECT_EQ(mw_parse_cgroups(s, SLICE("cpu\t1\t1\t1\n"), &at), 0);
}

TEST(uptime_and_loadavg)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_uptime(s, SLICE("3111.32 6096.22\n"), &at), 0);
	EXPECT_NODE(s, M_UPTIME, 3111320000);
	EXPECT_EQ(mw_parse_loadavg(s, SLICE("0.03 0.01 0.00 2/91 10980\n"), &at), 0);
	EXPECT_NODE(s, M_LOAD1, 30000);
	EXPECT_NODE(s, M_THREADS_TOTAL, 91);
	EXPECT_EQ(mw_parse_loadavg(s, SLICE("0.03 0.01 x"), &at), -EBADMSG);
	EXPECT_EQ(node_state(s, M_LOAD1), MW_MALFORMED);
}

TEST(numa_meminfo_and_numastat)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_entity *e = mw_numa_row(s, 1);
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_numa(s, e, "meminfo",
				SLICE("Node 1 MemTotal:   10 kB\nNode 1 HugePages_Total:   3\n"),
				&at),
		  0);
	EXPECT_EQ(mw_parse_numa(s, e, "numastat", SLICE("numa_hit 5\nlocal_node 6\n"), &at), 0);
	EXPECT_EQ(mw_get(e, M_N_TOTAL).v, 10240);
	EXPECT_EQ(mw_get(e, M_N_HUGEPAGES).v, 3);
	EXPECT_EQ(mw_get(e, M_N_LOCAL_NODE).v, 6);
	EXPECT_EQ(mw_parse_numa(s, e, "meminfo", SLICE("Node 1 MemFree: lots\n"), &at), -EBADMSG);
}
