/* A collector reads one kernel interface and fills the snapshot. It is two functions: one that gets
 * the bytes, and a pure parser over a slice, which the fuzzer calls too. One file each, found by
 * its name in src/collect/meson.build, from which the registry is made. */
#ifndef MW_COLLECT_COLLECT_H
#define MW_COLLECT_COLLECT_H

#include "bpf/census.h"
#include "language/language.h"
#include "model/snapshot.h"
#include "model/want.h"
#include "source/source.h"

/* One sweep. */
struct mw_collect {
	struct mw_source *source;
	struct mw_snapshot *snapshot;
	uint32_t want;
	struct buf text; /* for the file being read; reused */
	/* What the page census found, for those that name its files: row i belongs to entity i of
	 * MW_FILE. In the snapshot's memory; NULL = no census, or one without inodes */
	const struct mw_census *census;
};

struct mw_collector {
	const char *name;
	uint32_t want; /* runs when the sweep wants any of these */
	/** @return 0, or -errno when nothing could be had; partial trouble is a problem and a state
	 */
	int (*collect)(struct mw_collect *c);
};

/** All collectors in the order in which they run, ended by NULL. Generated. */
extern const struct mw_collector *const mw_collectors[];

/* --- helpers ---------------------------------------------------------------------------------- */

/** mw_read() or mw_read_record() below the root; an error other than "not there" becomes a problem.
 *  @return 0 or -errno */
int mw_collect_read(struct mw_collect *c, const char *path);
int mw_collect_read_record(struct mw_collect *c, const char *path);

/** What a capture kept besides files (MW_KEPT_…), into c->text; handed on, so that a capture of a capture
 *  keeps it too. @return 0 or -errno, -ENOENT = it kept none */
int mw_collect_kept(struct mw_collect *c, const char *path);

/** The text of a file of one number, "Y" or "N" (a module's switch: 1, 0), or "max" for
 *  MW_UNLIMITED. Pure.
 *  @return 0 or -EBADMSG, when the metric has become MW_MALFORMED */
int mw_value_parse(struct slice text, uint32_t page_size, struct mw_entity *e,
		   enum mw_metric metric);

/** A file of one number (or "max"): set the metric from it, or its state. `dir` NULL = the root.
 *  @prefix path of `dir` below the root, for problems
 *  @return 0 or -errno of reading or parsing */
int mw_collect_value(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		     const char *file, struct mw_entity *e, enum mw_metric metric);

/** The same for text: one line, its newline cut. */
int mw_collect_text(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		    const char *file, struct mw_entity *e, enum mw_metric metric);

#endif
