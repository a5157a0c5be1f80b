/* A view of bytes that somebody else owns. Every parser of kernel text works on slices: the text
 * may lack a final NUL or newline, and may hold any byte. Nothing here allocates, fails loudly or
 * reads past the slice. */
#ifndef MW_BASE_SLICE_H
#define MW_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const char *at;
	size_t len;
};

#define SLICE(literal) ((struct slice){ (literal), sizeof(literal) - 1 })

/* for printf's "%.*s" */
#define SLICE_ARG(s) (int)(s).len, (s).at

static inline struct slice slice_of(const char *text)
{
	return (struct slice){ text, strlen(text) };
}

static inline struct slice slice_skip(struct slice s, size_t n)
{
	n = n < s.len ? n : s.len;
	return (struct slice){ s.at + n, s.len - n };
}

static inline bool slice_equal(struct slice a, struct slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

static inline bool slice_is(struct slice s, const char *text)
{
	return slice_equal(s, slice_of(text));
}

static inline bool slice_begins(struct slice s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && memcmp(s.at, text, len) == 0;
}

static inline bool slice_ends(struct slice s, const char *text)
{
	size_t len = strlen(text);

	return s.len >= len && memcmp(s.at + s.len - len, text, len) == 0;
}

/** Take the next line, without its newline. The last line may lack one. @return false at the end */
static inline bool slice_line(struct slice *rest, struct slice *line)
{
	const char *end;

	if (rest->len == 0)
		return false;
	end = memchr(rest->at, '\n', rest->len);
	line->at = rest->at;
	line->len = end ? (size_t)(end - rest->at) : rest->len;
	*rest = slice_skip(*rest, line->len + (end ? 1 : 0));
	return true;
}

static inline bool slice_blank(char c)
{
	return c == ' ' || c == '\t';
}

static inline void slice_skip_blanks(struct slice *s)
{
	while (s->len && slice_blank(*s->at)) {
		s->at++;
		s->len--;
	}
}

/** Take the next run of bytes between blanks. @return false when none is left */
static inline bool slice_token(struct slice *rest, struct slice *token)
{
	size_t n = 0;

	slice_skip_blanks(rest);
	if (rest->len == 0)
		return false;
	while (n < rest->len && !slice_blank(rest->at[n]))
		n++;
	*token = (struct slice){ rest->at, n };
	*rest = slice_skip(*rest, n);
	return true;
}

/** Step over `text` when the slice begins with it. */
static inline bool slice_word(struct slice *s, const char *text)
{
	if (!slice_begins(*s, text))
		return false;
	*s = slice_skip(*s, strlen(text));
	return true;
}

/** Take what stands before the first `mark` and step over the mark. @return false, untouched, when
 * there is none */
bool slice_until(struct slice *s, char mark, struct slice *before);

/** Step behind the first occurrence of `text`. @return false, untouched, when there is none */
bool slice_after(struct slice *s, const char *text);

/** The part behind the last `mark`, or all of it. */
struct slice slice_last(struct slice s, char mark);

struct slice slice_trim(struct slice s);

/** Take a decimal number after blanks. @return false, both untouched, on no digit or overflow */
static inline bool slice_u64(struct slice *s, uint64_t *out)
{
	const char *p = s->at, *end = s->at + s->len, *first;
	uint64_t v = 0;

	while (p < end && slice_blank(*p))
		p++;
	for (first = p; p < end && (unsigned char)(*p - '0') < 10; p++) {
		unsigned digit = (unsigned char)(*p - '0');

		/* 19 digits cannot overflow */
		if (p - first >= 19 && v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	if (p == first)
		return false;
	*s = (struct slice){ p, (size_t)(end - p) };
	*out = v;
	return true;
}

/** Likewise with an optional minus sign. */
bool slice_i64(struct slice *s, int64_t *out);

/** Likewise for hexadecimal digits, without a prefix. */
bool slice_hex(struct slice *s, uint64_t *out);

/** "12.34" as 12340000: fixed point with six digits, as PSI averages and load averages have. */
bool slice_micro(struct slice *s, uint64_t *out);

#endif
