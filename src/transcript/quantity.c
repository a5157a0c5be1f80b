/* Numbers and tables as people and tools write them. */
#include "transcript/format.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with thousands separators: "1,234,567". Elsewhere a comma ends the number. */
static bool whole(struct slice *s, uint64_t *out)
{
	struct slice rest = *s;
	uint64_t v = 0;
	size_t digits = 0, group = 0;
	bool grouped = false;

	for (; rest.len; rest = slice_skip(rest, 1)) {
		if (*rest.at == ',' && rest.len > 3 && digit(rest.at[1]) && digit(rest.at[2]) &&
		    digit(rest.at[3]) && (rest.len == 4 || !digit(rest.at[4])) &&
		    (grouped ? group == 3 : digits && digits <= 3)) {
			grouped = true;
			group = 0;
			continue;
		}
		if (!digit(*rest.at))
			break;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*rest.at - '0'), &v))
			return false;
		digits++;
		group++;
	}
	if (!digits)
		return false;
	*s = rest;
	*out = v;
	return true;
}

/* Where the letters of a unit stand in this, times `kilo` each. */
static const char units[] = "KMGTPE";

static bool unit(struct slice *s, unsigned kilo, struct mw_quantity *q, uint64_t *factor)
{
	char c = s->len ? *s->at : 0;
	const char *at;

	*factor = 1;
	if (c >= 'a' && c <= 'z' && c != 'm' && c != 'b')
		c = (char)(c - 'a' + 'A');
	at = c ? strchr(units, c) : NULL;
	if (at) {
		q->binary = s->len > 1 && s->at[1] == 'i';
		for (const char *u = units; u <= at; u++)
			*factor *= q->binary ? 1024 : kilo;
		*s = slice_skip(*s, q->binary ? 2 : 1);
		if (s->len && (*s->at == 'B' || *s->at == 'b'))
			*s = slice_skip(*s, 1);
	} else if (c == '%' || c == 'm') {
		*s = slice_skip(*s, 1);
	} else if (c == 'B') {
		*s = slice_skip(*s, 1);
		if (slice_begins(*s, "ytes"))
			*s = slice_skip(*s, 4);
	} else {
		return true;
	}
	q->unit = c;
	/* a word that only begins like a unit: "Kernel" */
	return !s->len || !((*s->at >= 'a' && *s->at <= 'z') || (*s->at >= 'A' && *s->at <= 'Z'));
}

static bool fraction(struct slice *s, uint64_t *micro, uint64_t *scale)
{
	uint64_t v = 0;

	*scale = 1;
	if (s->len < 2 || *s->at != '.' || !digit(s->at[1]))
		return true;
	for (*s = slice_skip(*s, 1); s->len && digit(*s->at); *s = slice_skip(*s, 1))
		if (*scale < 1000000) {
			v = v * 10 + (uint64_t)(*s->at - '0');
			*scale *= 10;
		}
	*micro = v * (1000000 / *scale);
	return true;
}

bool mw_quantity_take(struct slice *s, unsigned kilo, bool blank_unit, struct mw_quantity *out)
{
	struct slice rest = *s, behind;
	struct mw_quantity q = { 0 };
	uint64_t n, micro = 0, scale, factor, part;

	slice_skip_blanks(&rest);
	if (!whole(&rest, &n) || !fraction(&rest, &micro, &scale))
		return false;
	behind = rest;
	if (blank_unit)
		slice_skip_blanks(&behind);
	if (unit(&behind, kilo, &q, &factor)) {
		/* blanks without a unit behind them are not part of it */
		if (q.unit)
			rest = behind;
	} else {
		q = (struct mw_quantity){ 0 };
		factor = 1;
		if (behind.at == rest.at)
			return false;
	}
	/* micro < 10^6 and the factor's share fit for all but E */
	part = factor >= ((uint64_t)1 << 44) ? factor / 1000000 * micro : factor * micro / 1000000;
	if (__builtin_mul_overflow(n, factor, &q.value) ||
	    __builtin_add_overflow(q.value, part, &q.value) ||
	    __builtin_mul_overflow(n, 1000000, &q.micro))
		q.micro = 0;
	if (n && factor > UINT64_MAX / n)
		return false;
	q.micro += q.micro || !n ? micro : 0;
	q.step = factor / scale ? factor / scale : 1;
	*s = rest;
	*out = q;
	return true;
}

bool mw_quantity_parse(struct slice s, unsigned kilo, struct mw_quantity *out)
{
	struct mw_quantity q;

	s = slice_trim(s);
	if (!mw_quantity_take(&s, kilo, true, &q) || s.len)
		return false;
	*out = q;
	return true;
}

/* 1-02:03:04, 03:04, 3:04.56 */
static bool clock_time(struct slice s, uint64_t *us)
{
	uint64_t days = 0, v, total = 0, micro = 0;
	struct slice rest = s;
	int parts = 1;

	if (slice_u64(&rest, &v) && slice_word(&rest, "-"))
		days = v;
	else
		rest = s;
	if (!slice_u64(&rest, &total) || total > UINT32_MAX || days > UINT32_MAX)
		return false;
	while (slice_word(&rest, ":") && parts++ < 3) {
		if (!slice_u64(&rest, &v) || v >= 60)
			return false;
		total = total * 60 + v;
	}
	if (rest.len && *rest.at == '.') {
		uint64_t scale;

		fraction(&rest, &micro, &scale);
	}
	if (rest.len || parts < 2)
		return false;
	*us = (days * 86400 + total) * 1000000 + micro;
	return true;
}

static uint64_t seconds_of(char c)
{
	switch (c) {
	case 'y': return 365 * 86400;
	case 'w': return 7 * 86400;
	case 'd': return 86400;
	case 'h': return 3600;
	case 'm': return 60;
	case 's': return 1;
	default: return 0;
	}
}

bool mw_duration_parse(struct slice s, uint64_t *us)
{
	uint64_t total = 0, v, seconds;

	s = slice_trim(s);
	if (clock_time(s, us))
		return true;
	if (!s.len)
		return false;
	while (s.len) {
		if (!slice_u64(&s, &v) || v > UINT32_MAX || !s.len)
			return false;
		if (slice_word(&s, "ms")) {
			total += v * 1000;
			continue;
		}
		seconds = seconds_of(*s.at);
		if (!seconds)
			return false;
		total += v * seconds * 1000000;
		s = slice_skip(s, 1);
	}
	*us = total;
	return true;
}

/* --- tables ----------------------------------------------------------------------------------- */

/* Where a text ends that begins in column n of a terminal, near enough: wide letters count as two. */
static uint32_t width(struct slice s, uint32_t n)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c == '\t')
			n = (n + 8) & ~7u;
		else if (c < 0x80 || c >= 0xc0)
			n += c >= 0xe3 ? 2 : 1;
	}
	return n;
}

size_t mw_columns_header(struct slice line, struct mw_columns *out)
{
	struct slice rest = line, word;
	uint32_t at = 0;

	out->count = 0;
	while (slice_token(&rest, &word)) {
		if (out->count == MW_COLUMNS)
			return out->count = 0;
		at = width((struct slice){ line.at, (size_t)(word.at - line.at) }, at);
		out->names[out->count] = word;
		out->start[out->count] = at;
		at = width(word, at);
		out->end[out->count++] = at;
		line = rest;
	}
	return out->count;
}

size_t mw_columns_find(const struct mw_columns *c, const char *name)
{
	size_t i = 0;

	while (i < c->count && !slice_is(c->names[i], name))
		i++;
	return i;
}

size_t mw_columns_row(const struct mw_columns *c, struct slice line, struct slice *out)
{
	size_t n = 0;

	for (; n < c->count; n++) {
		if (n + 1 == c->count) {
			out[n] = slice_trim(line);
			n += out[n].len > 0;
			break;
		}
		if (!slice_token(&line, &out[n]))
			break;
	}
	return n;
}

struct slice mw_columns_under(const struct mw_columns *c, size_t column, struct slice line)
{
	struct slice rest = line, word;
	uint32_t start, end = 0;

	while (column < c->count && slice_token(&rest, &word)) {
		start = width((struct slice){ line.at, (size_t)(word.at - line.at) }, end);
		end = width(word, start);
		if (start < c->end[column] && end > c->start[column])
			return word;
		line = rest;
	}
	return (struct slice){ "", 0 };
}
