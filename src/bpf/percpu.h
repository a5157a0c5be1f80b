/* Where per-CPU memory is. This header is the kernel side's too. */
#ifndef MW_BPF_PERCPU_H
#define MW_BPF_PERCPU_H

#include <linux/types.h>

#define MW_CPUS_MAX 512 /* with more CPUs the capability is off */

/* In: cpu. Out: the same element of a per-CPU array, as the kernel's pointer and as an address. */
struct mw_percpu_probe {
	__u32 cpu;
	__u64 cookie, address;
};

#endif
