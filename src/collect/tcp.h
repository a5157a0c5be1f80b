/* /proc/net/tcp and /proc/net/tcp6 (net/ipv4/tcp_ipv4.c get_tcp4_sock()): one line per socket, added
 * up by state. Reading walks the kernel's whole table of sockets: 3 ms and more even where there are
 * few. */
#ifndef MW_COLLECT_TCP_H
#define MW_COLLECT_TCP_H

#include "collect/keyed.h"
#include "model/snapshot.h"

enum { MW_TCP_STATES = 13 };

/* Sockets of one state. */
struct mw_tcp_sum {
	uint64_t count, recv, send, unread; /* bytes; sockets with unread bytes */
	/* the peer that wins a majority vote so far, and how often it was seen since it leads: more
	 * than half of `count` proves that most have it */
	uint32_t peer[4]; /* IPv4 as ::ffff:a.b.c.d; words as the kernel prints them */
	uint64_t votes, seen;
	uint64_t memory; /* of the kernel; not in these files */
	bool has_memory;
};

struct mw_tcp_socket {
	uint32_t peer[4]; /* as above; all zero: not known */
	uint64_t state, recv, send, inode;
	uint64_t memory;
	bool has_memory;
};

/** The number of a state that ss or netstat prints: "CLOSE-WAIT", "CLOSE_WAIT", "ESTABLISHED".
 *  @return 0: it is none */
unsigned mw_tcp_state(struct slice name);
/** What ss calls a state. @return NULL: it is none */
const char *mw_tcp_state_name(unsigned state);

/** Add one socket to sums[x->state]. */
void mw_tcp_add(struct mw_tcp_sum *sums, const struct mw_tcp_socket *x);

/** @return 0 to go on; anything else ends the reading and is returned */
typedef int (*mw_tcp_fn)(const struct mw_tcp_socket *x, void *argument);

/** Call `fn` for each socket of a text; as below otherwise. */
int mw_tcp_each(struct slice text, bool v6, mw_tcp_fn fn, void *argument,
		struct mw_parse_error *at);

/** Add the sockets of a text to sums[state]. Lines that are none are skipped and told.
 *  @v6      the text is tcp6
 *  @inodes  only sockets with one of these inodes, sorted; NULL = all
 *  @at      the first bad line; untouched on success
 *  @return 0 or -EBADMSG */
int mw_tcp_parse(struct slice text, bool v6, const uint64_t *inodes, size_t count,
		 struct mw_tcp_sum *sums, struct mw_parse_error *at);

/** Rows of MW_SOCKETS for the states that have any. @owner a process, or NULL.
 *  @return 0 or -ENOMEM */
int mw_tcp_rows(struct mw_snapshot *s, struct mw_entity *owner, const struct mw_tcp_sum *sums);

#endif
