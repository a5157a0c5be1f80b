/* Sockets and pipes, added up by who holds them, what they are and whom they talk with. One table is
 * filled from whatever was read, becomes rows of MW_SOCKETS, and text of our own in a capture. Pure. */
#ifndef MW_COLLECT_SOCKETS_TABLE_H
#define MW_COLLECT_SOCKETS_TABLE_H

#include "base/index.h"
#include "collect/keyed.h"
#include "model/snapshot.h"

enum mw_socket_protocol {
	MW_SOCKET_TCP,
	MW_SOCKET_UDP,
	MW_SOCKET_UNIX,
	MW_SOCKET_PIPE,
	MW_SOCKET_RAW,
	MW_SOCKET_NETLINK,
	MW_SOCKET_PACKET,
	MW_SOCKET_SCTP,
	MW_SOCKET_MPTCP,
	MW_SOCKET_VSOCK,
	MW_SOCKET_OTHER,
	MW_SOCKET_PROTOCOLS,
};

/* Whose it is, and what. */
struct mw_socket_key {
	uint64_t group;   /* of one that nobody holds: cgroup id of who made it; 0 = not known */
	uint32_t pid;     /* 0 = nobody holds it */
	uint32_t netns;   /* 0 = in none (pipes) or not known */
	uint8_t peer[16]; /* network order, IPv4 as ::ffff:a.b.c.d; zero = none */
	uint8_t protocol; /* enum mw_socket_protocol */
	uint8_t state;    /* include/net/tcp_states.h; 0 = has none */
	bool has_queues;  /* what waits in it is known */
	bool has_memory;
};

/* One, or several of the same key. Bytes. */
struct mw_socket_sum {
	struct mw_socket_key key;
	uint64_t count;
	uint64_t shared;         /* that other processes hold too */
	uint64_t recv, send;     /* unread, and not acknowledged or not taken */
	uint64_t unread, unsent; /* how many have any */
	uint64_t memory;         /* of the kernel */
	uint64_t room;           /* that they may come to hold */
	bool hidden; /* without a pid: a process that could not be looked at may hold some */
};

struct mw_socket_table {
	struct mw_socket_sum *at;
	size_t count, room;
	struct index index;
	size_t last; /* what was added to; sockets of a kind follow each other */
};

/** Add a socket (count 1), or a sum. Of a listening one, the queues are left out: they count
 *  connections. The end of the stream in a CLOSE-WAIT socket's queue is no byte.
 *  @at  its number, for mw_socket_table.at; may be NULL
 *  @return 0 or -ENOMEM */
int mw_socket_add(struct mw_socket_table *t, const struct mw_socket_sum *x, size_t *at);
void mw_socket_table_release(struct mw_socket_table *t);

/** Rows of MW_SOCKETS, by process, protocol and state; in a snapshot without processes, all together.
 *  @peers  below each, a row per remote address, if there are any: its parent is the row
 *  @return 0 or -ENOMEM */
int mw_socket_rows(struct mw_snapshot *s, struct mw_socket_table *t, bool peers);

/** What a capture keeps, a line per sum:
 *    PID NETNS GROUP PROTOCOL STATE PEER COUNT SHARED UNREAD UNSENT RECV SEND MEMORY ROOM
 *  with - for what is not there or not known; PID 0 is nobody. */
void mw_socket_table_write(const struct mw_socket_table *t, struct buf *out);
/** Lines that are none are skipped and told, and so is what comes after 262 144. Only for rows or text: sums
 *  cannot be added to it afterwards.
 *  @at  the first; untouched on success
 *  @return 0, -EBADMSG or -ENOMEM */
int mw_socket_table_read(struct mw_socket_table *t, struct slice text, struct mw_parse_error *at);

/** The protocol of a socket's family, type and protocol. */
enum mw_socket_protocol mw_socket_protocol_of(unsigned family, unsigned type, unsigned protocol);

/** What one holds, from the numbers of ss -m; 0 for what a kernel or protocol does not have. */
uint64_t mw_socket_memory(uint64_t received, uint64_t sent, uint64_t queued, uint64_t backlog);

#endif
