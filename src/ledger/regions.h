/* A process' mappings, sorted into what people call them. */
#ifndef MW_LEDGER_REGIONS_H
#define MW_LEDGER_REGIONS_H

#include "model/snapshot.h"

/* What resident pages of a mapping are. A mapping of a file has pages of two kinds: the file's, and
 * private copies of those that were written to. */
enum mw_region_class {
	MW_JAVA_HEAP,
	MW_HEAP,
	MW_MAIN_STACK,
	MW_THREAD_STACK,
	MW_ANON_MAPPING,
	MW_FILE_COPY,
	MW_FILE_PAGES,
	MW_SHMEM_PAGES,
	MW_KERNEL_PAGES, /* [vdso] and the like */
	MW_REGION_CLASSES,
};

/* All resident pages of one class and name. */
struct mw_region_sum {
	enum mw_region_class class;
	const char *name; /* a path, "7f…-7f… rw-p"; hostile */
	uint64_t bytes;
	size_t mappings;
};

/** Sum up the regions of a process by class and name: by class, the largest first. Mappings without
 * a resident page are left out.
 *  @out  an array in the arena
 *  @return its length; 0 when the snapshot has no sizes, or out of memory */
size_t mw_regions_sum(struct arena *a, const struct mw_snapshot *s, const struct mw_entity *process,
		      struct mw_region_sum **out);

/* Addresses [begin, end), and the pages there. */
struct mw_heap_range {
	uint64_t begin, end, resident;
};

/** The Java heap among the mappings of a process: one reserved range, aligned to 1 MiB, whose parts
 *  follow each other without a gap, committed or not.
 *  @max  the heap's ceiling, where it is known: then the lowest range that holds as much, up to
 *        there; else the largest below 32 GiB, where heaps with compressed references lie
 *  @return false, nothing set: there is none, or its mappings' resident sizes are not known */
bool mw_java_heap(const struct mw_snapshot *s, const struct mw_entity *process, struct mw_num max,
		  struct mw_heap_range *out);

#endif
