/* A past OOM kill, for people and for JSON. */
#ifndef MW_RENDER_OOM_H
#define MW_RENDER_OOM_H

#include "model/finding.h"
#include "model/oom.h"
#include "render/json.h"
#include "render/style.h"

struct mw_oom_options {
	size_t rows;    /* of the ranking; 0 = none */
	bool elsewhere; /* the log is another machine's: no commands about this one */
};

/** Append what happened, why, who held the memory, and what to do: some lines, each with its end.
 *  @return 0, -ENOMEM or -EFBIG */
int mw_oom_write(const struct mw_oom_report *r, const struct mw_oom_options *options,
		 const struct mw_style *style, struct buf *out);

/** An element of "oom". Sentences ("title", "advice") are in the style's language. */
void mw_json_oom(struct mw_json *j, const struct mw_oom_report *r, const struct mw_style *style);

/* --- the sentences ---------------------------------------------------------------------------- */

enum { MW_OOM_CITES = 28 };

/* What the templates name. */
struct mw_oom_words {
	struct mw_cite cites[MW_OOM_CITES];
	size_t count;
	struct arena arena; /* of texts made for them */
};

/** @words  released with mw_oom_words_release(). @return 0 or -ENOMEM */
int mw_oom_words_of(const struct mw_oom_report *r, const struct mw_style *style,
		    struct mw_oom_words *words);
void mw_oom_words_release(struct mw_oom_words *words);

/** Templates: what happened, in one sentence; why the kernel chose that one, or NULL; what to do. */
const char *mw_oom_title(const struct mw_oom_report *r);
const char *mw_oom_choice(const struct mw_oom_report *r);
const char *mw_oom_advice(const struct mw_oom_report *r);

/** A task's points as people compare them with oom_score_adj: thousandths of what adj counts
 *  against. @return false: not known */
bool mw_oom_score_of(const struct mw_oom_report *r, const struct mw_oom_row *task, int64_t *out);

#endif
