#include "outline.h"

/* ---- lines ----------------------------------------------------------------------------------- */

static uint32_t take_indent(struct slice *s, uint32_t column)
{
	for (; s->len && slice_blank(*s->at); *s = slice_skip(*s, 1))
		column = *s->at == '\t' ? (column + 8) & ~7u : column + 1;
	return column;
}

static bool key_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       strchr("_-./ ()", c);
}

/* "key:" and the rest; in "-XX:+Use" and "http://" no blank follows. */
static bool take_key(struct slice *s, struct slice *key)
{
	size_t n = 0;

	if (s->len && strchr("-(. ", *s->at))
		return false;
	while (n < s->len && s->at[n] && key_byte(s->at[n]))
		n++;
	if (!n || n == s->len || s->at[n] != ':' || (n + 1 < s->len && !slice_blank(s->at[n + 1])))
		return false;
	*key = (struct slice){ s->at, n };
	*s = slice_skip(*s, n + 1);
	return true;
}

static struct slice unquote(struct slice s)
{
	s = slice_trim(s);
	if (s.len >= 2 && (*s.at == '"' || *s.at == '\'') && s.at[s.len - 1] == *s.at)
		return (struct slice){ s.at + 1, s.len - 2 };
	return s;
}

/* '"Memory": 67108864,', '"Env": [', '{', '"PATH=/bin",'. @return false: nothing but brackets closed */
static bool json_line(struct slice rest, struct mw_outline_line *l)
{
	struct slice word;

	if (slice_ends(rest, ","))
		rest.len--;
	if (slice_is(rest, "}") || slice_is(rest, "]"))
		return false;
	l->item = true;
	l->dash = l->indent;
	if (*rest.at == '{' || *rest.at == '[') {
		/* keys are deeper */
		l->value = (struct slice){ "", 0 };
		return true;
	}
	word = slice_skip(rest, 1);
	if (slice_until(&word, '"', &l->key) && slice_word(&word, ":")) {
		l->item = false;
		l->has_key = true;
		rest = slice_trim(word);
		if (rest.len && (*rest.at == '{' || *rest.at == '['))
			rest.len = 0;
	}
	l->value = unquote(rest);
	return true;
}

static bool is_json(struct slice rest)
{
	return strchr("{}[]", *rest.at) ||
	       (*rest.at == '"' && (slice_ends(rest, ",") || slice_ends(rest, "[") ||
				    slice_ends(rest, "{") || slice_ends(rest, "\"")));
}

bool mw_outline_line(struct slice line, struct mw_outline_line *out)
{
	struct mw_outline_line l = { .key = { "", 0 } };
	struct slice rest = line;

	l.indent = take_indent(&rest, 0);
	rest = slice_trim(rest);
	if (!rest.len)
		return false;
	if (is_json(rest)) {
		if (!json_line(rest, &l))
			return false;
		*out = l;
		return true;
	}
	while (slice_begins(rest, "- ") || slice_is(rest, "-")) {
		l.dash = l.indent;
		l.item = true;
		rest = slice_skip(rest, 1);
		l.indent = take_indent(&rest, l.indent + 1);
	}
	l.has_key = take_key(&rest, &l.key);
	l.value = unquote(rest);
	*out = l;
	return true;
}

/* ---- levels ---------------------------------------------------------------------------------- */

static bool is_item(const struct mw_outline_level *l)
{
	return slice_is(l->key, "-");
}

static void push(struct mw_outline *o, uint32_t indent, struct slice key)
{
	if (o->depth < MW_OUTLINE_DEPTH)
		o->levels[o->depth++] = (struct mw_outline_level){ indent, key };
}

static void flush(struct mw_outline *o)
{
	if (o->waiting) {
		o->waiting = false;
		o->value(o, o->key, o->text);
		if (o->key.len)
			push(o, o->indent, o->key);
	}
}

/* An item's mark may stand right below its list's key. */
static void pop_for_item(struct mw_outline *o, uint32_t dash)
{
	while (o->depth) {
		const struct mw_outline_level *top = &o->levels[o->depth - 1];

		if (top->indent < dash || (top->indent == dash && !is_item(top)))
			break;
		o->depth--;
	}
}

static void append(struct mw_outline *o, struct slice more)
{
	char *text = arena_printf(o->arena, "%.*s%s%.*s", SLICE_ARG(o->text),
				  o->text.len ? " " : "", SLICE_ARG(more));

	o->error |= !text;
	if (text)
		o->text = slice_of(text);
}

void mw_outline_feed(struct mw_outline *o, struct slice line)
{
	enum { VALUE_MAX = 16 << 10 };
	struct mw_outline_line l;

	if (!mw_outline_line(line, &l))
		return;
	/* the next line of a long value */
	if (!l.has_key && !l.item && o->waiting && l.indent > o->indent) {
		if (o->arena && o->text.len < VALUE_MAX)
			append(o, l.value);
		return;
	}
	flush(o);
	if (l.item) {
		pop_for_item(o, l.dash);
		push(o, l.dash, SLICE("-"));
		if (o->item)
			o->item(o);
	} else {
		while (o->depth && o->levels[o->depth - 1].indent >= l.indent)
			o->depth--;
	}
	/* a block scalar's mark is no text of it */
	if (l.has_key && l.value.len <= 2 && l.value.len && strchr("|>", *l.value.at))
		l.value.len = 0;
	o->key = l.key;
	o->text = l.value;
	o->indent = l.has_key || !l.item ? l.indent : l.dash;
	o->waiting = l.has_key || l.item;
}

void mw_outline_end(struct mw_outline *o)
{
	flush(o);
	o->depth = 0;
}

struct slice mw_outline_above(const struct mw_outline *o, size_t n)
{
	for (size_t i = o->depth; i > 0; i--)
		if (!is_item(&o->levels[i - 1]) && !n--)
			return o->levels[i - 1].key;
	return (struct slice){ "", 0 };
}
