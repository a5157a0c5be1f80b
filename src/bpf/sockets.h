/* Sockets and pipes with who holds them and what they hold, all in one read: what /proc/PID/fd,
 * sock_diag and FIONREAD would tell. This header is the kernel side's too. */
#ifndef MW_BPF_SOCKETS_H
#define MW_BPF_SOCKETS_H

#include <linux/types.h>

enum mw_socket_row_kind {
	MW_ROW_PROCESS, /* whose descriptors follow; the record ends with `fd`, `netns` is its own */
	MW_ROW_SOCKET,  /* the record ends with `backlog`, of IPv4 and IPv6 with `remote` */
	MW_ROW_PIPE,    /* the record ends with `backlog` */
};

/* A descriptor. Of processes that share a table of descriptors by CLONE_FILES each has its own rows;
 * threads have none, but those with a table of their own. */
struct mw_socket_row {
	__u16 size; /* of this record */
	__u8 kind;
	__u8 state; /* include/net/tcp_states.h, of all families */
	__u32 pid;
	__u32 netns; /* inode of the namespace; 0 of a pipe */
	__u32 fd;
	__u64 id; /* the same for all descriptors of one socket or pipe: an address */
	__u64 inode;
	__u64 group; /* cgroup id that TCP's memory is charged to; 0 = to none, as on v1 */
	/* Bytes unread: of TCP in order; of unix sockets in the first 256 messages, and as many for the
	 * others as these have on average; of a pipe in its first 256 buffers; of others with what they
	 * stand in. Of a listening one, connections to be accepted. */
	__u32 recv;
	/* Bytes not acknowledged; of all but TCP as they stand in memory. Of a listening one, handshakes
	 * that are not finished. */
	__u32 send;
	/* Bytes as ss -m shows them: r, t, w, f, rb, tb. Of a pipe: buffers in use, 0, 0, 0, buffers that it
	 * may have, 0; a buffer is a page. */
	__u32 received, sent, queued;
	__s32 forward;
	__u32 receive_room, send_room;
	__u16 family, type, protocol;
	__u16 local_port, remote_port;
	__u16 unused;
	__u32 backlog;              /* ss -m: bl */
	__u8 local[16], remote[16]; /* IPv4 as ::ffff:a.b.c.d, network order */
};

#ifndef __bpf__

#include "bpf/capability.h"

/** All sockets and pipes that processes of this pid namespace have open, in all network namespaces, by
 *  process: struct mw_socket_row one behind the other, each `size` long, after the row of its process.
 *  About 0.3 us a descriptor. Needs MW_BPF_SOCKETS to work, and Linux 5.11.
 *  @out  emptied first; 8-byte aligned records. Its limit, when 0, is raised to what a million need
 *  @return 0 or -errno */
int mw_bpf_sockets(struct mw_bpf *b, struct buf *out);

#endif
#endif
