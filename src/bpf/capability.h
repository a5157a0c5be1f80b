/* The running kernel's own structures, read by BPF programs: faster than its text, and more than it
 * tells. Needs CAP_BPF and CAP_PERFMON (or CAP_SYS_ADMIN), a kernel with BTF (5.10 and later are
 * looked after) and a build with libbpf; without any of those every capability says why it is off,
 * and its caller reads text.
 *
 * Nothing is loaded before something is needed. Loading costs 15 ms for the kernel's type
 * information, and what the verifier takes for each program: once a run. */
#ifndef MW_BPF_CAPABILITY_H
#define MW_BPF_CAPABILITY_H

#include "base/buf.h"

#include <stdint.h>

struct mw_bpf;

/* What can be read, each on its own. */
enum mw_bpf_capability {
#define CAPABILITY(id, name, does) MW_BPF_##id,
#include "bpf/capabilities.def"
#undef CAPABILITY
	MW_BPF_CAPABILITIES,
};

enum mw_bpf_state {
	MW_BPF_UNTRIED, /* nobody has needed it */
	MW_BPF_WORKS,
	MW_BPF_OFF, /* could not be loaded, gave wrong values, or is not wanted */
};

struct mw_bpf_status {
	const char *name; /* "task" */
	const char *does; /* for people */
	enum mw_bpf_state state;
	int error;        /* of MW_BPF_OFF: positive errno */
	const char *why;  /* of MW_BPF_OFF: what failed, in the kernel's or libbpf's words */
	int64_t start_ns; /* what starting it took, without what all share */
};

/** Loads nothing.
 *  @off  all capabilities are MW_BPF_OFF, as the user wished
 *  @out  freed with mw_bpf_free()
 *  @return 0 or -ENOMEM */
int mw_bpf_new(bool off, struct mw_bpf **out);
/** Detaches and unloads everything. NULL is fine. */
void mw_bpf_free(struct mw_bpf *b);

/** Load what has not been tried yet of these; together is cheaper than one by one. NULL is fine.
 *  @mask of 1 << MW_BPF_…
 *  @return whether all of them work */
bool mw_bpf_need(struct mw_bpf *b, uint32_t mask);
/** Whether it is loaded and works; tries nothing. NULL is fine. */
bool mw_bpf_works(const struct mw_bpf *b, enum mw_bpf_capability capability);
/** Switch one off for the rest of the run: its values were wrong. @why copied */
void mw_bpf_distrust(struct mw_bpf *b, enum mw_bpf_capability capability, const char *why);

/** The run will look again and again: start-up costs are worth it. NULL is fine. */
void mw_bpf_expect_repeats(struct mw_bpf *b);
bool mw_bpf_repeats(const struct mw_bpf *b);

/** @out  strings live as long as `b` and the next call that loads */
void mw_bpf_status(const struct mw_bpf *b, enum mw_bpf_capability capability,
		   struct mw_bpf_status *out);
/** What loading took in all so far, starting and self-checks included: nanoseconds by the monotonic
 *  clock. 0 = nothing was tried. */
int64_t mw_bpf_load_ns(const struct mw_bpf *b);
/** "libbpf 1.1", or NULL: built without */
const char *mw_bpf_built(void);

#endif
