/* The way from a controller's part of a group to the group's id and name. */
#ifndef MW_BPF_KERNEL_GROUP_H
#define MW_BPF_KERNEL_GROUP_H

#include "bpf/kernel/kernel.h"

struct kernfs_node {
	const char *name;
	__u64 id;
} KERNEL;

struct cgroup {
	struct kernfs_node *kn;
} KERNEL;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	unsigned int flags;
	struct cgroup_subsys_state *parent;
} KERNEL;

#endif
