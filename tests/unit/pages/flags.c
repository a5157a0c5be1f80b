/* Frames as /proc/kpageflags has them; the numbers are the kernel's (kernel-page-flags.h). */
#include "collect/pages/pages.h"
#include "test.h"

#include <errno.h>

#define BIT(n) (1ULL << (n))

enum { SHOP = 4711, WEB = 4712 };

static struct mw_census finish(struct mw_frames *f, uint64_t unused)
{
	struct mw_census out = { 0 };

	EXPECT_EQ(mw_frames_finish(f, (struct mw_frames_told){ .unused = unused }, &out), 0);
	mw_frames_release(f);
	return out;
}

static uint64_t of_group(const struct mw_census *c, uint64_t id, enum mw_census_type type)
{
	for (size_t i = 0; i < c->group_count; i++)
		if (c->groups[i].id == id)
			return c->groups[i].pages[type];
	return UINT64_MAX;
}

TEST(flags_tell_what_a_frame_is)
{
	static const struct {
		uint64_t flags;
		enum mw_census_type type;
	} frames[] = {
		{ 0x400, MW_CENSUS_FREE },        /* seen: buddy */
		{ 0x400005828, MW_CENSUS_ANON },  /* seen: uptodate, lru, mmap, anon, swapbacked */
		{ 0x40000006c, MW_CENSUS_FILE },  /* seen: referenced, uptodate, lru, active */
		{ 0x402004028, MW_CENSUS_SHMEM }, /* swapbacked, no anon */
		{ BIT(7), MW_CENSUS_SLAB },
		{ BIT(26) | BIT(11), MW_CENSUS_PAGE_TABLE },
		{ BIT(17) | BIT(15), MW_CENSUS_HUGETLB },
		{ BIT(23), MW_CENSUS_OFFLINE },
		{ BIT(32), MW_CENSUS_RESERVED },
		{ BIT(24), MW_CENSUS_RESERVED },
		{ BIT(20), MW_CENSUS_UNKNOWN },
		{ BIT(13) | BIT(14) | BIT(12) | BIT(5), MW_CENSUS_SWAP_CACHE },
		{ BIT(13) | BIT(14) | BIT(12) | BIT(11), MW_CENSUS_ANON }, /* still mapped */
		{ BIT(21) | BIT(12) | BIT(11), MW_CENSUS_ANON },
		{ BIT(4), MW_CENSUS_FILE },
		{ 0, MW_CENSUS_KERNEL },
		{ BIT(11), MW_CENSUS_KERNEL },
	};

	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		struct mw_frames f = { 0 };
		struct mw_census c;

		mw_frames_add(&f, frames[i].flags, SHOP, 1);
		c = finish(&f, 0);
		EXPECT_EQ(c.pages[frames[i].type], 1);
		EXPECT_EQ(c.frames, 1);
		mw_census_release(&c);
	}
}

TEST(what_is_behind_a_head_is_the_heads)
{
	struct mw_frames f = { 0 };
	struct mw_census c;

	mw_frames_add(&f, BIT(15) | BIT(12) | BIT(14) | BIT(5) | BIT(22), SHOP, 1);
	for (int i = 0; i < 511; i++)
		mw_frames_add(&f, BIT(16), 0, 1);
	mw_frames_add(&f, 0x400005828, WEB, 1);
	c = finish(&f, 0);
	EXPECT_EQ(of_group(&c, SHOP, MW_CENSUS_ANON), 512);
	EXPECT_EQ(of_group(&c, WEB, MW_CENSUS_ANON), 1);
	EXPECT_EQ(c.pages[MW_CENSUS_ANON], 513);
	EXPECT(c.has_groups && !c.has_dying && !c.has_files);
	mw_census_release(&c);
}

TEST(free_pages_that_no_list_shows_are_taken_from_what_has_no_flags)
{
	struct mw_frames f = { 0 };
	struct mw_census c;

	mw_frames_add(&f, 0x400, 0, 10);
	mw_frames_add(&f, 0, 0, 30);   /* nothing is said */
	mw_frames_add(&f, 0, SHOP, 5); /* charged: surely in use */
	c = finish(&f, 25);
	EXPECT_EQ(c.pages[MW_CENSUS_FREE], 25);
	EXPECT_EQ(c.pages[MW_CENSUS_KERNEL], 20);
	EXPECT_EQ(of_group(&c, 0, MW_CENSUS_KERNEL), 15);
	EXPECT_EQ(of_group(&c, SHOP, MW_CENSUS_KERNEL), 5);
	mw_census_release(&c);

	f = (struct mw_frames){ 0 };
	mw_frames_add(&f, 0, 0, 30);
	c = finish(&f, 1000);
	EXPECT_EQ(c.pages[MW_CENSUS_FREE], 30);
	EXPECT_EQ(c.pages[MW_CENSUS_KERNEL], 0);
	mw_census_release(&c);
}

TEST(what_meminfo_leaves_out_is_reserved)
{
	struct mw_frames f = { 0 };
	struct mw_census c;

	/* seen on 6.18: of 470 MiB only 38 have the mark */
	mw_frames_add(&f, BIT(32), 0, 10);
	mw_frames_add(&f, BIT(23), 0, 5);
	mw_frames_add(&f, 0, 0, 200);
	EXPECT_EQ(mw_frames_finish(&f, (struct mw_frames_told){ 60, 100 }, &c), 0);
	EXPECT_EQ(c.pages[MW_CENSUS_FREE], 60);
	EXPECT_EQ(c.pages[MW_CENSUS_RESERVED], 95);
	EXPECT_EQ(c.pages[MW_CENSUS_KERNEL], 55);
	EXPECT_EQ(of_group(&c, 0, MW_CENSUS_KERNEL), 55);
	mw_frames_release(&f);
	mw_census_release(&c);
}

TEST(where_groups_are_not_told_none_is_made_up)
{
	struct mw_frames f = { .ungrouped = true };
	struct mw_census c;

	mw_frames_add(&f, 0x400005828, 0, 10);
	mw_frames_add(&f, 0, 0, 30);
	c = finish(&f, 20);
	EXPECT_EQ(c.pages[MW_CENSUS_ANON], 10);
	EXPECT_EQ(c.pages[MW_CENSUS_FREE], 20);
	EXPECT(!c.has_groups);
	EXPECT_EQ(c.group_count, 0);
	mw_census_release(&c);
}

TEST(many_groups)
{
	struct mw_frames f = { 0 };
	struct mw_census c;

	for (uint64_t i = 0; i < 20000; i++)
		mw_frames_add(&f, 0x40000006c, 1 + i % 5000, 64);
	c = finish(&f, 0);
	EXPECT_EQ(c.group_count, 5000);
	for (uint64_t id = 1; id <= 5000; id += 777)
		EXPECT_EQ(of_group(&c, id, MW_CENSUS_FILE), 4 * 64);
	mw_census_release(&c);
}
