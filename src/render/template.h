/* The pieces of findings' sentences; render/finding.h has the whole. */
#ifndef MW_RENDER_TEMPLATE_H
#define MW_RENDER_TEMPLATE_H

#include "render/finding.h"

/** A cited value, or its threshold, with its unit. */
void mw_cite_write(struct buf *out, const struct mw_style *style, const struct mw_cite *cite);
void mw_cite_threshold_write(struct buf *out, const struct mw_style *style,
			     const struct mw_cite *cite);

#endif
