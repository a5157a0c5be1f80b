#include "diagnose/container/group.h"

enum { SHARE, LEAST, AGE, ROOM };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.3, "ratio", N_("a peak above this share of the limit needs it") },
	[LEAST] = { "least", 1073741824, "bytes", N_("less to be had is not worth the change") },
	[AGE] = { "age", 604800, "seconds",
		  N_("a week: with its working days and its batch jobs") },
	[ROOM] = { "room", 1.25, "ratio", N_("what a limit should leave above the peak") },
	{ 0 },
};

/* How long the peak has been watched: since its oldest process started, or over the series. */
static double age(const struct mw_check *c)
{
	const struct mw_series *series = &c->evidence->series;
	double clock = (double)mw_snapshot_machine(c->now)->clock / 1e9, oldest = clock;
	const struct mw_entity *p;
	double watched = 0;

	if (series->count)
		watched = clock - (double)mw_snapshot_machine(series->at[0])->clock / 1e9;
	mw_for_each (p, c->now, MW_PROCESS) {
		double started = mw_value(p, M_P_START_TIME) / 1e6;

		if (started < oldest && mw_inside(p, c->e))
			oldest = started;
	}
	return clock - oldest > watched ? clock - oldest : watched;
}

static enum mw_verdict check(struct mw_check *c)
{
	double limit = mw_value(c->e, M_CG_LIMIT), request = mw_value(c->e, M_CG_REQUEST);
	double peak = mw_value(c->e, M_CG_PEAK), watched;

	if (isnan(limit) || mw_value(c->e, M_CG_USAGE) > c->p[SHARE] * limit)
		return MW_CLEAR;
	if (isnan(peak) && !isnan(request))
		return mw_unknown(c,
				  N_("its peak: memory.peak needs Linux 5.19, a series of a week "
				     "would do as well"),
				  NULL);
	if (!(peak <= c->p[SHARE] * limit && limit - peak >= c->p[LEAST]) ||
	    mw_group_is_shell(c, M_CG_PEAK, true))
		return MW_CLEAR;
	watched = age(c);
	if (watched < c->p[AGE])
		return MW_CLEAR;
	mw_cite_metric(c, "peak", c->e, M_CG_PEAK, c->p[SHARE] * limit);
	mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
	mw_cite_over(c, "watched", MW_FORM_SECONDS, watched, N_("since its oldest process started"),
		     c->p[AGE]);
	mw_cite(c, "suggested", MW_FORM_BYTES, c->p[ROOM] * peak, "room * peak");
	mw_advise(c, N_("a limit of {suggested} would do: the peak, cache included, and room"));
	if (request >= peak) {
		mw_level(c, MW_NOTICE);
		mw_cite_metric(c, "request", c->e, M_CG_REQUEST, NAN);
		mw_detail(c, N_("its request of {request} keeps that memory from other pods"));
		mw_advise(c, N_("lower the request to what it needs: {peak} at most so far"));
	}
	mw_avoid(c, N_("take today's usage for the limit: the peak counts"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_limit_oversized = {
	.id = "ctr-limit-oversized",
	.level = MW_INFO,
	.kind = MW_CGROUP,
	.trend = true,
	.params = params,
	.check = check,
	.title = N_("{entity} never took more than {peak} of its {limit} in {watched}"),
	.about = N_("The highest usage since the group was made, page cache included, is far below "
		    "the limit. A limit alone costs nothing, a request does."),
	.silent = N_("A peak of half the limit, or a group that was made today."),
};
