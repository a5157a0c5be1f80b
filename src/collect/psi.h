/* Pressure stall information: proc/pressure/memory and a group's memory.pressure (kernel/sched/psi.c). */
#ifndef MW_COLLECT_PSI_H
#define MW_COLLECT_PSI_H

#include "base/slice.h"

struct mw_psi_line {
	bool present;
	uint64_t avg10, avg60, avg300; /* percent, in millionths of a percent */
	uint64_t total;                /* us since boot */
};

struct mw_psi {
	struct mw_psi_line some, full; /* full: since Linux 5.13 for the cpu too */
};

/** Pure. @out untouched on error. @return 0 or -EBADMSG: no line of the two, or one garbled */
int mw_psi_parse(struct slice text, struct mw_psi *out);

#endif
