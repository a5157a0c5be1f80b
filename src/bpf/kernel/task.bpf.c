// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A record per task from iter/task, which visits threads too: they give their page faults. */
#include "bpf/kernel/task.h"

const volatile __u32 task_struct_type;
bool task_workers_whole; /* in: this kernel shows a worker's whole name, not its comm */

static __always_inline void work(struct mw_task_row *r, struct worker *w)
{
	r->work[0] = r->work[1] = 0;
	if (!BPF_CORE_READ(w, pool))
		return;
	bpf_probe_read_kernel_str(r->work + 1, sizeof(r->work) - 1, w->desc);
	if (r->work[1])
		r->work[0] = BPF_CORE_READ(w, current_work) ? '+' : '-';
}

__noinline int task_name(struct mw_task_row *r, __u64 kthread)
{
	struct kthread *k = (void *)kthread;
	const char *whole;

	if (!r)
		return 0;
	r->named = kthread && bpf_core_field_exists(k->full_name);
	if (!r->named)
		return 0;
	if (r->flags & MW_PF_WQ_WORKER)
		work(r, BPF_CORE_READ(k, data));
	whole = BPF_CORE_READ(k, full_name);
	if (whole && (!(r->flags & MW_PF_WQ_WORKER) || task_workers_whole))
		bpf_probe_read_kernel_str(r->name, sizeof(r->name), whole);
	return 0;
}

SEC("iter/task")
int task_rows(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct mw_task_row r = { 0 };

	if (!t)
		return 0;
	t = untrusted(t);
	r.pid = t->tgid;
	r.minflt = t->min_flt;
	r.majflt = t->maj_flt;
	if (t->pid != t->tgid) {
		r.size = __builtin_offsetof(struct mw_task_row, ppid);
		bpf_seq_write(ctx->meta->seq, &r, __builtin_offsetof(struct mw_task_row, ppid));
		return 0;
	}
	r.size = sizeof(r);
	process(&r, t);
	bpf_seq_write(ctx->meta->seq, &r, sizeof(r));
	return 0;
}
