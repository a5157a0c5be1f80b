/* Who the groups are, as text: kept in a capture in the place of the files and answers that told it,
 * for those hold environments and labels of others. memwhy/who, lines of "KEY ESCAPED-TEXT":
 *
 *   group /kubepods/burstable/pod1111/f5ec22      facts of this group follow
 *   pod cart-7d9f                                 a fact, by its metric's JSON key
 *   restarts 2
 *   volume kubepods/...                           likewise a row of MW_VOLUME: its name
 *   node                                          facts of the machine follow: the kubelet's
 *   title /docker/55150e web1                     who a group was that is gone */
#ifndef MW_META_KEPT_H
#define MW_META_KEPT_H

#include "meta/who.h"

/* Titles of groups that are gone, as they were asked for. */
struct mw_kept {
	struct buf titles; /* the lines */
};

void mw_kept_release(struct mw_kept *kept);
/** Remember a title for the capture. */
void mw_kept_title(struct mw_kept *kept, struct slice path, struct slice title);

/** All that src/meta put into the snapshot, and the titles, as text. @return 0 or -ENOMEM */
int mw_kept_write(const struct mw_kept *kept, const struct mw_snapshot *s, struct buf *out);

/** Put what such a text says into a snapshot that has the same groups; titles into `kept`. Unknown keys
 *  are passed over. @line set with -EBADMSG. @return 0, -EBADMSG or -ENOMEM */
int mw_kept_read(struct mw_kept *kept, struct slice text, struct mw_snapshot *s, uint32_t *line);

/** The title of a group that is gone, or an empty slice. */
struct slice mw_kept_find(const struct mw_kept *kept, struct slice path);

#endif
