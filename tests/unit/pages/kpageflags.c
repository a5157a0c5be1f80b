/* /proc/kpageflags and kpagecgroup as files: samples of blocks larger than a window. */
#include "collect/pages/pages.h"
#include "test.h"
#include "tree.h"

#define BIT(n) (1ULL << (n))

enum { SHOP = 4711, WEB = 4712, SHIFT = 6 };

/* The numbers are the kernel's (kernel-page-flags.h). */
static const uint64_t anon = BIT(3) | BIT(5) | BIT(11) | BIT(12) | BIT(14);
static const uint64_t head = BIT(15), tail = BIT(16), huge = BIT(17), slab = BIT(7);

struct run {
	size_t count;
	uint64_t flags, group;
};

static void put_numbers(const char *path, const struct run *runs, bool groups)
{
	char full[8192];
	FILE *f;

	place(path, full, sizeof(full));
	f = fopen(full, "w");
	EXPECT(f != NULL);
	for (; runs->count; runs++)
		for (size_t i = 0; i < runs->count; i++)
			EXPECT_EQ(fwrite(groups ? &runs->group : &runs->flags, 8, 1, f), 1);
	fclose(f);
}

/* @runs  of a kernel without groups: theirs are all 0 */
static bool grouped(const struct run *runs)
{
	while (runs->count && !runs->group)
		runs++;
	return runs->count;
}

static struct mw_census count(const struct run *runs, struct mw_census_range range, uint32_t shift)
{
	struct mw_census c = { 0 };
	struct mw_source *source;

	make_tree();
	put_numbers("proc/kpageflags", runs, false);
	if (grouped(runs))
		put_numbers("proc/kpagecgroup", runs, true);
	EXPECT_EQ(mw_source_live(top, &source), 0);
	EXPECT_EQ(mw_frames_read(source, &range, 1, shift, (struct mw_frames_told){ 0 }, &c), 0);
	mw_source_free(source);
	remove_tree();
	return c;
}

static uint64_t of_group(const struct mw_census *c, uint64_t id)
{
	for (size_t i = 0; i < c->group_count; i++)
		if (c->groups[i].id == id)
			return c->groups[i].pages[MW_CENSUS_ANON];
	return 0;
}

TEST(a_sample_finds_the_head_of_a_large_block)
{
	const struct run runs[] = {
		{ 8192 - 8, 0, 0 },
		{ 1, anon | head, WEB },
		{ 7, tail, 0 },
		{ 1, anon | head, SHOP },
		{ 8191, tail, 0 }, /* 512 MiB of 64 KiB */
		{ 1, anon | head, WEB },
		{ 63, tail, 0 },
		{ 1, slab | head, 0 },
		{ 63, slab | tail, 0 },
		{ 0 },
	};
	struct mw_census c = count(runs, (struct mw_census_range){ 0, 16384 + 128 }, SHIFT);

	EXPECT_EQ(of_group(&c, SHOP), 8192);
	EXPECT(of_group(&c, WEB) == 64 || of_group(&c, WEB) == 128);
	EXPECT_EQ(c.pages[MW_CENSUS_SLAB], 64);
	EXPECT_EQ(c.frames, 16384 + 128);
	mw_census_release(&c);
}

TEST(a_sample_of_pages_of_a_gigabyte)
{
	const struct run runs[] = {
		{ 1 << 18, anon, SHOP },
		{ 1, anon | head, WEB },
		{ (1 << 18) - 1, tail, 0 },
		{ 0 },
	};
	struct mw_census c = count(runs, (struct mw_census_range){ (2 << 18) - 4096, 2 << 18 }, 8);

	EXPECT_EQ(of_group(&c, WEB), 4096);
	EXPECT_EQ(of_group(&c, SHOP), 0);
	mw_census_release(&c);
}

/* It went away between two reads; the head seen last is of something else. */
TEST(a_tail_without_a_head_speaks_for_itself)
{
	const struct run runs[] = {
		{ 1, anon | head, WEB }, { 63, tail, 0 },         { 64, 0, 0 },
		{ 128, anon, SHOP },     { 128, huge | tail, 0 }, { 0 },
	};
	struct mw_census c = count(runs, (struct mw_census_range){ 0, 384 }, SHIFT);

	EXPECT_EQ(of_group(&c, WEB), 64);
	EXPECT_EQ(of_group(&c, SHOP), 128);
	EXPECT_EQ(c.pages[MW_CENSUS_HUGETLB], 128);
	mw_census_release(&c);
}

/* A kernel without memory groups has no kpagecgroup: nobody's memory is not known, not all of it. */
TEST(without_groups)
{
	const struct run runs[] = { { 128, anon, 0 }, { 0 } };
	struct mw_census c = count(runs, (struct mw_census_range){ 0, 128 }, 0);

	EXPECT_EQ(c.pages[MW_CENSUS_ANON], 128);
	EXPECT(!c.has_groups);
	EXPECT_EQ(c.group_count, 0);
	mw_census_release(&c);
}
