/* The kernel's types for libbpf, cut down to what is asked for. */
#ifndef MW_BPF_BTF_TYPES_H
#define MW_BPF_BTF_TYPES_H

#include "bpf/btf/cut.h"

struct btf;

/** Names of the types that a program's own type information knows, each followed by a NUL, appended. */
void mw_bpf_type_names(const struct btf *programs, struct buf *out);
/** The running kernel's types with these names, into an empty file, and the numbers of some: 3 ms.
 *  @return 0 or -errno */
int mw_bpf_types_write(struct slice names, struct mw_btf_number *numbers, size_t count, int fd);

#endif
