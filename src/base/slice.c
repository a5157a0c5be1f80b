#include "base/slice.h"

bool slice_until(struct slice *s, char mark, struct slice *before)
{
	const char *hit = s->len ? memchr(s->at, mark, s->len) : NULL;

	if (!hit)
		return false;
	*before = (struct slice){ s->at, (size_t)(hit - s->at) };
	*s = slice_skip(*s, before->len + 1);
	return true;
}

bool slice_after(struct slice *s, const char *text)
{
	size_t len = strlen(text);
	const char *hit = s->len ? memmem(s->at, s->len, text, len) : NULL;

	if (!hit)
		return false;
	*s = slice_skip(*s, (size_t)(hit - s->at) + len);
	return true;
}

struct slice slice_last(struct slice s, char mark)
{
	const char *hit = s.len ? memrchr(s.at, mark, s.len) : NULL;

	return hit ? slice_skip(s, (size_t)(hit - s.at) + 1) : s;
}

static bool space(char c)
{
	return slice_blank(c) || c == '\n' || c == '\r';
}

struct slice slice_trim(struct slice s)
{
	while (s.len && space(*s.at))
		s = slice_skip(s, 1);
	while (s.len && space(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool slice_i64(struct slice *s, int64_t *out)
{
	struct slice t = *s;
	uint64_t v;
	bool minus;

	slice_skip_blanks(&t);
	minus = slice_word(&t, "-");
	if (!slice_u64(&t, &v) || v > (uint64_t)INT64_MAX + minus)
		return false;
	*s = t;
	*out = (int64_t)(minus ? 0 - v : v);
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool slice_hex(struct slice *s, uint64_t *out)
{
	struct slice t = *s;
	uint64_t v = 0;
	size_t n = 0;

	slice_skip_blanks(&t);
	for (; n < t.len && hex_digit(t.at[n]) >= 0; n++) {
		if (v >> 60)
			return false;
		v = v << 4 | (unsigned)hex_digit(t.at[n]);
	}
	if (n == 0)
		return false;
	*s = slice_skip(t, n);
	*out = v;
	return true;
}

bool slice_micro(struct slice *s, uint64_t *out)
{
	struct slice t = *s;
	uint64_t whole, part = 0, unit = 1000000;

	if (!slice_u64(&t, &whole) || whole > UINT64_MAX / 1000000 - 1)
		return false;
	if (slice_word(&t, "."))
		for (; t.len && (unsigned char)(*t.at - '0') < 10; t = slice_skip(t, 1)) {
			unit /= 10;
			part += unit * (unsigned char)(*t.at - '0');
		}
	*s = t;
	*out = whole * 1000000 + part;
	return true;
}
