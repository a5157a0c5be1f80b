#include "render/number.h"

#include "base/scoped.h"
#include "render/text.h"

__extension__ typedef unsigned __int128 wide;

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };

enum { UNITS = sizeof(units) / sizeof(*units) };

static const uint64_t tens[] = { 1, 10, 100, 1000, 10000, 100000, 1000000 };

/* value * factor / unit, rounded to the nearest */
static uint64_t scaled(uint64_t value, uint64_t factor, uint64_t unit)
{
	return (uint64_t)(((wide)value * factor + unit / 2) / unit);
}

/* 1234 with two decimals is 12.34 */
static void put_fixed(struct buf *out, uint64_t v, unsigned decimals)
{
	char text[8];

	buf_u64(out, v / tens[decimals]);
	if (!decimals)
		return;
	v %= tens[decimals];
	text[0] = '.';
	for (unsigned i = decimals; i > 0; i--, v /= 10)
		text[i] = (char)('0' + v % 10);
	buf_add(out, (struct slice){ text, decimals + 1 });
}

/* @return whether value / unit has at most `most` before its point and was written */
static bool put_three(struct buf *out, uint64_t value, uint64_t unit, uint64_t most)
{
	for (unsigned decimals = 2; decimals > 0; decimals--) {
		uint64_t v = scaled(value, tens[decimals], unit);

		if (v < 1000) {
			put_fixed(out, v, decimals);
			return true;
		}
	}
	if (scaled(value, 1, unit) > most)
		return false;
	buf_u64(out, scaled(value, 1, unit));
	return true;
}

static void put_size(struct buf *out, uint64_t bytes)
{
	unsigned i = 1;

	if (bytes < 1024) {
		buf_u64(out, bytes);
		i = 0;
	} else {
		while (!put_three(out, bytes, (uint64_t)1 << 10 * i, 1023))
			i++;
	}
	buf_char(out, ' ');
	buf_puts(out, units[i]);
}

void mw_number_size(struct buf *out, const struct mw_style *style, uint64_t bytes)
{
	if (style->exact_bytes)
		buf_u64(out, bytes);
	else
		put_size(out, bytes);
}

const struct mw_scale *mw_number_scale(const struct mw_style *style, uint64_t largest)
{
	static const struct mw_scale scales[] = { { "GiB", 1 << 30, 2 },
						  { "MiB", 1 << 20, 2 },
						  { "KiB", 1 << 10, 2 },
						  { N_("bytes"), 1, 0 } };
	const struct mw_scale *s = scales;

	if (style->exact_bytes)
		return &scales[3];
	while (s < &scales[2] && largest < s->unit)
		s++;
	return s;
}

static uint64_t magnitude(int64_t v)
{
	return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static void put_signed_fixed(struct buf *out, bool negative, uint64_t v, unsigned decimals)
{
	if (negative && v)
		buf_char(out, '-');
	put_fixed(out, v, decimals);
}

void mw_number_scaled(struct buf *out, const struct mw_scale *scale, int64_t bytes)
{
	put_signed_fixed(out, bytes < 0,
			 scaled(magnitude(bytes), tens[scale->decimals], scale->unit),
			 scale->decimals);
}

bool mw_number_scaled_zero(const struct mw_scale *scale, int64_t bytes)
{
	return scaled(magnitude(bytes), tens[scale->decimals], scale->unit) == 0;
}

void mw_number_percent(struct buf *out, const struct mw_style *style, int64_t part, uint64_t whole)
{
	if (whole)
		put_signed_fixed(out, part < 0, scaled(magnitude(part), 1000, whole), 1);
	else
		mw_number_state(out, style, MW_ABSENT, NULL);
}

/* Sign, and the magnitude as an integer that a u64 can hold. */
static uint64_t put_change(struct buf *out, double v, double factor)
{
	double size = (v < 0 ? -v : v) * factor + 0.5;

	if (size >= 1)
		buf_char(out, v < 0 ? '-' : '+');
	/* also false for what is not a number */
	return size < 18e18 ? (uint64_t)size : size >= 18e18 ? UINT64_MAX : 0;
}

void mw_number_rate_size(struct buf *out, const struct mw_style *style, double per_second)
{
	uint64_t v = put_change(out, per_second, 1);

	if (style->exact_bytes)
		buf_u64(out, v);
	else
		put_size(out, v);
	buf_puts(out, style->exact_bytes ? " B/s" : "/s");
}

void mw_number_rate(struct buf *out, double per_second)
{
	uint64_t v = put_change(out, per_second, 100);

	if (v)
		put_three(out, v, 100, UINT64_MAX);
	else
		buf_char(out, '0');
	buf_puts(out, "/s");
}

void mw_number_duration(struct buf *out, const struct mw_style *style, uint64_t us)
{
	static const uint64_t s = 1000000, min = 60 * s, h = 60 * min, day = 24 * h;

	if (us < s) {
		buf_u64(out, us < 1000 ? us : us / 1000);
		buf_puts(out, us == 0 ? " s" : us < 1000 ? " us" : " ms");
	} else if (us < min) {
		put_three(out, us - us % 10000, s, UINT64_MAX);
		buf_puts(out, " s");
	} else if (us < h) {
		buf_printf(out, mw_tr(style, "%llu min"), (unsigned long long)(us / min));
	} else if (us < 2 * day) {
		buf_printf(out, mw_tr(style, "%llu h %llu min"), (unsigned long long)(us / h),
			   (unsigned long long)(us % h / min));
	} else {
		buf_printf(out, mw_tr(style, "%llu days"), (unsigned long long)(us / day));
	}
}

void mw_number_count(struct buf *out, const struct mw_style *style, uint64_t count, const char *one,
		     const char *many)
{
	buf_u64(out, count);
	buf_char(out, ' ');
	buf_puts(out, mw_language_plural(style->language, one, many, count));
}

void mw_number_i64(struct buf *out, int64_t v)
{
	if (v < 0)
		buf_char(out, '-');
	buf_u64(out, magnitude(v));
}

void mw_number_micro(struct buf *out, uint64_t millionths)
{
	unsigned decimals = 6;

	while (decimals && millionths % 10 == 0) {
		millionths /= 10;
		decimals--;
	}
	put_fixed(out, millionths, decimals);
}

bool mw_number_signed(enum mw_metric metric)
{
	return metric == M_P_OOM_SCORE_ADJ || metric == M_CG_PRIORITY || metric == M_PD_PRIORITY;
}

struct mark {
	const char *unicode, *ascii, *reason;
};

static const struct mark marks[MW_STATES] = {
	[MW_ABSENT] = { "–", "-",
			N_("absent: this kernel, configuration or capture does not have it") },
	[MW_UNLIMITED] = { "∞", "none", NULL },
	[MW_DENIED] = { "–d", "-d", N_("denied: needs root") },
	[MW_VANISHED] = { "–v", "-v", N_("vanished: it ended while it was read") },
	[MW_MALFORMED] = { "–m", "-m",
			   N_("malformed: text that this build does not understand; --json names it") },
	[MW_SKIPPED] = { "~", "~",
			 N_("skipped: reading costs its owner more than the budget; --exact reads it") },
};

void mw_number_state(struct buf *out, const struct mw_style *style, enum mw_state state,
		     struct mw_notes *notes)
{
	const struct mark *m = &marks[state];

	if (notes)
		notes->seen[state] = true;
	if (m->ascii)
		buf_puts(out, style->unicode ? m->unicode : m->ascii);
}

void mw_notes_write(const struct mw_notes *notes, const struct mw_style *style, unsigned margin,
		    struct buf *out)
{
	scoped_buf struct buf line = { 0 };

	for (enum mw_state s = 0; s < MW_STATES; s++) {
		if (!notes->seen[s] || !marks[s].reason)
			continue;
		buf_clear(&line);
		mw_number_state(&line, style, s, NULL);
		buf_char(&line, ' ');
		buf_puts(&line,
			 mw_tr(style, notes->reason[s] ? notes->reason[s] : marks[s].reason));
		for (unsigned i = 0; i < margin; i++)
			buf_char(out, ' ');
		mw_tone_begin(out, style, MW_TONE_DIM);
		mw_text_wrap(out, buf_slice(&line), margin, style->width);
		mw_tone_end(out, style, MW_TONE_DIM);
		buf_char(out, '\n');
	}
}

void mw_number_num(struct buf *out, const struct mw_style *style, struct mw_num n,
		   struct mw_notes *notes)
{
	if (n.state == MW_OK)
		mw_number_size(out, style, n.v);
	else
		mw_number_state(out, style, n.state, notes);
}

/* "app=web,tier=front" */
static void put_labels(struct buf *out, const struct mw_style *style, struct slice lines)
{
	struct slice line;
	bool any = false;

	while (slice_line(&lines, &line)) {
		buf_puts(out, any ? "," : "");
		mw_text_safe(out, line, style->unicode);
		any = true;
	}
}

void mw_number_metric(struct buf *out, const struct mw_style *style, const struct mw_entity *e,
		      enum mw_metric metric, struct mw_notes *notes)
{
	struct mw_num n = mw_get(e, metric);

	if (n.state != MW_OK) {
		mw_number_state(out, style, n.state, notes);
		return;
	}
	switch (mw_metric_info(metric)->unit) {
	case MW_BYTES:
	case MW_KIB:
	case MW_PAGES: mw_number_size(out, style, n.v); break;
	case MW_US:
	case MW_NS: mw_number_duration(out, style, n.v); break;
	case MW_MICRO: mw_number_micro(out, n.v); break;
	case MW_LABELS: put_labels(out, style, slice_of(mw_get_text(e, metric))); break;
	case MW_TEXT: mw_text_safe(out, slice_of(mw_get_text(e, metric)), style->unicode); break;
	default:
		if (mw_number_signed(metric))
			mw_number_i64(out, (int64_t)n.v);
		else
			buf_u64(out, n.v);
	}
}
