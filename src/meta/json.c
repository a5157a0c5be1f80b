#include "meta/json.h"
#include "base/utf8.h"

#include <errno.h>

static void skip_space(struct slice *s)
{
	while (s->len && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r')) {
		s->at++;
		s->len--;
	}
}

static bool take_char(struct slice *s, char c)
{
	skip_space(s);
	if (!s->len || *s->at != c)
		return false;
	*s = slice_skip(*s, 1);
	return true;
}

/* Step over a string whose first quote is the slice's first byte. */
static bool skip_string(struct slice *s)
{
	const char *end = s->at + s->len, *p = s->at + 1;

	while (p < end && (p = memchr(p, '"', (size_t)(end - p)))) {
		const char *before = p;

		while (before[-1] == '\\')
			before--;
		p++;
		if ((p - 1 - before) % 2)
			continue;
		*s = (struct slice){ p, (size_t)(end - p) };
		return true;
	}
	return false;
}

/* Step over an object or array, to behind the bracket that closes it. */
static bool skip_nested(struct slice *s)
{
	uint64_t object[MW_JSON_DEPTH / 64] = { 0 };
	unsigned depth = 0;

	while (s->len) {
		char c = *s->at;

		if (c == '"') {
			if (!skip_string(s))
				return false;
			continue;
		}
		*s = (struct slice){ s->at + 1, s->len - 1 };
		if (c == '{' || c == '[') {
			uint64_t bit = UINT64_C(1) << depth % 64;

			if (depth == MW_JSON_DEPTH)
				return false;
			object[depth / 64] = c == '{' ? object[depth / 64] | bit
						      : object[depth / 64] & ~bit;
			depth++;
		} else if (c == '}' || c == ']') {
			depth--;
			if ((object[depth / 64] >> depth % 64 & 1) != (c == '}'))
				return false;
			if (!depth)
				return true;
		}
	}
	return false;
}

/* A number, true, false, null. */
static bool skip_word(struct slice *s)
{
	size_t n = 0;

	while (n < s->len &&
	       ((s->at[n] >= '0' && s->at[n] <= '9') || s->at[n] == '-' || s->at[n] == '+' ||
		s->at[n] == '.' || ((s->at[n] | 32) >= 'a' && (s->at[n] | 32) <= 'z')))
		n++;
	*s = slice_skip(*s, n);
	return n;
}

static bool take_value(struct slice *s, struct slice *value)
{
	const char *from;
	bool whole;

	skip_space(s);
	if (!s->len)
		return false;
	from = s->at;
	whole = *from == '"'                   ? skip_string(s)
		: *from == '{' || *from == '[' ? skip_nested(s)
					       : skip_word(s);
	*value = (struct slice){ from, (size_t)(s->at - from) };
	return whole;
}

static int each(struct slice json, char first, char last, mw_json_member_fn fn, void *argument)
{
	bool object = first == '{';
	struct slice name = SLICE(""), value;
	int stop;

	if (!take_char(&json, first))
		return -EBADMSG;
	if (take_char(&json, last))
		return 0;
	do {
		skip_space(&json);
		if (object) {
			if (!json.len || *json.at != '"' || !take_value(&json, &name) ||
			    !take_char(&json, ':'))
				return -EBADMSG;
			name = (struct slice){ name.at + 1, name.len - 2 };
		}
		if (!take_value(&json, &value))
			return -EBADMSG;
		stop = fn(name, value, argument);
		if (stop)
			return stop;
	} while (take_char(&json, ','));
	return take_char(&json, last) ? 0 : -EBADMSG;
}

int mw_json_each(struct slice json, mw_json_member_fn fn, void *argument)
{
	return each(json, '{', '}', fn, argument);
}

int mw_json_elements(struct slice json, mw_json_member_fn fn, void *argument)
{
	return each(json, '[', ']', fn, argument);
}

struct wanted {
	const char *name;
	struct slice *value;
};

static int is_wanted(struct slice name, struct slice value, void *argument)
{
	struct wanted *wanted = argument;

	if (!slice_is(name, wanted->name))
		return 0;
	*wanted->value = value;
	return 1;
}

bool mw_json_member(struct slice json, const char *name, struct slice *value)
{
	struct wanted wanted = { name, value };

	return mw_json_each(json, is_wanted, &wanted) == 1;
}

bool mw_json_whole(struct slice value, uint64_t *out)
{
	uint64_t number;

	if (!value.len || *value.at < '0' || !slice_u64(&value, &number) || value.len)
		return false;
	*out = number;
	return true;
}

/* --- strings ---------------------------------------------------------------------------------- */

/* Four hexadecimal digits. */
static bool take_unit(struct slice *s, uint32_t *out)
{
	struct slice digits = { s->at, 4 };
	uint64_t unit;

	if (s->len < 4 || !slice_hex(&digits, &unit) || digits.len)
		return false;
	*s = slice_skip(*s, 4);
	*out = (uint32_t)unit;
	return true;
}

/* What stands behind "\u". */
static bool take_escaped(struct slice *s, uint32_t *out)
{
	uint32_t high, low;

	if (!take_unit(s, &high) || !high || (high >= 0xdc00 && high < 0xe000))
		return false;
	if (high >= 0xd800 && high < 0xdc00) {
		if (!slice_word(s, "\\u") || !take_unit(s, &low) || low < 0xdc00 || low >= 0xe000)
			return false;
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	*out = high;
	return true;
}

static size_t put_utf8(char *to, uint32_t c)
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	for (size_t i = len; i-- > 1; c >>= 6)
		to[i] = (char)(0x80 | (c & 0x3f));
	to[0] = (char)(mark[len] | c);
	return len;
}

/* @to  as long as `text`: an escape is never shorter than what it stands for. @return its length */
static bool unescape(struct slice text, char *to, size_t *len)
{
	static const char marks[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	size_t n = 0;

	while (text.len) {
		const char *mark;
		uint32_t c;

		if (!slice_word(&text, "\\")) {
			to[n++] = *text.at;
			text = slice_skip(text, 1);
			continue;
		}
		if (slice_word(&text, "u")) {
			if (!take_escaped(&text, &c))
				return false;
			n += put_utf8(to + n, c);
			continue;
		}
		mark = text.len && *text.at ? strchr(marks, *text.at) : NULL;
		if (!mark)
			return false;
		to[n++] = means[mark - marks];
		text = slice_skip(text, 1);
	}
	*len = n;
	return true;
}

static bool is_utf8(struct slice text)
{
	uint32_t c;

	while (text.len) {
		size_t n = *text.at ? mw_utf8_decode(text, &c) : 0;

		if (!n)
			return false;
		text = slice_skip(text, n);
	}
	return true;
}

bool mw_json_text(struct arena *a, struct slice value, struct slice *out)
{
	struct slice text;
	size_t len;
	char *copy;

	if (value.len < 2 || value.at[0] != '"' || value.at[value.len - 1] != '"')
		return false;
	text = (struct slice){ value.at + 1, value.len - 2 };
	if (!is_utf8(text))
		return false;
	if (!text.len || !memchr(text.at, '\\', text.len)) {
		*out = text;
		return true;
	}
	copy = arena_alloc(a, text.len);
	if (!copy || !unescape(text, copy, &len))
		return false;
	*out = (struct slice){ copy, len };
	return true;
}
