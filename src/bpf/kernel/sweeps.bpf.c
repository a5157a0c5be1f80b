// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* What uses bpf_rdonly_cast(): libbpf's linker (1.1) takes a function of the kernel's from one object only. */
#include "bpf/kernel/task.bpf.c"
#include "bpf/kernel/walk.bpf.c"
#include "bpf/kernel/cgroup.bpf.c"
