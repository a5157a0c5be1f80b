/* What the kernel's structures tell (bpf/sockets.h). */
#include "bpf/sockets.h"
#include "collect/sockets/sockets.h"

#include <errno.h>
#include <sys/socket.h>

enum { CLOSED = 7, LISTEN = 10 };

static struct mw_socket_sum sum_of(const struct mw_socket_row *r, uint64_t page)
{
	struct mw_socket_sum x = {
		.key = { .pid = r->pid, .netns = r->netns, .has_queues = true, .has_memory = true },
		.count = 1,
		.recv = r->recv,
		.send = r->send,
	};

	if (r->kind == MW_ROW_PIPE) {
		x.key.protocol = MW_SOCKET_PIPE;
		x.memory = r->received * page;
		x.room = r->receive_room * page;
		return x;
	}
	x.key.protocol = (uint8_t)mw_socket_protocol_of(r->family, r->type, r->protocol);
	x.key.state = r->state;
	x.memory = mw_socket_memory(r->received, r->sent, r->queued, r->backlog);
	x.room = (uint64_t)r->receive_room + r->send_room;
	if (r->size == sizeof(*r))
		memcpy(x.key.peer, r->remote, sizeof(x.key.peer));
	return x;
}

/* What the kernel counts as in use, to see later whether that is all. */
static int note_tcp(struct mw_sockets *k, const struct mw_socket_row *r)
{
	struct mw_netns *space = mw_sockets_space(k, r->netns, r->pid);

	if (!space)
		return -ENOMEM;
	space->tcp[r->family == AF_INET6] += r->state != CLOSED;
	space->pending |= r->state == LISTEN && (r->recv || r->send);
	return 0;
}

static int take(struct mw_sockets *k, const struct mw_socket_row *r, uint64_t page)
{
	struct mw_socket_sum x;
	struct mw_held *h;
	size_t sum;
	int error;

	if (r->kind == MW_ROW_PROCESS)
		return mw_sockets_space(k, r->netns, r->pid) ? 0 : -ENOMEM;
	h = mw_sockets_hold(k, r->id, r->inode, r->pid);
	if (!h)
		return -ENOMEM;
	if (h->sum != MW_UNCOUNTED)
		return 0;
	x = sum_of(r, page);
	error = mw_socket_add(&k->table, &x, &sum);
	if (error)
		return error;
	h->sum = (uint32_t)sum;
	h->pipe = r->kind == MW_ROW_PIPE;
	return x.key.protocol == MW_SOCKET_TCP ? note_tcp(k, r) : 0;
}

int mw_sockets_take_rows(struct mw_sockets *k, struct slice rows)
{
	uint64_t page = mw_snapshot_machine(k->c->snapshot)->page_size;
	const size_t least[] = { [MW_ROW_PROCESS] = offsetof(struct mw_socket_row, id),
				 [MW_ROW_SOCKET] = offsetof(struct mw_socket_row, local),
				 [MW_ROW_PIPE] = offsetof(struct mw_socket_row, local) };

	while (rows.len) {
		struct mw_socket_row r = { 0 };
		int error;

		if (rows.len < least[MW_ROW_PROCESS])
			return -EBADMSG;
		memcpy(&r, rows.at, least[MW_ROW_PROCESS]);
		if (r.size > rows.len || r.size > sizeof(r) || r.kind > MW_ROW_PIPE ||
		    r.size < least[r.kind])
			return -EBADMSG;
		memcpy(&r, rows.at, r.size);
		error = take(k, &r, page);
		if (error)
			return error;
		rows = slice_skip(rows, r.size);
	}
	return 0;
}
