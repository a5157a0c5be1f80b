/* Who groups are, by their paths and their owners' local files (owner.h). No socket is asked. */
#ifndef MW_META_LOCAL_H
#define MW_META_LOCAL_H

#include "meta/owner.h"

/** What its path says by its shape. @path, as by mw_who_init() */
void mw_local_recognise(struct mw_who *who, struct arena *arena, struct slice path);

/** Whether some owner may have a container of that path, which does not look like one: a scope may be
 *  a runtime's, systemd knows its name only. */
bool mw_local_may_be_claimed(const struct mw_who *who);
/** Ask the owners whose containers such groups are. */
void mw_local_claims(struct mw_inquiry *q, struct mw_who *const *groups, size_t count);

/** What its owner's files say of a container. @return 0, -ENOENT or -errno: nothing */
int mw_local_read(struct mw_inquiry *q, struct mw_who *who);

/** Give pods' groups what their containers, among `groups`, know of the pod. @return 0 or -ENOMEM */
int mw_local_name_pods(struct mw_who *const *groups, size_t count);

#endif
