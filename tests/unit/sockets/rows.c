/* Records of the kernel's structures: a server with two descriptors that its child shares, in two network
 * namespaces. */
#include "test.h"

#include "bpf/sockets.h"
#include "collect/sockets/sockets.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static struct mw_collect collect_in(void)
{
	struct mw_machine machine = { .page_size = 4096 };

	return (struct mw_collect){ .snapshot = mw_snapshot_new(&machine) };
}

static void add(struct buf *out, struct mw_socket_row r)
{
	bool inet = r.family == AF_INET || r.family == AF_INET6;

	r.size = r.kind == MW_ROW_PROCESS ? offsetof(struct mw_socket_row, id)
		 : inet                   ? sizeof(r)
					  : offsetof(struct mw_socket_row, local);
	buf_add(out, (struct slice){ (const char *)&r, r.size });
}

static const struct mw_socket_row listener = { .kind = MW_ROW_SOCKET,
					       .state = 10,
					       .netns = 7,
					       .id = 1,
					       .inode = 100,
					       .family = AF_INET,
					       .type = SOCK_STREAM,
					       .protocol = IPPROTO_TCP,
					       .recv = 2,
					       .receive_room = 1000,
					       .send_room = 10 };
static const struct mw_socket_row client = { .kind = MW_ROW_SOCKET,
					     .state = 1,
					     .netns = 7,
					     .id = 2,
					     .inode = 101,
					     .family = AF_INET6,
					     .type = SOCK_STREAM,
					     .protocol = IPPROTO_TCP,
					     .recv = 700,
					     .send = 30,
					     .received = 2304,
					     .queued = 800,
					     .sent = 1,
					     .backlog = 5 };
static const struct mw_socket_row pipe_end = {
	.kind = MW_ROW_PIPE, .id = 3, .inode = 101, .recv = 300, .received = 2, .receive_room = 16
};

static struct mw_socket_row of(struct mw_socket_row r, uint32_t pid, uint32_t fd)
{
	r.pid = pid;
	r.fd = fd;
	return r;
}

static void two_processes(struct buf *out)
{
	add(out, (struct mw_socket_row){ .kind = MW_ROW_PROCESS, .pid = 69, .netns = 7 });
	add(out, of(listener, 69, 3));
	add(out, of(client, 69, 4));
	add(out, of(client, 69, 5)); /* dup() */
	add(out, of(pipe_end, 69, 6));
	add(out, (struct mw_socket_row){ .kind = MW_ROW_PROCESS, .pid = 70, .netns = 8 });
	add(out, of(listener, 70, 3));
	add(out, of(pipe_end, 70, 6));
}

TEST(each_counts_once)
{
	scoped_buf struct buf rows = { 0 };
	struct mw_collect c = collect_in();
	struct mw_sockets k = { .c = &c };

	two_processes(&rows);
	EXPECT_EQ(mw_sockets_take_rows(&k, buf_slice(&rows)), 0);
	EXPECT_EQ(k.held_count, 3);
	EXPECT_EQ(k.table.count, 3);
	for (size_t i = 0; i < k.table.count; i++) {
		const struct mw_socket_sum *sum = &k.table.at[i];

		EXPECT_EQ(sum->count, 1);
		EXPECT_EQ(sum->key.pid, 69);
		/* the connection is the server's alone */
		EXPECT_EQ(sum->shared, sum->key.state == 1 ? 0 : 1);
	}
	/* the kernel's own count of both families, to be compared with */
	EXPECT_EQ(k.space_count, 2);
	EXPECT_EQ(k.spaces[0].inode, 7);
	EXPECT_EQ(k.spaces[0].tcp[0], 1);
	EXPECT_EQ(k.spaces[0].tcp[1], 1);
	EXPECT(k.spaces[0].pending);
	EXPECT_EQ(k.spaces[1].pid, 70);
	/* pipes have inodes of their own: they are nobody's socket */
	EXPECT(mw_sockets_held(&k, 101) && mw_sockets_held(&k, 101)->id == 2);
	EXPECT(!mw_sockets_held(&k, 102));
	mw_sockets_release(&k);
	mw_snapshot_free(c.snapshot);
}

TEST(bytes)
{
	scoped_buf struct buf rows = { 0 };
	struct mw_collect c = collect_in();
	struct mw_sockets k = { .c = &c };

	two_processes(&rows);
	EXPECT_EQ(mw_sockets_take_rows(&k, buf_slice(&rows)), 0);
	EXPECT_EQ(k.table.at[1].recv, 700);
	EXPECT_EQ(k.table.at[1].send, 30);
	EXPECT_EQ(k.table.at[1].unread, 1);
	EXPECT_EQ(k.table.at[1].memory, 2304 + 800 + 5);
	EXPECT_EQ(k.table.at[2].key.protocol, MW_SOCKET_PIPE);
	EXPECT_EQ(k.table.at[2].recv, 300);
	EXPECT_EQ(k.table.at[2].memory, 2 * 4096);
	EXPECT_EQ(k.table.at[2].room, 16 * 4096);
	/* connections to be accepted are no bytes */
	EXPECT_EQ(k.table.at[0].recv, 0);
	EXPECT_EQ(k.table.at[0].room, 1010);
	mw_sockets_release(&k);
	mw_snapshot_free(c.snapshot);
}

TEST(records_that_end_elsewhere)
{
	scoped_buf struct buf rows = { 0 };
	struct mw_collect c = collect_in();
	struct mw_socket_row *first;

	two_processes(&rows);
	for (size_t len = 1; len < rows.len; len++) {
		struct mw_sockets k = { .c = &c };
		int error = mw_sockets_take_rows(&k, (struct slice){ rows.at, len });

		EXPECT(!error || error == -EBADMSG);
		mw_sockets_release(&k);
	}
	first = (void *)rows.at;
	for (unsigned size = 0; size < offsetof(struct mw_socket_row, id); size++) {
		struct mw_sockets k = { .c = &c };

		first->size = (uint16_t)size;
		EXPECT_EQ(mw_sockets_take_rows(&k, buf_slice(&rows)), -EBADMSG);
		mw_sockets_release(&k);
	}
	first->size = UINT16_MAX;
	{
		struct mw_sockets k = { .c = &c };

		EXPECT_EQ(mw_sockets_take_rows(&k, buf_slice(&rows)), -EBADMSG);
		mw_sockets_release(&k);
	}
	mw_snapshot_free(c.snapshot);
}
