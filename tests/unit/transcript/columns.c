#include "paste.h"

#include "transcript/format.h"

TEST(columns)
{
	struct slice header = SLICE("NAME     CPU(cores)   MEMORY(bytes)   NODE");
	struct slice row = SLICE("web-1    229m                         n 1"), out[4];
	struct mw_columns c;

	EXPECT_EQ(mw_columns_header(header, &c), 4);
	EXPECT_EQ(mw_columns_find(&c, "MEMORY(bytes)"), 2);
	EXPECT_EQ(mw_columns_find(&c, "x"), 4);
	EXPECT_EQ(mw_columns_row(&c, row, out), 4);
	EXPECT_SLICE(out[0], "web-1");
	EXPECT_SLICE(out[3], "1");
	EXPECT_SLICE(mw_columns_under(&c, 1, row), "229m");
	EXPECT_SLICE(mw_columns_under(&c, 2, row), "");
	EXPECT_SLICE(mw_columns_under(&c, 3, row), "n");
}
