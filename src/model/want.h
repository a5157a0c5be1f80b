/* What may be read, by what answering takes: commands ask for it, and rules ask for more. */
#ifndef MW_MODEL_WANT_H
#define MW_MODEL_WANT_H

/* What a command needs read. The cheapest set that answers. */
enum mw_want {
	MW_WANT_NODE = 1 << 0, /* meminfo, vmstat, pressure, zoneinfo …: the machine's ledger */
	MW_WANT_NODE_DETAIL =
		1 << 1, /* slabinfo, pagetypeinfo, vmallocinfo …: costs the kernel locks */
	MW_WANT_CGROUP_SIZES = 1 << 2, /* each group's stat, usage, limits, events … */
	MW_WANT_CGROUP_PRESSURE =
		1 << 15, /* … and how long its tasks waited: a file that is text only */
	MW_WANT_CGROUPS = MW_WANT_CGROUP_SIZES | MW_WANT_CGROUP_PRESSURE,
	MW_WANT_CGROUP_DETAIL = 1
				<< 3, /* numa_stat, kmem.tcp, swappiness …: every file of a group */
	MW_WANT_PROCESSES = 1 << 4,   /* each process: stat, status, cgroup, oom_score_adj */
	MW_WANT_CMDLINE = 1 << 5,     /* … and its command line */
	MW_WANT_OOM_SCORE = 1 << 6,   /* … and its oom_score */
	MW_WANT_CGROUP_NAMES = 1 << 7, /* groups as rows, nothing read of them: who is whose */
	MW_WANT_KLOG = 1 << 8,         /* the kernel log: up to some MiB */
	MW_WANT_SOCKETS = 1 << 9,      /* sockets and pipes by process and state; without BPF, TCP
				   * sockets of this network namespace by state */
	MW_WANT_RUNTIMES = 1 << 10,    /* command lines of processes that may be runtimes */
	MW_WANT_SLABINFO = 1 << 11,    /* slabinfo without the rest of NODE_DETAIL */
	/* The page census, by a sample of 1/64. Alone or together: the 1/64 goes before the others, so
	 * that who wants all there is gets no full one. */
	MW_WANT_CENSUS = 1 << 12,
	MW_WANT_CENSUS_RARE = 1 << 13,   /* 1/256 */
	MW_WANT_CENSUS_FULL = 1 << 14,   /* every frame: 10 ns each, 100 ns without BPF */
	MW_WANT_SOCKET_OWNERS = 1 << 18, /* … by process in any case */
	MW_WANT_PEERS = 1 << 19,         /* … and by remote address */
};

#endif
