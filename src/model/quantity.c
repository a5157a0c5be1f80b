#include "model/quantity.h"

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

/* --- Kubernetes -------------------------------------------------------------------------------- */

/* "128e6": a bare "E" is a unit. @return false: none, or it does not fit */
static bool exponent(struct slice s, struct mw_num *out)
{
	struct mw_quantity q;
	struct slice digits;
	unsigned __int128 micro;
	uint64_t e;

	if (!slice_until(&s, 'e', &digits) && !slice_until(&s, 'E', &digits))
		return false;
	slice_word(&s, "+");
	if (!s.len || slice_blank(*s.at) || !slice_u64(&s, &e) || s.len || e > 18 ||
	    !mw_quantity_parse(digits, 1000, &q) || q.unit)
		return false;
	micro = q.micro || !q.value ? q.micro : (unsigned __int128)q.value * 1000000;
	while (e--)
		micro *= 10;
	if (micro / 1000000 > UINT64_MAX)
		return false;
	*out = (struct mw_num){ (uint64_t)(micro / 1000000), MW_OK };
	return true;
}

struct mw_num mw_kube_bytes(struct slice text)
{
	struct mw_num n = { 0, MW_ABSENT };
	struct mw_quantity q;

	if (!mw_quantity_parse(text, 1000, &q)) {
		exponent(slice_trim(text), &n);
		return n;
	}
	if (q.unit == '%')
		return n;
	return (struct mw_num){ q.unit == 'm' ? q.value / 1000 : q.value, MW_OK };
}

struct mw_num mw_kube_cores(struct slice text)
{
	struct mw_quantity q;

	if (!mw_quantity_parse(text, 1000, &q) || (q.unit && q.unit != 'm') ||
	    (!q.micro && q.value))
		return (struct mw_num){ 0, MW_ABSENT };
	return (struct mw_num){ q.unit == 'm' ? q.micro / 1000 : q.micro, MW_OK };
}
