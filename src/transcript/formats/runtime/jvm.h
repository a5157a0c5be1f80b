/* What the formats of the JVM's tools share. */
#ifndef MW_TRANSCRIPT_FORMATS_JVM_H
#define MW_TRANSCRIPT_FORMATS_JVM_H

#include "transcript/format.h"

/* Where a number of a heap belongs. */
enum mw_jvm_pool {
	MW_JVM_NONE,
	MW_JVM_HEAP,
	MW_JVM_YOUNG, /* as a whole: one survivor space may be missing in its capacity */
	MW_JVM_EDEN,
	MW_JVM_FROM,
	MW_JVM_TO,
	MW_JVM_OLD,
	MW_JVM_META, /* or the permanent generation */
	MW_JVM_CLASS_SPACE,
	MW_JVM_POOLS,
};

/* Bytes; of each, whether the text told it. */
struct mw_jvm_heap {
	struct mw_num used[MW_JVM_POOLS], committed[MW_JVM_POOLS];
	uint64_t step; /* one unit of the last digit; 0 = exact */
	enum mw_rounding rounding;
};

static inline void mw_jvm_put(struct mw_num *n, uint64_t bytes)
{
	*n = (struct mw_num){ bytes, MW_OK };
}

/** The row of a JVM. @pid 0: not shown */
struct mw_entity *mw_jvm_row(struct mw_reading *r, uint64_t pid);
/** The pid of the command that printed the block, or 0. */
uint64_t mw_jvm_pid(const struct mw_block *b);

/** The generations' and the heap's metrics, each kept as printed. Where the heap as a whole is not
 *  told, it is what its parts add up to.
 *  @return 0 or -ENOMEM */
int mw_jvm_set(struct mw_reading *r, struct mw_entity *jvm, const struct mw_jvm_heap *heap);

/** "7:", as jcmd prints in front of its answer. @return false, untouched, when it is not */
bool mw_jvm_pid_line(struct slice line, uint64_t *pid);

/** The line from which a block goes on behind such a line and blanks: `line` itself when there is no
 *  such line; paste->count at the end. */
size_t mw_jvm_behind_pid(const struct mw_paste *paste, size_t line);

#endif
