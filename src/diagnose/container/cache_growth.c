#include "diagnose/container/group.h"
#include "diagnose/owners.h"

enum { GREW, LEAST, CONFIDENCE, OF_ALL, DIRTY };

static const struct mw_param params[] = {
	[GREW] = { "grew", 0.1, "ratio", N_("of the usage: less is what caches do all day") },
	[LEAST] = { "least", 4194304, "bytes", N_("less is not worth a word") },
	[CONFIDENCE] = { "confidence", 0.95, "ratio", N_("how surely it must grow") },
	[OF_ALL] = { "of_all", 0.5, "ratio",
		     N_("of what the usage grew by: else something else is the point") },
	[DIRTY] = { "dirty", 0.1, "ratio",
		    N_("of the growth not yet on disk: files are written, not read") },
	{ 0 },
};

/* Moments without times: none in which it shrank. */
static bool never_shrinks(const struct mw_check *c)
{
	const struct mw_series *series = &c->evidence->series;
	double last = NAN;

	for (size_t i = 0; i < series->count; i++) {
		const struct mw_entity *then = mw_then(c, i, c->e);
		double cache = then ? mw_group_cache(then) : NAN;

		if (!then || cache < last)
			return false;
		last = cache;
	}
	return true;
}

static bool has_times(const struct mw_check *c)
{
	const struct mw_series *series = &c->evidence->series;

	return mw_snapshot_machine(c->now)->clock > mw_snapshot_machine(series->at[0])->clock;
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *first = c->evidence->series.count > 2 ? mw_then(c, 0, c->e) : NULL;
	double usage = mw_value(c->e, M_CG_USAGE), grew, all;
	struct mw_trend t;

	if (!first)
		return MW_CLEAR;
	grew = mw_group_cache(c->e) - mw_group_cache(first);
	all = usage - mw_value(first, M_CG_USAGE);
	if (!(grew >= c->p[LEAST] && grew >= c->p[GREW] * usage && grew >= c->p[OF_ALL] * all) ||
	    mw_group_is_machine(c->e) || mw_group_is_shell(c, M_CG_FILE, false))
		return MW_CLEAR;
	if (has_times(c)) {
		if (!mw_grows(c, c->e, M_CG_FILE, c->p[CONFIDENCE], &t))
			return MW_CLEAR;
		mw_cite(c, "growth", MW_FORM_BYTE_RATE, t.slope, mw_source_of(c, c->e, M_CG_FILE));
		mw_cite(c, "watched", MW_FORM_SECONDS, t.seconds, N_("the series of snapshots"));
		mw_detail(c, N_("by {growth} over {watched}"));
	} else if (!never_shrinks(c)) {
		return MW_CLEAR;
	}
	mw_cite_over(c, "grew", MW_FORM_BYTES, grew, "memory.stat: active_file + inactive_file",
		     c->p[GREW] * usage);
	mw_cite(c, "all", MW_FORM_BYTES, all > 0 ? all : 0, mw_source_of(c, c->e, M_CG_USAGE));
	mw_cite_metric(c, "dirty", c->e, M_CG_FILE_DIRTY, NAN);
	if (mw_value(c->e, M_CG_FILE_DIRTY) >= c->p[DIRTY] * grew)
		mw_detail(c, N_("files are written: {dirty} are not on disk yet"));
	mw_name_files(c, c->e, M_F_CACHED, false);
	mw_detail(c,
		  N_("its usage grew by {all}; file cache grows up to the limit and is taken back "
		     "before anything is killed"));
	mw_advise(
		c,
		N_("if it matters, find who reads or writes the files: logs, backups, downloads"));
	mw_avoid(c, N_("take it for a leak: no program holds it"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_cache_growth = {
	.id = "ctr-cache-growth",
	.level = MW_INFO,
	.kind = MW_CGROUP,
	.trend = true,
	.params = params,
	.check = check,
	.title = N_("The file cache of {entity} grew by {grew}"),
	.about = N_(
		"Usage grows because files are read or written. Needs a series of at least three "
		"moments; where their times are known, steady growth."),
	.silent = N_("Cache that comes and goes, or growth that is mostly anonymous memory."),
};
