#include "diagnose/container/group.h"

enum { NEAR, STALL, STALL_WARNING, REFAULT_SHARE, REFAULT_LEAST };

static const struct mw_param params[] = {
	[NEAR] = { "near", 0.9, "ratio",
		   N_("usage below this share: the limit is not in the way") },
	[STALL] = { "stall", 0.1, "ratio", N_("of the time some process waits: users notice") },
	[STALL_WARNING] = { "stall_warning", 0.25, "ratio", N_("so much of the time lost: act") },
	[REFAULT_SHARE] = { "refault_share", 0.02, "1/s",
			    N_("all of its cache read again within 50 s: it is too small") },
	[REFAULT_LEAST] = { "refault_least", 4194304, "bytes/s", N_("a disk does not feel less") },
	{ 0 },
};

/* The smaller one of the limit and memory.high, with the counter of how often it was hit. */
static double wall(const struct mw_entity *e, enum mw_metric *hits)
{
	double limit = mw_group_limit(e), high = mw_value(e, M_CG_HIGH);

	if (high < limit || isnan(limit)) {
		*hits = M_CG_EVENTS_HIGH;
		return high;
	}
	*hits = mw_get_or(e, M_CG_VERSION, 2) == 1 ? M_CG_FAILCNT : M_CG_EVENTS_MAX;
	return limit;
}

struct pressure {
	double wall, usage, cache;
	double stall;   /* share of the time; NAN = not known */
	double refault; /* bytes per second; NAN */
	enum mw_metric hits;
};

static struct pressure measure(const struct mw_check *c)
{
	const struct mw_machine *m = mw_snapshot_machine(c->now);
	struct pressure p = {
		.usage = mw_value(c->e, M_CG_USAGE),
		.cache = mw_group_cache(c->e),
		.stall = mw_rate(c, c->e, M_CG_PSI_SOME_US),
		.refault = mw_rate(c, c->e, M_CG_REFAULT_FILE) * m->page_size,
	};

	p.wall = wall(c->e, &p.hits);
	/* of the last 10 seconds, in millionths of a percent */
	if (isnan(p.stall))
		p.stall = mw_value(c->e, M_CG_PSI_SOME_AVG10) / 1e8;
	return p;
}

/* One look, and no time lost is counted: has it ever read again what it holds? */
static enum mw_verdict from_one_look(struct mw_check *c, const struct pressure *p)
{
	const struct mw_machine *m = mw_snapshot_machine(c->now);
	double again = mw_value(c->e, M_CG_REFAULT_FILE) * m->page_size;

	if (!isnan(p->stall) || !(again >= p->usage) || !mw_get_or(c->e, p->hits, 0))
		return MW_CLEAR;
	mw_cite(c, "again", MW_FORM_BYTES, again, mw_source_of(c, c->e, M_CG_REFAULT_FILE));
	mw_cite_metric(c, "usage", c->e, M_CG_USAGE, NAN);
	return mw_unknown(c,
			  N_("it is at its limit and has read back {again} since it was made; "
			     "whether it does so now takes two looks"),
			  "memwhy --interval 5 --count 2");
}

static void say(struct mw_check *c, const struct pressure *p, bool stalls, bool thrashes)
{
	mw_cite_metric(c, "usage", c->e, M_CG_USAGE, NAN);
	mw_cite(c, "limit", MW_FORM_BYTES, p->wall,
		mw_source_of(c, c->e, p->hits == M_CG_EVENTS_HIGH ? M_CG_HIGH : M_CG_LIMIT));
	mw_cite(c, "cache", MW_FORM_BYTES, p->cache, "memory.stat: active_file + inactive_file");
	if (!isnan(p->stall))
		mw_cite_over(c, "stall", MW_FORM_SHARE, p->stall,
			     mw_source_of(c, c->e, M_CG_PSI_SOME_US), c->p[STALL]);
	if (!isnan(p->refault))
		mw_cite_over(c, "refault", MW_FORM_BYTE_RATE, p->refault,
			     mw_source_of(c, c->e, M_CG_REFAULT_FILE), c->p[REFAULT_LEAST]);
	if (mw_cite_rate(c, "hits", c->e, p->hits, NAN))
		mw_detail(c, N_("the limit is hit {hits}; that alone would be no illness"));
	if (stalls && p->hits == M_CG_EVENTS_HIGH)
		mw_title(c,
			 N_("{entity} is slowed down at memory.high ({limit}): it waits {stall} of "
			    "the time"));
	else if (stalls)
		mw_title(c, N_("{entity} waits for memory {stall} of the time at its limit of "
			       "{limit}"));
	if (thrashes) {
		mw_detail(c,
			  N_("it reads {refault} again that it had just given up; its file cache "
			     "is {cache}"));
		mw_advise(c,
			  N_("raise its limit, or let it read less: the files in use do not fit"));
	} else {
		mw_advise(c, N_("raise its limit, or find what takes the memory"));
	}
}

static enum mw_verdict check(struct mw_check *c)
{
	struct pressure p = measure(c);
	bool two = !isnan(mw_rate(c, c->e, p.hits)), stalls, thrashes;

	if (!(p.usage >= c->p[NEAR] * p.wall) || mw_group_is_machine(c->e))
		return MW_CLEAR;
	stalls = p.stall >= c->p[STALL];
	thrashes = p.refault >= c->p[REFAULT_LEAST] && p.refault >= c->p[REFAULT_SHARE] * p.cache;
	if (!stalls && !thrashes)
		return two ? MW_CLEAR : from_one_look(c, &p);
	/* somebody else's reclaim, not this limit's */
	if (two ? mw_rate(c, c->e, p.hits) <= 0 : !mw_get_or(c->e, p.hits, 0))
		return MW_CLEAR;
	mw_level(c, p.stall >= c->p[STALL_WARNING] ? MW_WARNING : MW_NOTICE);
	say(c, &p, stalls, thrashes);
	if (isnan(p.stall))
		mw_doubt(c, MW_MEDIUM,
			 N_("no time lost is counted for this group (cgroup v1, or "
			    "PSI is off)"));
	else if (!two)
		mw_doubt(c, MW_MEDIUM, N_("one look: the last ten seconds"));
	mw_cite_owner(c, M_P_RSS);
	mw_avoid(c, N_("go by failcnt or events.max: a backup that streams through the page cache "
		       "raises them, and nobody waits"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_limit_pressure = {
	.id = "ctr-limit-pressure",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_(
		"{entity} reads {refault} of its files again: its limit of {limit} is too small "
		"for them"),
	.about = N_(
		"The group is at its limit, and pays for it: its processes wait for memory (PSI), "
		"or it reads files again that it had to give up. How often the limit was hit "
		"says nothing."),
	.silent = N_("A backup at its limit: failcnt rises, reclaim takes what was read once."),
};
