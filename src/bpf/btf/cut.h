/* The part of a kernel's type information that our programs ask for. libbpf compares the name of every type
 * that a program knows with each of the kernel's 130 000; of a few thousand it does so in no time. */
#ifndef MW_BPF_BTF_CUT_H
#define MW_BPF_BTF_CUT_H

#include "base/buf.h"

/* The number of a struct in the kernel's own types, for bpf_rdonly_cast(). */
struct mw_btf_number {
	const char *name;
	uint32_t number; /* 0 = there is none */
};

/** Types with these names and all that is in them: members, elements, what a typedef stands for. What a
 *  pointer points to is left out, for no access goes through one without asking anew.
 *  @kernel   what /sys/kernel/btf/vmlinux holds, in this machine's byte order
 *  @names    each followed by a NUL; a kernel type's ___ and what follows does not count
 *  @numbers  of structs among the names: filled in, also when it fails later
 *  @out      the same format, appended
 *  @return   0, -EBADMSG, -ENOTSUP (kinds of types that are not known here), -EFBIG, -ENOMEM */
int mw_btf_cut(struct slice kernel, struct slice names, struct mw_btf_number *numbers, size_t count,
	       struct buf *out);
/** The name without ___ and what follows it. */
struct slice mw_btf_essential(struct slice name);

#endif
