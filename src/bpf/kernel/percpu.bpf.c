// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
#include "bpf/kernel/percpu.h"

struct bpf_array {
	void *pptrs[1];
} KERNEL;

__u64 percpu_offset[MW_CPUS_MAX];
const volatile __u32 percpu_count = 1;
__u64 percpu_number;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} percpu_probe_map SEC(".maps");

/* Pointers become numbers by a store to memory that is nobody's pointer; what is computed from them is
 * user space's business. */
SEC("syscall")
int percpu_probe(struct mw_percpu_probe *probe)
{
	volatile __u64 *number = &percpu_number;
	__u64 cookie = 0;
	__u32 zero = 0;

	*number = (__u64)&percpu_probe_map;
	bpf_probe_read_kernel(&cookie, sizeof(cookie),
			      (void *)(*number + bpf_core_field_offset(struct bpf_array, pptrs)));
	*number = (__u64)bpf_map_lookup_percpu_elem(&percpu_probe_map, &zero, probe->cpu);
	probe->cookie = cookie;
	probe->address = *number;
	return 0;
}
