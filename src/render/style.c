#include "render/style.h"

/* Basic SGR only: 30–37 are the user's own palette, so that they have contrast with the user's
 * background; white and black are left alone because one of them is the background. */
static const char *const sequences[MW_TONES] = {
	[MW_TONE_DIM] = "\033[2m",         [MW_TONE_BOLD] = "\033[1m",
	[MW_TONE_CRITICAL] = "\033[1;31m", [MW_TONE_WARNING] = "\033[33m",
	[MW_TONE_NOTICE] = "\033[36m",     [MW_TONE_GOOD] = "\033[32m",
	[MW_TONE_TITLE] = "\033[1m",
};

void mw_tone_begin(struct buf *out, const struct mw_style *style, enum mw_tone tone)
{
	if (style->colour && sequences[tone])
		buf_puts(out, sequences[tone]);
}

void mw_tone_end(struct buf *out, const struct mw_style *style, enum mw_tone tone)
{
	if (style->colour && sequences[tone])
		buf_puts(out, "\033[0m");
}

void mw_tone_puts(struct buf *out, const struct mw_style *style, enum mw_tone tone,
		  const char *text)
{
	mw_tone_begin(out, style, tone);
	buf_puts(out, mw_tr(style, text));
	mw_tone_end(out, style, tone);
}
