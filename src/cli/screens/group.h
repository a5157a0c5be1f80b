/* What is shown of a group: of a container, of a pod. All about x->target, a row of MW_CGROUP. */
#ifndef MW_CLI_GROUP_H
#define MW_CLI_GROUP_H

#include "cli/cli.h"

/* A metric as a line of its own. */
struct mw_labelled {
	enum mw_metric metric;
	const char *label; /* program text */
};

/** Between the sweep and the computed metrics: what a sweep leaves out, what its runtime and the kubelet
 *  count, and PSS of what is in it. */
int mw_group_open(struct mw_cli *cli, struct mw_sample *x);

/** The largest files in its page cache, with their paths: read by mw_group_open() where that is cheap. */
int mw_group_cached(struct mw_cli *cli, struct mw_sample *x, size_t most, struct mw_rows *out);
/** … as a table. */
int mw_group_cached_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out);

/** The processes in the group and below it, the largest first. @most 0 = all */
int mw_group_processes(struct mw_cli *cli, struct mw_sample *x, size_t most, struct mw_rows *out);
/** The groups below it, down to --depth levels, the largest first; out->total of them are there. */
int mw_group_children(struct mw_cli *cli, struct mw_sample *x, struct mw_rows *out);

/** Those metrics of an entity that are known, below a title where there are any. */
void mw_facts_put(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *e,
		  const char *title, const struct mw_labelled *list, size_t count, struct buf *out);
/** The limits of the groups above it, and of the machine. */
int mw_group_limits_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out);
/** A table of rows below a title. @names columns, with drop ranks */
int mw_group_rows_put(struct mw_cli *cli, struct mw_sample *x, enum mw_kind kind, const char *title,
		      const char *names, struct mw_rows *rows, struct buf *out);
int mw_group_processes_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out);
int mw_group_words_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out);
/** The commands to go on with. @list of all such groups @more another one, or NULL */
void mw_group_next(struct mw_cli *cli, struct mw_sample *x, const char *list, const char *more,
		   struct buf *out);

/** "containers": the group, then `rows`, all of them; "processes", "accounts" and "words" of the group.
 *  @own the group itself; NULL: a pod that has none */
int mw_group_json(struct mw_cli *cli, struct mw_sample *x, const struct mw_entity *own,
		  const struct mw_rows *rows, const struct mw_account *account, struct mw_json *j);

#endif
