// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What fs/proc/base.c get_mm_cmdline() reads, for all processes. The pages may be swapped out: sleepable. */
#include "bpf/kernel/kernel.h"
#include "bpf/cmdline.h"

struct mm_struct {
	unsigned long arg_start, arg_end;
} KERNEL;

struct task_struct {
	int pid, tgid;
	struct mm_struct *mm;
} KERNEL;

struct room {
	__u32 pid, len;
	char text[MW_CMDLINE_MAX];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct room);
} cmdline_room SEC(".maps");

SEC("iter.s/task")
int cmdline_rows(struct bpf_iter__task *ctx)
{
	struct task_struct *t = ctx->task;
	struct mm_struct *mm;
	struct room *room;
	unsigned long start, len;
	__u32 zero = 0;

	if (!t || t->pid != t->tgid)
		return 0;
	mm = t->mm;
	start = mm->arg_start;
	len = mm->arg_end - start;
	room = bpf_map_lookup_elem(&cmdline_room, &zero);
	if (!room || !start || len - 1 >= MW_CMDLINE_MAX)
		return 0;
	if (bpf_copy_from_user_task(room->text, len, (void *)start, t, 0))
		return 0;
	room->pid = t->pid;
	room->len = len;
	len = (sizeof(__u32) * 2 + len + 7) & ~7UL;
	if (len <= sizeof(*room))
		bpf_seq_write(ctx->meta->seq, room, len);
	return 0;
}
