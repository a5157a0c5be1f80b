/* Findings in sentences: for people and for JSON. */
#ifndef MW_RENDER_FINDING_H
#define MW_RENDER_FINDING_H

#include "model/finding.h"
#include "render/json.h"
#include "render/style.h"

/** Append a template in the style's language, its {placeholders} filled with what is cited. Names
 *  from outside are made safe. @entity what {entity} stands for */
void mw_template_write(struct buf *out, const struct mw_style *style, const char *english,
		       const struct mw_entity *entity, const struct mw_cite *cited);

/** "shop/order-7d9f/java", "java[69]", "this machine". Safe. */
void mw_entity_write(struct buf *out, const struct mw_style *style, const struct mw_entity *e);

struct mw_findings_options {
	size_t most; /* illnesses told in full, 0 = all */
	bool how;    /* also each number with its source and threshold */
};

/** Append "1 critical, 2 notes" and the findings, worst first, what a cause explains below it; then
 *  what cannot be told. Nothing without any.
 *  @return 0 or -ENOMEM */
int mw_findings_write(const struct mw_diagnosis *d, const struct mw_findings_options *options,
		      const struct mw_style *style, struct buf *out);

/** "findings" and "cannot_tell". Sentences are in the style's language, everything else is not. */
void mw_json_findings(struct mw_json *j, const struct mw_diagnosis *d,
		      const struct mw_style *style);

#endif
