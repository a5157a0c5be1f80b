/* Who a group is: what is known of one group besides its numbers, while it is being found out. The
 * facts are cells of the metric table, from M_CG_ROLE to M_CG_STATIC: there is no second list of
 * them. */
#ifndef MW_META_WHO_H
#define MW_META_WHO_H

#include "base/arena.h"
#include "model/snapshot.h"

#define MW_WHO_FIRST     M_CG_ROLE
#define MW_WHO_END       (M_CG_STATIC + 1)
#define MW_WHO_ASKED_END (M_CG_KUBELET_AGE + 1) /* what sockets say of its size stands behind */

enum {
	MW_WHO_FACTS = MW_WHO_END - MW_WHO_FIRST,
	MW_WHO_TEXT = 1024,   /* bytes of one fact; longer ones are cut */
	MW_WHO_LABELS = 2048, /* bytes of all labels; what does not fit is left out */
};

/* What a group can be: M_CG_ROLE. */
#define MW_ROLE_CONTAINER "container"
#define MW_ROLE_SANDBOX   "sandbox" /* a pod's pause container */
#define MW_ROLE_POD       "pod"
#define MW_ROLE_QOS       "qos"  /* kubepods/burstable */
#define MW_ROLE_PODS      "pods" /* kubepods */
#define MW_ROLE_UNIT      "unit"
#define MW_ROLE_SLICE     "slice"
#define MW_ROLE_SCOPE     "scope"
#define MW_ROLE_SESSION   "session"
#define MW_ROLE_MACHINE   "machine"

struct mw_who {
	struct arena *arena; /* texts live as long as it */
	struct slice path;   /* the group, as the snapshot names it */
	struct slice text[MW_WHO_FACTS];
	uint64_t number[MW_WHO_FACTS];
	bool known[MW_WHO_FACTS];
	struct buf labels; /* "key=value" lines; released by mw_who_release() */
	/* A file whose change means other facts (a container's name): "" = none. */
	struct slice watch;
	bool garbled; /* a text was passed over that is not UTF-8; owners' */
};

/** @arena  where facts are copied to, for as long as `who` is in use */
void mw_who_init(struct mw_who *who, struct arena *arena, struct slice path);
void mw_who_release(struct mw_who *who);

/** Note a fact, copied. What is known already stays: sources are asked nearest first. Empty text is
 *  no fact. */
void mw_who_text(struct mw_who *who, enum mw_metric metric, struct slice text);
void mw_who_number(struct mw_who *who, enum mw_metric metric, uint64_t value);
/** Replace what is known: for the few facts of which a later source knows better. */
void mw_who_replace(struct mw_who *who, enum mw_metric metric, struct slice text);
void mw_who_replace_number(struct mw_who *who, enum mw_metric metric, uint64_t value);
/** Know nothing of it: what follows is first. */
void mw_who_forget(struct mw_who *who, enum mw_metric metric);
/** Note a label. A Compose project is made of the labels that mean one. */
void mw_who_label(struct mw_who *who, struct slice key, struct slice value);

/** M_CG_NETNS of a container whose M_CG_INIT_PID is known and belongs to its group: needs the right to
 *  trace it. */
void mw_who_network(struct mw_who *who, struct mw_source *source, struct buf *text);

bool mw_who_knows(const struct mw_who *who, enum mw_metric metric);
/** The text, or an empty slice. */
struct slice mw_who_get(const struct mw_who *who, enum mw_metric metric);
bool mw_who_is(const struct mw_who *who, enum mw_metric metric, const char *text);

#endif
