/* A captured tree, loaded whole into memory. What is refused, because a stranger may have made it:
 *
 *   - formats other than tar (plain, zstd, gzip or xz), truncated ones, and files that are neither
 *     a capture nor a copy of proc/ or sys/
 *   - members with absolute names, "..", names over 4096 bytes or deeper than 264, twice the same
 *     name, hard or symbolic links, devices, FIFOs, sockets
 *   - over 500 000 members, a member over 64 MiB, over 512 MiB in all: counted while unpacking, not
 *     believed from the header
 *
 * Nothing is written to disk and no link is followed; in a directory, links are kept as links and
 * devices, FIFOs and sockets are passed over. A directory without memwhy/manifest is a plain copy:
 * only its proc/ and sys/ are read.
 *
 * What the manifest does not say is taken from the texts: the kernel from proc/sys/kernel/osrelease
 * or proc/version, the clock from proc/uptime, the host from proc/sys/kernel/hostname; pages are
 * then of 4096 bytes and clock ticks 100 a second.
 *
 * A path that was not captured is -ENOENT. Where no listing was recorded, what is there is listed:
 * numbers by value, then names by bytes. Where no status was, inode numbers are made from the path:
 * they are the same in each capture and differ between paths. */
#ifndef MW_SOURCE_TREE_H
#define MW_SOURCE_TREE_H

#include "source/capture.h"

/** mw_source_tree() of an archive in memory, which may go away afterwards. */
int mw_source_tree_memory(struct slice archive, struct mw_source **out, struct buf *problem);

/* A capture being loaded: members are gathered first, for only the manifest says how their names
 * are to be read. */
struct mw_loader {
	struct mw_capture capture;
	struct mw_member *first, **last;
	struct mw_member *manifest, *entries;
	uint32_t count;
	uint64_t bytes;
	struct buf text;     /* the member being read */
	struct buf *problem; /* for the user */
	const struct mw_language *language;
};

enum mw_member_type { MW_MEMBER_FILE, MW_MEMBER_DIR, MW_MEMBER_LINK };

/** Refuse a member: say why, in program text. @return -EBADMSG */
int mw_loader_refuse(struct mw_loader *l, struct slice name, const char *why);
/** Likewise because a call failed with errno. */
int mw_loader_failed(struct mw_loader *l, struct slice name);
/** Refuse it all: say why, in program text. @return -EBADMSG */
int mw_loader_unfit(struct mw_loader *l, const char *why);
/** Make room for the next piece of a member's text. @return 0, -ENOMEM or, refused, -EBADMSG */
int mw_loader_piece(struct mw_loader *l, struct slice name, struct slice piece);
/** Add a member with what l->text holds (a link's target, a file's text), and empty l->text.
 *  @return 0, -ENOMEM or, refused, -EBADMSG */
int mw_loader_add(struct mw_loader *l, struct slice name, enum mw_member_type type);

/** Gather members from a directory; from an archive in a file; in memory. */
int mw_loader_directory(struct mw_loader *l, int fd);
int mw_loader_file(struct mw_loader *l, int fd);
int mw_loader_memory(struct mw_loader *l, struct slice archive);

/** Read manifest, members and entries into the capture. @return 0, -ENOMEM or, refused, -EBADMSG */
int mw_loader_finish(struct mw_loader *l);

#endif
