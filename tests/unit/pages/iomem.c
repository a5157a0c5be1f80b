/* Where RAM is. */
#include "collect/pages/pages.h"
#include "test.h"

#include <errno.h>

static struct mw_census_range ranges[MW_RANGES_MAX];
static size_t count;
static struct mw_parse_error at;

static int parse(const char *text, uint32_t page_size)
{
	count = 77;
	at = (struct mw_parse_error){ 0 };
	return mw_parse_iomem(slice_of(text), page_size, ranges, &count, &at);
}

TEST(ram_of_a_virtual_machine)
{
	EXPECT_EQ(parse("00000000-00000fff : Reserved\n"
			"00001000-0009fbff : System RAM\n"
			"0009fc00-000fffff : Reserved\n"
			"  000f0000-000fffff : System ROM\n"
			"00100000-bfffffff : System RAM\n"
			"  01000000-01ffffff : Kernel code\n"
			"100000000-63fffffff : System RAM\n",
			4096),
		  0);
	EXPECT_EQ(count, 3);
	/* the last frame of the first range is only partly RAM */
	EXPECT_EQ(ranges[0].start, 1);
	EXPECT_EQ(ranges[0].end, 0x9f);
	EXPECT_EQ(ranges[1].start, 0x100);
	EXPECT_EQ(ranges[1].end, 0xc0000);
	EXPECT_EQ(ranges[2].end, 0x640000);
}

TEST(large_pages_make_fewer_frames)
{
	EXPECT_EQ(parse("40000000-bfffffff : System RAM\n", 65536), 0);
	EXPECT_EQ(ranges[0].start, 0x4000);
	EXPECT_EQ(ranges[0].end, 0xc000);
}

TEST(zeros_instead_of_addresses_are_no_range)
{
	EXPECT_EQ(parse("00000000-00000000 : System RAM\n00000000-00000000 : System RAM\n", 4096),
		  0);
	EXPECT_EQ(count, 0);
}

TEST(garbage_names_its_line)
{
	EXPECT_EQ(parse("00001000-0009fbff : System RAM\nnonsense\n", 4096), -EBADMSG);
	EXPECT_EQ(at.line, 2);
	EXPECT_EQ(count, 1);
	EXPECT_EQ(parse("2000-1000 : System RAM\n", 4096), -EBADMSG);
	EXPECT_EQ(parse("10000000000000000-1ffffffffffffffff : System RAM\n", 4096), -EBADMSG);
	EXPECT_EQ(parse("", 4096), 0);
}

TEST(more_ranges_than_there_is_room_for_are_left_out)
{
	struct buf text = { 0 };

	for (unsigned i = 1; i <= MW_RANGES_MAX + 5; i++)
		buf_printf(&text, "%x000-%xfff : System RAM\n", 2 * i, 2 * i);
	EXPECT_EQ(mw_parse_iomem(buf_slice(&text), 4096, ranges, &count, &at), 0);
	EXPECT_EQ(count, MW_RANGES_MAX);
	buf_release(&text);
}
