/* The parts of the collector: who holds what, in which network namespaces, and what nobody holds. */
#ifndef MW_COLLECT_SOCKETS_SOCKETS_H
#define MW_COLLECT_SOCKETS_SOCKETS_H

#include "collect/collect.h"
#include "collect/sockets/diag.h"

/* A socket or pipe that some process has open. */
struct mw_held {
	uint64_t id; /* an address, or the inode where that is all that is known */
	uint64_t inode;
	uint32_t pid; /* the first that was found to hold it */
	uint32_t sum; /* where it is counted; MW_UNCOUNTED = not yet */
	bool shared;  /* another process holds it too */
	bool pipe;
};

#define MW_UNCOUNTED UINT32_MAX

struct mw_netns {
	uint32_t inode;
	uint32_t pid;    /* a process in it; 0 = our own namespace */
	uint64_t tcp[2]; /* sockets of IPv4 and IPv6 in the kernel's tables that were found */
	bool pending;    /* connections wait to be accepted, or handshakes to be finished */
};

struct mw_sockets {
	struct mw_collect *c;
	struct mw_source *live; /* not recorded: what is made of it is kept instead */
	struct mw_socket_table table;
	struct mw_held *held;
	size_t held_count, held_room;
	struct index ids, inodes; /* of held[] */
	struct mw_netns *spaces;  /* the first is our own */
	size_t space_count, space_room, space_last;
	uint32_t dumps; /* that were asked for */
	bool hidden;    /* a process could not be looked at */
};

void mw_sockets_release(struct mw_sockets *k);

/** What is held under an id, made when it is new: then its `sum` is MW_UNCOUNTED. A second process that
 *  holds it is noted. @return NULL: out of memory */
struct mw_held *mw_sockets_hold(struct mw_sockets *k, uint64_t id, uint64_t inode, uint32_t pid);
/** @return NULL: nobody holds it */
struct mw_held *mw_sockets_held(struct mw_sockets *k, uint64_t inode);
/** @pid  a process in it. @return NULL: out of memory */
struct mw_netns *mw_sockets_space(struct mw_sockets *k, uint32_t inode, uint32_t pid);
/** Find out our own, first of all. @return 0 or -errno */
int mw_sockets_own_space(struct mw_sockets *k);

/** All that processes hold, from the kernel's structures: records of bpf/sockets.h, which must end where
 *  they say. Pure but for `k`. @return 0, -EBADMSG or -ENOMEM */
int mw_sockets_take_rows(struct mw_sockets *k, struct slice rows);

/** What processes hold by the links in /proc/PID/fd, of all rows of MW_PROCESS: 2 us a descriptor.
 *  Counts pipes; sockets are to be counted from what sock_diag tells. Needs the right to trace them.
 *  @return 0 or -ENOMEM */
int mw_sockets_read_links(struct mw_sockets *k);
/** Count what is still MW_UNCOUNTED: sockets of families that were not asked for. */
int mw_sockets_count_rest(struct mw_sockets *k);

/** A socket for dumps in a namespace: entered by a thread of its own, which needs CAP_SYS_ADMIN; none for our
 *  own. @return a descriptor or -errno */
int mw_diag_open(struct mw_source *live, const struct mw_netns *space);
/** @return 0, -errno, or what `fn` returned */
int mw_diag_dump(int fd, const struct mw_diag_query *q, mw_diag_fn fn, void *argument);

/** TCP sockets of /proc/net/tcp{,6}, by state, whoever holds them. @return 0 or -errno */
int mw_sockets_read_tables(struct mw_collect *c);

#endif
