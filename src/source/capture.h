/* What a source answered, by path: filled by the recorder or by a loader, given back by a tree.
 *
 * On disk a capture is a tar archive (or the directory that unpacking it gives):
 *
 *   proc/meminfo, sys/fs/cgroup/...   the texts, each under its path
 *   memwhy/manifest                   the machine, a "key value" per line; the first is the format
 *   memwhy/entries                    every other answer, a line each
 *   memwhy/sockets                    sockets by owner (collect/sockets/table.h), when they were read
 *   memwhy/who                        who the groups are (src/meta/kept.c), when it was asked
 *   memwhy/inside                     "container=" of process 1's environment, when there was one
 *
 *   memwhy-capture 1                  read EACCES proc/1/smaps
 *   page_size 4096                    open ENOENT sys/kernel/mm/ksm
 *   clock_ticks 100                   link 0 proc/7/exe /usr/bin/sleep
 *   taken_at 1795238791000000000      stat 0 sys/fs/cgroup 1 27 0 40555 12 0
 *   clock 5123000000000               list 0 proc
 *   kernel 6.18.44                    - 4026531856 file meminfo
 *   host web-1                        - 4026531841 dir sys
 *   names escaped
 *   entries 5123                      (the lines of memwhy/entries: fewer = truncated)
 *
 * A line of entries is CALL ERROR PATH and, for link, the target; for stat, inode, device, size,
 * octal mode, links, uid. ERROR is 0 or the errno's name, for numbers differ between machines. Lines
 * that begin with "-" belong to the list above them, in the kernel's order. A path is "." for the
 * root. Bytes that are not printable ASCII, spaces and backslashes are written \xHH (or \\), and so
 * are the names of the archive's members when the manifest says "names escaped": tar's own rules
 * for other alphabets depend on the reader's locale. Links are never tar links: nothing that unpacks
 * a capture can be led outside.
 *
 * The manifest may be missing, or lack any line but the first: a plain copy of proc/ and sys/ is a
 * capture too. Then what it does not say is guessed from the texts (source/tree.h). */
#ifndef MW_SOURCE_CAPTURE_H
#define MW_SOURCE_CAPTURE_H

#include "base/arena.h"
#include "base/index.h"
#include "source/source.h"

enum mw_call { MW_CALL_OPEN, MW_CALL_READ, MW_CALL_LINK, MW_CALL_LIST, MW_CALL_STAT, MW_CALLS };

/* Limits of a capture, for the recorder and the loaders: what is written can be read. */
enum {
	MW_CAPTURE_NAME = 4096,
	MW_CAPTURE_DEPTH = 264, /* groups nested 256 deep, their mount and their files */
	MW_CAPTURE_NODES = 500000,
	MW_CAPTURE_LISTED = 4000000,
	MW_CAPTURE_FILE = 64 << 20,
	MW_CAPTURE_TOTAL = 512 << 20,
};

/* Where a capture keeps what is not a text; no such path is recorded. */
#define MW_CAPTURE_OWN "memwhy/"

/* One path. Parents stand before their children in the array. */
struct mw_node {
	const char *path; /* normalised, NUL-ended, "" = the root */
	uint32_t length;
	uint32_t parent;      /* the root is its own */
	uint32_t child, next; /* INDEX_NONE = none */
	uint32_t listed;
	struct mw_dirent *entries;
	struct slice text, link;
	struct mw_stat *stat;
	int16_t error[MW_CALLS]; /* a positive errno, or 0 */
	uint8_t known;           /* bits by call: its answer is recorded */
	bool folder;             /* a directory in the archive or on disk */
	/* settled by mw_capture_finish(): something was there, here or below; … below */
	bool present, parent_of_present;
};

struct mw_capture {
	struct mw_machine machine;
	struct arena arena; /* texts, names, listings */
	struct mw_node *nodes;
	uint32_t count, size;
	uint32_t listed; /* entries of all listings */
	struct index by_path;
};

/** A capture that has only its root. @return 0 or -ENOMEM */
int mw_capture_init(struct mw_capture *c);
void mw_capture_release(struct mw_capture *c);

/* A normalised path: no empty, "." or ".." component. */
struct mw_path {
	char text[MW_CAPTURE_NAME + 1];
	size_t length;
};

/** Join and normalise. @return 0, -EINVAL for "..", -ENAMETOOLONG past the limits */
int mw_path_join(struct slice at, struct slice path, struct mw_path *out);

/** @return the node's number, or INDEX_NONE */
uint32_t mw_capture_find(const struct mw_capture *c, struct slice path);
/** Find or add a normalised path and its parents. @return 0, -ENOMEM, -EFBIG past the limit */
int mw_capture_add(struct mw_capture *c, struct slice path, uint32_t *out);

static inline bool mw_node_knows(const struct mw_node *n, enum mw_call call)
{
	return n->known & 1u << call;
}

static inline void mw_node_answer(struct mw_node *n, enum mw_call call, int error)
{
	n->known |= (uint8_t)(1u << call);
	n->error[call] = (int16_t)error;
}

/** Whether it can be opened: it was, or it was listed, or something below it was there. */
static inline bool mw_node_is_dir(const struct mw_node *n)
{
	if (mw_node_knows(n, MW_CALL_OPEN))
		return !n->error[MW_CALL_OPEN];
	return n->folder || n->parent_of_present ||
	       (mw_node_knows(n, MW_CALL_LIST) && !n->error[MW_CALL_LIST]);
}

static inline struct slice mw_node_path(const struct mw_node *n)
{
	return (struct slice){ n->path, n->length };
}

/* A listing being gathered; reused. */
struct mw_listing {
	struct mw_dirent *at;
	uint32_t count, size;
};

/** The name is copied. @return 0, -ENOMEM, -EFBIG past the limit of listed names */
int mw_listing_add(struct mw_listing *l, struct mw_capture *c, struct slice name, uint64_t inode,
		   enum mw_dirent_type type);
/** Give the node what was gathered, and empty the listing. @return 0 or -ENOMEM */
int mw_listing_keep(struct mw_listing *l, struct mw_capture *c, struct mw_node *n);
void mw_listing_release(struct mw_listing *l);

/** After the last addition: settle what is present, and list directories of which no listing was
 *  recorded (numbers by value, then names by bytes). @return 0 or -ENOMEM */
int mw_capture_finish(struct mw_capture *c);

/* --- the format ------------------------------------------------------------------------------- */

/** Append text as it stands in a capture, and in messages: printable ASCII without spaces. */
void mw_capture_escape(struct buf *out, struct slice text);
/** Append what was meant. @return 0, or -EBADMSG: a bad escape, or one of NUL or '/' */
int mw_capture_unescape(struct buf *out, struct slice text);

/* What a manifest says besides the machine. */
struct mw_manifest {
	bool escaped;     /* names of members are */
	bool has_entries; /* memwhy/entries must be there ... */
	uint64_t entries; /* ... with so many lines */
};

void mw_manifest_write(struct buf *out, const struct mw_machine *machine, uint64_t entries);
/** Reads what is there into `machine` and `manifest`, leaves the rest.
 *  @return 0, or -EBADMSG with line and words in `problem` */
int mw_manifest_parse(struct slice text, struct mw_machine *machine, struct mw_manifest *manifest,
		      const struct mw_language *language, struct buf *problem);

/** @lines  how many were written; untouched on error. @return 0 or the buffer's error */
int mw_entries_write(struct buf *out, const struct mw_capture *c, uint64_t *lines);
/** @return 0, -ENOMEM, or -EBADMSG or -EFBIG with line and words in `problem` */
int mw_entries_parse(struct slice text, struct mw_capture *c, uint64_t *lines,
		     const struct mw_language *language, struct buf *problem);

#endif
