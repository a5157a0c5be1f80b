/* Command lines, all in one read. This header is the kernel side's too. */
#ifndef MW_BPF_CMDLINE_H
#define MW_BPF_CMDLINE_H

#include <linux/types.h>

#define MW_CMDLINE_MAX 4096 /* bytes; a longer one has no record */

/* One process. */
struct mw_cmdline_row {
	__u32 pid,
		len; /* of text that follows: arguments, a NUL behind each; then padding to 8 bytes */
	char text[];
};

#ifndef __bpf__

#include "bpf/capability.h"

/** The arguments of every process that has some, as they are in its memory. A process whose last byte is no
 *  NUL has written a title over them: /proc/PID/cmdline knows how far it goes. 0.7 us each.
 *  @out  emptied first; struct mw_cmdline_row one behind the other
 *  @return 0 or -errno */
int mw_bpf_cmdlines(struct mw_bpf *b, struct buf *out);

/** The record at `*at` of what mw_bpf_cmdlines() gave, and on to the next. @return NULL: that was all */
const struct mw_cmdline_row *mw_cmdline_next(const struct buf *rows, size_t *at);

#endif
#endif
