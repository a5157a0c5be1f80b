// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A row per control group, from iter/cgroup (Linux 6.1): what mm/memcontrol.c and memcontrol-v1.c print.
 * Written into a map, for an iterator's own output ends at 32 KiB. */
#include "bpf/kernel/task.h"
#include "bpf/cgroup.h"

enum { CSS_VISIBLE = 8, STEPS = 2048, TASKS = 0, MIGRATING = 1, OOM_KILL = 4 };

struct page_counter {
	atomic_long usage;
	unsigned long failcnt, watermark, min, low, high, max;
} KERNEL;

struct memcg_vmstats {
	long state[1];
	unsigned long events[1];
	long state_local[1]; /* Linux 6.6 */
	unsigned long events_local[1];
} KERNEL;

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory, memsw, kmem;
	bool oom_group;
	int swappiness, under_oom;
	struct memcg_vmstats *vmstats;
	atomic_long memory_events[6], memory_events_local[6];
	int oom_kill_disable;
} KERNEL;

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
} KERNEL;

__u32 cgroup_seen;                  /* how many there are, also where the map has no room */
__u32 cgroup_states, cgroup_events; /* slots in use; more than there is room for: none are read */
bool cgroup_sizes;                  /* in: read more than names */
int cgroup_version;                 /* in: of 1, the group's own counters are read, too */
bool cgroup_has_local;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__array(
		values, struct {
			__uint(type, BPF_MAP_TYPE_ARRAY);
			__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
			__uint(max_entries, 1);
			__uint(key_size, sizeof(__u32));
			__uint(value_size, sizeof(struct mw_group_row));
		});
} cgroup_maps SEC(".maps");

/* --- processes -------------------------------------------------------------------------------- */

/* Through the lists of tasks of each css_set that is linked to the group. Nothing is locked: every read may
 * be of memory that is gone, and the steps are counted. One walk at a time: a sweep holds cgroup_mutex. Not on
 * the stack: until 6.8 the verifier takes what the first step finds there for what all find, and removes the
 * code that only later ones reach. Volatile: the compiler would take it apart, in a way that the kernel's
 * check of types refuses. */
static volatile struct {
	__u64 links, link; /* the list's head, the link at hand */
	__u64 cset, head, task;
	__u32 list, processes;
	int sets, tasks; /* with tasks, that are still to be met; and tasks of the set at hand */
	bool done, odd;
} walk;

static __always_inline __u64 read_address(__u64 at)
{
	__u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), (void *)at);
	return value;
}

static __always_inline long next_set(void)
{
	__u64 link;
	int tasks = 0;

	walk.done = !walk.sets;
	if (walk.done)
		return 1;
	walk.link = read_address(walk.link);
	if (walk.link == walk.links || !walk.link) {
		walk.done = walk.link;
		return 1;
	}
	link = walk.link - bpf_core_field_offset(struct cgrp_cset_link, cset_link);
	walk.cset = read_address(link + bpf_core_field_offset(struct cgrp_cset_link, cset));
	bpf_probe_read_kernel(
		&tasks, sizeof(tasks),
		(void *)(walk.cset + bpf_core_field_offset(struct css_set, nr_tasks)));
	if (!tasks)
		return 0;
	walk.sets--;
	walk.tasks = tasks;
	walk.list = TASKS;
	walk.head = walk.task = walk.cset + bpf_core_field_offset(struct css_set, tasks);
	return 0;
}

/* A process is where its first thread is. One whose threads are elsewhere, or whose first thread has
 * ended before the others, is left to cgroup.procs, whose rules for them differ by version. */
static __always_inline void count_task(struct task_struct *t)
{
	struct task_struct *leader = BPF_CORE_READ(t, group_leader);

	if (leader == t)
		walk.processes++;
	else if ((__u64)BPF_CORE_READ(leader, cgroups) != walk.cset ||
		 BPF_CORE_READ(leader, flags) & PF_EXITING)
		walk.odd = true;
}

/* @return whether the set has more */
static __always_inline bool next_task(void)
{
	walk.task = read_address(walk.task);
	if (walk.task && walk.task != walk.head) {
		count_task(
			(void *)(walk.task - bpf_core_field_offset(struct task_struct, cg_list)));
		return --walk.tasks;
	}
	if (!walk.task)
		walk.odd = true;
	else if (walk.list == TASKS) {
		walk.list = MIGRATING;
		walk.head = walk.task = walk.cset + bpf_core_field_offset(struct css_set, mg_tasks);
		return true;
	}
	return false;
}

static long step(__u32 number, void *nothing)
{
	if (walk.head && next_task())
		return 0;
	walk.head = 0;
	return next_set();
}

static __always_inline void count_processes(struct mw_group_row *r, struct cgroup *cg)
{
	walk.link = walk.links = (__u64)cg + bpf_core_field_offset(struct cgroup, cset_links);
	walk.head = walk.processes = 0;
	walk.sets = cg->nr_populated_csets;
	walk.done = walk.odd = false;
	bpf_loop(STEPS, step, NULL, 0);
	r->processes = walk.processes;
	if (!walk.done || walk.odd)
		r->flags |= MW_GROUP_UNCOUNTED;
}

/* --- memory ----------------------------------------------------------------------------------- */

const volatile __u32 cgroup_memcg_type; /* struct mem_cgroup's number: set by the loader */

#define READ(pointer, field) (direct ? (pointer)->field : BPF_CORE_READ(pointer, field))

static __always_inline void slots(struct mw_group_row *r, struct memcg_vmstats *v)
{
	__u32 states = bpf_core_field_size(v->state), counts = bpf_core_field_size(v->events);

	cgroup_states = states / sizeof(__u64);
	cgroup_events = counts / sizeof(__u64);
	cgroup_has_local = bpf_core_field_exists(v->state_local);
	if (states > sizeof(r->all.state) || counts > sizeof(r->all.event))
		return;
	bpf_probe_read_kernel(r->all.state, states, v->state);
	bpf_probe_read_kernel(r->all.event, counts, v->events);
	if (cgroup_version != 1 || !bpf_core_field_exists(v->state_local))
		return;
	bpf_probe_read_kernel(r->local.state, states, v->state_local);
	bpf_probe_read_kernel(r->local.event, counts, v->events_local);
}

#define READ_BITFIELD(pointer, field)                    \
	(direct ? BPF_CORE_READ_BITFIELD(pointer, field) \
		: BPF_CORE_READ_BITFIELD_PROBED(pointer, field))

/* What only one version's files show, only it needs: each of these may be a line of the cache. */
static __always_inline void sizes1(struct mw_group_row *r, struct mem_cgroup *m, const bool direct)
{
	r->failcnt = READ(m, memory.failcnt);
	if (bpf_core_field_exists(m->kmem))
		r->kmem = (__u64)READ(m, kmem.usage.counter);
	r->swappiness = (__u64)READ(m, swappiness);
	if (bpf_core_field_exists(m->under_oom))
		r->under_oom = READ(m, under_oom) != 0;
	if (bpf_core_field_exists(m->oom_kill_disable))
		r->oom_kill_disable = (__u64)READ_BITFIELD(m, oom_kill_disable);
	r->own_kills = (__u64)READ(m, memory_events_local[OOM_KILL].counter);
}

static __always_inline void sizes2(struct mw_group_row *r, struct mem_cgroup *m, const bool direct)
{
	r->high = READ(m, memory.high);
	r->low = READ(m, memory.low);
	r->min = READ(m, memory.min);
	r->oom_group = READ(m, oom_group);
	bpf_probe_read_kernel(r->events, sizeof(r->events), m->memory_events);
}

static __always_inline void sizes(struct mw_group_row *r, struct mem_cgroup *m, const bool direct)
{
	r->usage = (__u64)READ(m, memory.usage.counter);
	r->max = READ(m, memory.max);
	r->watermark = READ(m, memory.watermark);
	r->swap = (__u64)READ(m, memsw.usage.counter);
	r->swap_max = READ(m, memsw.max);
	if (cgroup_version == 1)
		sizes1(r, m, direct);
	else
		sizes2(r, m, direct);
	slots(r, READ(m, vmstats));
}

static __always_inline void memory_of(struct mw_group_row *r, struct cgroup_subsys_state *css)
{
	struct mem_cgroup *m = (void *)((char *)css -
					bpf_core_field_offset(struct mem_cgroup, css));

	if (!(css->flags & CSS_VISIBLE))
		return;
	r->flags |= MW_GROUP_MEMORY;
	if (bpf_rdonly_cast && cgroup_memcg_type)
		sizes(r, bpf_rdonly_cast(m, cgroup_memcg_type), true);
	else
		sizes(r, m, false);
}

static __always_inline __u64 parent_of(struct kernfs_node *kn)
{
	struct kernfs_node *parent = bpf_core_field_exists(kn->__parent)
					     ? kn->__parent
					     : (void *)((struct kernfs_node___6_14 *)kn)->parent;

	return parent ? parent->id : 0;
}

SEC("iter/cgroup")
int cgroup_rows(struct bpf_iter__cgroup *ctx)
{
	struct cgroup *cg = ctx->cgroup;
	struct cgroup_subsys_state *css;
	__u32 zero = 0, at;
	struct mw_group_row *r;
	void *rows;

	if (!cg)
		return 0;
	at = cgroup_seen++;
	rows = bpf_map_lookup_elem(&cgroup_maps, &zero);
	r = rows ? bpf_map_lookup_elem(rows, &at) : NULL;
	if (!r)
		return 0;
	r->id = cg->kn->id;
	r->parent = parent_of(cg->kn);
	r->flags = r->processes = 0;
	bpf_probe_read_kernel_str(r->name, sizeof(r->name), cg->kn->name);
	if (!cgroup_sizes)
		return 0;
	if (cg->nr_populated_csets)
		count_processes(r, cg);
	if (cg->nr_threaded_children || cg->dom_cgrp != cg)
		r->flags |= MW_GROUP_UNCOUNTED;
	css = *(cg->subsys + bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id));
	if (css)
		memory_of(r, css);
	return 0;
}
