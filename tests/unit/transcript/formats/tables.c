/* The kernel's tables of zones, slabs and swap areas, and the tools that print such. */
#include "paste.h"

enum { KIB = 1 << 10, PAGE = 4096 };
#define MIB ((uint64_t)1 << 20)

static struct mw_entity *named(const struct mw_transcript *t, enum mw_kind kind, const char *name)
{
	struct mw_entity *e;

	mw_for_each (e, now(t), kind)
		if (!strcmp(e->name, name))
			return e;
	fail_msg("no %s", name);
	return NULL;
}

TEST(zones_of_a_machine)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("zones.txt");
	struct mw_entity *dma = named(&t, MW_ZONE, "DMA"), *normal = named(&t, MW_ZONE, "Normal");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(block(&t, "zoneinfo", 1)->lines, 61);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_ZONE), 5);
	EXPECT_EQ(cell(dma, M_Z_ORDER10), 3);
	EXPECT_EQ(cell(dma, M_Z_MANAGED), 3840 * PAGE);
	EXPECT_EQ(cell(dma, M_Z_LOW), 25 * PAGE);
	EXPECT_EQ(cell(normal, M_Z_LOW), (uint64_t)15942 * PAGE);
	EXPECT_STR(mw_get_text(dma, M_Z_PROTECTION), "0, 3019, 12363, 12363, 12363");
	EXPECT(cell(node(&t), M_PCP_FREE) > 0);
}

TEST(what_grep_left_of_zoneinfo)
{
	scoped_transcript struct mw_transcript t = paste(
		"# grep -E 'zone|nr_|free |min|low|high|count' /proc/zoneinfo\n"
		"Node 0, zone   Normal\n"
		"      nr_inactive_anon 10259\n"
		"      nr_active_anon 393\n"
		"  pages free     1457749\n"
		"        min      12754\n"
		"        low      15942\n"
		"        high     19130   # here it stops\n"
		"      nr_zone_inactive_anon 366492\n"
		"              count:    7\n"
		"              high:     13228\n"
		"              count:    8\n"
		"              high:     18204\n"
		"MemTotal:       24684092 kB\n");
	struct mw_entity *normal = named(&t, MW_ZONE, "Normal");

	EXPECT_EQ(block(&t, "zoneinfo", 0)->lines, 12);
	EXPECT_EQ(cell(normal, M_Z_HIGH), (uint64_t)19130 * PAGE);
	/* the node's, or the zone's? */
	EXPECT_EQ(mw_get(normal, M_Z_ACTIVE_ANON).state, MW_ABSENT);
	EXPECT_EQ(cell(normal, M_Z_INACTIVE_ANON), (uint64_t)366492 * PAGE);
	EXPECT_EQ(cell(node(&t), M_MEM_TOTAL), (uint64_t)24684092 * KIB);
}

TEST(buddyinfo_twice_is_a_series)
{
	scoped_transcript struct mw_transcript t = paste(
		"Node 0, zone      DMA      0      0      0      1      3      0      0      0 \n"
		"Node 0, zone   Normal  14008   2345   1608   6062   4837      1      2      3 \n"
		"\n"
		"Node 0, zone      DMA      0      0      0      1      2      0      0      0 \n"
		"Node 0, zone   Normal  14000   2345   1608   6062   4837      1      2      3 \n"
		"Node 0, zone, type\nNode 0 is broken 1 2 3\nNode 0, zone Normal 1 x 2 3 4 5 6 7 8 9\n");

	EXPECT_EQ(t.block_count, 2);
	EXPECT_EQ(t.blocks[0].series, 2);
	EXPECT_EQ(t.unrecognised_lines, 3);
	EXPECT_EQ(cell(named(&t, MW_ZONE, "DMA"), M_Z_ORDER4), 2);
	EXPECT_EQ(cell(named(&t, MW_ZONE, "Normal"), M_Z_ORDER0), 14000);
}

TEST(free_pages_by_type)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("pagetypeinfo.txt");
	scoped_transcript struct mw_transcript bare = paste(
		"Node 0, zone      DMA            1            7            0\n"
		"Number of blocks type     Unmovable      Movable\n");
	struct mw_entity *normal = named(&t, MW_ZONE, "Normal");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(cell(normal, M_Z_UNMOVABLE_BLOCKS), 351);
	EXPECT_EQ(cell(normal, M_Z_MOVABLE_BLOCKS), 4157);
	EXPECT_EQ(mw_get(normal, M_Z_ORDER0).state, MW_ABSENT);
	EXPECT_EQ(cell(named(&t, MW_ZONE, "DMA"), M_Z_UNMOVABLE_FREE), 256 * PAGE);
	EXPECT_EQ(bare.block_count, 0);
}

TEST(groups_by_numa_node)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ cat /sys/fs/cgroup/shop/memory.numa_stat\n"
		"anon N0=8192 N1=4096\n"
		"file N0=0 N1=12288   # all of it\n"
		"$ cat /sys/fs/cgroup/memory/old/memory.numa_stat\n"
		"total=7 N0=4 N1=3\n"
		"anon=2 N0=2 N1=0\n"
		"hierarchical_anon=5 N0=4 N1=1\n"
		"anon N0=\nnodes N0=1 and N1=2\nN0=1 N1=2\n");
	struct mw_entity *e;
	size_t seen = 0;

	EXPECT_EQ(t.unrecognised_lines, 3);
	mw_for_each (e, now(&t), MW_CGROUP_NUMA) {
		bool shop = !strcmp(e->parent->name, "/shop");

		if (shop)
			EXPECT_EQ(cell(e, M_CN_ANON), e->id ? 4096 : 8192);
		else
			EXPECT_EQ(cell(e, M_CN_LRU_ANON), (e->id ? 1 : 4) * PAGE);
		seen++;
	}
	EXPECT_EQ(seen, 4);
}

TEST(slabs_by_file_and_tool)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("slabs.txt");
	struct mw_entity *dentry = named(&t, MW_SLAB, "dentry"),
			 *inodes = named(&t, MW_SLAB, "ext4_inode_cache");

	EXPECT_EQ(t.unrecognised_lines, 0);
	/* of the file, which rounds nothing */
	EXPECT_EQ(cell(dentry, M_SL_BYTES), 16452 * PAGE);
	EXPECT_EQ(cell(dentry, M_SL_USED), 337406 * 192);
	EXPECT_EQ(cell(inodes, M_SL_BYTES), 143472 * KIB);
	EXPECT_EQ(cell(inodes, M_SL_ACTIVE_OBJS), 125519);
	EXPECT(printed(&t, "slabtop", "OBJ SIZE")->low <= 1128);
	EXPECT_EQ(block(&t, "slabinfo", 0)->cut, 1);
	for (size_t i = 0; i < t.printed_count; i++)
		EXPECT(t.printed[i].agrees);
}

TEST(swap_areas)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("swaps.txt");
	struct mw_entity *area = named(&t, MW_SWAP, "/dev/dm-1");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(area, M_SW_SIZE), (uint64_t)8388604 * KIB);
	EXPECT_STR(mw_get_text(area, M_SW_PRIORITY), "-2");
	EXPECT_EQ(cell(named(&t, MW_SWAP, "/var/swap file"), M_SW_USED), 0);
	EXPECT_EQ(cell(named(&t, MW_SWAP, "/swapfile"), M_SW_SIZE), 1024 * MIB);
	EXPECT_EQ(cell(node(&t), M_SWAP_TOTAL), (uint64_t)(8388604 + 1048572) * KIB);
	EXPECT_EQ(cell(node(&t), M_SWAP_FREE), (uint64_t)(8388604 - 321600 + 1048572) * KIB);
}

TEST(some_swap_areas_are_not_all)
{
	scoped_transcript struct mw_transcript t = paste(
		"/dev/sda2 partition 1024 12 -2\n"
		"Filename Type\n/dev/sda3 is a partition 1 2 3\n/dev/sda3 partition 8G\n");

	EXPECT_EQ(cell(named(&t, MW_SWAP, "/dev/sda2"), M_SW_USED), 12 * KIB);
	EXPECT_EQ(mw_get(node(&t), M_SWAP_TOTAL).state, MW_ABSENT);
	EXPECT_EQ(t.unrecognised_lines, 3);
}

TEST(smem_of_some_processes)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("smem.txt");
	scoped_transcript struct mw_transcript cut = paste(
		"  PID User     Command                         Swap      USS      PSS      RSS \n"
		"  812 www-data nginx: worker process              4     2120     3150     9744 \n"
		"...\n"
		"  900 mysql    /usr/sbin/mysqld                   0    0.50%    0.60%    0.70% \n"
		"PID User Command is what it prints\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_PROCESS), 2);
	EXPECT_EQ(cut.unrecognised_lines, 1);
	EXPECT_EQ(block(&cut, "smem", 0)->cut, 1);
	EXPECT_EQ(cell(process(&cut, 812), M_P_SWAP), 4 * KIB);
	EXPECT_EQ(cell(process(&cut, 812), M_P_USS), 2120 * KIB);
	EXPECT_EQ(cell(process(&cut, 812), M_P_PSS), 3150 * KIB);
	EXPECT_EQ(cell(process(&cut, 812), M_P_RSS), 9744 * KIB);
	EXPECT_STR(mw_get_text(process(&cut, 812), M_P_COMM), "nginx");
	EXPECT_EQ(mw_get(process(&cut, 900), M_P_PSS).state, MW_ABSENT);
}

TEST(sar_is_a_series)
{
	scoped_transcript struct mw_transcript t = paste(
		"Linux 6.18.44 (vm) \t11/21/26 \t_x86_64_\t(2 CPU)\n"
		"\n"
		"12:00:01 AM kbmemfree   kbavail kbmemused  %memused kbbuffers  kbcached\n"
		"12:10:01 AM  21763168  23655012    659380      2.67     41076   1909844\n"
		"12:20:01 AM  21777412  23669256    645236      2.61     41076   1909844\n"
		"Average:     21770290  23662134    652308      2.64     41076   1909844\n"
		"\n"
		"12:00:01 AM  pswpin/s pswpout/s\n"
		"12:10:01 AM      0.00     12.75\n");

	EXPECT_EQ(block(&t, "sar", 0)->lines, 6);
	EXPECT_EQ(t.hosts[0].count, 2);
	EXPECT_EQ(cell(node(&t), M_MEM_FREE), (uint64_t)21777412 * KIB);
	EXPECT_EQ(cell(node(&t), M_MEM_AVAILABLE), (uint64_t)23669256 * KIB);
	EXPECT_EQ(cell(node(&t), M_CACHED), (uint64_t)1909844 * KIB);
	EXPECT_EQ(printed(&t, "sar", "pswpout/s")->value, 12);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(sar_elsewhere)
{
	scoped_transcript struct mw_transcript t = paste(
		"09时40分23秒 kbmemfree kbmemused  %memused kbbuffers  kbcached\n"
		"09时40分24秒  21763168    659380      2,67     41076   1909844\n"
		"平均时间:     21763168    659380      2,67     41076   1909844\n"
		"09:40:27     pswpin/s pswpout/s\n"
		"09:40:28        10,00   1204,50\n"
		"Durchschn.:     10,00   1204,50\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(node(&t), M_MEM_FREE), (uint64_t)21763168 * KIB);
	EXPECT_EQ(printed(&t, "sar", "pswpout/s")->value, 1204);
}

TEST(words_of_sar_alone_are_nothing)
{
	scoped_transcript struct mw_transcript t = paste("kbmemfree is low\n"
							 "kbmemfree kbavail\n"
							 "09:40:28 hello 1 2\n"
							 "pgpgin/s\n");

	EXPECT_EQ(t.block_count, 0);
}

TEST(tables_cut_anywhere)
{
	static const char *const files[] = { "zones", "slabs", "swaps", "smem", "sar" };

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		char path[80];

		snprintf(path, sizeof(path), "../fuzz/corpus/transcript-whole/%s.txt", files[i]);
		scoped_buf struct buf text = fixture_text(path);

		for (size_t n = 0; n < text.len; n += 41) {
			scoped_transcript struct mw_transcript t = paste_slice(
				(struct slice){ text.at, n });

			/* the line that was cut, and those above the first row */
			EXPECT(t.unrecognised_lines <= 8);
		}
	}
}
