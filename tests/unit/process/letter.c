#include "test.h"

#include "bpf/task.h"

/* the values of include/linux/sched.h */
TEST(the_letter_of_each_state)
{
	EXPECT_EQ(mw_task_letter(0, 0), 'R');
	EXPECT_EQ(mw_task_letter(1, 0), 'S');
	EXPECT_EQ(mw_task_letter(2, 0), 'D');
	EXPECT_EQ(mw_task_letter(4, 0), 'T');
	EXPECT_EQ(mw_task_letter(8, 0), 't');
	EXPECT_EQ(mw_task_letter(0x40, 0), 'P');
	EXPECT_EQ(mw_task_letter(0, 0x10), 'X');
	EXPECT_EQ(mw_task_letter(0, 0x20), 'Z');
}

TEST(bits_that_are_not_reported_hide_no_letter)
{
	/* TASK_FREEZABLE, TASK_WAKEKILL, TASK_STOPPED's, TASK_IDLE, rt_mutex waits, frozen tasks */
	EXPECT_EQ(mw_task_letter(0x2001, 0), 'S');
	EXPECT_EQ(mw_task_letter(0x102, 0), 'D');
	EXPECT_EQ(mw_task_letter(0x104, 0), 'T');
	EXPECT_EQ(mw_task_letter(0x402, 0), 'I');
	EXPECT_EQ(mw_task_letter(0x1000, 0), 'D');
	EXPECT_EQ(mw_task_letter(0x8000, 0), 'D');
	/* a zombie is one, whatever it did last */
	EXPECT_EQ(mw_task_letter(1, 0x20), 'Z');
	EXPECT_EQ(mw_task_letter(~0U, ~0U), 'I');
}
