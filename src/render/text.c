#include "render/text.h"
#include "base/utf8.h"

#include <wchar.h>

enum { MOST_MARKS = 8 };

struct range {
	uint32_t first, last;
};

/* East Asian Wide and Fullwidth (Unicode 15, EastAsianWidth.txt), in large blocks. */
static const struct range wide_characters[] = {
	{ 0x1100, 0x115f },   /* Hangul Jamo */
	{ 0x2e80, 0x303e },   /* radicals, CJK punctuation */
	{ 0x3041, 0xa4cf },   /* kana, bopomofo, CJK, Yi */
	{ 0xa960, 0xa97f },   /* Hangul Jamo */
	{ 0xac00, 0xd7a3 },   /* Hangul */
	{ 0xf900, 0xfaff },   /* CJK compatibility */
	{ 0xfe10, 0xfe19 },   /* vertical forms */
	{ 0xfe30, 0xfe6f },   /* CJK compatibility forms */
	{ 0xff01, 0xff60 },   /* fullwidth forms */
	{ 0xffe0, 0xffe6 },   /* fullwidth signs */
	{ 0x1f300, 0x1f64f }, /* pictographs */
	{ 0x1f680, 0x1f6ff }, /* transport */
	{ 0x1f900, 0x1f9ff }, /* more pictographs */
	{ 0x20000, 0x3fffd }, /* CJK extensions */
};

/* Combining marks of the scripts that have them in blocks of their own. */
static const struct range combining[] = {
	{ 0x0300, 0x036f }, { 0x0483, 0x0489 }, { 0x0591, 0x05bd }, { 0x0610, 0x061a },
	{ 0x064b, 0x065f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff }, { 0x20d0, 0x20ff },
	{ 0x302a, 0x302d }, { 0xfe20, 0xfe2f },
};

/* Printed as nothing, or turning the text around them: a name must not look like another. */
static const struct range hidden[] = {
	{ 0x0000, 0x001f },   /* C0 */
	{ 0x007f, 0x009f },   /* DEL, C1: 8-bit escape sequences */
	{ 0x00ad, 0x00ad },   /* soft hyphen */
	{ 0x034f, 0x034f },   /* combining grapheme joiner */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer inherent vowels */
	{ 0x180b, 0x180f },   /* Mongolian selectors */
	{ 0x200b, 0x200f },   /* zero width, direction marks */
	{ 0x2028, 0x202e },   /* line and paragraph separator, direction */
	{ 0x2060, 0x206f },   /* invisible operators, isolates */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfe00, 0xfe0f },   /* variation selectors */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xffa0, 0xffa0 },   /* halfwidth Hangul filler */
	{ 0xfff0, 0xfffb },   /* unassigned specials, annotations */
	{ 0x1bca0, 0x1bca3 }, /* shorthand format controls */
	{ 0x1d173, 0x1d17a }, /* musical format controls */
	{ 0xe0000, 0xe0fff }, /* tags, variation selectors */
};

static bool is_in(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count && ranges[i].first <= c; i++)
		if (c <= ranges[i].last)
			return true;
	return false;
}

#define IS_IN(ranges, c) is_in(ranges, sizeof(ranges) / sizeof(*(ranges)), c)

bool mw_char_hidden(uint32_t c)
{
	return IS_IN(hidden, c);
}

static void escape(struct buf *out, struct slice bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.at[i];
		char hex[] = { '\\', 'x', digits[c >> 4], digits[c & 15] };

		if (c == '\n')
			buf_puts(out, "\\n");
		else if (c == '\t')
			buf_puts(out, "\\t");
		else if (c == '\r')
			buf_puts(out, "\\r");
		else
			buf_add(out, (struct slice){ hex, sizeof(hex) });
	}
}

static size_t printable_ascii(struct slice text)
{
	size_t n = 0;

	while (n < text.len && text.at[n] >= ' ' && text.at[n] <= '~')
		n++;
	return n;
}

unsigned mw_char_width(uint32_t c)
{
	int width = c < 0x7f ? 1 : wcwidth((wchar_t)c);

	if (width >= 0)
		return (unsigned)width;
	return IS_IN(combining, c) ? 0 : IS_IN(wide_characters, c) ? 2 : 1;
}

void mw_text_safe(struct buf *out, struct slice text, bool unicode)
{
	unsigned marks = MOST_MARKS; /* nothing to stand on yet */

	while (text.len) {
		size_t n = printable_ascii(text);
		uint32_t c;

		if (n) {
			buf_add(out, (struct slice){ text.at, n });
			marks = 0;
		} else {
			n = mw_utf8_decode(text, &c);
			if (n && unicode && mw_char_width(c))
				marks = 0;
			else
				marks++;
			if (n && unicode && !mw_char_hidden(c) && marks <= MOST_MARKS)
				buf_add(out, (struct slice){ text.at, n });
			else
				escape(out, (struct slice){ text.at, n ? n : (n = 1) });
		}
		text = slice_skip(text, n);
	}
}

size_t mw_text_width(struct slice text)
{
	size_t width = 0;

	while (text.len) {
		size_t n = printable_ascii(text);
		uint32_t c;

		width += n;
		text = slice_skip(text, n);
		if (text.len) {
			n = mw_utf8_decode(text, &c);
			width += n ? mw_char_width(c) : 1;
			text = slice_skip(text, n ? n : 1);
		}
	}
	return width;
}

/* --- wrapping --------------------------------------------------------------------------------- */

/* Characters that may not begin a line: 、。！），：；？” */
static bool is_closing(uint32_t c)
{
	static const uint32_t closing[] = { 0x3001, 0x3002, 0xff01, 0xff09, 0xff0c,
					    0xff1a, 0xff1b, 0xff1f, 0x201d, 0x300d };

	for (size_t i = 0; i < sizeof(closing) / sizeof(*closing); i++)
		if (closing[i] == c)
			return true;
	return false;
}

static size_t next_char(struct slice text, uint32_t *c)
{
	size_t n = mw_utf8_decode(text, c);

	if (!n)
		*c = (unsigned char)*text.at;
	return n ? n : 1;
}

/* The piece up to the next place where a line may end: a word with the blanks in front of it, or one
 * wide character with the punctuation that closes it. @columns its width */
static struct slice next_piece(struct slice text, size_t *columns)
{
	size_t n = 0, width = 0;
	bool wide = false;

	while (n < text.len && text.at[n] == ' ')
		n++;
	width = n;
	while (n < text.len && text.at[n] != ' ') {
		uint32_t c;
		size_t bytes = next_char(slice_skip(text, n), &c);
		unsigned w = mw_char_width(c);

		if ((wide || (w == 2 && width > 0 && text.at[n - 1] != ' ')) && !is_closing(c))
			break;
		wide = w == 2;
		width += w;
		n += bytes;
	}
	*columns = width;
	return (struct slice){ text.at, n };
}

static void begin_line(struct buf *out, size_t margin)
{
	buf_char(out, '\n');
	while (margin--)
		buf_char(out, ' ');
}

/* A word that is wider than a line, as names of groups are: broken where the lines end. @at the column it
 * begins in. @return the column it ends in */
static size_t put_long(struct buf *out, struct slice word, size_t at, size_t margin, size_t room)
{
	while (word.len) {
		uint32_t c;
		size_t bytes = next_char(word, &c);

		if (at + mw_char_width(c) > room) {
			begin_line(out, margin);
			at = margin;
		}
		buf_add(out, (struct slice){ word.at, bytes });
		at += mw_char_width(c);
		word = slice_skip(word, bytes);
	}
	return at;
}

void mw_text_wrap(struct buf *out, struct slice safe, size_t margin, size_t room)
{
	size_t at = margin, columns;

	if (!room || room <= margin + 8) {
		buf_add(out, safe);
		return;
	}
	while (safe.len) {
		struct slice piece = next_piece(safe, &columns);

		safe = slice_skip(safe, piece.len);
		if (at + columns > room && at > margin) {
			begin_line(out, margin);
			at = margin;
			while (piece.len && *piece.at == ' ') {
				piece = slice_skip(piece, 1);
				columns--;
			}
		}
		if (at + columns > room) {
			at = put_long(out, piece, at, margin, room);
			continue;
		}
		buf_add(out, piece);
		at += columns;
	}
}
