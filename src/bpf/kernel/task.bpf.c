// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* A record per task from iter/task, which visits threads too: they give their page faults. */
#include "bpf/kernel/task.h"

SEC("iter/task")
int task_rows(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct mw_task_row r = { 0 };

	if (!t)
		return 0;
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
