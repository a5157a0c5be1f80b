/* Sums of sockets as text and as rows. */
#include "test.h"

#include "collect/sockets/table.h"

#include <errno.h>

static const char text[] =
	"0 4026531840 - tcp TIME-WAIT 10.0.0.7 12 0 0 0 0 0 0 0\n"
	"0 4026531840 5 tcp FIN-WAIT-2 10.0.0.8 1 0 0 1 0 4096 6912 2626560\n"
	"69 4026531840 - tcp LISTEN - 1 1 0 0 0 0 0 147456\n"
	"69 4026531840 - tcp ESTAB 10.0.0.7 80 0 10 2 81920 1000 107520 3360000\n"
	"69 4026531840 - tcp ESTAB 10.0.0.9 10 0 0 0 0 0 0 420000\n"
	"69 4026531840 - tcp CLOSE-WAIT 2001:db8::7 150 0 150 0 150000 0 345600 6300000\n"
	"70 - - pipe OPEN - 3 2 1 0 4096 0 4096 196608\n"
	"71 4026531840 - netlink UNCONN - 2 0 - - - - - -\n";

static struct mw_snapshot *machine(bool processes)
{
	struct mw_machine machine = { .page_size = 4096 };
	struct mw_snapshot *s = mw_snapshot_new(&machine);
	struct mw_entity *root = mw_snapshot_add(s, MW_CGROUP, NULL, SLICE("/"), 1, 0), *shop;

	shop = mw_snapshot_add(s, MW_CGROUP, root, SLICE("/shop"), 5, 0);
	mw_set(shop, M_CG_VERSION, 2);
	for (uint64_t pid = 69; processes && pid <= 71; pid++)
		mw_snapshot_add(s, MW_PROCESS, shop, SLICE("server"), pid, 1);
	return s;
}

static const struct mw_entity *row(const struct mw_snapshot *s, uint64_t pid, const char *state)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_SOCKETS)
		if (e->id == pid && !strcmp(e->name, state) &&
		    !(e->parent && e->parent->kind == MW_SOCKETS))
			return e;
	return NULL;
}

static struct mw_snapshot *rows_of(const char *from, bool processes, bool peers)
{
	struct mw_snapshot *s = machine(processes);
	struct mw_socket_table t = { 0 };
	struct mw_parse_error at;

	EXPECT_EQ(mw_socket_table_read(&t, slice_of(from), &at), 0);
	EXPECT_EQ(mw_socket_rows(s, &t, peers), 0);
	mw_socket_table_release(&t);
	return s;
}

TEST(text_is_read_as_it_was_written)
{
	struct mw_socket_table t = { 0 };
	scoped_buf struct buf out = { 0 };
	struct mw_parse_error at;

	EXPECT_EQ(mw_socket_table_read(&t, slice_of(text), &at), 0);
	mw_socket_table_write(&t, &out);
	EXPECT_SLICE(buf_slice(&out), text);
	mw_socket_table_release(&t);
}

TEST(rows_by_process_protocol_and_state)
{
	struct mw_snapshot *s = rows_of(text, true, false);
	const struct mw_entity *e = row(s, 69, "ESTAB");

	EXPECT_EQ(mw_snapshot_count(s, MW_SOCKETS), 7);
	EXPECT_EQ(mw_get(e, M_SK_COUNT).v, 90);
	EXPECT_EQ(mw_get(e, M_SK_RECV_QUEUE).v, 81920);
	EXPECT_EQ(mw_get(e, M_SK_UNREAD).v, 10);
	EXPECT_EQ(mw_get(e, M_SK_UNSENT).v, 2);
	EXPECT_EQ(mw_get(e, M_SK_MEMORY).v, 107520);
	EXPECT_EQ(mw_get(e, M_SK_ROOM).v, 3780000);
	EXPECT_EQ(mw_get(e, M_SK_OWNERLESS).v, 0);
	EXPECT_STR(mw_get_text(e, M_SK_PEER), "10.0.0.7");
	EXPECT_STR(mw_get_text(e, M_SK_PROTOCOL), "tcp");
	EXPECT_EQ(e->parent->id, 69);
	EXPECT_EQ(mw_get(row(s, 69, "LISTEN"), M_SK_RECV_QUEUE).state, MW_ABSENT);
	EXPECT_STR(mw_get_text(row(s, 69, "CLOSE-WAIT"), M_SK_PEER), "2001:db8::7");
	/* nobody holds it, but it is known who made it */
	e = row(s, 0, "FIN-WAIT-2");
	EXPECT_STR(e->parent->name, "/shop");
	EXPECT_EQ(mw_get(e, M_SK_OWNERLESS).v, 1);
	EXPECT(row(s, 0, "TIME-WAIT") && !row(s, 0, "TIME-WAIT")->parent);
	/* not known is not zero */
	EXPECT_EQ(mw_get(row(s, 71, "UNCONN"), M_SK_MEMORY).state, MW_ABSENT);
	EXPECT_EQ(mw_get(row(s, 71, "UNCONN"), M_SK_UNREAD).state, MW_ABSENT);
	mw_snapshot_free(s);
}

/* Some could not be looked at: they may hold it. */
TEST(not_seen_is_not_nobody)
{
	static const char hidden[] = "- 7 - tcp ESTAB - 2 0 0 0 0 0 0 0\n"
				     "69 7 - tcp ESTAB - 1 0 0 0 0 0 0 0\n";
	struct mw_snapshot *s = rows_of(hidden, true, false);
	struct mw_socket_table t = { 0 };
	scoped_buf struct buf out = { 0 };
	struct mw_parse_error at;

	EXPECT_EQ(mw_get(row(s, 0, "ESTAB"), M_SK_OWNERLESS).state, MW_DENIED);
	EXPECT_EQ(mw_get(row(s, 0, "ESTAB"), M_SK_COUNT).v, 2);
	EXPECT_EQ(mw_get(row(s, 69, "ESTAB"), M_SK_OWNERLESS).state, MW_OK);
	mw_snapshot_free(s);
	EXPECT_EQ(mw_socket_table_read(&t, slice_of(hidden), &at), 0);
	mw_socket_table_write(&t, &out);
	EXPECT_SLICE(buf_slice(&out), hidden);
	mw_socket_table_release(&t);
}

TEST(parts_of_one_sum_are_added)
{
	struct mw_snapshot *s = rows_of("69 7 - tcp ESTAB 10.0.0.7 1 0 0 0 0 0 0 0\n"
					"69 7 - tcp ESTAB 10.0.0.9 2 0 0 0 0 0 0 0\n"
					"69 7 - tcp ESTAB 10.0.0.7 3 0 0 0 0 0 0 0\n",
					true, true);

	/* the row and its two peers, of which one has more than half */
	EXPECT_EQ(mw_snapshot_count(s, MW_SOCKETS), 3);
	EXPECT_EQ(mw_get(row(s, 69, "ESTAB"), M_SK_COUNT).v, 6);
	EXPECT_STR(mw_get_text(row(s, 69, "ESTAB"), M_SK_PEER), "10.0.0.7");
	mw_snapshot_free(s);
}

TEST(a_capture_has_an_end)
{
	enum { MANY = (1 << 18) + 2 };
	scoped_buf struct buf all = { 0 };
	struct mw_socket_table t = { 0 };
	struct mw_parse_error at = { 0 };

	for (unsigned i = 0; i < MANY; i++)
		buf_printf(&all, "%u - - pipe OPEN - 1 0 0 0 0 0 0 0\n", i + 1);
	EXPECT_EQ(mw_socket_table_read(&t, buf_slice(&all), &at), -EBADMSG);
	EXPECT_EQ(t.count, 1 << 18);
	EXPECT_EQ(at.line, (1 << 18) + 1);
	mw_socket_table_release(&t);
}

TEST(without_processes_all_together)
{
	struct mw_snapshot *s = rows_of("69 7 - tcp ESTAB - 1 0 0 0 0 0 0 0\n"
					"70 7 - tcp ESTAB - 2 0 0 0 0 0 0 0\n",
					false, false);

	EXPECT_EQ(mw_snapshot_count(s, MW_SOCKETS), 1);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_SOCKETS, 0), M_SK_COUNT).v, 3);
	EXPECT_EQ(mw_get(mw_snapshot_at(s, MW_SOCKETS, 0), M_SK_OWNERLESS).state, MW_ABSENT);
	mw_snapshot_free(s);
}

TEST(peers_are_parts_of_rows)
{
	struct mw_snapshot *s = rows_of(text, true, true);
	const struct mw_entity *e, *estab = row(s, 69, "ESTAB");
	uint64_t count = 0;

	mw_for_each (e, s, MW_SOCKETS)
		count += e->parent == estab ? mw_get(e, M_SK_COUNT).v : 0;
	EXPECT_EQ(count, 90);
	mw_snapshot_free(s);
}

TEST(lines_that_are_none)
{
	static const char *const bad[] = {
		"69 7 - tcp ESTAB - 0 0 0 0 0 0 0 0\n", /* none is no sum */
		"69 7 - tcp ESTAB - 1 0 0 0 0 0 0\n",
		"69 7 - tcp NOWHERE - 1 0 0 0 0 0 0 0\n",
		"69 7 - quic ESTAB - 1 0 0 0 0 0 0 0\n",
		"69 7 - tcp ESTAB 10.0.0.300 1 0 0 0 0 0 0 0\n",
		"4294967296 7 - tcp ESTAB - 1 0 0 0 0 0 0 0\n",
		"69 7 - tcp ESTAB - 1099511627777 0 0 0 0 0 0 0\n",
		"69 7 - tcp ESTAB - 18446744073709551616 0 0 0 0 0 0 0\n",
		"69 7 - tcp ESTAB 2001:db8:2001:db8:2001:db8:2001:db8:2001:db8:2001 1 0 0 0 0 0 0 0\n",
		"\n",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mw_socket_table t = { 0 };
		scoped_buf struct buf all = { 0 };
		struct mw_parse_error at = { 0 };

		buf_puts(&all, "70 - - pipe OPEN - 3 2 1 0 4096 0 4096 196608\n");
		buf_puts(&all, bad[i]);
		EXPECT_EQ(mw_socket_table_read(&t, buf_slice(&all), &at), -EBADMSG);
		EXPECT_EQ(at.line, 2);
		EXPECT_EQ(t.count, 1);
		mw_socket_table_release(&t);
	}
}

TEST(protocols)
{
	EXPECT_EQ(mw_socket_protocol_of(2, 1, 6), MW_SOCKET_TCP);
	EXPECT_EQ(mw_socket_protocol_of(10, 2, 17), MW_SOCKET_UDP);
	EXPECT_EQ(mw_socket_protocol_of(2, 3, 6), MW_SOCKET_RAW);
	EXPECT_EQ(mw_socket_protocol_of(1, 5, 0), MW_SOCKET_UNIX);
	EXPECT_EQ(mw_socket_protocol_of(38, 5, 0), MW_SOCKET_OTHER);
}
