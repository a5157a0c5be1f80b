#include "node.h"

/* sums taken from the text with awk */
TEST(zoneinfo_of_two_numa_nodes)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_entity *dma;

	EXPECT_EQ(parse_real(s, mw_parse_zoneinfo, "zoneinfo/6.1-numa"), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_NUMA), 2);
	EXPECT_NODE(s, M_PCP_FREE, 4176 * 4096);
	EXPECT_EQ(sum_of(s, MW_ZONE, M_Z_PCP_COUNT), 4176 * 4096);
	EXPECT_EQ(sum_of(s, MW_ZONE, M_Z_MANAGED), 181699ull * 4096);
	EXPECT_EQ(sum_of(s, MW_ZONE, M_Z_FREE), 166076ull * 4096);
	dma = mw_snapshot_at(s, MW_ZONE, 0);
	EXPECT_STR(dma->name, "DMA");
	EXPECT_STR(dma->parent->name, "node0");
	EXPECT_EQ(mw_get(dma, M_Z_PROTECTION).state, MW_OK);
}

/* Linux 3.10: no per-node stats, lists under their old names, blanks elsewhere */
TEST(zoneinfo_of_an_old_kernel)
{
	static const char text[] = "Node 0, zone      DMA\n"
				   "  pages free     3976\n"
				   "        min      32\n"
				   "        low      40\n"
				   "        high     48\n"
				   "        scanned  0\n"
				   "        spanned  4095\n"
				   "        present  3998\n"
				   "        managed  3977\n"
				   "    nr_free_pages 3976\n"
				   "    nr_inactive_anon 5\n"
				   "        protection: (0, 2810, 3817, 3817)\n"
				   "  pagesets\n"
				   "    cpu: 0\n"
				   "              count: 7\n"
				   "              high:  186\n"
				   "              batch: 31\n"
				   "    cpu: 1\n"
				   "              count: 2\n"
				   "              high:  186\n"
				   "  all_unreclaimable: 1\n"
				   "  start_pfn:         1\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };
	struct mw_entity *zone;

	EXPECT_EQ(mw_parse_zoneinfo(s, SLICE(text), &at), 0);
	zone = mw_snapshot_at(s, MW_ZONE, 0);
	EXPECT_EQ(mw_get(zone, M_Z_HIGH).v, 48 * 4096);
	EXPECT_EQ(mw_get(zone, M_Z_PCP_HIGH).v, 372 * 4096);
	EXPECT_EQ(mw_get(zone, M_Z_INACTIVE_ANON).v, 5 * 4096);
	EXPECT_EQ(mw_get(zone, M_Z_BOOST).state, MW_ABSENT);
	EXPECT_STR(mw_get_text(zone, M_Z_PROTECTION), "0, 2810, 3817, 3817");
	EXPECT_NODE(s, M_PCP_FREE, 9 * 4096);
}

TEST(zoneinfo_garbled_is_malformed_where_it_is)
{
	static const char text[] = "Node 0, zone Normal\n"
				   "  pages free 10\n"
				   "        min 99999999999999999999\n"
				   "        low 3\n"
				   "  pagesets\n"
				   "    count: x\n"
				   "    count: 5\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };
	struct mw_entity *zone;

	EXPECT_EQ(mw_parse_zoneinfo(s, SLICE(text), &at), -EBADMSG);
	EXPECT_EQ(at.line, 3);
	zone = mw_snapshot_at(s, MW_ZONE, 0);
	EXPECT_EQ(mw_get(zone, M_Z_MIN).state, MW_MALFORMED);
	EXPECT_EQ(mw_get(zone, M_Z_LOW).v, 3 * 4096);
	EXPECT_EQ(mw_get(zone, M_Z_PCP_COUNT).state, MW_MALFORMED);
	EXPECT_EQ(node_state(s, M_PCP_FREE), MW_MALFORMED);
}

TEST(zoneinfo_without_a_zone_is_refused)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_zoneinfo(s, SLICE("nonsense\n"), &at), -EBADMSG);
	EXPECT_EQ(mw_snapshot_count(s, MW_ZONE), 0);
}

TEST(zone_twice_is_malformed)
{
	static const char text[] = "Node 0, zone DMA\n  pages free 1\nNode 0, zone DMA\n"
				   "  pages free 1\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_zoneinfo(s, SLICE(text), &at), -EBADMSG);
	EXPECT_EQ(at.line, 4);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_ZONE, 0), M_Z_FREE).state, MW_MALFORMED);
}

TEST(zones_without_end_are_refused)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	scoped_buf struct buf text = { 0 };
	struct mw_parse_error at = { 0 };

	for (int i = 0; i < 5000; i++)
		buf_printf(&text, "Node 0, zone Z%d\n  pages free 1\n", i);
	EXPECT_EQ(mw_parse_zoneinfo(s, buf_slice(&text), &at), -EBADMSG);
	EXPECT_EQ(at.line, 2 * 2048 + 1);
}

/* 5 + 6 + … as printed; all of the zone's free pages but those of the per-CPU lists */
TEST(buddyinfo_adds_up_to_free_pages)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	uint64_t pages = 0;
	struct mw_entity *e;

	EXPECT_EQ(parse_real(s, mw_parse_buddyinfo, "buddyinfo/6.1-numa"), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_ZONE), 3);
	mw_for_each (e, s, MW_ZONE)
		for (int i = 0; i <= 10; i++)
			pages += mw_get_or(e, M_Z_ORDER0 + i, 0) << i;
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_ZONE, 2), M_Z_ORDER10).v, 84);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_ZONE, 2), M_Z_ORDER11).state, MW_ABSENT);
	/* read a moment after zoneinfo in the same guest, which said 166076 */
	EXPECT(pages > 165000 && pages < 167000);
}

TEST(buddyinfo_with_more_orders)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };
	struct mw_entity *zone;

	EXPECT_EQ(mw_parse_buddyinfo(
			  s, SLICE("Node 1, zone Normal 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 \n"),
			  &at),
		  0);
	zone = mw_snapshot_at(s, MW_ZONE, 0);
	EXPECT_EQ(mw_get(zone, M_Z_ORDER13).v, 14);
	EXPECT_EQ(zone->parent->id, 1);
}

TEST(buddyinfo_garbled)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_buddyinfo(s, SLICE("Node 0, zone DMA 1 2\nNode 0, zone HighMem 1 x 2\n"),
				     &at),
		  -EBADMSG);
	EXPECT_EQ(at.line, 2);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_ZONE, 0), M_Z_ORDER1).v, 2);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_ZONE, 1), M_Z_ORDER1).state, MW_MALFORMED);
}

/* the kernel prints both tables anew for each NUMA node */
TEST(pagetypeinfo_of_two_numa_nodes)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_entity *far;

	EXPECT_EQ(parse_real(s, mw_parse_pagetypeinfo, "pagetypeinfo/6.1-numa"), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_ZONE), 3);
	far = mw_snapshot_at(s, MW_ZONE, 2);
	EXPECT_EQ(far->parent->id, 1);
	EXPECT_EQ(mw_get(far, M_Z_UNMOVABLE_FREE).v, (1 + 32 + 1024) * 4096ull);
	EXPECT_EQ(mw_get(far, M_Z_MOVABLE_FREE).v, (1 + 4 + 256 + 512 + 83 * 1024) * 4096ull);
	EXPECT_EQ(mw_get(far, M_Z_UNMOVABLE_BLOCKS).v, 11);
	EXPECT_EQ(mw_get(far, M_Z_RECLAIMABLE_BLOCKS).v, 6);
	EXPECT_EQ(mw_get(far, M_Z_FREE_CAPPED).v, 0);
}

/* Linux 3.10 has other columns in another order; Linux 5.5 stops counting at 100000 */
TEST(pagetypeinfo_columns_go_by_name)
{
	static const char text[] =
		"Free pages count per migrate type at order       0      1\n"
		"Node    0, zone   Normal, type    Unmovable >100000      2\n"
		"Node    0, zone   Normal, type      Reserve      9      9\n"
		"\nNumber of blocks type     Unmovable  Reclaimable      Movable      Reserve\n"
		"Node 0, zone   Normal           10           20           30            2\n"
		"Number of mixed blocks    Unmovable  Reclaimable      Movable      Reserve\n"
		"Node 0, zone   Normal            1            1            1            1\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };
	struct mw_entity *zone;

	EXPECT_EQ(mw_parse_pagetypeinfo(s, SLICE(text), &at), 0);
	zone = mw_snapshot_at(s, MW_ZONE, 0);
	EXPECT_EQ(mw_get(zone, M_Z_UNMOVABLE_FREE).v, 100004 * 4096ull);
	EXPECT_EQ(mw_get(zone, M_Z_FREE_CAPPED).v, 1);
	EXPECT_EQ(mw_get(zone, M_Z_RECLAIMABLE_BLOCKS).v, 20);
	EXPECT_EQ(mw_get(zone, M_Z_MOVABLE_BLOCKS).v, 30);
	EXPECT_EQ(mw_get(zone, M_Z_CMA_TYPE_FREE).state, MW_ABSENT);
}

TEST(pagetypeinfo_overflow)
{
	static const char text[] =
		"Node    0, zone   Normal, type    Movable 18446744073709551615      2\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_pagetypeinfo(s, SLICE(text), &at), -EBADMSG);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_ZONE, 0), M_Z_MOVABLE_FREE).state, MW_MALFORMED);
}
