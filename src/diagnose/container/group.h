/* What rules about groups share: whose illness it is, and who holds the memory. */
#ifndef MW_DIAGNOSE_CONTAINER_GROUP_H
#define MW_DIAGNOSE_CONTAINER_GROUP_H

#include "diagnose/rule.h"

/** The value of a metric, NAN when its state is not ok: comparisons with it are false. */
double mw_value(const struct mw_entity *e, enum mw_metric metric);

/** The limit that is set on the group itself: what a limit does is told where it is set. On the
 *  topmost group that is seen it may be one further up (v1's hierarchical_memory_limit).
 *  @return bytes, or NAN without one */
double mw_group_limit(const struct mw_entity *group);

/** Not a container, but the whole machine: the root group, and nothing limits it. */
bool mw_group_is_machine(const struct mw_entity *group);

/** A group right below holds nearly all of the metric: what is to be told is told of that one.
 *  @limited  only one with a limit of its own counts */
bool mw_group_is_shell(const struct mw_check *c, enum mw_metric metric, bool limited);

/** Both file lists: what reclaim takes first. NAN when not known. */
double mw_group_cache(const struct mw_entity *group);

/** The sum of a metric over the processes in it and below; 0 without any. */
double mw_group_sum(const struct mw_check *c, enum mw_metric metric);

/** The same entity at an earlier moment of the series, or NULL. */
const struct mw_entity *mw_then(const struct mw_check *c, size_t moment, const struct mw_entity *e);

/** Cite the process in it with most of `metric`: "process" (a name) and "held"; say so in a detail,
 *  and how many are called the same. Ask about it.
 *  @return that process, or NULL when none is known */
const struct mw_entity *mw_cite_owner(struct mw_check *c, enum mw_metric metric);

/** "memwhy container 'NAME'", whatever the name has in it. */
void mw_ask_group(struct mw_check *c);

#endif
