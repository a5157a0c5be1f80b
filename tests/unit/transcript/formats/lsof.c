/* lsof 4.95 on Linux 6.18. The truth is what /proc/PID/fd of that process had: 18 descriptors, 8 of
 * files (2 of them deleted), 2 of memfds, 3 sockets, 3 pipes, an epoll and an eventfd. */
#include "paste.h"

TEST(descriptors_by_kind)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("lsof-p.txt");
	struct mw_entity *e = process(&t, 14211);

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(e, M_P_FDS), 18);
	EXPECT_EQ(cell(e, M_P_FD_FILES), 8);
	EXPECT_EQ(cell(e, M_P_FD_DELETED), 2);
	EXPECT_EQ(cell(e, M_P_FD_MEMFDS), 2);
	EXPECT_EQ(cell(e, M_P_FD_SOCKETS), 3);
	EXPECT_EQ(cell(e, M_P_FD_PIPES), 3);
	EXPECT_EQ(cell(e, M_P_FD_OTHER), 2);
	EXPECT_EQ(cell(e, M_P_FD_DMABUFS), 0);
	EXPECT_STR(mw_get_text(e, M_P_COMM), "python3");
}

TEST(threads_repeat_their_process)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("lsof-threads.txt");
	struct mw_entity *e = process(&t, 464);

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(e, M_P_FDS), 10);
	EXPECT_EQ(cell(e, M_P_FD_PIPES), 6);
	EXPECT_EQ(cell(e, M_P_FD_FILES), 4);
	EXPECT_EQ(cell(process(&t, 1), M_P_FDS), 5);
	EXPECT_EQ(mw_get(process(&t, 1), M_P_FD_FILES).state, MW_DENIED);
}

TEST(a_filtered_listing_counts_what_it_shows)
{
	scoped_transcript struct mw_transcript sockets = paste(
		"$ lsof -nP -i :8080\n"
		"COMMAND  PID USER   FD   TYPE  DEVICE SIZE/OFF NODE NAME\n"
		"python3 6564 root    3u  IPv4 2388290      0t0  TCP 127.0.0.1:18080 (LISTEN)\n"
		"python3 6564 root    5u  IPv4 2388292      0t0  TCP "
		"127.0.0.1:18080->127.0.0.1:59874 (CLOSE_WAIT)\n");
	scoped_transcript struct mw_transcript deleted = paste(
		"# lsof -p 14211 | grep deleted\n"
		"python3 14211 root    5w      REG              254,0     5000 10191560 "
		"/var/log/my app.log (deleted)\n"
		"python3 14211 root    6w      REG               0,27     9000      874 "
		"/dev/shm/x (deleted)\n");

	EXPECT_EQ(sockets.unrecognised_lines, 0);
	EXPECT_EQ(mw_get(process(&sockets, 6564), M_P_FDS).state, MW_ABSENT);
	EXPECT_EQ(mw_get(process(&sockets, 6564), M_P_FD_SOCKETS).state, MW_ABSENT);
	EXPECT_EQ(mw_get(process(&deleted, 14211), M_P_FDS).state, MW_ABSENT);
	EXPECT_EQ(cell(process(&deleted, 14211), M_P_FD_DELETED), 2);
}

TEST(parents_are_no_threads)
{
	scoped_transcript struct mw_transcript t = paste(
		"COMMAND  PID  PPID USER   FD   TYPE DEVICE SIZE/OFF NODE NAME\n"
		"sleep   4711   465 root  cwd    DIR  254,0     4096    2 /\n"
		"sleep   4711   465 root    0r   CHR    1,3      0t0    3 /dev/null\n");

	EXPECT_EQ(cell(process(&t, 4711), M_P_FDS), 1);
}

TEST(near_misses_of_lsof)
{
	scoped_transcript struct mw_transcript t = paste(
		"COMMAND PID USER FD TYPE DEVICE SIZE/OFF NODE NAME\n"
		"python3 nine root 3u REG 0,1 1 5 /x\n"
		"python3 9 root 3u\n"
		"python3 9 root 3u NOTHING 0,1 1 5 /x\n"
		"python3 99999999999999999999999 root 3u REG 0,1 1 5 /x\n");

	EXPECT_EQ(t.block_count, 0);
}
