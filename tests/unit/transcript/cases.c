/* Texts that people pasted, and what is true of them: worked out by hand from the texts. */
#include "paste.h"

static uint64_t working_set(const struct mw_entity *e)
{
	return cell(e, M_CG_USAGE) - cell(e, M_CG_INACTIVE_FILE);
}

static uint64_t unreclaimable(const struct mw_entity *e)
{
	return working_set(e) - cell(e, M_CG_ACTIVE_FILE);
}

TEST(container_with_a_remark_behind_each_number)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("container-mysql-v1-transcript.txt");
	struct mw_entity *e = group(&t, "mysql-0");

	EXPECT_EQ(cell(e, M_CG_USAGE), 315764736);
	EXPECT_EQ(working_set(e), 198709248);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 524288000);
	EXPECT_EQ(cell(e, M_CG_ANON_THP), 138412032);
	EXPECT_EQ(cell(e, M_CG_VERSION), 1);
	EXPECT_STR(t.hosts[0].name, "mysql-0");
	EXPECT_EQ(t.derived_count, 2);
	EXPECT(t.derived[0].entity == e);
	EXPECT_EQ(t.derived[0].metric, M_CG_USAGE);
}

TEST(old_kernel_with_page_cache)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"active-file-heavy-pod-low-kernel.txt");
	struct mw_entity *e = group(&t,
				    "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable"
				    "-pod9c785710_32ec_4baa_a967_3183025768fa.slice");

	EXPECT_EQ(cell(e, M_CG_USAGE), 3221196800);
	EXPECT_EQ(working_set(e), 2640211968);
	EXPECT_EQ(unreclaimable(e), 1292386304);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 3221225472);
	EXPECT_EQ(mw_get(e, M_CG_HIERARCHICAL_MEMSW_LIMIT).state, MW_UNLIMITED);
}

TEST(newer_kernel_without_page_cache)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"active-file-heavy-pod-high-kernel.txt");
	struct mw_entity *e = group(&t,
				    "/kubepods/burstable/poda3726f29-0381-11ee-a39b-5254001450b7");

	EXPECT_EQ(working_set(e), 2290413568);
	EXPECT_EQ(cell(e, M_CG_LIMIT), 4294967296);
	EXPECT_EQ(unreclaimable(e), 2290413568 - 40095744);
}

TEST(php_fpm_without_a_prompt)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("php-fpm-6g-memory.stat.txt");
	struct mw_entity *e = group(&t, "container");

	EXPECT_EQ(cell(e, M_CG_USAGE), 5614538752);
	EXPECT_EQ(working_set(e), 3240366080);
	EXPECT_EQ(unreclaimable(e), 2627649536);
	EXPECT_EQ(cell(e, M_CG_INACTIVE_ANON), 2438934528);
	EXPECT_EQ(cell(e, M_CG_PGMAJFAULT), 0);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(process_status)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("process-status-kubelet-status.txt",
							       "process-status-mysqld-status.txt");
	struct mw_entity *kubelet = process(&t, 377598), *mysqld;

	EXPECT_EQ(cell(kubelet, M_P_RSS), 145188 << 10);
	EXPECT_EQ(cell(kubelet, M_P_RSS_ANON) + cell(kubelet, M_P_RSS_FILE), 145188 << 10);
	EXPECT_EQ(cell(kubelet, M_P_SWAP), 0);
	EXPECT_EQ(cell(kubelet, M_P_THREADS), 20);
	EXPECT_STR(mw_get_text(kubelet, M_P_COMM), "kubelet");
	mysqld = process(&t, 1);
	EXPECT_EQ(cell(mysqld, M_P_RSS_PEAK), 211524 << 10);
	EXPECT_EQ(cell(mysqld, M_P_RSS_SHARED), 19908 << 10);
	EXPECT_EQ(cell(mysqld, M_P_UID), 999);
}

TEST(meminfo)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("node-free-vs-meminfo-meminfo.txt");

	EXPECT_EQ(cell(node(&t), M_MEM_TOTAL) >> 20, 14732);
	EXPECT_EQ(cell(node(&t), M_MEM_AVAILABLE), (uint64_t)13196572 << 10);
	EXPECT_EQ(block(&t, "meminfo", 0)->first_line, 2);
	EXPECT_EQ(block(&t, "meminfo", 0)->last_line, 53);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(the_same_file_three_times_is_a_series)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"grep-a-log-file-1-before.txt", "grep-a-log-file-2-after-first-read.txt",
		"grep-a-log-file-3-after-second-read.txt");
	static const uint64_t usage[] = { 51679232, 60350464, 60354560 };
	static const uint64_t set[] = { 39620608, 39641088, 48328704 };
	static const uint64_t needed[] = { 13484032, 13500416, 13504512 };

	EXPECT_EQ(t.host_count, 1);
	EXPECT_EQ(t.hosts[0].count, 3);
	EXPECT_EQ(t.hosts[0].now, 2);
	EXPECT_EQ(t.blocks[0].series, 3);
	for (size_t i = 0; i < 3; i++) {
		struct mw_entity *e = mw_snapshot_at(t.hosts[0].moments[i], MW_CGROUP, 0);

		EXPECT_EQ(cell(e, M_CG_USAGE), usage[i]);
		EXPECT_EQ(working_set(e), set[i]);
		EXPECT_EQ(unreclaimable(e), needed[i]);
		EXPECT_EQ(cell(e, M_CG_LIMIT), 314572800);
		EXPECT_EQ(t.blocks[i].moment, i);
	}
}

static void check_slow_growth(const struct mw_transcript *t)
{
	struct mw_entity *e = group(t, "m2-queryserver-5d6d84d7f6-7mkfm");

	EXPECT_EQ(cell(e, M_CG_USAGE), 3133505536);
	EXPECT_EQ(working_set(e), 2516971520);
	EXPECT_EQ(cell(e, M_CG_ANON), 2392379392);
	EXPECT_EQ(cell(e, M_CG_LIMIT), (uint64_t)3000 << 20);
	EXPECT_EQ(t->hosts[0].count, 2);
}

TEST(a_cut_text_does_not_replace_the_whole_one)
{
	scoped_transcript struct mw_transcript by_name = PASTE_FILES(
		"pod-slow-growth-java-memory.stat-after-drop.txt",
		"pod-slow-growth-java-memory.stat.txt");

	check_slow_growth(&by_name);
	EXPECT_EQ(by_name.hosts[0].now, 1);
	EXPECT(by_name.blocks[0].cut);
	EXPECT(by_name.blocks[0].no_totals);
}

TEST(nor_does_it_when_it_comes_later)
{
	scoped_transcript struct mw_transcript by_time = PASTE_FILES(
		"pod-slow-growth-java-memory.stat.txt",
		"pod-slow-growth-java-memory.stat-after-drop.txt");
	struct mw_entity *after;

	check_slow_growth(&by_time);
	EXPECT_EQ(by_time.hosts[0].now, 0);
	after = mw_snapshot_at(by_time.hosts[0].moments[1], MW_CGROUP, 0);
	EXPECT_EQ(cell(after, M_CG_USAGE), 1622016 + 2392567808);
}

TEST(java_container)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES(
		"java-container-5g-heap-1.3g-transcript.txt");
	struct mw_entity *java = process(&t, 69), *e = mw_snapshot_at(now(&t), MW_CGROUP, 0);

	EXPECT_EQ(working_set(e), 5245526016);
	EXPECT_EQ(cell(java, M_P_RSS), (uint64_t)5120108 << 10);
	EXPECT_EQ(cell(e, M_CG_LIMIT), (uint64_t)6 << 30);
	EXPECT(java->parent == e);
}
