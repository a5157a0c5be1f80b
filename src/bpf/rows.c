#include "bpf/cmdline.h"
#include "bpf/task.h"

/* include/linux/sched.h: what /proc shows of a task's state, TASK_REPORT (Linux 4.14) */
enum {
	REPORT = 0x7f,
	IDLE = 0x402,
	RTLOCK_WAIT = 0x1000, /* 5.15 */
	FROZEN = 0x8000,      /* 6.1 */
	UNINTERRUPTIBLE = 2,
};

char mw_task_letter(__u32 state, __u32 exit_state)
{
	static const char letters[] = "RSDTtXZPI";
	__u32 shown = (state | exit_state) & REPORT;
	int last = 0;

	if ((state & IDLE) == IDLE)
		return 'I';
	if (state & (RTLOCK_WAIT | FROZEN))
		shown = UNINTERRUPTIBLE;
	while (shown) {
		last++;
		shown >>= 1;
	}
	return letters[last];
}

const struct mw_cmdline_row *mw_cmdline_next(const struct buf *rows, size_t *at)
{
	const struct mw_cmdline_row *r = (const void *)(rows->at + *at);

	if (*at >= rows->len)
		return NULL;
	*at += (sizeof(*r) + r->len + 7) & ~(size_t)7;
	return r;
}
