/* Prometheus: what exporters and PromQL print. cAdvisor's answer is compared with the files of its
 * groups, which were read at the same moment. */
#include "paste.h"

#define GIB ((uint64_t)1 << 30)

/* A number of a group's file; of memory.stat with its key. */
static uint64_t file_number(const char *group_, const char *file, const char *key)
{
	char path[256];
	scoped_buf struct buf text = { 0 };
	struct slice s;
	uint64_t v;

	snprintf(path, sizeof(path), "cadvisor-v1-host/sys/fs/cgroup/memory%s/%s", group_, file);
	text = fixture_text(path);
	s = buf_slice(&text);
	assert_true(!key || slice_after(&s, key));
	assert_true(slice_u64(&s, &v));
	return v;
}

TEST(cadvisor_agrees_with_the_kernel)
{
	static const char *const groups[] = { "/mwrec-a", "/mwrec-a/inner", "/mwrec-b" };
	static const struct {
		enum mw_metric metric;
		const char *file, *key;
	} cells[] = {
		{ M_CG_USAGE, "memory.usage_in_bytes", NULL },
		{ M_CG_PEAK, "memory.max_usage_in_bytes", NULL },
		{ M_CG_KERNEL, "memory.kmem.usage_in_bytes", NULL },
		{ M_CG_ANON, "memory.stat", "\ntotal_rss " },
		{ M_CG_FILE, "memory.stat", "\ntotal_cache " },
		{ M_CG_SWAP, "memory.stat", "\ntotal_swap " },
		{ M_CG_FILE_MAPPED, "memory.stat", "\ntotal_mapped_file " },
		{ M_CG_ACTIVE_FILE, "memory.stat", "\ntotal_active_file " },
		{ M_CG_INACTIVE_FILE, "memory.stat", "\ntotal_inactive_file " },
	};
	scoped_transcript struct mw_transcript t = PASTE_FILES("cadvisor-v1.prom");

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(t.unrecognised_lines, 0);
	for (size_t g = 0; g < 3; g++) {
		struct mw_entity *e = group(&t, groups[g]);

		for (size_t i = 0; i < sizeof(cells) / sizeof(*cells); i++)
			EXPECT_EQ(cell(e, cells[i].metric),
				  file_number(groups[g], cells[i].file, cells[i].key));
		EXPECT_EQ(cell(e, M_CG_WORKING_SET),
			  cell(e, M_CG_USAGE) - cell(e, M_CG_INACTIVE_FILE));
	}
	EXPECT_EQ(mw_get(group(&t, "/mwrec-a"), M_CG_LIMIT).state, MW_UNLIMITED);
	EXPECT_EQ(mw_get(group(&t, "/"), M_CG_LIMIT).state, MW_ABSENT);
	EXPECT_EQ(cell(group(&t, "/mwrec-a"), M_CG_VERSION), 1);
}

TEST(containers_of_pods)
{
	scoped_transcript struct mw_transcript t = paste(
		"container_memory_working_set_bytes{container=\"app\",id=\"/kubepods/x\","
		"namespace=\"shop\",pod=\"web-7\"} 1.292386304e+09 1795230163442\n"
		"container_memory_working_set_bytes{container=\"POD\",namespace=\"shop\","
		"pod=\"web-7\"} 700000\n"
		"container_spec_memory_limit_bytes{container=\"app\",namespace=\"shop\","
		"pod=\"web-7\"} 2.147483648e+09\n"
		"container_memory_failcnt{container=\"app\",namespace=\"shop\",pod=\"web-7\"} 0\n"
		"kube_pod_container_resource_requests{container=\"app\",namespace=\"shop\","
		"pod=\"web-7\",resource=\"cpu\",unit=\"core\"} 0.5\n"
		"kube_pod_container_resource_requests{container=\"app\",namespace=\"shop\","
		"pod=\"web-7\",resource=\"memory\",unit=\"byte\"} 1.073741824e+09\n"
		"container_memory_rss{container_name=\"old\",pod_name=\"web-6\"} => 1048576 "
		"@[1795230163.4]\n");
	struct mw_entity *e = group(&t, "web-7/app");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(e, M_CG_WORKING_SET), 1292386304);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 2 * GIB);
	EXPECT_EQ(cell(e, M_CG_REQUEST), GIB);
	EXPECT_EQ(mw_get(e, M_CG_FAILCNT).state, MW_ABSENT);
	EXPECT_EQ(cell(group(&t, "web-6/old"), M_CG_ANON), 1 << 20);
}

TEST(node_exporter_is_meminfo)
{
	scoped_transcript struct mw_transcript t = paste(
		"# HELP node_memory_Active_anon_bytes Memory information field Active_anon_bytes.\n"
		"# TYPE node_memory_Active_anon_bytes gauge\n"
		"node_memory_Active_anon_bytes 1.048576e+06\n"
		"node_memory_MemTotal_bytes 1.6656642048e+10\n"
		"node_memory_MemAvailable_bytes 8.1235968e+09\n"
		"node_memory_HugePages_Total 3\n"
		"node_vmstat_pgmajfault 173\n"
		"node_load1 0.21\n"
		"node_pressure_memory_stalled_seconds_total 1.250001\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(node(&t), M_MEM_TOTAL), 16656642048);
	EXPECT_EQ(cell(node(&t), M_MEM_AVAILABLE), 8123596800);
	EXPECT_EQ(cell(node(&t), M_ACTIVE_ANON), 1 << 20);
	EXPECT_EQ(cell(node(&t), M_PSI_MEMORY_FULL_US), 1250001);
	EXPECT_EQ(cell(node(&t), M_PGMAJFAULT), 173);
}

/* Micrometer, G1. */
TEST(jvm_by_pools)
{
	scoped_transcript struct mw_transcript t = paste(
		"# TYPE jvm_memory_used_bytes gauge\n"
		"jvm_memory_used_bytes{area=\"heap\",id=\"G1 Survivor Space\",} 1048576.0\n"
		"jvm_memory_used_bytes{area=\"heap\",id=\"G1 Old Gen\",} 3.145728E7\n"
		"jvm_memory_used_bytes{area=\"heap\",id=\"G1 Eden Space\",} 8388608.0\n"
		"jvm_memory_used_bytes{area=\"nonheap\",id=\"Metaspace\",} 4.1943040E7\n"
		"jvm_memory_used_bytes{area=\"nonheap\",id=\"CodeHeap 'non-nmethods'\",} 1000.0\n"
		"jvm_memory_used_bytes{area=\"nonheap\",id=\"CodeHeap 'profiled nmethods'\",} 24.0\n"
		"jvm_memory_max_bytes{area=\"heap\",id=\"G1 Eden Space\",} -1.0\n"
		"jvm_memory_max_bytes{area=\"heap\",id=\"G1 Old Gen\",} 2.147483648E9\n"
		"jvm_threads_live_threads 42.0\n"
		"jvm_buffer_memory_used_bytes{id=\"mapped\",} 5.0\n"
		"jvm_buffer_memory_used_bytes{id=\"direct\",} 8192.0\n");
	struct mw_entity *e = mw_snapshot_by_name(now(&t), MW_RUNTIME, SLICE("jvm"));

	assert_non_null(e);
	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(e, M_RT_HEAP_USED), 39 << 20);
	EXPECT_EQ(cell(e, M_RT_OLD_USED), 30 << 20);
	EXPECT_EQ(cell(e, M_RT_YOUNG_USED), 9 << 20);
	EXPECT_EQ(cell(e, M_RT_METASPACE_USED), 40 << 20);
	EXPECT_EQ(cell(e, M_RT_CODE_USED), 1024);
	EXPECT_EQ(cell(e, M_RT_HEAP_MAX), 2 * GIB);
	EXPECT_EQ(cell(e, M_RT_THREADS), 42);
	EXPECT_EQ(cell(e, M_RT_DIRECT_USED), 8192);
}

TEST(go_gives_back)
{
	scoped_transcript struct mw_transcript t = paste(
		"go_memstats_heap_alloc_bytes 5.0e+06\n"
		"go_memstats_heap_sys_bytes 1.6e+07\n"
		"go_memstats_heap_released_bytes 4e+06\n"
		"go_memstats_sys_bytes 2.1e+07\n"
		"go_gc_gomemlimit_bytes 9.223372036854776e+18\n");
	struct mw_entity *e = mw_snapshot_by_name(now(&t), MW_RUNTIME, SLICE("go"));

	assert_non_null(e);
	EXPECT_EQ(cell(e, M_RT_HEAP_USED), 5000000);
	EXPECT_EQ(cell(e, M_RT_HEAP_COMMITTED), 12000000);
	EXPECT_EQ(cell(e, M_RT_NATIVE_COMMITTED), 17000000);
	EXPECT_EQ(mw_get(e, M_RT_HEAP_MAX).state, MW_UNLIMITED);
}

TEST(two_scrapes_are_two_moments)
{
	scoped_transcript struct mw_transcript t = paste(
		"container_memory_rss{name=\"web\"} 1e6\ncontainer_memory_cache{name=\"web\"} 5\n"
		"container_memory_rss{name=\"web\"} 2e6\ncontainer_memory_cache{name=\"web\"} 6\n");

	EXPECT_EQ(t.block_count, 2);
	EXPECT_EQ(t.hosts[0].count, 2);
	EXPECT_EQ(cell(group(&t, "web"), M_CG_ANON), 2000000);
}

TEST(near_misses_of_prometheus)
{
	scoped_transcript struct mw_transcript t = paste(
		"container_memory_rss is high\ncontainer_memory_rss{pod=\"x} 5\n"
		"container_memory_rss{pod=\"x\" 5\ncontainer_memory_rss{pod=} 5\n"
		"container_memory_rss{pod=\"x\"}\nup{job=\"x\"} 1\n# HELP nothing more\n");
	scoped_transcript struct mw_transcript odd = paste(
		"container_memory_rss{name=\"a\"} NaN\n"
		"container_memory_cache{name=\"a\"} 1e30\n"
		"container_memory_swap{name=\"a\"} -5\n"
		"container_memory_usage_bytes{name=\"a\\\"b\",} 99999999999999999999\n");

	EXPECT_EQ(t.block_count, 0);
	EXPECT_EQ(odd.block_count, 1);
	for (size_t i = 0; i < odd.block_count; i++)
		EXPECT_EQ(odd.blocks[i].cells, 0);
}
