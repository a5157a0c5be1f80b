#include "test.h"

#include "collect/files/files.h"

#include <errno.h>
#include <sys/sysmacros.h>

static const char text[] = "file 257283 254:0 /user.slice\n"
			   "cached_bytes 32935936\n"
			   "active_bytes 12288\n"
			   "type file\n"
			   "deleted 1\n"
			   "path /var/log/a\\x20b\\x0ac\n"
			   "a_key_of_tomorrow 7\n"
			   "used_by 9497=cc1\\x20(mapped)\\x0a9498=x\n"
			   "file 257283 254:0 -\n"
			   "cached_bytes 4096\n"
			   "path memfd:x\n";

static struct mw_snapshot *empty(void)
{
	const struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);

	EXPECT(s && mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/user.slice"), 7, 0));
	return s;
}

TEST(a_file_of_two_groups_is_two_rows)
{
	struct mw_snapshot *s = empty();
	const struct mw_entity *e;
	uint32_t line = 0;

	EXPECT_EQ(mw_files_parse(slice_of(text), s, &line), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_FILE), 2);
	e = mw_snapshot_at(s, MW_FILE, 0);
	EXPECT_EQ(e->id, 257283);
	EXPECT_EQ(e->birth, makedev(254, 0));
	EXPECT(e->parent == mw_snapshot_at(s, MW_CGROUP, 0));
	EXPECT_EQ(mw_get(e, M_F_CACHED).v, 32935936);
	EXPECT_EQ(mw_get(e, M_F_DIRTY).state, MW_ABSENT);
	EXPECT_EQ(mw_get(e, M_F_DELETED).v, 1);
	EXPECT_STR(mw_get_text(e, M_F_PATH), "/var/log/a b\nc");
	EXPECT_STR(mw_get_text(e, M_F_USED_BY), "9497=cc1 (mapped)\n9498=x");
	e = mw_snapshot_at(s, MW_FILE, 1);
	EXPECT(!e->parent);
	EXPECT_STR(mw_get_text(e, M_F_PATH), "memfd:x");
	mw_snapshot_free(s);
}

TEST(rows_that_are_there_are_told_their_names)
{
	struct mw_snapshot *s = empty();
	struct mw_entity *e = mw_snapshot_add(s, MW_FILE, mw_snapshot_at(s, MW_CGROUP, 0),
					      SLICE(""), 257283, makedev(254, 0));
	uint32_t line = 0;

	EXPECT(e != NULL);
	mw_set(e, M_F_DIRTY, 8192);
	EXPECT_EQ(mw_files_parse(slice_of(text), s, &line), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_FILE), 2);
	EXPECT_EQ(mw_get(e, M_F_DIRTY).v, 8192);
	EXPECT_STR(mw_get_text(e, M_F_PATH), "/var/log/a b\nc");
	mw_snapshot_free(s);
}

TEST(what_is_written_is_read_again)
{
	struct mw_snapshot *s = empty(), *again = empty();
	scoped_buf struct buf first = { 0 }, second = { 0 };
	uint32_t line = 0;

	EXPECT_EQ(mw_files_parse(slice_of(text), s, &line), 0);
	EXPECT_EQ(mw_files_write(s, &first), 0);
	EXPECT_EQ(mw_files_parse(buf_slice(&first), again, &line), 0);
	EXPECT_EQ(mw_files_write(again, &second), 0);
	EXPECT_STR(first.at, second.at);
	EXPECT(strstr(first.at, "path /var/log/a\\x20b\\x0ac\n") != NULL);
	mw_snapshot_free(s);
	mw_snapshot_free(again);
}

/* Rows that differ in one field only, none of which the index may leave out. */
TEST(many_rows_of_one_number_are_found_at_once)
{
	enum { ROWS = 60000 };
	struct mw_snapshot *s = empty();
	scoped_buf struct buf all = { 0 };
	uint32_t line = 0;

	for (unsigned i = 0; i < ROWS; i++)
		buf_printf(&all, "file 7 %u:0 %s\n", (i / 2) << 12, i % 2 ? "/user.slice" : "-");
	EXPECT_EQ(mw_files_parse(buf_slice(&all), s, &line), 0);
	EXPECT_EQ(mw_files_parse(buf_slice(&all), s, &line), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_FILE), ROWS);
	mw_snapshot_free(s);
}

TEST(more_rows_than_a_census_has_are_refused)
{
	enum { MOST = 1 << 18 };
	struct mw_snapshot *s = empty();
	scoped_buf struct buf all = { 0 };
	uint32_t line = 0;

	for (unsigned i = 0; i <= MOST; i++)
		buf_printf(&all, "file %u 8:1 -\n", i + 1);
	EXPECT_EQ(mw_files_parse(buf_slice(&all), s, &line), -EBADMSG);
	EXPECT_EQ(line, MOST + 1);
	EXPECT_EQ(mw_snapshot_count(s, MW_FILE), MOST);
	mw_snapshot_free(s);
}

static void expect_bad(const char *bad, uint32_t wanted)
{
	struct mw_snapshot *s = empty();
	uint32_t line = 0;

	EXPECT_EQ(mw_files_parse(slice_of(bad), s, &line), -EBADMSG);
	EXPECT_EQ(line, wanted);
	mw_snapshot_free(s);
}

TEST(garbage_is_told_by_line)
{
	expect_bad("cached_bytes 1\n", 1);
	expect_bad("file 1 8:1\n", 1);
	expect_bad("file x 8:1 -\n", 1);
	expect_bad("file 1 8 -\n", 1);
	expect_bad("file 99999999999999999999 8:1 -\n", 1);
	expect_bad("file 1 99999999999:1 -\n", 1);
	expect_bad("file 1 8:1 -\ncached_bytes many\n", 2);
	expect_bad("file 1 8:1 -\npath a\\xzz\n", 2);
	expect_bad("file 1 8:1 -\npath\n", 2);
}
