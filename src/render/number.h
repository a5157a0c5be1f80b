/* Numbers for people. A number is never alone: it has a unit, three significant digits, or, where
 * there is none, a mark whose reason stands under the table. Independent of the locale. */
#ifndef MW_RENDER_NUMBER_H
#define MW_RENDER_NUMBER_H

#include "model/snapshot.h"
#include "render/style.h"

/** "5.79 GiB", "214 MiB", "1000 MiB" (a power of two's last stretch keeps its four digits),
 *  "0 B"; exact_bytes: "6217007104". */
void mw_number_size(struct buf *out, const struct mw_style *style, uint64_t bytes);

/** One unit for a whole column, named once above it. */
struct mw_scale {
	const char *name; /* "GiB", "MiB", "KiB", "bytes" */
	uint64_t unit;    /* bytes */
	unsigned decimals;
};

/** The unit in which `largest` still has digits before its point. Static. */
const struct mw_scale *mw_number_scale(const struct mw_style *style, uint64_t largest);
/** "15.92", "0.00", "-0.03": without the unit. */
void mw_number_scaled(struct buf *out, const struct mw_scale *scale, int64_t bytes);
/** A remainder too small to show in the scale. */
bool mw_number_scaled_zero(const struct mw_scale *scale, int64_t bytes);

/** "51.0": part of whole in percent, without the sign; "-" or "–" when whole is 0. */
void mw_number_percent(struct buf *out, const struct mw_style *style, int64_t part, uint64_t whole);
/** "+2.10 MiB/s", "-312 KiB/s", "0 B/s". */
void mw_number_rate_size(struct buf *out, const struct mw_style *style, double per_second);
/** "+12.3/s", "0/s". */
void mw_number_rate(struct buf *out, double per_second);
/** "214 ms", "7.50 s", "41 min", "3 h 12 min", "41 days". @us microseconds */
void mw_number_duration(struct buf *out, const struct mw_style *style, uint64_t us);
/** "1 process", "38 processes": program text, translated. */
void mw_number_count(struct buf *out, const struct mw_style *style, uint64_t count, const char *one,
		     const char *many);
/** 1234567 as "1234567"; a two's complement value as "-997". */
void mw_number_i64(struct buf *out, int64_t v);
/** A decimal fraction: 12340000 as "12.34", 0 as "0". @millionths */
void mw_number_micro(struct buf *out, uint64_t millionths);

/** Whether a metric's u64 is a two's complement int64. */
bool mw_number_signed(enum mw_metric metric);

/* Which reasons for missing numbers occurred, to be told under the table. Zero-initialized. */
struct mw_notes {
	bool seen[MW_STATES];
	const char *reason[MW_STATES]; /* instead of the usual sentence; program text */
};

/** The mark that stands where a number would: absent –, denied –d, vanished –v, malformed –m,
 *  skipped ~, unlimited ∞ ("-", "-d", … "none" in ASCII). @notes remembers the state; or NULL */
void mw_number_state(struct buf *out, const struct mw_style *style, enum mw_state state,
		     struct mw_notes *notes);
/** A line for each mark that occurred ("  –d denied: needs root"), dim; nothing when none did.
 *  @margin blanks in front */
void mw_notes_write(const struct mw_notes *notes, const struct mw_style *style, unsigned margin,
		    struct buf *out);

/** A cell of any metric, by its unit: size, duration, count, fraction, text made safe; or its
 *  state's mark. */
void mw_number_metric(struct buf *out, const struct mw_style *style, const struct mw_entity *e,
		      enum mw_metric metric, struct mw_notes *notes);
/** A size, or its state's mark. */
void mw_number_num(struct buf *out, const struct mw_style *style, struct mw_num n,
		   struct mw_notes *notes);

#endif
