/* How text is to look, as the caller resolved it from the terminal, the locale, NO_COLOR and flags.
 * Nothing below reads the environment. */
#ifndef MW_RENDER_STYLE_H
#define MW_RENDER_STYLE_H

#include "base/buf.h"
#include "language/language.h"

struct mw_style {
	bool unicode;     /* the locale is UTF-8 */
	bool colour;      /* SGR sequences may be written */
	bool bars;        /* bar columns are shown: a terminal */
	bool exact_bytes; /* sizes as plain integers: --bytes */
	unsigned width;   /* columns to fit into; 0 = a pipe: as wide as it gets, nothing cut */
	const struct mw_language *language; /* NULL = English */
};

/** Program text in the reader's language, formats too: mw_tr(style, "%zu more"). Never a name from
 *  outside: a process may be called "page cache". */
__attribute__((format_arg(2))) static inline const char *mw_tr(const struct mw_style *style,
							       const char *english)
{
	return mw_language_text(style->language, english);
}

/* What a piece of text means. The colours behind are readable on dark and on light backgrounds. */
enum mw_tone {
	MW_TONE_PLAIN,
	MW_TONE_DIM,
	MW_TONE_BOLD,
	MW_TONE_CRITICAL,
	MW_TONE_WARNING,
	MW_TONE_NOTICE,
	MW_TONE_GOOD,
	MW_TONE_TITLE,
	MW_TONES,
};

/** Text between these has the tone; both write nothing for MW_TONE_PLAIN or without colour. */
void mw_tone_begin(struct buf *out, const struct mw_style *style, enum mw_tone tone);
void mw_tone_end(struct buf *out, const struct mw_style *style, enum mw_tone tone);

/** Program text (never a name from outside: see text.h), translated, in a tone. */
void mw_tone_puts(struct buf *out, const struct mw_style *style, enum mw_tone tone,
		  const char *text);

#endif
