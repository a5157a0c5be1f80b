/* Quoted-printable (RFC 2045 §6.7), which mail archives leave in what they show. */
#include "transcript/paste.h"

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte that the two digits behind an "=" stand for, or -1. */
static int code(struct slice rest)
{
	int high = rest.len >= 2 ? hex(rest.at[0]) : -1;
	int low = high >= 0 ? hex(rest.at[1]) : -1;

	return low >= 0 ? high * 16 + low : -1;
}

/* How many bytes a soft break takes behind its "=", with the newline; 0 = none. */
static size_t soft_break(struct slice rest)
{
	size_t n = 0;

	while (n < rest.len && (slice_blank(rest.at[n]) || rest.at[n] == '\r'))
		n++;
	return n < rest.len && rest.at[n] == '\n' ? n + 1 : 0;
}

/* In such a text every "=" begins a code or breaks a line: one that does neither shows that it is
 * another. */
static bool shows(struct slice text)
{
	size_t codes = 0, breaks = 0;

	while (slice_after(&text, "=")) {
		if (code(text) >= 0)
			codes++;
		else if (soft_break(text) || !text.len)
			breaks++;
		else
			return false;
	}
	return codes || breaks > 2;
}

bool mw_paste_unquote(struct arena *a, struct slice text, struct slice *out)
{
	char *to;
	size_t n = 0;

	if (!shows(text)) {
		*out = text;
		return true;
	}
	to = arena_alloc(a, text.len + 1);
	if (!to)
		return false;
	for (size_t i = 0; i < text.len; i++) {
		struct slice rest = slice_skip(text, i + 1);
		size_t gap;
		int byte;

		if (text.at[i] != '=') {
			to[n++] = text.at[i];
			continue;
		}
		gap = soft_break(rest);
		byte = code(rest);
		if (gap) {
			to[n++] = 0x1f;
			to[n++] = '\n';
			i += gap;
		} else if (byte >= 0) {
			to[n++] = (char)byte;
			i += 2;
		}
	}
	*out = (struct slice){ to, n };
	return true;
}
