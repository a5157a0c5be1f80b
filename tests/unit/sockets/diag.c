/* sock_diag: bytes that a kernel (6.18) answered in a network namespace of its own, where the sockets were
 * made for this: a listener with two connections that wait, one with 700 bytes unread, one that its peer has
 * closed after 100 bytes, one that both have closed. */
#include "test.h"

#include "collect/sockets/diag.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static const struct mw_diag_query tcp = { AF_INET, IPPROTO_TCP, 0, 0 },
				  tcp6 = { AF_INET6, IPPROTO_TCP, 0, 0 },
				  both = { AF_UNSPEC, IPPROTO_TCP, 0, 0 },
				  udp = { AF_INET, IPPROTO_UDP, 0, 0 },
				  local = { AF_UNIX, 0, 0, 0 };

static void read_corpus(const char *name, struct buf *out)
{
	char path[512];
	scoped_file FILE *file = NULL;

	snprintf(path, sizeof(path), "%s/sockets-diag/%s", CORPUS, name);
	file = fopen(path, "re");
	EXPECT(file != NULL);
	EXPECT_EQ(buf_reserve(out, 8192), 0);
	out->len = fread(out->at, 1, 8192, file);
	EXPECT(out->len > 0);
}

static int take(const struct mw_diag_socket *x, void *argument)
{
	return mw_socket_add(argument, &x->sum, NULL);
}

static int parse(const struct mw_diag_query *q, struct slice bytes, struct mw_socket_table *t)
{
	bool done = false;
	int error = mw_diag_parse(q, bytes, take, t, &done);

	EXPECT(error || done);
	return error;
}

/* All of one state, whoever they are with. */
static struct mw_socket_sum of_state(const struct mw_socket_table *t, unsigned state)
{
	struct mw_socket_sum sum = { 0 };

	for (size_t i = 0; i < t->count; i++) {
		if (t->at[i].key.state != state)
			continue;
		sum.key = t->at[i].key;
		sum.count += t->at[i].count;
		sum.recv += t->at[i].recv;
		sum.send += t->at[i].send;
		sum.unread += t->at[i].unread;
		sum.memory += t->at[i].memory;
		sum.room += t->at[i].room;
	}
	return sum;
}

TEST(tcp_by_state)
{
	static const uint8_t loopback[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };
	scoped_buf struct buf bytes = { 0 };
	struct mw_socket_table t = { 0 };
	struct mw_socket_sum sum;

	read_corpus("tcp", &bytes);
	EXPECT_EQ(parse(&tcp, buf_slice(&bytes), &t), 0);
	/* a pair, and one with its accepted end in the listener's queue */
	sum = of_state(&t, 1);
	EXPECT_EQ(sum.count, 4);
	EXPECT_EQ(sum.recv, 700);
	EXPECT_EQ(sum.unread, 1);
	EXPECT(sum.memory >= 700 && sum.memory < 65536);
	EXPECT(sum.room > 65536);
	EXPECT(!memcmp(sum.key.peer, loopback, sizeof(loopback)));
	sum = of_state(&t, 8);
	EXPECT_EQ(sum.count, 1);
	/* without the end of the stream */
	EXPECT_EQ(sum.recv, 100);
	/* its other end, whose process has closed it: not acknowledged yet */
	EXPECT_EQ(of_state(&t, 4).count, 1);
	EXPECT_EQ(of_state(&t, 6).count, 1);
	EXPECT_EQ(of_state(&t, 6).key.has_memory, true);
	EXPECT_EQ(of_state(&t, 6).memory, 0);
	/* its queue holds a connection, no byte */
	EXPECT_EQ(of_state(&t, 10).count, 1);
	EXPECT_EQ(of_state(&t, 10).recv, 0);
	mw_socket_table_release(&t);
}

TEST(other_families)
{
	scoped_buf struct buf bytes = { 0 }, datagrams = { 0 }, six = { 0 };
	struct mw_socket_table t = { 0 };
	struct mw_socket_sum sum;

	read_corpus("unix", &bytes);
	EXPECT_EQ(parse(&local, buf_slice(&bytes), &t), 0);
	sum = of_state(&t, 1);
	EXPECT_EQ(sum.count, 2);
	EXPECT_EQ(sum.key.protocol, MW_SOCKET_UNIX);
	EXPECT_EQ(sum.recv, 300);
	EXPECT(sum.memory >= 300);
	mw_socket_table_release(&t);
	read_corpus("udp", &datagrams);
	EXPECT_EQ(parse(&udp, buf_slice(&datagrams), &t), 0);
	EXPECT_EQ(t.count, 1);
	EXPECT_EQ(t.at[0].key.protocol, MW_SOCKET_UDP);
	EXPECT(t.at[0].recv >= 64 && t.at[0].memory == t.at[0].recv);
	mw_socket_table_release(&t);
	read_corpus("tcp6", &six);
	EXPECT_EQ(parse(&tcp6, buf_slice(&six), &t), 0);
	EXPECT_EQ(of_state(&t, 1).count, 2);
	EXPECT_EQ(of_state(&t, 1).key.peer[15], 1);
	EXPECT_EQ(of_state(&t, 1).key.peer[10], 0);
	mw_socket_table_release(&t);
}

TEST(what_is_cut_is_refused)
{
	scoped_buf struct buf bytes = { 0 };

	read_corpus("tcp", &bytes);
	for (size_t len = 1; len < bytes.len; len++) {
		struct mw_socket_table t = { 0 };
		bool done = false;
		int error = mw_diag_parse(&tcp, (struct slice){ bytes.at, len }, take, &t, &done);

		/* it ends with a message, or in one */
		EXPECT(error == -EBADMSG || (!error && !done));
		mw_socket_table_release(&t);
	}
}

TEST(the_kernel_refuses)
{
	scoped_buf struct buf bytes = { 0 };
	struct mw_socket_table t = { 0 };
	/* NLMSG_ERROR, -EPERM */
	static const unsigned char denied[] = { 20, 0, 0, 0, 2, 0, 0,    0,    0,    0,
						0,  0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff };
	bool done = false;

	read_corpus("refused", &bytes);
	EXPECT_EQ(parse(&tcp, buf_slice(&bytes), &t), -ENOENT);
	EXPECT_EQ(mw_diag_parse(&tcp, (struct slice){ (const char *)denied, sizeof(denied) }, take,
				&t, &done),
		  -EPERM);
	EXPECT_EQ(t.count, 0);
}

TEST(answers_to_another_dump)
{
	scoped_buf struct buf bytes = { 0 };
	struct mw_socket_table t = { 0 };
	struct mw_diag_query later = tcp;
	bool done = false;

	later.number = 1;
	read_corpus("tcp", &bytes);
	EXPECT_EQ(mw_diag_parse(&later, buf_slice(&bytes), take, &t, &done), 0);
	EXPECT(!done);
	EXPECT_EQ(t.count, 0);
}

TEST(a_message_that_is_longer_than_it_can_be)
{
	static const unsigned char endless[] = { 15, 0, 0, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const unsigned char huge[] = { 0xff, 0xff, 0xff, 0xff, 20, 0, 0, 0,
					      0,    0,    0,    0,    0,  0, 0, 0 };
	struct mw_socket_table t = { 0 };
	bool done = false;

	EXPECT_EQ(mw_diag_parse(&tcp, (struct slice){ (const char *)endless, 16 }, take, &t, &done),
		  -EBADMSG);
	EXPECT_EQ(mw_diag_parse(&tcp, (struct slice){ (const char *)huge, 16 }, take, &t, &done),
		  -EBADMSG);
	EXPECT_EQ(mw_diag_parse(&tcp, SLICE("\x10"), take, &t, &done), -EBADMSG);
	EXPECT(!done);
}

TEST(requests)
{
	unsigned char bytes[MW_DIAG_REQUEST];
	const struct mw_diag_query some = { AF_INET6, IPPROTO_TCP, 1 << 6, 9 };

	EXPECT_EQ(mw_diag_request(&some, bytes), 72);
	EXPECT_EQ(bytes[0], 72);
	EXPECT_EQ(bytes[4], 20);
	EXPECT_EQ(bytes[8], 9);
	EXPECT_EQ(bytes[16], AF_INET6);
	EXPECT_EQ(bytes[17], IPPROTO_TCP);
	EXPECT_EQ(bytes[20], 1 << 6);
	EXPECT_EQ(mw_diag_request(&local, bytes), 40);
	/* both families: another type of message */
	EXPECT_EQ(mw_diag_request(&both, bytes), 76);
	EXPECT_EQ(bytes[4], 18);
}
