/* ss and netstat: what real ones print of a program that accepts, reads little and closes nothing. */
#include "diagnosed.h"

static struct mw_entity *sockets(const struct mw_transcript *t, uint64_t pid, const char *state)
{
	struct mw_entity *e;

	mw_for_each (e, now(t), MW_SOCKETS)
		if (!strcmp(e->name, state) && (e->parent ? e->parent->id : 0) == pid)
			return e;
	fail_msg("no sockets in %s of %llu", state, (unsigned long long)pid);
	return NULL;
}

TEST(ss_with_memory_and_processes)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("ss-tanmp.txt");
	struct mw_entity *all = sockets(&t, 0, "CLOSE-WAIT"),
			 *own = sockets(&t, 6564, "CLOSE-WAIT"), *open = sockets(&t, 0, "ESTAB");

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(all, M_SK_COUNT), 9);
	/* Recv-Q counts the end of the stream too */
	EXPECT_EQ(cell(all, M_SK_RECV_QUEUE), 6507 - 7);
	EXPECT_EQ(cell(all, M_SK_UNREAD), 7);
	EXPECT_EQ(cell(all, M_SK_MEMORY), 12324);
	EXPECT_EQ(cell(own, M_SK_COUNT), 9);
	EXPECT_STR(mw_get_text(all, M_SK_PEER), "127.0.0.1");
	EXPECT_STR(mw_get_text(process(&t, 6564), M_P_COMM), "python3");
	EXPECT_EQ(cell(open, M_SK_COUNT), 3);
	EXPECT_EQ(cell(open, M_SK_RECV_QUEUE), 70100);
	/* of those that listen it would be connections */
	EXPECT_EQ(mw_get(sockets(&t, 0, "LISTEN"), M_SK_RECV_QUEUE).state, MW_ABSENT);
}

TEST(netstat_has_the_same_states)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("netstat-antp.txt");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(sockets(&t, 6564, "CLOSE-WAIT"), M_SK_COUNT), 24);
	EXPECT_EQ(cell(sockets(&t, 0, "FIN-WAIT-2"), M_SK_COUNT), 24);
	EXPECT_EQ(cell(sockets(&t, 6678, "ESTAB"), M_SK_COUNT), 7);
	EXPECT_EQ(cell(sockets(&t, 6564, "ESTAB"), M_SK_RECV_QUEUE), 76400);
	EXPECT_EQ(mw_get(sockets(&t, 0, "ESTAB"), M_SK_MEMORY).state, MW_ABSENT);
}

TEST(other_kinds_of_sockets_are_not_counted)
{
	scoped_transcript struct mw_transcript t = PASTE_FILES("ss-anp.txt");

	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(sockets(&t, 0, "ESTAB"), M_SK_COUNT), 14);
}

TEST(one_socket_of_two_processes)
{
	scoped_transcript struct mw_transcript t = paste(
		"State  Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
		"ESTAB  0      36     [::ffff:10.0.0.7]:80 [::ffff:10.0.0.9]:51000 "
		"users:((\"nginx\",pid=12,fd=5),(\"nginx\",pid=13,fd=5),(\"nginx\",pid=13,fd=6))\n"
		"ESTAB  7      0      10.0.0.7:80        10.0.0.9:51001 users:((\"nginx\",14,5))\n");

	EXPECT_EQ(cell(sockets(&t, 0, "ESTAB"), M_SK_COUNT), 2);
	EXPECT_EQ(cell(sockets(&t, 12, "ESTAB"), M_SK_SEND_QUEUE), 36);
	EXPECT_EQ(cell(sockets(&t, 13, "ESTAB"), M_SK_COUNT), 1);
	EXPECT_EQ(cell(sockets(&t, 14, "ESTAB"), M_SK_RECV_QUEUE), 7);
	EXPECT_STR(mw_get_text(sockets(&t, 0, "ESTAB"), M_SK_PEER), "10.0.0.9");
}

TEST(the_state_of_a_filter)
{
	scoped_transcript struct mw_transcript t = paste(
		"$ ss -tn state close-wait\n"
		"Recv-Q Send-Q Local Address:Port  Peer Address:Port Process\n"
		"101    0          127.0.0.1:18080    127.0.0.1:59940\n"
		"...\n"
		"1      0          127.0.0.1:18080    127.0.0.1:59918\n");

	EXPECT_EQ(cell(sockets(&t, 0, "CLOSE-WAIT"), M_SK_COUNT), 2);
	EXPECT_EQ(cell(sockets(&t, 0, "CLOSE-WAIT"), M_SK_RECV_QUEUE), 100);
	EXPECT(t.blocks[0].cut);
}

TEST(titles_in_the_users_language)
{
	scoped_transcript struct mw_transcript t = paste(
		"激活Internet连接 (服务器和已建立连接的)\n"
		"Proto Recv-Q Send-Q Local Address           Foreign Address         State\n"
		"tcp        1      0 10.0.0.7:8080           10.0.0.9:40000          CLOSE_WAIT\n"
		"tcp6       0      0 :::8081                 :::*                    LISTEN\n"
		"tcp6       0      0 ::1:8081                ::1:53211               TIME_WAIT\n"
		"udp        0      0 0.0.0.0:68              0.0.0.0:*\n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(sockets(&t, 0, "CLOSE-WAIT"), M_SK_COUNT), 1);
	EXPECT_EQ(cell(sockets(&t, 0, "TIME-WAIT"), M_SK_COUNT), 1);
	EXPECT_STR(mw_get_text(sockets(&t, 0, "TIME-WAIT"), M_SK_PEER), "::1");
}

TEST(near_misses_of_sockets)
{
	scoped_transcript struct mw_transcript t = paste(
		"tcp is slow today\nudp 7\nESTAB 3\nState Recv-Q Send-Q Local Address:Port\n"
		"LISTEN 0 many 1.2.3.4:80 *:*\nCLOSE-WAIT 1 0 1.2.3.4:8\n"
		"ESTAB 99999999999999999999999 0 1.2.3.4:80 1.2.3.4:81\n");

	EXPECT_EQ(t.block_count, 0);
	EXPECT_EQ(t.unrecognised_lines, 7);
}

/* --- what follows from it --------------------------------------------------------------------- */

static void add_rows(struct buf *text, size_t count, const char *state, unsigned queue)
{
	buf_puts(text,
		 "Proto Recv-Q Send-Q Local Address   Foreign Address   State  PID/Program\n");
	for (size_t i = 0; i < count; i++)
		buf_printf(text, "tcp %8u      0 10.0.0.7:8080  10.0.0.9:%zu  %s  69/java\n", queue,
			   40000 + i, state);
}

TEST(sockets_that_nobody_closes)
{
	scoped_buf struct buf text = { 0 }, few = { 0 };
	scoped_arena struct arena a = { 0 };

	add_rows(&text, 120, "CLOSE_WAIT", 1);
	add_rows(&few, 99, "CLOSE_WAIT", 1);
	{
		scoped_transcript struct mw_transcript t = paste_slice(buf_slice(&text));
		scoped_transcript struct mw_transcript less = paste_slice(buf_slice(&few));

		EXPECT(finding(&t, &a, "proc-close-wait", process(&t, 69)));
		EXPECT(!finding(&less, &a, "proc-close-wait", process(&less, 69)));
	}
}

TEST(sockets_that_nobody_reads)
{
	scoped_buf struct buf text = { 0 }, few = { 0 };
	scoped_arena struct arena a = { 0 };

	add_rows(&text, 5, "ESTABLISHED", 4 << 20);
	add_rows(&few, 3, "ESTABLISHED", 4 << 20);
	{
		scoped_transcript struct mw_transcript t = paste_slice(buf_slice(&text));
		scoped_transcript struct mw_transcript less = paste_slice(buf_slice(&few));

		EXPECT(finding(&t, &a, "proc-unread-sockets", process(&t, 69)));
		EXPECT(!finding(&less, &a, "proc-unread-sockets", process(&less, 69)));
	}
}

/* --- totals ----------------------------------------------------------------------------------- */

/* Of one machine, one after the other. */
#define TOTALS                                                       \
	"Total: 55\n"                                                \
	"TCP:   65 (estab 38, closed 24, orphaned 0, timewait 24)\n" \
	"\n"                                                         \
	"Transport Total     IP        IPv6\n"                       \
	"RAW\t  0         0         0        \n"                     \
	"UDP\t  0         0         0        \n"                     \
	"TCP\t  41        38        3        \n"                     \
	"INET\t  41        38        3        \n"                    \
	"FRAG\t  0         0         0        \n"
#define SOCKSTAT                                          \
	"sockets: used 55\n"                              \
	"TCP: inuse 38 orphan 0 tw 24 alloc 41 mem 139\n" \
	"UDP: inuse 0 mem 0\n"                            \
	"UDPLITE: inuse 0\n"                              \
	"RAW: inuse 0\n"                                  \
	"FRAG: inuse 0 memory 0\n"

TEST(ss_s_agrees_with_sockstat)
{
	scoped_transcript struct mw_transcript t = paste("$ ss -s\n" TOTALS);
	scoped_transcript struct mw_transcript k = paste(SOCKSTAT);
	static const enum mw_metric both[] = { M_SOCKETS_USED, M_TCP_INUSE, M_TCP_TW,
					       M_TCP_ORPHAN,   M_TCP_ALLOC, M_UDP_INUSE,
					       M_RAW_INUSE,    M_FRAG_INUSE };

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(t.block_count, 1);
	EXPECT_EQ(k.block_count, 1);
	for (size_t i = 0; i < sizeof(both) / sizeof(*both); i++)
		EXPECT_EQ(cell(node(&t), both[i]), cell(node(&k), both[i]));
	EXPECT_EQ(cell(node(&t), M_TCP6_INUSE), 3);
	EXPECT_EQ(cell(node(&k), M_TCP_MEM), 139 * 4096);
	EXPECT_EQ(printed(&t, "ss-s", "estab")->value, 38);
}

TEST(ss_s_of_old)
{
	scoped_transcript struct mw_transcript t = paste(
		"Total: 3050 (kernel 3600)\n"
		"TCP:   2300 (estab 2000, closed 110, orphaned 5, synrecv 2, timewait 90/0), ports 0\n"
		"\n"
		"Transport Total     IP        IPv6\n"
		"*\t  3600      -         -        \n"
		"TCP\t  2190      2100      90       \n");

	EXPECT_EQ(t.unrecognised_lines, 0);
	EXPECT_EQ(cell(node(&t), M_TCP_TW), 90);
	EXPECT_EQ(cell(node(&t), M_TCP_ORPHAN), 5);
	EXPECT_EQ(cell(node(&t), M_TCP_ALLOC), 2298);
	EXPECT_EQ(cell(node(&t), M_TCP6_INUSE), 90);
}

TEST(sockstat_in_pieces)
{
	scoped_transcript struct mw_transcript t = paste(
		"TCP: inuse 38 orphan 0 tw 24 alloc 41 mem 139   <- pages\n"
		"TCP6: inuse 3\n");
	scoped_transcript struct mw_transcript none = paste(
		"TCP: inuse many\nTCP: 65 (of all)\nTotal: 55\nTransport Total IP IPv6\nsockets: 5\n");
	scoped_transcript struct mw_transcript huge = paste(
		"TCP: inuse 99999999999999999999999 orphan 0\nUDP: inuse 3 mem\n");

	EXPECT_EQ(cell(node(&t), M_TCP_MEM), 139 * 4096);
	EXPECT_EQ(cell(node(&t), M_TCP6_INUSE), 3);
	EXPECT_EQ(none.block_count, 0);
	EXPECT_EQ(cell(node(&huge), M_UDP_INUSE), 3);
}
