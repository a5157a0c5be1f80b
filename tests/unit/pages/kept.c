/* A census as text and back. */
#include "collect/pages/pages.h"
#include "test.h"

#include <errno.h>
#include <stdlib.h>

static const char text[] = "census 6 6291358 98303 1 1 1\n"
			   "dropped 3 12 0\n"
			   "pages free 5000000\n"
			   "pages file 123456\n"
			   "group 0 0 0 kernel 800 file 77\n"
			   "group 4711 23 0 anon 64 file 128\n"
			   "group 9 23 1 file 640\n"
			   "name web 1\\x2d\n"
			   "row 4711 file 8:1 77 5 0 100644 128 64 3 1\n"
			   "row 9 shmem 0:42 8 0 1 60000 640 0 0 0\n"
			   "row 9 file 0:0 12 0 0 0 3 0 0 0\n";

static struct mw_census parse(struct slice from, int wanted, uint32_t line)
{
	struct mw_census c = { 0 };
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(mw_census_parse(from, &c, &at), wanted);
	EXPECT_EQ(at.line, line);
	return c;
}

TEST(all_of_it_is_read)
{
	struct mw_census c = parse(slice_of(text), 0, 0);

	EXPECT_EQ(c.shift, 6);
	EXPECT_EQ(c.frames, 6291358);
	EXPECT(c.has_dying && c.has_files && c.has_groups);
	EXPECT_EQ(c.dropped_pages, 12);
	EXPECT_EQ(c.pages[MW_CENSUS_FREE], 5000000);
	EXPECT_EQ(c.group_count, 3);
	EXPECT_EQ(c.groups[1].pages[MW_CENSUS_ANON], 64);
	EXPECT_STR(c.groups[2].name, "web 1\\x2d");
	EXPECT(c.groups[2].dying);
	EXPECT_EQ(c.row_count, 3);
	EXPECT_EQ(c.rows[0].device, 8 << 20 | 1);
	EXPECT_EQ(c.rows[0].mode, 0100644);
	EXPECT_EQ(c.rows[0].links, 0);
	EXPECT_EQ(c.rows[0].mapped, 1);
	EXPECT_EQ(c.rows[1].type, MW_CENSUS_SHMEM);
	EXPECT_EQ(c.rows[0].inode, 0);
	mw_census_release(&c);
}

TEST(it_is_written_as_it_was_read)
{
	struct mw_census c = parse(slice_of(text), 0, 0), again;
	struct buf first = { 0 }, second = { 0 };

	mw_census_write(&c, &first);
	mw_census_release(&c);
	again = parse(buf_slice(&first), 0, 0);
	mw_census_write(&again, &second);
	mw_census_release(&again);
	EXPECT_SLICE(buf_slice(&second), first.at);
	EXPECT(strstr(first.at, "name web 1\\x2d\n") != NULL);
	EXPECT(strstr(first.at, "row 4711 file 8:1 77 5 0 100644 128 64 3 1\n") != NULL);
	buf_release(&first);
	buf_release(&second);
}

TEST(lines_that_are_none)
{
	static const struct {
		const char *text;
		uint32_t line;
	} bad[] = {
		{ "", 1 },
		{ "pages free 1\n", 1 },
		{ "census 6 1 1 1 1 1\ncensus 6 1 1 1 1 1\n", 2 },
		{ "census 17 1 1 1 1 1\n", 1 },
		{ "census 6 99999999999999999999 1 1 1 1\n", 1 },
		{ "census 6 1 1 1 1\n", 1 },
		{ "census 6 1 1 1 1 1 1\n", 1 },
		{ "census 6 1 1 1 1 1\npages frei 1\n", 2 },
		{ "census 6 1 1 1 1 1\npages free 17592186044416\n", 2 },
		{ "census 6 1 1 1 1 1\nname x\n", 2 },
		{ "census 6 1 1 1 1 1\ngroup 1 1 0 anon\n", 2 },
		{ "census 6 1 1 1 1 1\ngroup 1 1\n", 2 },
		{ "census 6 1 1 1 1 1\nrow 1 anon 8:1 1 1 1 1 1 1 1 1\n", 2 },
		{ "census 6 1 1 1 1 1\nrow 1 file 4096:1 1 1 1 1 1 1 1 1\n", 2 },
		{ "census 6 1 1 1 1 1\nrow 1 file 8:1 1 1 1 9 1 1 1 1\n", 2 },
		{ "census 6 1 1 1 1 1\nrow 1 file 8:1 1 4294967296 1 1 1 1 1 1\n", 2 },
		{ "census 6 1 1 1 1 1\nrow 1 file 8:1 1 1 1 1 1 1 1\n", 2 },
		{ "census 6 1 1 1 1 1\nwhat else\n", 2 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		parse(slice_of(bad[i].text), -EBADMSG, bad[i].line);
}

TEST(a_name_that_is_too_long_is_refused)
{
	struct buf b = { 0 };

	buf_puts(&b, "census 6 1 1 1 1 1\ngroup 1 0 1 file 1\nname ");
	for (int i = 0; i < MW_CENSUS_NAME; i++)
		buf_char(&b, 'x');
	parse(buf_slice(&b), -EBADMSG, 3);
	buf_release(&b);
}
