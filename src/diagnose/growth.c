#include "diagnose/growth.h"

enum { FEW_SAMPLES = 10 };

static const double SURE = 0.95;

/* Against the first moment that has the entity. */
static bool moved(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
		  double least, double share)
{
	const struct mw_series *series = &c->evidence->series;
	struct mw_num last = mw_get(e, metric);

	if (last.state != MW_OK)
		return false;
	for (size_t i = 0; i < series->count; i++) {
		const struct mw_view view = { .before = series->at[i] };
		const struct mw_entity *then = mw_view_before(&view, e);

		if (then && mw_get(then, metric).state == MW_OK) {
			double first = (double)mw_get(then, metric).v;

			return (double)last.v >= first + least &&
			       (double)last.v >= first * (1 + share);
		}
	}
	return false;
}

bool mw_growth_of(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
		  double seconds, double least, double share, struct mw_trend *out)
{
	struct mw_trend t;

	if (!moved(c, e, metric, least, share) || !mw_grows(c, e, metric, SURE, &t) ||
	    t.seconds < seconds || t.low <= 0)
		return false;
	*out = t;
	return true;
}

void mw_growth_cite(struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
		    const struct mw_trend *t)
{
	enum mw_unit unit = mw_metric_info(metric)->unit;
	bool bytes = unit == MW_BYTES || unit == MW_KIB || unit == MW_PAGES;
	const char *source = mw_source_of(c, e, metric);

	mw_cite(c, "first", bytes ? MW_FORM_BYTES : MW_FORM_COUNT, t->first, source);
	mw_cite(c, "last", bytes ? MW_FORM_BYTES : MW_FORM_COUNT, t->last, source);
	mw_cite(c, "growth", bytes ? MW_FORM_BYTE_RATE : MW_FORM_COUNT_RATE, t->slope, source);
	mw_cite(c, "watched", MW_FORM_SECONDS, t->seconds, "between the first and the last");
	mw_cite(c, "samples", MW_FORM_COUNT, (double)t->samples, "moments in the series");
	if (t->samples < FEW_SAMPLES)
		mw_doubt(c, MW_MEDIUM, N_("it rests on {samples} moments only, over {watched}"));
}
