// SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause
/* The helpers that read kernel memory are for programs under the GPL. */
#include "bpf/kernel/kernel.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
