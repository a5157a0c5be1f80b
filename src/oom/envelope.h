/* What stands around a kernel message in a log: stamps, levels, hosts, tags, callers. Pure. */
#ifndef MW_OOM_ENVELOPE_H
#define MW_OOM_ENVELOPE_H

#include "oom/stamp.h"

enum mw_origin {
	MW_ORIGIN_NONE, /* the line has no envelope: the console's form, or the rest of a message */
	MW_ORIGIN_KERNEL, /* the kernel's own: "[12.345678]", "6,1,2,-;", "host kernel:" */
	MW_ORIGIN_OTHER,  /* another program's: "host sshd[12]:" */
	MW_ORIGIN_TIME,   /* a time and nothing else: who wrote it is not told */
};

struct mw_envelope {
	struct slice text; /* the message */
	struct slice host; /* machine, container or pod; empty = not told */
	struct slice stamp;
	int64_t time;    /* ns since 1970; 0 = not told */
	uint64_t uptime; /* us; UINT64_MAX = not told */
	uint32_t caller; /* CONFIG_PRINTK_CALLER: task (thread id + 1) or processor (with the top
			  * bit); 0 = not told */
	enum mw_origin origin;
	bool escaped;  /* /dev/kmsg: \xHH, and newlines among them */
	bool indented; /* began with a blank */
};

/** Take a line apart. Never fails: a line without an envelope is all text. */
void mw_envelope_read(struct slice line, const struct mw_stamp_rule *rule, struct mw_envelope *out);

#endif
