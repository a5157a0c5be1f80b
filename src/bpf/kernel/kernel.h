/* What every program needs. The kernel's types are declared by the programs that read them (in a header
 * where several do), with the fields that they read and nothing else: libbpf finds the fields' places in
 * the running kernel (CO-RE). A field that moved or came later is asked for with bpf_core_field_exists(), an old form is a type of
 * its own with ___ and a word behind its name. No program may use bpf_core_type_id_kernel(): libbpf sees
 * a part of the kernel's types (bpf/btf/cut.h), whose numbers are not the kernel's. Those are told by
 * constants that the loader sets. */
#ifndef MW_BPF_KERNEL_KERNEL_H
#define MW_BPF_KERNEL_KERNEL_H

#include <stdbool.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define KERNEL __attribute__((preserve_access_index))

/* An address as a pointer to a struct of this number, not trusted (Linux 6.2): then fields are loaded, where
 * otherwise each costs a call. And of what is loaded through a trusted pointer, the verifier looks for the
 * types that it may trust among all names that the kernel has, for each load. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;

struct file;
struct seq_file;
struct task_struct;

/* What iterators hand to their programs. */
struct bpf_iter_meta {
	struct seq_file *seq;
	__u64 session_id, seq_num;
} KERNEL;

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} KERNEL;

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	__u32 fd;
	struct file *file;
} KERNEL;

#endif
