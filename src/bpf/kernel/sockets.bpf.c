// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A record per descriptor of a socket or pipe, from iter/task_file. Typed pointers are followed by plain
 * loads, which cost next to nothing; what has lost its type is copied with bpf_probe_read_kernel(). */
#include "bpf/kernel/group.h"
#include "bpf/sockets.h"

#include <bpf/bpf_endian.h>

enum { S_KIND = 0170000, S_PIPE = 0010000 };
enum { UNIX = 1, INET = 2, INET6 = 10, STREAM = 1, TCP = 6, LISTEN = 10 };
enum { MOST_QUEUED = 256, MOST_BUFFERS = 256 };
enum {
	WITHOUT_SOCKET = __builtin_offsetof(struct mw_socket_row, id),
	WITHOUT_ADDRESSES = __builtin_offsetof(struct mw_socket_row, local),
};

struct atomic {
	int counter;
} KERNEL;

struct refcount {
	struct atomic refs;
} KERNEL;

struct ns_common {
	unsigned int inum;
} KERNEL;

struct net {
	struct ns_common ns;
} KERNEL;

typedef struct {
	struct net *net;
} KERNEL possible_net;

struct in6_addr {
	__u8 in6_u[16];
};

struct sock_common {
	__be32 skc_daddr, skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	possible_net skc_net;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
} KERNEL;

struct sk_buff {
	struct sk_buff *next, *prev;
	unsigned int len;
	char cb[48];
} KERNEL;

struct sk_buff_head {
	struct sk_buff *next;
	__u32 qlen;
} KERNEL;

struct unix_skb_parms {
	__u32 consumed;
} KERNEL;

struct mem_cgroup {
	struct cgroup_subsys_state css;
} KERNEL;

struct sock {
	struct sock_common __sk_common;
	struct sk_buff_head sk_receive_queue;
	struct {
		struct atomic rmem_alloc;
		int len;
	} sk_backlog;
	int sk_rcvbuf, sk_sndbuf, sk_forward_alloc, sk_wmem_queued;
	struct refcount sk_wmem_alloc;
	__u16 sk_protocol, sk_type;
	__u32 sk_ack_backlog;
	struct mem_cgroup *sk_memcg;
	unsigned long sk_ino; /* since 6.18 */
} KERNEL;

struct request_sock_queue {
	struct atomic qlen;
} KERNEL;

struct inet_connection_sock {
	struct request_sock_queue icsk_accept_queue;
} KERNEL;

struct tcp_sock {
	struct inet_connection_sock inet_conn;
	__u32 rcv_nxt, copied_seq, write_seq, snd_una;
} KERNEL;

struct socket {
	struct sock *sk;
} KERNEL;

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
} KERNEL;

struct file {
	struct inode *f_inode;
	void *private_data;
} KERNEL;

struct pipe_buffer {
	unsigned int offset, len;
} KERNEL;

struct pipe_inode_info {
	unsigned int head, tail, ring_size, nr_accounted;
	struct pipe_buffer *bufs;
} KERNEL;

struct nsproxy {
	struct net *net_ns;
} KERNEL;

struct task_struct {
	int tgid;
	struct nsproxy *nsproxy;
} KERNEL;

/* The process whose descriptors come now, and the first that came: the kernel shows one again when its
 * records did not fit into the reader's buffer. */
__u32 sockets_pid, sockets_first;

/* --- what waits in it ------------------------------------------------------------------------- */

static __always_inline __u64 extrapolated(__u64 bytes, __u32 seen, __u32 all)
{
	return seen && seen < all ? bytes * all / seen : bytes;
}

/* What is gone through. Not on the stack: before Linux 6.8 the verifier takes what it knows of the first step of
 * a loop for all. */
static volatile struct {
	__u64 at, end, bytes;
	__u32 seen, all, mask, stream;
} sockets_queue;

static long next_message(__u32 i, void *unused)
{
	struct sk_buff *skb = (void *)sockets_queue.at;
	__u32 read = 0;

	if (sockets_queue.seen >= sockets_queue.all || sockets_queue.at == sockets_queue.end)
		return 1;
	bpf_probe_read_kernel(&read, sizeof(read),
			      (void *)((__u64)skb + bpf_core_field_offset(struct sk_buff, cb) +
				       bpf_core_field_offset(struct unix_skb_parms, consumed)));
	sockets_queue.bytes += BPF_CORE_READ(skb, len) - read * sockets_queue.stream;
	sockets_queue.at = (__u64)BPF_CORE_READ(skb, next);
	sockets_queue.seen++;
	return 0;
}

static long next_buffer(__u32 i, void *unused)
{
	__u64 size = bpf_core_type_size(struct pipe_buffer);
	__u64 at = sockets_queue.at + ((sockets_queue.end + i) & sockets_queue.mask) * size;
	struct pipe_buffer *buffer = (void *)at;

	if (i >= sockets_queue.all)
		return 1;
	sockets_queue.bytes += BPF_CORE_READ(buffer, len);
	sockets_queue.seen++;
	return 0;
}

static __always_inline void begin_queue(__u64 at, __u64 end, __u32 all)
{
	sockets_queue.at = at;
	sockets_queue.end = end;
	sockets_queue.all = all;
	sockets_queue.bytes = 0;
	sockets_queue.seen = 0;
}

/* The messages of a unix socket, from the first on, less what was read of them. No static function: the
 * verifier looks at it once, by itself, whatever stands around its call. */
__noinline __u64 sockets_unix_unread(__u64 first, __u32 count, __u32 stream)
{
	begin_queue(first, (__u64)BPF_CORE_READ((struct sk_buff *)first, prev), count);
	sockets_queue.stream = stream;
	bpf_loop(MOST_QUEUED, next_message, NULL, 0);
	return extrapolated(sockets_queue.bytes, sockets_queue.seen, count);
}

__noinline __u64 sockets_pipe_unread(__u64 bufs, __u32 mask, __u32 tail, __u32 used)
{
	begin_queue(bufs, tail, used);
	sockets_queue.mask = mask;
	bpf_loop(MOST_BUFFERS, next_buffer, NULL, 0);
	return extrapolated(sockets_queue.bytes, sockets_queue.seen, used);
}

/* --- one record ------------------------------------------------------------------------------- */

static __always_inline void put_addresses(struct mw_socket_row *r, struct sock *sk)
{
	r->local_port = sk->__sk_common.skc_num;
	r->remote_port = bpf_ntohs(sk->__sk_common.skc_dport);
	if (r->family == INET6) {
		BPF_CORE_READ_INTO(&r->local, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO(&r->remote, sk, __sk_common.skc_v6_daddr);
		return;
	}
	r->local[10] = r->local[11] = r->remote[10] = r->remote[11] = 0xff;
	*(__u32 *)&r->local[12] = sk->__sk_common.skc_rcv_saddr;
	*(__u32 *)&r->remote[12] = sk->__sk_common.skc_daddr;
}

/* Each line of memory that is touched costs more than all else here: of a connection whose queues take nothing,
 * TCP's own part is left alone. */
static __always_inline void put_queues(struct mw_socket_row *r, struct sock *sk)
{
	/* a raw socket may name TCP's number, and netlink has such a number too */
	bool is_tcp = r->protocol == TCP && r->type == STREAM &&
		      (r->family == INET || r->family == INET6);
	bool listening = r->state == LISTEN;
	struct tcp_sock *tcp = NULL;

	if (is_tcp && (listening || r->received || r->queued || r->backlog))
		tcp = bpf_skc_to_tcp_sock(sk);
	if (listening) {
		r->recv = sk->sk_ack_backlog;
		if (tcp)
			r->send = tcp->inet_conn.icsk_accept_queue.qlen.counter;
	} else if (tcp) {
		__s32 unread = tcp->rcv_nxt - tcp->copied_seq;

		r->recv = unread > 0 ? unread : 0;
		r->send = tcp->write_seq - tcp->snd_una;
	} else if (r->family == UNIX) {
		r->recv = sk->sk_receive_queue.qlen
				  ? sockets_unix_unread(
					    (__u64)BPF_CORE_READ(sk, sk_receive_queue.next),
					    sk->sk_receive_queue.qlen, r->type == STREAM)
				  : 0;
		r->send = r->sent;
	} else if (!is_tcp) {
		r->recv = r->received;
		r->send = r->sent;
	}
}

static __always_inline void put_socket(struct mw_socket_row *r, struct sock *sk)
{
	int sent = sk->sk_wmem_alloc.refs.counter;

	r->kind = MW_ROW_SOCKET;
	r->size = WITHOUT_ADDRESSES;
	r->id = (__u64)sk;
	r->state = sk->__sk_common.skc_state;
	r->family = sk->__sk_common.skc_family;
	r->netns = sk->__sk_common.skc_net.net->ns.inum;
	r->type = sk->sk_type;
	r->protocol = sk->sk_protocol;
	r->received = sk->sk_backlog.rmem_alloc.counter;
	r->backlog = sk->sk_backlog.len;
	r->sent = sent > 0 ? sent - 1 : 0; /* the socket itself is one */
	r->queued = sk->sk_wmem_queued;
	r->forward = sk->sk_forward_alloc;
	r->receive_room = sk->sk_rcvbuf;
	r->send_room = sk->sk_sndbuf;
	if (bpf_core_field_exists(sk->sk_memcg) && sk->sk_memcg)
		r->group = BPF_CORE_READ(sk, sk_memcg, css.cgroup, kn, id);
	put_queues(r, sk);
	if (r->family == INET || r->family == INET6) {
		put_addresses(r, sk);
		r->size = sizeof(*r);
	}
}

static __always_inline void put_pipe(struct mw_socket_row *r, struct pipe_inode_info *pipe)
{
	__u32 head = BPF_CORE_READ(pipe, head), tail = BPF_CORE_READ(pipe, tail);
	__u32 mask = BPF_CORE_READ(pipe, ring_size) - 1;

	r->kind = MW_ROW_PIPE;
	r->size = WITHOUT_ADDRESSES;
	r->id = (__u64)pipe;
	/* read while it changes, they may not fit together */
	if (head != tail && head - tail <= mask + 1) {
		r->received = head - tail;
		r->recv = sockets_pipe_unread((__u64)BPF_CORE_READ(pipe, bufs), mask, tail,
					      head - tail);
	}
	r->receive_room = BPF_CORE_READ(pipe, nr_accounted);
}

static __always_inline void put_process(struct bpf_iter_meta *meta, struct task_struct *t, __u32 fd)
{
	struct mw_socket_row r = { .size = WITHOUT_SOCKET };

	if (meta->seq_num && sockets_pid == (__u32)t->tgid && sockets_first != fd)
		return;
	sockets_pid = t->tgid;
	sockets_first = fd;
	r.pid = t->tgid;
	r.netns = t->nsproxy->net_ns->ns.inum;
	bpf_seq_write(meta->seq, &r, WITHOUT_SOCKET);
}

SEC("iter/task_file")
int sockets_rows(struct bpf_iter__task_file *ctx)
{
	struct bpf_iter_meta *meta = ctx->meta;
	struct task_struct *t = ctx->task;
	struct file *file = ctx->file;
	__u32 fd = ctx->fd;
	struct mw_socket_row r = { .fd = fd };
	struct socket *socket;

	if (!t || !file)
		return 0;
	put_process(meta, t, fd);
	r.pid = t->tgid;
	socket = bpf_sock_from_file(file);
	if (socket) {
		struct sock *sk = socket->sk;

		if (!sk)
			return 0;
		r.inode = bpf_core_field_exists(sk->sk_ino) ? sk->sk_ino : file->f_inode->i_ino;
		put_socket(&r, sk);
	} else {
		if ((file->f_inode->i_mode & S_KIND) != S_PIPE || !file->private_data)
			return 0;
		r.inode = file->f_inode->i_ino;
		put_pipe(&r, file->private_data);
	}
	/* the verifier wants to know how much */
	if (r.size == sizeof(r))
		bpf_seq_write(meta->seq, &r, sizeof(r));
	else
		bpf_seq_write(meta->seq, &r, WITHOUT_ADDRESSES);
	return 0;
}
