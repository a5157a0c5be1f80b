/* The mounts of one mount namespace, for finding where in it a file is seen. Pure. */
#ifndef MW_COLLECT_FILES_MOUNTS_H
#define MW_COLLECT_FILES_MOUNTS_H

#include "base/arena.h"
#include "base/buf.h"

/* A directory of which an overlay shows the content. */
struct mw_layer {
	struct slice path; /* as who mounted it wrote it: perhaps relative, perhaps through links */
	struct mw_layer *next;
};

struct mw_seen {
	uint64_t id, parent, device; /* device: major << 20 | minor */
	struct slice root, point;    /* bytes as they are; no slash at the end, "/" is "" */
	struct mw_layer *layers;     /* of an overlay; NULL = it is none */
	struct mw_seen *below;       /* on which this one is mounted; NULL = not listed */
	struct mw_seen *inside;      /* the first of those mounted on this one, */
	struct mw_seen *beside;      /* and the next of them */
	uint8_t reach;               /* whether its point can be reached; 0 = not asked yet */
};

struct mw_seen_list {
	struct arena arena;
	struct mw_seen *at;
	size_t count;
	bool layered; /* it has overlays */
	bool cut;     /* there were more than were taken */
};

/** The mounts of /proc/PID/mountinfo; lines that are none are passed over.
 *  @most  mounts to take, the first of them
 *  @out  released with mw_seen_release(); untouched on error
 *  @return 0, -EBADMSG when no line is a mount, -ENOMEM */
int mw_seen_parse(struct slice text, size_t most, struct mw_seen_list *out);
void mw_seen_release(struct mw_seen_list *list);

/** Where a path of a file system is seen: append it. Of several places the one that shows most of the
 *  file system; none that another mount hides.
 *  @inside  "/dir/file", below the file system's own root
 *  @return false: nowhere */
bool mw_seen_find(struct mw_seen_list *list, uint64_t device, struct slice inside, struct buf *out);

/** Where an overlay shows a file of one of its layers: append it.
 *  @real  the file's path where the layers were named, i.e. on the machine
 *  @return false: nowhere */
bool mw_seen_overlay(struct mw_seen_list *list, struct slice real, struct buf *out);

/** Whether `path` is `folder` or below it; the rest begins with a slash, or is "". "" holds all. */
bool mw_path_below(struct slice path, struct slice folder, struct slice *rest);

#endif
