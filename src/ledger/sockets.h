/* Sockets and pipes under headings. Pure. */
#ifndef MW_LEDGER_SOCKETS_H
#define MW_LEDGER_SOCKETS_H

#include "model/snapshot.h"

enum mw_sockets_by {
	MW_SOCKETS_BY_STATE, /* and protocol */
	MW_SOCKETS_BY_PROCESS,
	MW_SOCKETS_BY_CONTAINER, /* otherwise the group */
	MW_SOCKETS_BY_PEER, /* needs MW_WANT_PEERS; those without a remote address are left out */
};

/* Sums, as rows of MW_SOCKETS that are in no snapshot: their name is the heading, their parent the process or
 * group that it stands for. What is not known of a few is left out of the sums, but for
 * what was denied: their sum is denied too. */
struct mw_socket_groups {
	struct mw_entity **at;
	size_t count;
};

/** @inside  only what processes of this group hold, or what it made; NULL = all
 *  @out  in the arena. @return 0 or -ENOMEM */
int mw_sockets_group(const struct mw_snapshot *s, enum mw_sockets_by by,
		     const struct mw_entity *inside, struct arena *a, struct mw_socket_groups *out);

/** All of them as one, likewise. @return NULL: out of memory */
struct mw_entity *mw_sockets_sum(const struct mw_snapshot *s, const struct mw_entity *inside,
				 struct arena *a);

/** The process that holds a row's sockets, or the group that made them; NULL = neither is known. */
struct mw_entity *mw_sockets_owner(const struct mw_entity *row);
/** A row that is a part of the one above it: of one remote address. */
bool mw_sockets_is_part(const struct mw_entity *row);

#endif
