/* Names of users, from the source's own etc/passwd: a capture's uids mean that machine's users. */
#ifndef MW_CLI_USERS_H
#define MW_CLI_USERS_H

#include "source/source.h"

struct mw_users {
	struct buf text; /* etc/passwd */
	bool read;       /* it was tried */
	bool ask_system; /* the C library may be asked too: this machine, not a capture */
};

/** Read the file, once. What cannot be read has no names. */
void mw_users_read(struct mw_users *u, struct mw_source *source, bool ask_system);
void mw_users_release(struct mw_users *u);

/** The uid of a name or number. @return false, *out untouched, when there is none */
bool mw_users_find(const struct mw_users *u, struct slice user, uint32_t *out);
/** Append the name of a uid (hostile text), or its number. */
void mw_users_name(const struct mw_users *u, uint32_t uid, struct buf *out);

/** The uids of "name,number,…". @out room for `most`
 *  @return how many, or -EINVAL with the one that nobody has, or that is too many, in `who` */
int mw_users_resolve(const struct mw_users *u, struct slice list, uint32_t *out, size_t most,
		     struct slice *who);

#endif
