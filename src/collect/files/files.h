/* Files in the page cache: what those are called that a page census counted, who uses them, and, where
 * there is no census, those that can be had by asking for each file. */
#ifndef MW_COLLECT_FILES_FILES_H
#define MW_COLLECT_FILES_FILES_H

#include "collect/collect.h"

enum mw_files_what {
	MW_FILES_PATHS = 1, /* F_PATH, F_FILESYSTEM, F_SIZE, F_DELETED: 2 us a file */
	MW_FILES_INNER = 2, /* F_CONTAINER_PATH too: 0.1 ms for each container concerned */
	MW_FILES_USERS = 4, /* F_USERS, F_USED_BY: 0.4 us for each descriptor of the machine */
};

/** Say of files of a census (rows of MW_FILE) what `what` names. Needs MW_BPF_PATHS; without it, or of a
 *  row that has no inode, nothing is set.
 *  @return 0 or -errno */
int mw_files_name(struct mw_collect *c, struct mw_entity *const *files, size_t count,
		  unsigned what);

/* --- find.c: without a census ----------------------------------------------------------------- */

struct mw_files_look {
	const struct mw_entity *group; /* what processes of it have open or mapped; NULL = all */
	const char *folder; /* what lies below this instead, as "/var/log"; NULL = none */
};

/* Bounds of what strangers make. */
enum {
	MW_FILES_MOST = 200000,
	/* asked for */ MW_FILES_DEEPEST = 256 /* folders below the folder */
};

/* What was looked at, to be told: the rest of the page cache is not known. */
struct mw_files_found {
	size_t files;     /* that answered, each once */
	size_t processes; /* looked at */
	size_t folders;   /* below the folder, itself included: listed to their end */
	size_t denied;    /* processes, folders and files that may not be looked at */
	size_t failed; /* files and folders that could not be: `error` is the last reason, -errno */
	size_t left;   /* files that were left alone: remote ones (FUSE, NFS), endless ones */
	size_t mounts; /* below the folder, where something else is mounted: not entered */
	size_t deep;   /* folders deeper than is looked at */
	int error;
	bool cut;   /* there were more than are looked at */
	bool dirty; /* the kernel tells of dirty pages */
};

/** Ask for each file that processes have open or mapped, and for those in a folder: rows of MW_FILE for
 *  those with pages in memory. Whose pages they are is not known: they belong to look->group, or to
 *  nobody. Needs the processes of a sweep. 10 us a file. What lies below the folder: collect/files/walk.h.
 *  @return 0 or -errno of the folder: -ENOENT, -ENOTDIR, -EACCES, -EREMOTE, -EINVAL (a file system without
 *          a page cache) … */
int mw_files_find(struct mw_collect *c, const struct mw_files_look *look,
		  struct mw_files_found *found);

/** The one name of a directory, as files of a census are called by it: its links are followed (not those of
 *  /proc, which lead where no path does), "." and ".." and needless slashes are gone.
 *  @path  "/var/run/": absolute
 *  @out   emptied first: "/run"
 *  @return 0 or -errno: -ENOENT, -ENOTDIR, -ELOOP … */
int mw_files_folder(struct mw_source *source, const char *path, struct buf *out);

/* --- kept.c: files in a capture, as text ------------------------------------------------------ */

/** All files that have a path, with all that is known of them:
 *
 *    file 1703941 8:1 /docker/55150e     a row: inode, device, group (escaped; - = of nobody)
 *    cached_bytes 1048576                a cell, by the metric's JSON key; text is escaped
 *    path /var/log/app.log
 *
 *  @return 0 or -ENOMEM; nothing is appended where there are none */
int mw_files_write(const struct mw_snapshot *s, struct buf *out);

/** Put what such a text says into the snapshot: to the rows that it has, otherwise new ones. Pure.
 *  Unknown keys are passed over.
 *  @line  set with -EBADMSG
 *  @return 0, -EBADMSG, -ENOMEM */
int mw_files_parse(struct slice text, struct mw_snapshot *s, uint32_t *line);

#endif
