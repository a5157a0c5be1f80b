/* Hostile text made fit for a terminal. */
#ifndef MW_RENDER_TEXT_H
#define MW_RENDER_TEXT_H

#include "base/buf.h"

/** Append `text` so that it prints as one line and moves no cursor: control characters, newlines,
 *  escape sequences, bidirectional overrides and invalid UTF-8 become \n, \x1b, … Where `unicode` is
 *  false, everything beyond ASCII does too. */
void mw_text_safe(struct buf *out, struct slice text, bool unicode);

/** Columns that safe UTF-8 text takes on a terminal: 2 for wide characters, 0 for combining ones. */
size_t mw_text_width(struct slice text);

#endif
