/* Robust trends over a series of snapshots. */
#include "diagnose/rule.h"

#include <stdlib.h>

/* Pairs grow with the square: a longer series is thinned evenly. */
enum { MOST_SAMPLES = 240, FEWEST_SAMPLES = 3 };

struct sample {
	double at, v; /* seconds, the metric's unit */
};

static const struct mw_entity *find(const struct mw_snapshot *s, const struct mw_entity *e)
{
	struct mw_view view = { .before = s };

	return mw_view_before(&view, e);
}

static bool take(const struct mw_snapshot *s, const struct mw_entity *e, enum mw_metric metric,
		 struct sample *out)
{
	const struct mw_machine *m = mw_snapshot_machine(s);
	const struct mw_entity *then = find(s, e);
	struct mw_num n = then ? mw_get(then, metric) : (struct mw_num){ 0, MW_ABSENT };
	/* a clock that nobody sets is better; a paste knows only the other, if any */
	int64_t time = m->clock ? m->clock : m->taken_at;

	if (n.state != MW_OK || !time)
		return false;
	*out = (struct sample){ (double)time / 1e9, (double)n.v };
	return true;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double at_rank(const double *sorted, size_t count, double rank)
{
	return rank <= 0 ? sorted[0] : sorted[rank >= (double)count ? count - 1 : (size_t)rank];
}

/* The slopes of all pairs, sorted; and Mann and Kendall's count of rises less falls. */
static size_t slopes_of(const struct sample *x, size_t n, double *slopes, double *rises)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		for (size_t k = i + 1; k < n; k++) {
			double step = x[k].v - x[i].v, time = x[k].at - x[i].at;

			if (time <= 0)
				continue;
			*rises += (step > 0) - (step < 0);
			slopes[count++] = step / time;
		}
	qsort(slopes, count, sizeof(*slopes), compare);
	return count;
}

static bool fit(const struct sample *x, size_t n, double *slopes, struct mw_trend *out)
{
	double rises = 0, deviation = sqrt((double)n * ((double)n - 1) * (2 * (double)n + 5) / 18);
	size_t count = slopes_of(x, n, slopes, &rises);
	double margin = 1.96 * deviation, z;

	if (!count)
		return false;
	z = fabs(rises) > 1 ? (fabs(rises) - 1) / deviation : 0;
	*out = (struct mw_trend){
		.samples = n,
		.seconds = x[n - 1].at - x[0].at,
		.first = x[0].v,
		.last = x[n - 1].v,
		.slope = count % 2 ? slopes[count / 2]
				   : (slopes[count / 2 - 1] + slopes[count / 2]) / 2,
		.low = at_rank(slopes, count, ((double)count - margin) / 2),
		.high = at_rank(slopes, count, ((double)count + margin) / 2),
		.confidence = erf(z / sqrt(2)),
	};
	return true;
}

bool mw_trend_of(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
		 struct mw_trend *out)
{
	const struct mw_series *series = &c->evidence->series;
	size_t step = (series->count + MOST_SAMPLES - 1) / MOST_SAMPLES, n = 0;
	struct sample x[MOST_SAMPLES];
	double *slopes;
	bool fits;

	/* counted from the end, so that the newest is in */
	for (size_t back = 0; back < series->count; back += step)
		if (take(series->at[series->count - 1 - back], e, metric, &x[n]))
			n++;
	if (n < FEWEST_SAMPLES)
		return false;
	for (size_t i = 0; i < n / 2; i++) {
		struct sample swap = x[i];

		x[i] = x[n - 1 - i];
		x[n - 1 - i] = swap;
	}
	slopes = calloc(n * (n - 1) / 2, sizeof(*slopes));
	fits = slopes && fit(x, n, slopes, out);
	free(slopes);
	return fits;
}

bool mw_grows(const struct mw_check *c, const struct mw_entity *e, enum mw_metric metric,
	      double confidence, struct mw_trend *out)
{
	struct mw_evidence newer = *c->evidence;
	struct mw_check half = *c;
	struct mw_trend all, last;

	newer.series.at += newer.series.count / 2;
	newer.series.count -= newer.series.count / 2;
	half.evidence = &newer;
	if (!mw_trend_of(c, e, metric, &all) || !mw_trend_of(&half, e, metric, &last))
		return false;
	if (all.slope <= 0 || all.confidence < confidence || last.slope < all.slope / 2)
		return false;
	*out = all;
	return true;
}
