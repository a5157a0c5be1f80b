/* A process' descriptors. */
#ifndef MW_BPF_KERNEL_FILES_H
#define MW_BPF_KERNEL_FILES_H

#include "bpf/kernel/kernel.h"

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
} KERNEL;

struct files_struct {
	struct fdtable *fdt;
} KERNEL;

#endif
