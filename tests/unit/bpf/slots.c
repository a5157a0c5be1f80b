/* Learning which counter is which line of memory.stat. */
#include "test.h"

#include "bpf/slots.h"

#include <errno.h>

enum { PAGE = 4096 };

static struct mw_slots s;

static struct mw_slot_line *line(const char *key, bool bytes)
{
	return mw_slots_line(&s, slice_of(key), bytes);
}

enum { STRIKES = 3 };

static int learn_between(struct mw_slot_line *at, uint64_t text,
			 const struct mw_group_slots *before, const struct mw_group_slots *after)
{
	int error = 0;

	for (int i = 0; i < STRIKES; i++)
		error = mw_slots_learn(&s, at, text, before, after);
	return error;
}

static int learn(const char *key, uint64_t text, const struct mw_group_slots *slots)
{
	return learn_between(line(key, true), text, slots, slots);
}

static uint64_t value(const char *key, const struct mw_group_slots *slots)
{
	uint64_t v = 0;

	EXPECT_EQ(mw_slots_value(&s, line(key, true), slots, &v), 0);
	return v;
}

TEST(one_group_tells_lines_of_different_numbers)
{
	struct mw_group_slots a = { .state = { 7, 9, 100, 3 }, .event = { 9, 70 } }, b = a;

	mw_slots_init(&s, 4, 2, PAGE);
	EXPECT_EQ(learn("anon", 7 * PAGE, &a), 0);
	EXPECT_EQ(learn("kernel_stack", 9 * 1024, &a), 0);
	EXPECT_EQ(learn("slab", 100, &a), 0);
	EXPECT_EQ(learn_between(line("pgfault", false), 70, &a, &a), 0);
	b.state[0] = 11;
	b.state[1] = 12;
	b.state[2] = 13;
	b.event[1] = 14;
	EXPECT_EQ(value("anon", &b), 11 * PAGE);
	EXPECT_EQ(value("kernel_stack", &b), 12 * 1024);
	EXPECT_EQ(value("slab", &b), 13);
	EXPECT_EQ(value("pgfault", &b), 14);
}

TEST(ties_are_not_guessed)
{
	struct mw_group_slots a = { .state = { 5, 5 } }, b = { .state = { 5, 6 } };
	uint64_t v = 77;

	mw_slots_init(&s, 2, 0, PAGE);
	EXPECT_EQ(learn("anon", 5 * PAGE, &a), 0);
	/* both hold the same: whichever it is, that is the number */
	EXPECT_EQ(value("anon", &a), 5 * PAGE);
	EXPECT_EQ(mw_slots_value(&s, line("anon", true), &b, &v), -EAGAIN);
	EXPECT_EQ(v, 77);
	EXPECT_EQ(learn("anon", 6 * PAGE, &b), 0);
	EXPECT_EQ(value("anon", &b), 6 * PAGE);
}

TEST(what_nobody_uses_is_zero_before_it_is_known)
{
	struct mw_group_slots a = { .state = { 5, 0, 0 } }, b = { .state = { 5, 0, 1 } };
	uint64_t v;

	mw_slots_init(&s, 3, 0, PAGE);
	EXPECT_EQ(learn("zswap", 0, &a), 0);
	EXPECT_EQ(value("zswap", &a), 0);
	/* it may be this one: in bytes, KiB or pages */
	EXPECT_EQ(mw_slots_value(&s, line("zswap", true), &b, &v), -EAGAIN);
	EXPECT_EQ(learn("zswap", 1, &b), 0);
	EXPECT_EQ(value("zswap", &b), 1);
}

TEST(below_zero_is_shown_as_zero)
{
	struct mw_group_slots a = { .state = { 5, -3 } };

	mw_slots_init(&s, 2, 0, PAGE);
	EXPECT_EQ(learn("file_dirty", 0, &a), 0);
	EXPECT_EQ(value("file_dirty", &a), 0);
	a.state[1] = 2;
	EXPECT_EQ(learn("file_dirty", 2 * PAGE, &a), 0);
	EXPECT_EQ(value("file_dirty", &a), 2 * PAGE);
}

TEST(what_was_wrong_once_may_be_right)
{
	struct mw_group_slots still = { .state = { 0, 9 } }, dirty = { .state = { 2, 9 } };

	mw_slots_init(&s, 2, 0, PAGE);
	/* dirty while the text was written, and clean again */
	EXPECT_EQ(mw_slots_learn(&s, line("file_dirty", true), 2 * PAGE, &still, &still), 0);
	EXPECT_EQ(mw_slots_learn(&s, line("file_dirty", true), 2 * PAGE, &still, &still), 0);
	EXPECT_EQ(mw_slots_learn(&s, line("file_dirty", true), 2 * PAGE, &dirty, &dirty), 0);
	EXPECT_EQ(mw_slots_learn(&s, line("file_dirty", true), 2 * PAGE, &still, &still), 0);
	EXPECT_EQ(learn("file_dirty", 2 * PAGE, &dirty), 0);
	EXPECT_EQ(value("file_dirty", &dirty), 2 * PAGE);
}

TEST(what_changed_meanwhile_says_nothing)
{
	struct mw_group_slots before = { .state = { 5, 8 } }, after = { .state = { 6, 8 } };

	mw_slots_init(&s, 2, 0, PAGE);
	EXPECT_EQ(learn_between(line("anon", true), 7 * PAGE, &before, &after), 0);
	/* the other held 8 all the time: only the first is left, in any unit */
	EXPECT_EQ(learn("anon", 6 * PAGE, &after), 0);
	EXPECT_EQ(value("anon", &before), 5 * PAGE);
}

TEST(a_line_that_no_counter_is_behind)
{
	struct mw_group_slots a = { .state = { 5, 8 }, .event = { 1 } };
	uint64_t v;

	mw_slots_init(&s, 2, 1, PAGE);
	EXPECT_EQ(learn("odd", 12345, &a), -EBADMSG);
	EXPECT_EQ(s.lost, 1);
	/* all may be behind it again */
	EXPECT_EQ(mw_slots_value(&s, line("odd", true), &a, &v), -EAGAIN);
	EXPECT_EQ(learn("odd", 8 * PAGE, &a), 0);
	EXPECT_EQ(value("odd", &a), 8 * PAGE);
}

TEST(sums_of_lines)
{
	struct mw_group_slots a = { .state = { 30, 40, 70 } };

	mw_slots_init(&s, 3, 0, PAGE);
	line("slab_reclaimable", true);
	line("slab_unreclaimable", true);
	line("slab", true);
	mw_slots_sums(&s);
	EXPECT_EQ(learn("slab_reclaimable", 30, &a), 0);
	EXPECT_EQ(learn("slab_unreclaimable", 40, &a), 0);
	EXPECT_EQ(value("slab", &a), 70);
	EXPECT_EQ(learn("slab", 70, &a), 0);
	EXPECT_EQ(learn("slab", 71, &a), -EBADMSG);
	a.state[1] = 41;
	EXPECT_EQ(value("slab", &a), 71);
}

TEST(all_slots_of_the_largest_kernel)
{
	static struct mw_group_slots a;

	mw_slots_init(&s, MW_GROUP_STATES, MW_GROUP_EVENTS, PAGE);
	for (int i = 0; i < MW_GROUP_STATES; i++)
		a.state[i] = 1000 + i;
	for (int i = 0; i < MW_GROUP_EVENTS; i++)
		a.event[i] = 2000 + i;
	EXPECT_EQ(learn("last", (uint64_t)a.state[MW_GROUP_STATES - 1], &a), 0);
	EXPECT_EQ(value("last", &a), 1000 + MW_GROUP_STATES - 1);
	EXPECT_EQ(learn_between(line("event", false), 2000 + MW_GROUP_EVENTS - 1, &a, &a), 0);
	EXPECT_EQ(value("event", &a), 2000 + MW_GROUP_EVENTS - 1);
}

TEST(no_more_lines_than_there_is_room_for)
{
	char key[64];

	mw_slots_init(&s, 2, 0, PAGE);
	for (int i = 0; i < MW_SLOT_LINES; i++) {
		snprintf(key, sizeof(key), "line%d", i);
		EXPECT(line(key, true));
	}
	EXPECT(!line("one more", true));
	EXPECT(line("line5", true) == &s.at[5]);
	mw_slots_init(&s, 2, 0, PAGE);
	EXPECT(!line("a key that is longer than any of the kernel's will ever be", true));
}
