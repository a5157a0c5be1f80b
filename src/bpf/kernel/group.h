/* Control groups: what they are called, where they stand, and whose tasks are in them. */
#ifndef MW_BPF_KERNEL_GROUP_H
#define MW_BPF_KERNEL_GROUP_H

#include "bpf/kernel/kernel.h"

struct list_head {
	struct list_head *next;
} KERNEL;

struct kernfs_node {
	const char *name;
	__u64 id;
	struct kernfs_node *__parent; /* Linux 6.15 */
} KERNEL;

struct kernfs_node___6_14 {
	struct kernfs_node *parent;
} KERNEL;

enum cgroup_subsys_id { memory_cgrp_id = 1 };

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	unsigned int flags;
	struct cgroup_subsys_state *parent;
} KERNEL;

struct cgroup {
	struct kernfs_node *kn;
	struct cgroup_subsys_state *subsys[16];
	struct list_head cset_links;
	struct cgroup *dom_cgrp;
	int nr_populated_csets, nr_threaded_children;
} KERNEL;

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
	int nr_tasks;
	struct list_head tasks, mg_tasks;
} KERNEL;

struct cgrp_cset_link {
	struct css_set *cset;
	struct list_head cset_link;
} KERNEL;

#endif
