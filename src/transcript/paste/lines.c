/* What terminals, mail programs and web pages leave in a line, taken off. */
#include "transcript/paste.h"

enum { ESCAPE = 0x1b, BELL = 7 };

/* Are there bytes that may begin something to be changed? Without a way out of the loop, so that the
 * compiler looks at many bytes at once: most lines have none. */
static bool odd(struct slice line)
{
	unsigned char any = 0;

	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.at[i];

		any |= (unsigned char)((c < 0x20) & (c != '\t')) | (c >= 0x7f) | (c == '`') |
		       (c == '*');
	}
	return any;
}

/* Length of the terminal's escape sequence at the front (ECMA-48, and xterm's titles). */
static size_t escape(struct slice s)
{
	size_t n = 2;

	if (s.len < 2)
		return s.len;
	if (s.at[1] == '[') {
		while (n < s.len && (s.at[n] < 0x40 || s.at[n] > 0x7e))
			n++;
		return n < s.len ? n + 1 : n;
	}
	if (s.at[1] == ']' || s.at[1] == 'P' || s.at[1] == '_') {
		while (n < s.len && s.at[n] != BELL && s.at[n] != ESCAPE)
			n++;
		if (n < s.len && s.at[n] == ESCAPE)
			n++;
		return n < s.len ? n + 1 : n;
	}
	return strchr("()#%", s.at[1]) && s.len > 2 ? 3 : 2;
}

/* Letters that look like another, and those that show nothing. */
static const struct {
	const char *from, *to;
} letters[] = {
	{ "\xc2\xa0", " " },     /* no-break space */
	{ "\xe3\x80\x80", " " }, /* ideographic space */
	{ "\xef\xbc\x9a", ":" }, /* full-width colon */
	{ "\xef\xbb\xbf", "" },  /* byte order mark */
	{ "\xe2\x80\x8b", "" },  /* zero width space */
	{ "\xe2\x80\x8e", "" },  /* left-to-right mark */
	{ "\xe2\x80\xaf", " " }, /* narrow no-break space */
	{ "\xe2\x80\x82", " " }, /* en space */
	{ "\xe2\x80\x83", " " }, /* em space */
	{ "\xe2\x80\x89", " " }, /* thin space */
	{ "\xe2\x94\x82", " " }, /* the border of a drawn table */
};

static size_t letter(struct slice s, char *room, size_t *n)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(*letters); i++)
		if (slice_begins(s, letters[i].from)) {
			size_t len = strlen(letters[i].to);

			memcpy(room + *n, letters[i].to, len);
			*n += len;
			return strlen(letters[i].from);
		}
	room[(*n)++] = *s.at;
	return 1;
}

/* Escapes, control bytes, odd letters; a carriage return begins the line anew. */
static struct slice plain(struct slice line, char *room)
{
	size_t n = 0;

	for (size_t i = 0; i < line.len;) {
		unsigned char c = (unsigned char)line.at[i];

		if (c == ESCAPE) {
			i += escape(slice_skip(line, i));
		} else if (c == '\b' || c == '\r') {
			n = c == '\r' ? 0 : n ? n - 1 : 0;
			i++;
		} else if ((c < 0x20 && c != '\t') || c == 0x7f) {
			i++;
		} else if (c >= 0x80) {
			i += letter(slice_skip(line, i), room, &n);
		} else {
			room[n++] = (char)c;
			i++;
		}
	}
	return (struct slice){ room, n };
}

/* "**1234**" and "`free`": marks that come in pairs around words. Changes the room that it is in. */
static struct slice emphasis(struct slice line, char *room)
{
	static const char *const marks[] = { "**", "`" };

	for (size_t m = 0; m < 2; m++) {
		size_t len = strlen(marks[m]), count = 0, n = 0;
		struct slice rest = line;

		while (slice_after(&rest, marks[m]))
			count++;
		if (!count || count % 2 || slice_begins(line, "```"))
			continue;
		for (size_t i = 0; i < line.len;) {
			if (slice_begins(slice_skip(line, i), marks[m]))
				i += len;
			else
				room[n++] = line.at[i++];
		}
		line = (struct slice){ room, n };
	}
	return line;
}

/* "> > text": a mail's quotes. */
static struct slice unquote(struct slice line)
{
	for (;;) {
		struct slice rest = line;

		slice_skip_blanks(&rest);
		/* ">>>" is Python's prompt */
		if (!slice_begins(rest, ">") || slice_begins(rest, ">>>>>"))
			return line;
		line = slice_skip(rest, 1);
		if (line.len && *line.at == ' ')
			line = slice_skip(line, 1);
	}
}

/* "| total_rss | 123 |": a row of a Markdown table. */
static struct slice unpipe(struct slice line, char *room)
{
	struct slice row = slice_trim(line);

	if (row.len < 3 || row.at[0] != '|' || row.at[row.len - 1] != '|')
		return line;
	for (size_t i = 0; i < row.len; i++)
		room[i] = row.at[i] == '|' ? ' ' : row.at[i];
	return slice_trim((struct slice){ room, row.len });
}

struct slice mw_line_clean(struct slice line, char *room)
{
	bool work;

	while (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	work = odd(line);
	/* most lines of most texts */
	if (!work && line.len && !strchr(" \t>|", *line.at))
		return line;
	if (work)
		line = plain(line, room);
	line = unquote(line);
	if (work)
		line = emphasis(line, room);
	return unpipe(line, room);
}

/* Marks of a remark. Each needs a blank or the end of a number in front. */
static const char *const remarks[] = { "#",   "//",          "<-", "<=", "\xe2\x86\x90" /* ← */,
				       "--#", "\xe2\x97\x80" /* ◀ */ };

static bool begins_remark(struct slice s)
{
	for (size_t i = 0; i < sizeof(remarks) / sizeof(*remarks); i++)
		if (slice_begins(s, remarks[i]))
			return true;
	return false;
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

size_t mw_line_remark(struct slice line)
{
	for (size_t i = 1; i < line.len; i++)
		if ((slice_blank(line.at[i - 1]) || digit(line.at[i - 1])) &&
		    begins_remark(slice_skip(line, i)))
			return i;
	return line.len;
}
