/* Checked by itself: an address is the cookie plus a number that differs from CPU to CPU, and is no cookie. */
#include "bpf/part.h"
#include "bpf/percpu.h"
#include "language/language.h"

static int prepare(struct mw_bpf *b, struct mw_programs *p)
{
	int count = libbpf_num_possible_cpus();

	if (count <= 0 || count > MW_CPUS_MAX)
		return count < 0 ? count : -E2BIG;
	p->rodata->percpu_count = (uint32_t)count;
	return 0;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	for (uint32_t cpu = 0; cpu < p->rodata->percpu_count; cpu++) {
		struct mw_percpu_probe probe = { .cpu = cpu };
		int error = mw_bpf_run(p->progs.percpu_probe, &probe, sizeof(probe));

		if (error)
			return error;
		if (!probe.address || !probe.cookie) {
			*why = N_("a CPU's memory was not found");
			return -ENXIO;
		}
		p->bss->percpu_offset[cpu] = probe.address - probe.cookie;
		if (cpu && p->bss->percpu_offset[cpu] == p->bss->percpu_offset[cpu - 1]) {
			*why = N_("two CPUs' memory is at the same place");
			return -ENXIO;
		}
	}
	return 0;
}

const struct mw_bpf_part mw_bpf_part_percpu = { .prepare = prepare, .start = start };
