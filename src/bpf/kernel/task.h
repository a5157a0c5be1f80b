/* A process' record: the fields that fs/proc/array.c and task_mmu.c print. */
#ifndef MW_BPF_KERNEL_TASK_H
#define MW_BPF_KERNEL_TASK_H

#include "bpf/kernel/files.h"
#include "bpf/kernel/group.h"
#include "bpf/kernel/percpu.h"
#include "bpf/task.h"

enum { PF_EXITING = 4, PF_KTHREAD = 0x200000 };

/* include/linux/mm_types_task.h */
enum { FILE_PAGES, ANON, SWAP_ENTRIES, SHMEM, COUNTERS };

struct atomic {
	int counter;
} KERNEL;

typedef struct {
	__s64 counter;
} KERNEL atomic_long;

struct kuid {
	__u32 val;
} KERNEL;

struct cred {
	struct kuid uid, euid;
} KERNEL;

/* until 6.1 */
struct mm_rss_stat {
	atomic_long count[COUNTERS];
} KERNEL;

struct mm_struct___6_1 {
	struct mm_rss_stat rss_stat;
} KERNEL;

struct mm_struct {
	struct percpu_counter rss_stat[COUNTERS];
	unsigned long hiwater_rss, hiwater_vm, total_vm, locked_vm, data_vm, exec_vm, stack_vm;
	unsigned long start_code, end_code;
	atomic_long pinned_vm, pgtables_bytes, hugetlb_usage;
} KERNEL;

struct signal_struct {
	int nr_threads;
	struct list_head thread_head;
	unsigned long min_flt, maj_flt;
	short oom_score_adj;
} KERNEL;

struct task_struct {
	unsigned int __state, flags;
	int exit_state, pid, tgid;
	struct mm_struct *mm;
	struct task_struct *real_parent, *group_leader;
	struct cred *cred, *real_cred;
	struct signal_struct *signal;
	struct files_struct *files;
	struct css_set *cgroups;
	struct list_head cg_list;
	__u64 start_boottime;
	unsigned long min_flt, maj_flt;
	struct list_head thread_node;
	void *worker_private; /* Linux 5.17 */
	char comm[MW_COMM];
} KERNEL;

/* kernel/kthread.c */
struct kthread {
	void *data;
	char *full_name;
} KERNEL;

/* kernel/workqueue_internal.h */
struct worker {
	void *current_work, *pool;
	char desc[1];
} KERNEL;

/* until 5.13 */
struct task_struct___5_13 {
	long state;
} KERNEL;

/* Elements by constant numbers only: clang notes no others for relocation. What is read with BPF_CORE_READ()
 * is a number, where the verifier takes a plain load for a pointer. */
static __always_inline void count_exactly(struct mm_struct *mm, struct mw_sums *sums)
{
	sums->v[0] = mm->rss_stat[0].count;
	sums->v[1] = mm->rss_stat[1].count;
	sums->v[2] = mm->rss_stat[2].count;
	sums->v[3] = mm->rss_stat[3].count;
	/* differences of pointers are numbers, too */
	percpu_add(sums, (__u64)BPF_CORE_READ(mm, rss_stat[0].counters),
		   (__u64)mm->rss_stat[1].counters - (__u64)mm->rss_stat[0].counters,
		   (__u64)mm->rss_stat[2].counters - (__u64)mm->rss_stat[0].counters,
		   (__u64)mm->rss_stat[3].counters - (__u64)mm->rss_stat[0].counters);
}

static __always_inline void count(struct mm_struct *mm, struct mw_sums *sums)
{
	struct mm_struct___6_1 *old = (void *)mm;

	if (!bpf_core_field_exists(old->rss_stat.count)) {
		count_exactly(mm, sums);
		return;
	}
	sums->v[0] = BPF_CORE_READ(old, rss_stat.count[0].counter);
	sums->v[1] = BPF_CORE_READ(old, rss_stat.count[1].counter);
	sums->v[2] = BPF_CORE_READ(old, rss_stat.count[2].counter);
	sums->v[3] = BPF_CORE_READ(old, rss_stat.count[3].counter);
}

/* No pointer is compared with NULL here: a load through it gives 0, and every branch is one more path for the
 * verifier. */
static __always_inline void memory(struct mw_task_row *r, struct mm_struct *mm)
{
	struct mw_sums sums = { 0 };

	r->vss = mm->total_vm;
	r->vss_peak = mm->hiwater_vm;
	r->locked = mm->locked_vm;
	r->pinned = mm->pinned_vm.counter;
	r->data = mm->data_vm;
	r->stack = mm->stack_vm;
	r->exec = mm->exec_vm;
	r->start_code = mm->start_code;
	r->end_code = mm->end_code;
	r->rss_peak = mm->hiwater_rss;
	r->page_tables = mm->pgtables_bytes.counter;
	if (bpf_core_field_exists(mm->hugetlb_usage))
		r->hugetlb = mm->hugetlb_usage.counter;
	count(mm, &sums);
	r->anon = sums.v[ANON];
	r->file = sums.v[FILE_PAGES];
	r->shmem = sums.v[SHMEM];
	r->swap = sums.v[SWAP_ENTRIES];
}

/* Its place in the array is this kernel's own: not a constant to clang, but one to the verifier. */
static __always_inline struct cgroup_subsys_state *memory_css(struct css_set *set)
{
	return *(struct cgroup_subsys_state **)((char *)set +
						bpf_core_field_offset(struct css_set, subsys) +
						bpf_core_enum_value(enum cgroup_subsys_id,
								    memory_cgrp_id) *
							sizeof(void *));
}

/** What /proc shows of a thread of the kernel: its name may be longer than comm, and a worker's also says what
 *  it works on, or did last. A function of its own: the verifier looks at it once. @return 0 */
int task_name(struct mw_task_row *r, __u64 kthread);

extern const volatile __u32 task_struct_type; /* struct task_struct's number: set by the loader */

static __always_inline struct task_struct *untrusted(struct task_struct *t)
{
	return bpf_rdonly_cast && task_struct_type ? bpf_rdonly_cast(t, task_struct_type) : t;
}

static __always_inline void process(struct mw_task_row *r, struct task_struct *t)
{
	struct signal_struct *signal = t->signal;
	struct files_struct *files = t->files;
	struct css_set *set = t->cgroups;
	struct cred *cred = t->real_cred;

	r->minflt += signal->min_flt;
	r->majflt += signal->maj_flt;
	r->ppid = t->real_parent->tgid;
	r->flags = t->flags;
	r->uid = cred->uid.val;
	r->euid = cred->euid.val;
	r->threads = signal->nr_threads;
	r->fd_size = files->fdt->max_fds;
	if (bpf_core_field_exists(t->__state))
		r->state = t->__state;
	else
		r->state = BPF_CORE_READ((struct task_struct___5_13 *)t, state);
	r->exit_state = t->exit_state;
	r->oom_score_adj = signal->oom_score_adj;
	r->start = t->start_boottime;
	r->group = memory_css(set)->cgroup->kn->id;
	r->group_v2 = set->dfl_cgrp->kn->id;
	__builtin_memcpy(r->name, t->comm, sizeof(t->comm));
	r->named = 1;
	if (r->flags & PF_KTHREAD)
		task_name(r, bpf_core_field_exists(t->worker_private)
				     ? (__u64)BPF_CORE_READ(t, worker_private)
				     : 0);
	memory(r, t->mm);
}

#endif
