/* Those who make groups: a file each in src/meta/owners/, found by its name in its meson.build, from
 * which the registry is made. An owner turns a group's path into facts, and finds more in local
 * files. Nothing here asks a socket: that is src/meta/ask. */
#ifndef MW_META_OWNER_H
#define MW_META_OWNER_H

#include "meta/who.h"

/* One round of finding out. Files are read below the root with mw_read(&root, "run/…", &text), and
 * never recorded: they hold environments. */
struct mw_inquiry {
	struct mw_source *source; /* unrecorded */
	struct mw_snapshot *snapshot;
	struct arena arena;             /* of the round */
	struct buf text;                /* for the file at hand; reused; at most MW_INQUIRY_FILE */
	struct buf path;                /* for its name; reused */
	struct mw_round_memory *memory; /* of owners; in the arena */
};

enum { MW_INQUIRY_FILE = 4 << 20 };

/** Read the file of that name below the root into q->text.
 *  @return 0 or -errno; what is not simply "not there" is noted as a problem, once per directory
 *  and error */
int mw_inquiry_read(struct mw_inquiry *q, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/** Note what was wrong with the text just read. @what static. @return -EBADMSG */
int mw_inquiry_malformed(struct mw_inquiry *q, const char *what);
/** Call `fn` for each entry of a directory below the root. @return 0 or -errno */
int mw_inquiry_list(struct mw_inquiry *q, const char *path, mw_list_fn fn, void *argument);

/** Memory of an owner for this round, zeroed at first: lists that are read once for all containers.
 *  @key   whose: the owner's own address of something static
 *  @return NULL: out of memory */
void *mw_inquiry_memory(struct mw_inquiry *q, const void *key, size_t size);

struct mw_owner;

/** @path of the group's memory controller @id as the owner's read() wants it */
typedef void (*mw_claim_fn)(void *argument, const struct mw_owner *owner, struct slice path,
			    struct slice id);

struct mw_owner {
	const char *name; /* "docker" */

	/** Pure: what the group's path says by its shape alone goes into `who`. Called for every
	 *  group, each owner in turn. NULL = the path never tells. */
	void (*recognise)(struct mw_who *who);

	/** Local files: more about the container whose M_CG_RUNTIME_ID is known. Called for the owner
	 *  that M_CG_RUNTIME names, otherwise for each in turn until one knows it.
	 *  @return 0 = it is this owner's; -ENOENT = not known here; -errno */
	int (*read)(struct mw_inquiry *q, struct mw_who *who);

	/** Containers whose groups' names tell nothing (`ctr`, runc): call `claim` for each. Called
	 *  once a round in which new groups are not recognised. NULL = has none. */
	int (*claims)(struct mw_inquiry *q, const struct mw_owner *self, mw_claim_fn claim,
		      void *argument);
};

/** All owners, in the order in which they are asked, ended by NULL. Generated. */
extern const struct mw_owner *const mw_owners[];

#endif
