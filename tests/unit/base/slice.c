#include "test.h"

TEST(lines_without_a_final_newline)
{
	struct slice text = SLICE("a\n\nbc"), line;

	EXPECT(slice_line(&text, &line));
	EXPECT_SLICE(line, "a");
	EXPECT(slice_line(&text, &line));
	EXPECT_SLICE(line, "");
	EXPECT(slice_line(&text, &line));
	EXPECT_SLICE(line, "bc");
	EXPECT(!slice_line(&text, &line));
}

TEST(numbers_at_the_edge)
{
	struct slice text = SLICE("18446744073709551615 18446744073709551616");
	uint64_t v = 7;

	EXPECT(slice_u64(&text, &v));
	EXPECT(v == UINT64_MAX);
	EXPECT(!slice_u64(&text, &v));
	EXPECT(v == UINT64_MAX);
	text = SLICE("kB");
	EXPECT(!slice_u64(&text, &v));
}
