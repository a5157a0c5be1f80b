// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The same records without an iterator's file: the kernel's open-coded iterator (Linux 6.7) visits processes
 * only, and what it finds is written where user space reads it. A third cheaper. */
#include "bpf/kernel/task.h"
#include "bpf/walk.h"

/* kernel/bpf/task_iter.c; its size is fixed by the interface */
struct bpf_iter_task {
	__u64 opaque[3];
} __attribute__((aligned(8)));

enum { ALL_PROCS = 0 };

extern int bpf_iter_task_new(struct bpf_iter_task *it, struct task_struct *task,
			     unsigned int flags) __weak __ksym;
extern struct task_struct *bpf_iter_task_next(struct bpf_iter_task *it) __weak __ksym;
extern void bpf_iter_task_destroy(struct bpf_iter_task *it) __weak __ksym;
extern void bpf_rcu_read_lock(void) __weak __ksym;
extern void bpf_rcu_read_unlock(void) __weak __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1); /* set before loading */
	__type(key, __u32);
	__type(value, struct mw_task_row);
} walk_map SEC(".maps");

struct faults {
	__u64 node, head; /* in the list of threads */
	__u64 minflt, majflt;
};

static int next_thread(__u32 number, struct faults *f)
{
	struct task_struct *t = (void *)(f->node -
					 bpf_core_field_offset(struct task_struct, thread_node));

	if (BPF_CORE_READ(t, pid) != BPF_CORE_READ(t, tgid)) {
		f->minflt += BPF_CORE_READ(t, min_flt);
		f->majflt += BPF_CORE_READ(t, maj_flt);
	}
	f->node = (__u64)BPF_CORE_READ(t, thread_node.next);
	return f->node == f->head;
}

/* Add the faults of the other threads. A function of its own: the verifier looks at it once, with its loop.
 * @head of their list, in signal_struct */
__noinline int walk_faults(struct mw_task_row *r, __u64 head)
{
	struct faults f = { .head = head };

	if (!r)
		return 0;
	f.node = (__u64)BPF_CORE_READ((struct list_head *)head, next);
	bpf_loop(1 << 20, next_thread, &f, 0);
	r->minflt += f.minflt;
	r->majflt += f.majflt;
	return 0;
}

/* A number: what is computed from a pointer the kernel is not asked to trust. */
static __always_inline __u64 thread_list(struct task_struct *t)
{
	return (__u64)BPF_CORE_READ(t, signal) +
	       bpf_core_field_offset(struct signal_struct, thread_head);
}

SEC("syscall")
int walk_rows(struct mw_walk *walk)
{
	struct bpf_iter_task tasks;
	struct task_struct *t;

	bpf_rcu_read_lock();
	bpf_iter_task_new(&tasks, NULL, ALL_PROCS);
	while ((t = bpf_iter_task_next(&tasks))) {
		/* counted in memory: a variable would be another number, another path, each time round */
		__u32 number = walk->count;
		struct mw_task_row *r = bpf_map_lookup_elem(&walk_map, &number);

		if (!r) {
			walk->full = 1;
			break;
		}
		t = untrusted(t);
		r->size = sizeof(*r);
		r->pid = t->tgid;
		r->minflt = t->min_flt;
		r->majflt = t->maj_flt;
		process(r, t);
		if (r->threads > 1)
			walk_faults(r, thread_list(t));
		/* the iterator begins with the idle task, which is no process */
		walk->count += r->pid != 0;
	}
	bpf_iter_task_destroy(&tasks);
	bpf_rcu_read_unlock();
	return 0;
}
