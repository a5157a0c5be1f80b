/* Sums of per-CPU counters. A per-CPU pointer is a cookie; what it lacks to an address is the same for
 * every pointer of a CPU. The kernel's own table of that cannot be read everywhere (a symbol that needs
 * CONFIG_KALLSYMS_ALL), so percpu.bpf.c measures it on a map of our own. */
#ifndef MW_BPF_KERNEL_PERCPU_H
#define MW_BPF_KERNEL_PERCPU_H

#include "bpf/kernel/kernel.h"
#include "bpf/percpu.h"

extern __u64 percpu_offset[MW_CPUS_MAX];  /* by CPU */
extern const volatile __u32 percpu_count; /* possible CPUs: loops end there */

struct percpu_counter {
	__s64 count;
	__s32 *counters;
} KERNEL;

struct mw_sums {
	__s64 v[4];
};

/* A function of its own, so that the verifier looks at its loops once. */

/** Add their per-CPU parts to four counters.
 *  @first  per-CPU pointer of the first; 0 = none
 *  @b, @c, @d  how many bytes behind it the others are. @return 0 */
int percpu_add(struct mw_sums *sums, __u64 first, __u64 b, __u64 c, __u64 d);

#endif
