#include "node.h"

TEST(slabinfo_numbers)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_entity *e;

	EXPECT_EQ(parse_real(s, mw_parse_slabinfo, "slabinfo/6.1-numa"), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_SLAB), 58);
	/* ovl_inode 88 88 728 22 4 … slabdata 4 4 0 */
	e = mw_snapshot_by_name(s, MW_SLAB, SLICE("ovl_inode"));
	EXPECT_EQ(mw_get(e, M_SL_BYTES).v, 4 * 4 * 4096);
	EXPECT_EQ(mw_get(e, M_SL_USED).v, 88 * 728);
	EXPECT_EQ(mw_get(e, M_SL_OBJPERSLAB).v, 22);
}

TEST(slabinfo_names_with_blanks_and_no_tunables)
{
	static const char text[] = "slabinfo - version: 2.1\n# name <active_objs>\n"
				   "my odd cache 7 1 2 64 8 1 : slabdata 1 3 0\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };
	struct mw_entity *e;

	EXPECT_EQ(mw_parse_slabinfo(s, SLICE(text), &at), 0);
	e = mw_snapshot_at(s, MW_SLAB, 0);
	EXPECT_STR(e->name, "my odd cache 7");
	EXPECT_EQ(mw_get(e, M_SL_NUM_OBJS).v, 2);
	EXPECT_EQ(mw_get(e, M_SL_BYTES).v, 3 * 4096);
}

TEST(slabinfo_of_version_1_is_refused)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_slabinfo(
			  s, SLICE("slabinfo - version: 1.1\nkmem_cache 80 80 244 5 5 1\n"), &at),
		  -EBADMSG);
	EXPECT_EQ(at.line, 1);
	EXPECT_EQ(mw_snapshot_count(s, MW_SLAB), 0);
	EXPECT_EQ(mw_parse_slabinfo(s, SLICE(""), &at), -EBADMSG);
}

TEST(slabinfo_garbled_and_overflowing)
{
	static const char text[] =
		"slabinfo - version: 2.1\n"
		"cut 1 2 3\n"
		"big 1 1 8 1 4294967296 : tunables 0 0 0 : slabdata 1 4294967296 0\n"
		"good 1 1 8 1 1 : tunables 0 0 0 : slabdata 1 1 0\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_slabinfo(s, SLICE(text), &at), -EBADMSG);
	EXPECT_EQ(at.line, 2);
	EXPECT_EQ(mw_get(mw_snapshot_by_name(s, MW_SLAB, SLICE("big")), M_SL_BYTES).state,
		  MW_MALFORMED);
	EXPECT_EQ(mw_get(mw_snapshot_by_name(s, MW_SLAB, SLICE("good")), M_SL_BYTES).v, 4096);
}

/* sums taken from the text with awk */
TEST(vmallocinfo_by_caller)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_entity *e;

	EXPECT_EQ(parse_real(s, mw_parse_vmallocinfo, "vmallocinfo/6.1-numa"), 0);
	EXPECT_NODE(s, M_VMALLOC_PAGES, 507 * 4096);
	EXPECT_NODE(s, M_VMALLOC_STACKS, 100 * 4096);
	EXPECT_EQ(sum_of(s, MW_VMALLOC, M_VA_PAGES), 507 * 4096);
	EXPECT_EQ(sum_of(s, MW_VMALLOC, M_VA_SIZE), 2441216);
	EXPECT_EQ(sum_of(s, MW_VMALLOC, M_VA_AREAS), 60);
	e = mw_snapshot_by_name(s, MW_VMALLOC, SLICE("vp_modern_map_capability"));
	EXPECT_STR(mw_get_text(e, M_VA_TYPES), "ioremap");
	EXPECT_EQ(mw_get(e, M_VA_PAGES).v, 0);
}

TEST(vmallocinfo_without_callers)
{
	static const char text[] = "0x01-0x02   20480 unpurged vm_area\n"
				   "0x02-0x03    8192 vm_map_ram\n"
				   "0x03-0x04   12288 kernel_clone+0x94/0x3e0 pages=2 vmalloc\n"
				   "0x04-0x05   12288 kernel_clone+0x94/0x3e0 pages=1 vmalloc\n"
				   "0x05-0x06   8192 __scs_alloc+0x1/0x2 pages=1 vmalloc\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_vmallocinfo(s, SLICE(text), &at), 0);
	EXPECT(mw_snapshot_by_name(s, MW_VMALLOC, SLICE("unpurged")));
	EXPECT(mw_snapshot_by_name(s, MW_VMALLOC, SLICE("vm_map_ram")));
	/* the fourth has more address space than pages and guard: no stack */
	EXPECT_NODE(s, M_VMALLOC_STACKS, 2 * 4096);
	EXPECT_NODE(s, M_VMALLOC_SHADOW_STACKS, 4096);
	EXPECT_NODE(s, M_VMALLOC_PAGES, 4 * 4096);
}

TEST(vmallocinfo_garbled_gives_no_sum)
{
	static const char text[] = "0x03-0x04   12288 a+0x94/0x3e0 pages=2 vmalloc\n"
				   "0x03-0x04   12288 b+0x94/0x3e0 pages=? vmalloc\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_vmallocinfo(s, SLICE(text), &at), -EBADMSG);
	EXPECT_EQ(at.line, 2);
	EXPECT_EQ(node_state(s, M_VMALLOC_PAGES), MW_MALFORMED);
	EXPECT_EQ(mw_snapshot_count(s, MW_VMALLOC), 1);
}

TEST(swaps_escaped_and_deleted)
{
	static const char text[] =
		"Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
		"/dev/zram0                              partition\t65532\t\t12\t\t100\n"
		"/a\\040b\\134\\012c\\040(deleted)  file\t\t1024\t0\t-2\n";
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };
	struct mw_entity *e;

	EXPECT_EQ(mw_parse_swaps(s, SLICE(text), &at), 0);
	e = mw_snapshot_at(s, MW_SWAP, 0);
	EXPECT_EQ(mw_get(e, M_SW_USED).v, 12 * 1024);
	EXPECT_EQ(mw_get(e, M_SW_DELETED).v, 0);
	e = mw_snapshot_at(s, MW_SWAP, 1);
	EXPECT_STR(e->name, "/a b\\\nc");
	EXPECT_STR(mw_get_text(e, M_SW_PRIORITY), "-2");
	EXPECT_EQ(mw_get(e, M_SW_DELETED).v, 1);
}

TEST(swaps_of_a_guest)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();

	EXPECT_EQ(parse_real(s, mw_parse_swaps, "swaps/6.1-numa"), 0);
	EXPECT_EQ(sum_of(s, MW_SWAP, M_SW_SIZE), (131068 + 65532) * 1024);
}

TEST(swaps_cut_short)
{
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_parse_swaps(s, SLICE("/dev/sda2 partition 1024"), &at), -EBADMSG);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_SWAP, 0), M_SW_SIZE).state, MW_MALFORMED);
}

TEST(columns_extra_missing_and_garbled)
{
	static const enum mw_metric m[] = { M_SW_SIZE, M_SW_USED };
	scoped_snapshot struct mw_snapshot *s = new_snapshot();
	struct mw_entity *e = mw_snapshot_add(s, MW_SWAP, NULL, SLICE("x"), 0, 0);

	EXPECT_EQ(mw_parse_columns(SLICE(" 1\n"), 4096, e, m, 2), 0);
	EXPECT_EQ(mw_get(e, M_SW_USED).state, MW_ABSENT);
	EXPECT_EQ(mw_parse_columns(SLICE("1 2 three\n"), 4096, e, m, 2), 0);
	EXPECT_EQ(mw_get(e, M_SW_USED).v, 2048);
	EXPECT_EQ(mw_parse_columns(SLICE(""), 4096, e, m, 2), -EBADMSG);
	EXPECT_EQ(mw_parse_columns(SLICE("1 2x"), 4096, e, m, 2), -EBADMSG);
	EXPECT_EQ(mw_get(e, M_SW_USED).state, MW_MALFORMED);
	EXPECT_EQ(mw_parse_columns(SLICE("18446744073709551615 2"), 4096, e, m, 2), -EBADMSG);
}
