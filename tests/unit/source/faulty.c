#include "test.h"

#include <errno.h>

static int count(const struct mw_dirent *entry, void *argument)
{
	(void)entry;
	++*(int *)argument;
	return 0;
}

/* One call of each kind; @return how many failed, and the last error */
static int exercise(struct mw_source *source, int *last)
{
	struct mw_dir root = mw_root(source), proc = { 0 };
	scoped_buf struct buf text = { 0 };
	struct mw_stat st;
	int names = 0, failed = 0;
	int errors[5];

	errors[0] = mw_open(&root, "proc", &proc);
	errors[1] = mw_read(&root, "proc/meminfo", &text);
	if (errors[1])
		EXPECT_EQ(text.len, 0);
	errors[2] = mw_readlink(&root, "proc/self", &text);
	errors[3] = mw_list(&root, count, &names);
	errors[4] = mw_stat(&root, "proc", &st);
	mw_close(&proc);
	for (int i = 0; i < 5; i++)
		if (errors[i]) {
			failed++;
			*last = errors[i];
		}
	return failed;
}

TEST(without_a_number_nothing_fails_and_all_is_counted)
{
	struct mw_source *live, *source;
	int last = 0;

	EXPECT_EQ(mw_source_live("/", &live), 0);
	EXPECT_EQ(mw_source_faulty(live, 0, EIO, &source), 0);
	EXPECT_EQ(exercise(source, &last), 0);
	EXPECT_EQ(mw_source_faulty_calls(source), 5);
	EXPECT_EQ(source->machine.page_size, live->machine.page_size);
	EXPECT(mw_clock(source) > 0);
	EXPECT_EQ(mw_source_faulty_calls(source), 5);
	mw_source_free(source);
}

TEST(only_the_nth_call_fails_with_the_error)
{
	for (uint64_t nth = 1; nth <= 5; nth++) {
		struct mw_source *live, *source;
		int last = 0;

		EXPECT_EQ(mw_source_live("/", &live), 0);
		EXPECT_EQ(mw_source_faulty(live, nth, EACCES, &source), 0);
		EXPECT_EQ(exercise(source, &last), 1);
		EXPECT_EQ(last, -EACCES);
		EXPECT_EQ(mw_source_faulty_calls(source), 5);
		mw_source_free(source);
	}
}
