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

static __always_inline __s64 sum(__u64 counter)
{
	__s64 v = 0;

	for (__u32 cpu = 0; cpu < MW_CPUS_MAX && cpu < percpu_count; cpu++) {
		__s32 part = 0;

		bpf_probe_read_kernel(&part, sizeof(part), (void *)(counter + percpu_offset[cpu]));
		v += part;
	}
	return v;
}

/* Since 6.6 those of an mm lie side by side on each CPU: one read for all. */
static __always_inline void add_together(struct mw_sums *sums, __u64 first)
{
	for (__u32 cpu = 0; cpu < MW_CPUS_MAX && cpu < percpu_count; cpu++) {
		__s32 part[4] = { 0 };

		bpf_probe_read_kernel(part, sizeof(part), (void *)(first + percpu_offset[cpu]));
		sums->v[0] += part[0];
		sums->v[1] += part[1];
		sums->v[2] += part[2];
		sums->v[3] += part[3];
	}
}

__noinline int percpu_add(struct mw_sums *sums, __u64 first, __u64 b, __u64 c, __u64 d)
{
	if (!sums || !first)
		return 0;
	if (d == 3 * sizeof(__s32)) {
		add_together(sums, first);
		return 0;
	}
	sums->v[0] += sum(first);
	sums->v[1] += sum(first + b);
	sums->v[2] += sum(first + c);
	sums->v[3] += sum(first + d);
	return 0;
}
