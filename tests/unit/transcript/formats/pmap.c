/* pmap in its layouts: real output of procps 4.0.2, and a listing that somebody shortened. */
#include "paste.h"

static struct mw_entity *region(const struct mw_transcript *t, uint64_t start)
{
	struct mw_entity *e = mw_snapshot_by_id(now(t), MW_REGION, start);

	assert_non_null(e);
	return e;
}

static uint64_t sum(const struct mw_transcript *t, enum mw_metric metric)
{
	struct mw_entity *e;
	uint64_t total = 0;

	mw_for_each (e, now(t), MW_REGION)
		total += mw_get_or(e, metric, 0);
	return total;
}

TEST(java_shortened_with_dots)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("java-rss-gap-pmap-pmap-x.txt");
	struct mw_entity *java = process(&t, 1), *heap = region(&t, 0x6a0000000),
			 *tail = region(&t, 0x7c1f15000), *stack = region(&t, 0x7fb12b6a5000);

	EXPECT_EQ(cell(java, M_P_VSS), 11135288ull << 10);
	EXPECT_EQ(cell(java, M_P_RSS), 5517748ull << 10);
	EXPECT_EQ(printed(&t, "pmap", "Dirty")->value, 5499792ull << 10);
	EXPECT_EQ(cell(heap, M_R_RSS), 4502168ull << 10);
	EXPECT_EQ(cell(heap, M_R_ANONYMOUS), 4502168ull << 10);
	EXPECT_EQ(cell(heap, M_R_RSS) * 1000 / cell(java, M_P_RSS), 815); /* 81.6 % */
	EXPECT_EQ(cell(tail, M_R_SIZE), 1016748ull << 10);
	EXPECT_STR(mw_get_text(tail, M_R_PERMS), "---p");
	EXPECT_EQ(cell(tail, M_R_RSS), 0);
	EXPECT_EQ(cell(heap, M_R_END), tail->id);
	/* a stack of -Xss512K: 504 KiB, and its guard pages of 12 */
	EXPECT_EQ(cell(stack, M_R_SIZE), 504 << 10);
	EXPECT_EQ(cell(region(&t, 0x7fb12b6a2000), M_R_SIZE), 12 << 10);
	EXPECT_EQ(cell(region(&t, 0x7fb12b6a2000), M_R_END), stack->id);
	EXPECT_STR(stack->name, "");
	EXPECT_STR(region(&t, 0x7fff0ca3d000)->name, "[stack]");
	EXPECT_STR(mw_get_text(java, M_P_COMM), "java");
	EXPECT(strstr(mw_get_text(java, M_P_CMDLINE), "-Xss512K"));
	/* most of it is not in the listing */
	EXPECT(block(&t, "pmap", 0)->cut);
	EXPECT(sum(&t, M_R_RSS) < cell(java, M_P_RSS));
	EXPECT_EQ(sum(&t, M_R_RSS) >> 10, 4506652);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(every_layout_of_one_process)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("pmap-layouts.txt");

	EXPECT_EQ(t.block_count, 4);
	for (size_t i = 0; i < 4; i++)
		EXPECT_STR(mw_block_format(&t.blocks[i]), "pmap");
	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(process(&t, 9355), M_P_VSS), 2924 << 10);
	EXPECT(t.hosts[0].count > 1);
}

static struct mw_transcript layout(const char *command)
{
	static struct buf text;
	struct slice rest, end;

	buf_release(&text);
	text = fixture_text("../fuzz/corpus/transcript-whole/pmap-layouts.txt");
	rest = buf_slice(&text);
	assert_true(slice_after(&rest, command));
	end = rest;
	if (slice_after(&end, "[root@host"))
		rest.len -= end.len + strlen("[root@host");
	return paste_slice(rest);
}

TEST(extended)
{
	scoped_transcript struct mw_transcript t = layout("pmap -X 9355\n");
	struct mw_entity *e = process(&t, 9355);

	EXPECT_EQ(cell(e, M_P_RSS), 1692 << 10);
	EXPECT_EQ(cell(e, M_P_PSS), 182 << 10);
	EXPECT_EQ(cell(e, M_P_ANONYMOUS), 108 << 10);
	EXPECT_EQ(sum(&t, M_R_RSS), 1692 << 10);
	EXPECT_EQ(sum(&t, M_R_SIZE), 2924 << 10);
	EXPECT_STR(region(&t, 0x55a5e025a000)->name, "[heap]");
	EXPECT_STR(region(&t, 0x7f35ac175000)->name, "gconv-modules.cache");
	EXPECT_STR(mw_get_text(region(&t, 0x7f35ac175000), M_R_PERMS), "r--s");
	EXPECT_EQ(cell(region(&t, 0x7f35ac1ae000), M_R_OFFSET), 0x27000);
	EXPECT_STR(region(&t, 0x7f35ac17d000)->name, "");
}

TEST(very_extended)
{
	scoped_transcript struct mw_transcript t = layout("pmap -XX 9355\n");
	struct mw_entity *e = process(&t, 9355);

	EXPECT_EQ(cell(e, M_P_SHARED_CLEAN), 1548 << 10);
	EXPECT_EQ(cell(e, M_P_USS), (36 + 108) << 10);
	EXPECT_EQ(cell(region(&t, 0x55a5bfa3a000), M_R_PRIVATE_CLEAN), 20 << 10);
	EXPECT_STR(mw_get_text(region(&t, 0x55a5bfa3a000), M_R_VMFLAGS), "rd ex mr mw me");
	EXPECT_STR(region(&t, 0x55a5bfa3a000)->name, "sleep");
	EXPECT_STR(region(&t, 0x7f35abf8e000)->name, "");
}

TEST(plain_and_devices)
{
	scoped_transcript struct mw_transcript plain = layout("pmap 9355\n");
	scoped_transcript struct mw_transcript device = layout("pmap -d 9355\n");

	EXPECT_EQ(sum(&plain, M_R_SIZE), 2924 << 10);
	EXPECT_EQ(cell(process(&plain, 9355), M_P_VSS), 2924 << 10);
	EXPECT_EQ(mw_get(process(&plain, 9355), M_P_RSS).state, MW_ABSENT);
	EXPECT_EQ(mw_get(region(&plain, 0x55a5e025a000), M_R_RSS).state, MW_ABSENT);
	EXPECT_EQ(sum(&device, M_R_SIZE), 2924 << 10);
	EXPECT_STR(region(&device, 0x55a5bfa38000)->name, "sleep");
}

TEST(sorted_and_cut)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ sudo pmap -x 4711 | sort -k3 -n -r | head -4\n"
		"total kB         11135288 5517748 5499792\n"
		"00000006a0000000 4750420 4502168 4502168 rw---   [ anon ]\n"
		"0000561e58949000    4156    4136    4136 rw---   [ anon ]\n"
		"0000561e5793b000       4       4       0 r-x-- java\n");

	EXPECT_EQ(cell(process(&t, 4711), M_P_RSS), 5517748ull << 10);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_REGION), 3);
	EXPECT(block(&t, "pmap", 0)->cut);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(old_and_localised)
{
	scoped_transcript struct mw_transcript t = paste(
		"1234:   java -Xmx1g\n"
		"地址              Kbytes     RSS    Anon  Locked Mode  映射\n"
		"08048000       4       -       -       - r-x--  java\n"
		"b7f50000     504       -       -       - rw---    [ anon ]\n"
		"-------- ------- ------- ------- -------\n"
		"total kB     508       -       -       -\n");
	struct mw_entity *e = process(&t, 1234);

	EXPECT_EQ(cell(e, M_P_VSS), 508 << 10);
	EXPECT_EQ(mw_snapshot_count(now(&t), MW_REGION), 2);
	EXPECT_EQ(t.unrecognised_lines, 0);
}

TEST(what_is_no_pmap)
{
	scoped_transcript struct mw_transcript t = paste(
		"total 48\n"
		"drwxr-xr-x 2 root root 4096 Jan 1 00:00 bin\n"
		"12:   memory:/docker/abc\n"
		"total kB\n"
		"deadbeef 12 cats\n"
		"00400000-00452000 r-xp\n"
		"00000006a0000000 99999999999999999999 1 1 rw--- [ anon ]\n"
		"00000006a0000000 18446744073709551615 1 1 rw--- [ anon ]\n"
		"00000006a0000000\n"
		"00000006a0000000 12\n");

	for (size_t i = 0; i < t.block_count; i++)
		EXPECT(strcmp(mw_block_format(&t.blocks[i]), "pmap"));
}
