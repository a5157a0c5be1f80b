/* A capability's part: what load.c calls. One per file of this folder. */
#ifndef MW_BPF_PART_H
#define MW_BPF_PART_H

#include "bpf/capability.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/programs.skel.h" /* generated: struct mw_programs */

struct mw_bpf_part {
	/** Its records name processes by pid: the programs know the kernel's own numbers, which in a pid
	 *  namespace of its own are not ours. It is off there. */
	bool at_home;
	/** Before loading: constants (rodata), sizes of maps. NULL = nothing.
	 *  @return 0 or -errno: it is off then */
	int (*prepare)(struct mw_bpf *b, struct mw_programs *p);
	/** After loading: attach, and check against the kernel's own text what it reads.
	 *  @why  what failed; a static text, untouched on success
	 *  @return 0 or -errno: it is off then */
	int (*start)(struct mw_bpf *b, struct mw_programs *p, const char **why);
	/** Free what start() made; links are destroyed with the skeleton. NULL = nothing. */
	void (*stop)(struct mw_bpf *b, struct mw_programs *p);
};

#define CAPABILITY(id, name, does) extern const struct mw_bpf_part mw_bpf_part_##name;
#include "bpf/capabilities.def"
#undef CAPABILITY

/** The loaded object in which a capability lives. @return NULL where it does not work */
struct mw_programs *mw_bpf_programs(const struct mw_bpf *b, enum mw_bpf_capability capability);
/** A part's own state, between calls. */
void **mw_bpf_own(struct mw_bpf *b, enum mw_bpf_capability capability);

/** Run a SEC("syscall") program with its context. @return what it returned (>= 0), or -errno */
int mw_bpf_run(const struct bpf_program *program, void *context, uint32_t size);
/** Attach an iterator over everything. @why  set on failure. @return 0 or -errno */
int mw_bpf_attach(const struct bpf_program *program, struct bpf_link **link, const char **why);
/** All that an attached iterator writes, appended. @return 0 or -errno */
int mw_bpf_iterate(const struct bpf_link *link, struct buf *out);

#endif
