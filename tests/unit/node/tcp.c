/* /proc/net/tcp{,6}: real lines of a server whose clients have gone. */
#include "test.h"

#include "collect/tcp.h"

#include <errno.h>

#define HEAD \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
#define REST " 00:00000000 00000000     0        0 "

static const char tcp[] = HEAD
	"   0: 0100007F:BF49 00000000:0000 0A 00000000:00000002" REST
	"11 1 000000002004c1e9 100 0 0\n"
	"   1: 0100007F:BF49 0700000A:8C20 08 00000000:00000065" REST
	"12 1 0000000066c1b1e9 20 4 30\n"
	"   2: 0100007F:BF49 0700000A:8C22 08 00000000:00000001" REST
	"13 1 0000000066c1b1ea 20 4 30\n"
	"   3: 0100007F:BF49 0800000A:8C22 08 00000000:00000001" REST
	"14 1 0000000066c1b1eb 20 4 30\n"
	"   4: 0100007F:8C20 0100007F:BF49 01 00000010:00010000" REST
	"15 1 0000000066c1b1ec 20 4 30\n"
	"   5: 0100007F:8C24 0100007F:BF49 06 00000000:00000000 03:000016C7 00000000     0        0 0 3 "
	"000000005a1ce2a9\n";

static const char tcp6[] = HEAD
	"   1: 0000000000000000FFFF00000100007F:D656 0000000000000000FFFF00000700000A:BF49 08 "
	"00000000:00000001" REST "16 1 000000005273a807 20 0 0 10 -1\n"
	"   2: 00000000000000000000000001000000:C239 00000000000000000000000001000000:A0A2 05 "
	"00000000:00000000" REST "17 1 000000009de00158 20 4 0 10 -1\n";

static int parse(const char *text, bool v6, struct mw_tcp_sum *sums, struct mw_parse_error *at)
{
	return mw_tcp_parse(slice_of(text), v6, NULL, 0, sums, at);
}

static const struct mw_entity *row(const struct mw_snapshot *s, const char *state)
{
	return mw_snapshot_by_name(s, MW_SOCKETS, slice_of(state));
}

TEST(sockets_by_state)
{
	struct mw_tcp_sum sums[MW_TCP_STATES] = { 0 };
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_parse_error at;

	EXPECT_EQ(parse(tcp, false, sums, &at), 0);
	EXPECT_EQ(parse(tcp6, true, sums, &at), 0);
	EXPECT_EQ(mw_tcp_rows(s, NULL, sums), 0);
	EXPECT_EQ(mw_snapshot_count(s, MW_SOCKETS), 5);
	EXPECT_EQ(mw_get(row(s, "CLOSE-WAIT"), M_SK_COUNT).v, 4);
	/* the end of the stream is no byte */
	EXPECT_EQ(mw_get(row(s, "CLOSE-WAIT"), M_SK_RECV_QUEUE).v, 100);
	EXPECT_EQ(mw_get(row(s, "CLOSE-WAIT"), M_SK_UNREAD).v, 1);
	EXPECT_STR(mw_get_text(row(s, "CLOSE-WAIT"), M_SK_PEER), "10.0.0.7");
	EXPECT_EQ(mw_get(row(s, "ESTAB"), M_SK_RECV_QUEUE).v, 65536);
	EXPECT_EQ(mw_get(row(s, "ESTAB"), M_SK_SEND_QUEUE).v, 16);
	EXPECT_STR(mw_get_text(row(s, "FIN-WAIT-2"), M_SK_PEER), "::1");
	EXPECT_EQ(mw_get(row(s, "LISTEN"), M_SK_COUNT).v, 1);
	EXPECT_EQ(mw_get(row(s, "LISTEN"), M_SK_RECV_QUEUE).state, MW_ABSENT);
	mw_snapshot_free(s);
}

TEST(sockets_of_one_process)
{
	static const uint64_t inodes[] = { 11, 13, 14, 999 };
	struct mw_tcp_sum sums[MW_TCP_STATES] = { 0 };
	struct mw_parse_error at;

	EXPECT_EQ(mw_tcp_parse(slice_of(tcp), false, inodes, 4, sums, &at), 0);
	EXPECT_EQ(sums[8].count, 2);
	EXPECT_EQ(sums[10].count, 1);
	EXPECT_EQ(sums[1].count + sums[6].count, 0);
}

TEST(no_peer_without_a_majority)
{
	struct mw_tcp_sum sums[MW_TCP_STATES] = { 0 };
	static const uint64_t inodes[] = { 13, 14 };
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_parse_error at;

	EXPECT_EQ(mw_tcp_parse(slice_of(tcp), false, inodes, 2, sums, &at), 0);
	EXPECT_EQ(mw_tcp_rows(s, NULL, sums), 0);
	EXPECT(!mw_get_text(row(s, "CLOSE-WAIT"), M_SK_PEER));
	mw_snapshot_free(s);
}

TEST(lines_that_are_no_socket)
{
	static const char *const bad[] = {
		"   0: 0100007F:BF49 00000000:0000 0D 00000000:00000002" REST "11 1\n",
		"   0: 0100007F:BF49 00000000:0000 00 00000000:00000002" REST "11 1\n",
		"   0: 0100007F:BF49 00000000:0000 0A 00000000" REST "11 1\n",
		"   0: 0100007F:BF49 00000000:0000 0A 00000000:0000000g" REST "11 1\n",
		"   0: 0100007F:BF49 0000000:0000 0A 00000000:00000000" REST "11 1\n",
		"   0: 0100007F:BF49 00000000:0000 0A 00000000:00000002" REST "x 1\n",
		"   0: 0100007F:BF49 00000000:0000 0A 00000000:000",
		"garbage\n",
		"\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mw_tcp_sum sums[MW_TCP_STATES] = { 0 };
		struct mw_parse_error at = { 0 };

		EXPECT_EQ(parse(bad[i], false, sums, &at), -EBADMSG);
		EXPECT_EQ(at.line, 1);
		for (size_t k = 0; k < MW_TCP_STATES; k++)
			EXPECT_EQ(sums[k].count, 0);
	}
}
