/* What the collectors of the machine share, and their parsers, which tests and the fuzzer call. */
#ifndef MW_COLLECT_NODE_NODE_H
#define MW_COLLECT_NODE_NODE_H

#include "collect/collect.h"
#include "collect/keyed.h"
#include "collect/psi.h"

/** A pure parser of one file: fills the machine's row or adds rows. What it cannot understand makes
 *  the metrics concerned MW_MALFORMED; the rest is still taken.
 *  @at  the first such line; untouched on success
 *  @return 0, -EBADMSG, or -ENOMEM */
typedef int (*mw_node_parser)(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);

/** Read a file and parse it. Where reading fails, its metrics in the machine's row say why; anything
 *  but "not there" becomes a problem too. @return 0 or -errno */
int mw_node_read(struct mw_collect *c, const char *path, enum mw_shape shape, mw_node_parser parse);

/** The state of all of an entity's metrics that come from `file`. */
void mw_node_state(struct mw_entity *e, const char *file, enum mw_state state);

/** Read every file of one value below `folder` ("proc/sys/vm/") that the machine's metrics name.
 *  @return 0, or -ENOENT when none was there */
int mw_node_values(struct mw_collect *c, const char *folder);

/** The same for a row: the files that its kind's metrics name, below the directory `path`. Metrics
 *  between `first` and `end` only. @return 0 or -errno of opening the directory */
int mw_node_directory(struct mw_collect *c, const char *path, struct mw_entity *e,
		      enum mw_metric first, enum mw_metric end);

/** One value below an open directory, by the metric's unit. Of a text that lists choices,
 *  "always [madvise] never", the one chosen. @return 0 or -errno */
int mw_node_value(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		  struct mw_entity *e, enum mw_metric metric);

enum { MW_NUMBERS_MAX = 1024 };

/** The numbers N of the entries "<before>N<after>" of a directory, sorted; at most MW_NUMBERS_MAX.
 *  @return 0 or -errno */
int mw_node_numbers(struct mw_collect *c, const char *path, const char *before, const char *after,
		    uint64_t *out, size_t *count);

/** The row of a NUMA node, made when it is new. @return NULL: out of memory, or absurdly many */
struct mw_entity *mw_numa_row(struct mw_snapshot *s, uint64_t node);

/** Take "Node 0, zone   Normal" from the front of a line and find its row, made when it is new.
 *  @return 0, -ENOENT: the line is something else, -EBADMSG: absurdly many zones, or -ENOMEM */
int mw_zone_row(struct mw_snapshot *s, struct slice *line, struct mw_entity **out);

/** Note the first line that was not understood. @return -EBADMSG */
int mw_parse_failed(struct mw_parse_error *at, int so_far, size_t line, const char *what);

/** Pressure of the resource whose file is `path` ("proc/pressure/memory"). @return false: of none */
bool mw_pressure_set(struct mw_entity *node, const char *path, const struct mw_psi *psi);

int mw_parse_vmstat(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_zoneinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_buddyinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_pagetypeinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_slabinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_swaps(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_vmallocinfo(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_sockstat(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_sockstat6(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_uptime(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_cgroups(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);
int mw_parse_loadavg(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at);

/** A NUMA node's own meminfo and numastat: lines with or without "Node N" in front.
 *  @file  "meminfo" or "numastat" */
int mw_parse_numa(struct mw_snapshot *s, struct mw_entity *numa, const char *file,
		  struct slice text, struct mw_parse_error *at);

/** Numbers between blanks into metrics; extra columns are newer kernels'. A missing one leaves its
 *  metric absent. @return 0, or -EBADMSG: no number, a word, or an overflow */
int mw_parse_columns(struct slice text, uint32_t page_size, struct mw_entity *e,
		     const enum mw_metric *metrics, size_t count);

#endif
