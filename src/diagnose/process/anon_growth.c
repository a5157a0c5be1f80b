#include "diagnose/growth.h"

enum { WATCHED, LEAST, SHARE, SOON };

static const struct mw_param params[] = {
	[WATCHED] = { "watched", 900, "seconds", N_("a shorter look mistakes a start for a leak") },
	[LEAST] = { "least", 67108864.0, "bytes", N_("less is how programs breathe") },
	[SHARE] = { "share", 0.1, "ratio", N_("of what it was") },
	[SOON] = { "soon", 86400, "seconds",
		   N_("room that would last less than a day at this pace") },
	{ 0 },
};

static const char *const explains[] = { "ctr-anon-growth", "ctr-oom-risk", "node-memory-low",
					NULL };

/* What it could still take. */
static void weigh_room(struct mw_check *c, double slope)
{
	const struct mw_entity *group = c->e->parent;
	bool own = group && mw_get(group, M_CG_HEADROOM).state == MW_OK;
	const struct mw_entity *of = own ? group : c->node;
	enum mw_metric metric = own ? M_CG_HEADROOM : M_MEM_AVAILABLE;
	struct mw_num room = mw_get(of, metric);

	if (room.state != MW_OK)
		return;
	mw_cite_metric(c, "room", of, metric, NAN);
	mw_cite_over(c, "time", MW_FORM_SECONDS, (double)room.v / slope, "room / growth",
		     c->p[SOON]);
	mw_detail(c, N_("the {room} that it can still take would last {time} at this pace"));
	if ((double)room.v / slope < c->p[SOON])
		mw_level(c, MW_WARNING);
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_trend t;

	if (!c->evidence->series.count ||
	    !mw_growth_of(c, c->e, M_P_RSS_ANON, c->p[WATCHED], c->p[LEAST], c->p[SHARE], &t))
		return MW_CLEAR;
	mw_growth_cite(c, c->e, M_P_RSS_ANON, &t);
	mw_detail(c, N_("from {first} to {last} within {watched}, and no slower towards the end"));
	weigh_room(c, t.slope);
	mw_advise(c,
		  N_("see which mappings grow: [heap] and 64 MiB arenas are malloc, others are "
		     "the runtime's; then ask its own tools, or restart it before the room ends"));
	mw_avoid(c, N_("a higher limit as the only measure: it is full later"));
	mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->id);
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_anon_growth = {
	.id = "proc-anon-growth",
	.level = MW_NOTICE,
	.kind = MW_PROCESS,
	.trend = true,
	.params = params,
	.check = check,
	.title = N_("{entity} grows by {growth}"),
	.about = N_("A process' anonymous memory grows steadily and does not flatten: a leak, or a "
		    "cache without a bound."),
	.silent = N_("A process that fills its memory after the start and then stands still."),
	.explains = explains,
};
