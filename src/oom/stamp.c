#include "oom/stamp.h"

/* A moment by the calendar. */
struct moment {
	int64_t year; /* 0 = not written */
	unsigned month, day, hour, minute, second;
	uint64_t nano;
	int32_t zone;
	bool has_zone;
};

enum { DAY = 86400 };

static bool digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* Exactly n digits. */
static bool digits(struct slice *s, unsigned n, unsigned *out)
{
	unsigned v = 0;

	if (s->len < n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!digit(s->at[i]))
			return false;
		v = v * 10 + (unsigned)(s->at[i] - '0');
	}
	*s = slice_skip(*s, n);
	*out = v;
	return true;
}

/* Days since 1970 of a date of the Gregorian calendar (Howard Hinnant's algorithm). */
static int64_t days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = year - (month <= 2), era = y / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * ((int64_t)month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t seconds_of(const struct moment *m, int64_t year, const struct mw_stamp_rule *rule)
{
	return days_of(year, m->month, m->day) * DAY + m->hour * 3600 + m->minute * 60 + m->second -
	       (m->has_zone ? m->zone : rule->zone);
}

/* The year in which that moment was the last one not after tomorrow. */
static int64_t year_of(const struct moment *m, const struct mw_stamp_rule *rule)
{
	int64_t now = rule->now / 1000000000, year = 1970 + now / 31556952;

	for (year++; year > 1970 && seconds_of(m, year, rule) > now + DAY;)
		year--;
	return year;
}

static int64_t time_of(const struct moment *m, const struct mw_stamp_rule *rule)
{
	int64_t year = m->year;

	if (!m->month || m->month > 12 || !m->day || m->day > 31 || m->hour > 23 ||
	    m->minute > 59 || m->second > 60 || (!year && !rule->now))
		return 0;
	if (!year)
		year = year_of(m, rule);
	if (year < 1970 || year > 2200)
		return 0;
	return seconds_of(m, year, rule) * 1000000000 + (int64_t)m->nano;
}

/* ".123456", ",123456" */
static void take_fraction(struct slice *s, struct moment *m, bool *comma)
{
	uint64_t unit = 100000000;

	if (s->len < 2 || (*s->at != '.' && *s->at != ',') || !digit(s->at[1]))
		return;
	*comma = *s->at == ',';
	for (*s = slice_skip(*s, 1); s->len && digit(*s->at); *s = slice_skip(*s, 1)) {
		m->nano += unit * (uint64_t)(*s->at - '0');
		unit /= 10;
	}
}

/* "03:14:07.123456", or "03:14" */
static bool take_clock(struct slice *s, struct moment *m, bool *comma)
{
	struct slice t = *s;

	if (!digits(&t, 2, &m->hour) || !slice_word(&t, ":") || !digits(&t, 2, &m->minute))
		return false;
	if (slice_word(&t, ":") && !digits(&t, 2, &m->second))
		return false;
	take_fraction(&t, m, comma);
	*s = t;
	return true;
}

/* "Z", "+01:00", "-0800", "+08" */
static void take_offset(struct slice *s, struct moment *m)
{
	struct slice t = *s;
	unsigned hours, minutes = 0;
	bool minus;

	if (slice_word(&t, "Z")) {
		*s = t;
		m->has_zone = true;
		return;
	}
	minus = slice_begins(t, "-");
	if ((!minus && !slice_begins(t, "+")) || (t = slice_skip(t, 1), !digits(&t, 2, &hours)))
		return;
	slice_word(&t, ":");
	digits(&t, 2, &minutes);
	*s = t;
	m->has_zone = true;
	m->zone = (int32_t)(hours * 3600 + minutes * 60) * (minus ? -1 : 1);
}

/* " UTC", " CST": only UTC says where */
static void take_zone_name(struct slice *s, struct moment *m)
{
	struct slice t = *s, word;
	size_t n = 0;

	if (!slice_token(&t, &word) || word.len < 2 || word.len > 5)
		return;
	while (n < word.len && word.at[n] >= 'A' && word.at[n] <= 'Z')
		n++;
	if (n == word.len) {
		m->has_zone = slice_is(word, "UTC") || slice_is(word, "GMT");
		*s = t;
	} else if (*word.at == '+' || *word.at == '-') {
		take_offset(&word, m);
		if (!word.len)
			*s = t;
	}
}

static bool take_iso(struct slice *s, struct moment *m, bool *comma)
{
	struct slice t = *s;
	unsigned year;

	if (!digits(&t, 4, &year) || !slice_word(&t, "-") || !digits(&t, 2, &m->month) ||
	    !slice_word(&t, "-") || !digits(&t, 2, &m->day) ||
	    (!slice_word(&t, "T") && !slice_word(&t, " ")) || !take_clock(&t, m, comma))
		return false;
	m->year = year;
	take_offset(&t, m);
	*s = t;
	return true;
}

/* journalctl -o short-unix */
static bool take_unix(struct slice *s, int64_t *time)
{
	struct slice t = *s;
	uint64_t seconds;
	struct moment m = { 0 };
	bool comma;

	if (!slice_u64(&t, &seconds) || s->at == t.at || t.at - s->at != 10 || t.len < 7 ||
	    *t.at != '.')
		return false;
	take_fraction(&t, &m, &comma);
	if (!t.len || *t.at != ' ')
		return false;
	*time = (int64_t)(seconds * 1000000000 + m.nano);
	*s = t;
	return true;
}

/* --- stamps of words -------------------------------------------------------------------------- */

/* Beginnings that tell months of the languages that logs are found in. */
static const struct {
	const char *begin;
	uint8_t len, month;
} months[] = {
#define MONTH(begin, month)                     \
	{                                       \
		begin, sizeof(begin) - 1, month \
	}
	MONTH("jan", 1),        MONTH("feb", 2),  MONTH("f\xc3\xa9v", 2), MONTH("mar", 3),
	MONTH("m\xc3\xa4r", 3), MONTH("apr", 4),  MONTH("avr", 4),        MONTH("abr", 4),
	MONTH("may", 5),        MONTH("mai", 5),  MONTH("mag", 5),        MONTH("jun", 6),
	MONTH("juin", 6),       MONTH("giu", 6),  MONTH("jul", 7),        MONTH("juil", 7),
	MONTH("lug", 7),        MONTH("aug", 8),  MONTH("ao\xc3\xbb", 8), MONTH("ago", 8),
	MONTH("sep", 9),        MONTH("set", 9),  MONTH("oct", 10),       MONTH("okt", 10),
	MONTH("ott", 10),       MONTH("out", 10), MONTH("nov", 11),       MONTH("dec", 12),
	MONTH("dez", 12),       MONTH("dic", 12), MONTH("ene", 1),        MONTH("gen", 1),
#undef MONTH
};

/* @return 1 … 12, or 0: no month that is known */
static unsigned month_of(struct slice word)
{
	uint64_t number;
	struct slice rest = word;

	if (slice_u64(&rest, &number)) /* 11月, 11월 */
		return rest.len && !digit(*rest.at) && number >= 1 && number <= 12
			       ? (unsigned)number
			       : 0;
	for (size_t i = 0; i < sizeof(months) / sizeof(*months); i++) {
		size_t n = months[i].len, at = 0;

		if (word.len < n || (*word.at | 0x20) != (*months[i].begin | 0x20))
			continue;
		while (at < n && ((unsigned char)word.at[at] |
				  (word.at[at] >= 'A' && word.at[at] <= 'Z' ? 0x20 : 0)) ==
					 (unsigned char)months[i].begin[at])
			at++;
		if (at == n)
			return months[i].month;
	}
	return 0;
}

/* A name of a month or a day: few bytes, no mark that text before a time would have. */
static bool is_name(struct slice word)
{
	size_t digits_at_front = 0;

	while (digits_at_front < word.len && digit(word.at[digits_at_front]))
		digits_at_front++;
	return word.len >= 2 && word.len <= 16 && digits_at_front < word.len &&
	       (!digits_at_front || (digits_at_front <= 2 && word.at[digits_at_front] & 0x80)) &&
	       !memchr(word.at, ':', word.len) && !memchr(word.at, '[', word.len) &&
	       !memchr(word.at, '=', word.len);
}

/* "20" or "Nov20"'s; then the clock, and perhaps a year */
static bool take_day_and_clock(struct slice *s, struct moment *m, bool *comma)
{
	struct slice t = *s;
	uint64_t day;
	unsigned year;

	if (!slice_u64(&t, &day) || day > 31 || !t.len)
		return false;
	slice_word(&t, ".");
	slice_skip_blanks(&t);
	if (!take_clock(&t, m, comma))
		return false;
	m->day = (unsigned)day;
	*s = t;
	if (slice_word(&t, " ") && digits(&t, 4, &year) && (!t.len || !digit(*t.at)) &&
	    year >= 1970 && year <= 2200) {
		m->year = year;
		*s = t;
	}
	return true;
}

/* "Nov20 03:14": dmesg -e */
static bool take_joined(struct slice *s, struct moment *m, bool *comma)
{
	struct slice t = *s, word;

	if (t.len < 4 || !(m->month = month_of((struct slice){ t.at, 3 })) || !digit(t.at[3]))
		return false;
	word = slice_skip(t, 3);
	if (!take_day_and_clock(&word, m, comma))
		return false;
	*s = word;
	return true;
}

static bool take_words(struct slice *s, struct moment *m, bool *comma)
{
	struct slice t = *s, word, name = { 0 };

	if (take_joined(s, m, comma))
		return true;
	for (unsigned words = 0; words < 2 && t.len; words++) {
		struct slice before = t;

		if (words && take_iso(&t, m, comma)) {
			take_zone_name(&t, m);
			*s = t;
			return true;
		}
		if (!slice_token(&t, &word) || !is_name(word)) {
			t = before;
			break;
		}
		name = word;
		slice_skip_blanks(&t);
	}
	if (!name.len || !take_day_and_clock(&t, m, comma)) {
		/* a weekday, then the date */
		if (!name.len || !take_iso(&t, m, comma))
			return false;
		take_zone_name(&t, m);
		*s = t;
		return true;
	}
	m->month = month_of(name);
	*s = t;
	return true;
}

/* "Nov 20 03:14:07 ": what most lines of most logs begin with */
static bool take_usual(struct slice *s, struct moment *m, bool *comma)
{
	struct slice t = *s;
	uint64_t day;

	if (t.len < 16 || t.at[3] != ' ' || t.at[6] != ' ' || t.at[9] != ':' || t.at[12] != ':')
		return false;
	m->month = month_of((struct slice){ t.at, 3 });
	t = slice_skip(t, 4);
	if (!m->month || !slice_u64(&t, &day) || !slice_word(&t, " ") || !take_clock(&t, m, comma))
		return false;
	/* a year may follow */
	if (t.len > 1 && digit(t.at[1]))
		return false;
	m->day = (unsigned)day;
	*s = t;
	return true;
}

bool mw_stamp_take(struct slice *rest, const struct mw_stamp_rule *rule, struct mw_stamp *out)
{
	struct slice t = *rest;
	struct moment m = { 0 };
	struct mw_stamp stamp = { 0 };

	if (!t.len || slice_blank(*t.at))
		return false;
	if (digit(*t.at) && take_unix(&t, &stamp.time)) {
		/* done */
	} else if (take_usual(&t, &m, &stamp.comma)) {
		stamp.time = time_of(&m, rule);
	} else if (m = (struct moment){ 0 }, stamp.comma = false,
		   take_iso(&t, &m, &stamp.comma) || take_words(&t, &m, &stamp.comma)) {
		stamp.time = time_of(&m, rule);
	} else {
		return false;
	}
	stamp.written = (struct slice){ rest->at, (size_t)(t.at - rest->at) };
	*rest = t;
	*out = stamp;
	return true;
}
