#include "test.h"

#include "collect/keyed.h"

#include <errno.h>

static int parse(const char *text, struct mw_snapshot *s, struct mw_parse_error *at)
{
	struct mw_keyed keyed;

	mw_keyed_init(&keyed, "proc/meminfo");
	return mw_keyed_parse(&keyed, slice_of(text), 4096, mw_snapshot_node(s), at);
}

TEST(known_keys_are_converted_and_unknown_ones_skipped)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_parse_error at;

	EXPECT_EQ(parse("MemTotal:  10 kB\nNews: x\nMemFree: 0 kB\n", s, &at), 0);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEM_TOTAL).v, 10240);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEM_FREE).state, MW_OK);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_CACHED).state, MW_ABSENT);
	mw_snapshot_free(s);
}

TEST(a_garbled_line_spoils_only_itself)
{
	struct mw_machine machine = { 0 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_parse_error at = { 0 };

	EXPECT_EQ(parse("MemTotal: 1 kB\nMemFree: ? kB\nCached: 2 kB\n", s, &at), -EBADMSG);
	EXPECT_EQ(at.line, 2);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEM_FREE).state, MW_MALFORMED);
	EXPECT_EQ(mw_get(mw_snapshot_node(s), M_CACHED).v, 2048);
	mw_snapshot_free(s);
}

TEST(learning_an_order_does_not_hide_a_key_that_moves)
{
	struct mw_machine machine = { 0 };
	struct mw_keyed keyed;
	struct mw_parse_error at;
	static const char *const texts[] = {
		"Other: 1\nMemFree: 2 kB\nMemTotal: 3 kB\n",
		"Other: 1\nMemFree: 2 kB\nMemTotal: 3 kB\n",
		"MemTotal: 3 kB\nOther: 1\nMemFree: 2 kB\n",
		"Others: 1\nMemTotal: 3 kB\nMemFreeX: 9 kB\nMemFree: 2 kB\n",
	};

	mw_keyed_init(&keyed, "proc/meminfo");
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct mw_snapshot *s = mw_snapshot_new(&machine);

		EXPECT_EQ(
			mw_keyed_parse(&keyed, slice_of(texts[i]), 4096, mw_snapshot_node(s), &at),
			0);
		EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEM_TOTAL).v, 3072);
		EXPECT_EQ(mw_get(mw_snapshot_node(s), M_MEM_FREE).v, 2048);
		mw_snapshot_free(s);
	}
}
