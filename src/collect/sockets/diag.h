/* NETLINK_SOCK_DIAG (include/uapi/linux/{sock,inet,unix}_diag.h): what the kernel tells of the sockets of
 * one network namespace, those of nobody too. The bytes are made and read here; namespaces.c moves them. Pure.
 */
#ifndef MW_COLLECT_SOCKETS_DIAG_H
#define MW_COLLECT_SOCKETS_DIAG_H

#include "collect/sockets/table.h"

/* What is asked for in one dump. */
struct mw_diag_query {
	uint8_t family, protocol; /* AF_INET, IPPROTO_UDP …; AF_UNIX, 0; AF_UNSPEC, IPPROTO_TCP: of
				   * both families in one walk, by the older form of request */
	uint32_t states;          /* of 1 << state; 0 = all */
	uint32_t number;          /* what its answers bear: another for each dump of a socket */
};

/* A socket as it was told; key.pid and key.netns are the caller's to fill in. */
struct mw_diag_socket {
	struct mw_socket_sum sum;
	uint64_t inode; /* 0 = no file, so that no process can hold it */
	bool v6;
	bool whole; /* no small structure in the place of one, as in TIME-WAIT: its memory was told */
};

/** @return 0 to go on; anything else ends the reading and is returned */
typedef int (*mw_diag_fn)(const struct mw_diag_socket *x, void *argument);

enum { MW_DIAG_REQUEST = 80 };

/** The bytes that ask for a dump of all sockets of a query with their memory. @return how many */
size_t mw_diag_request(const struct mw_diag_query *q, unsigned char out[static MW_DIAG_REQUEST]);

/** What one recv() gave. Messages that bear another number are passed over.
 *  @done  set at the end of the dump; untouched otherwise
 *  @return 0; -EBADMSG: not such bytes; the errno that the kernel answered; or what `fn` returned */
int mw_diag_parse(const struct mw_diag_query *q, struct slice bytes, mw_diag_fn fn, void *argument,
		  bool *done);

#endif
