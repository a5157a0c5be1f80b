/* What is read as it comes, for a file may be larger than memory: kernel logs, and the mappings of
 * a process. */
#ifndef MW_TRANSCRIPT_BULK_H
#define MW_TRANSCRIPT_BULK_H

#include "base/buf.h"
#include "oom/log.h"
#include "transcript/parts.h"

/* One process' smaps. */
struct mw_fold {
	struct mw_snapshot *s; /* its row and the first of its mappings */
	struct mw_entity *process;
	struct buf text; /* whole mappings, not read yet */
	bool cut;        /* not all of its mappings are listed: the sums count them */
	struct mw_fold *next;
};

struct mw_bulk {
	struct mw_oom_log *log;
	struct arena *arena;
	struct mw_fold *folds, **tail, *open;
	int error;
};

/** @arena  holds reports and folds. @return 0 or -ENOMEM */
int mw_bulk_init(struct mw_bulk *b, struct arena *arena);
/** The taker of mw_paste_read(). */
enum mw_line_kind mw_bulk_take(void *bulk, struct slice line, const char *file, uint32_t number,
			       bool large);
/** No more lines come. @return 0 or -ENOMEM */
int mw_bulk_finish(struct mw_bulk *b, struct mw_transcript *t);
void mw_bulk_release(struct mw_bulk *b);

#endif
