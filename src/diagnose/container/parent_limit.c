#include "diagnose/container/group.h"

#include "ledger/headroom.h"

enum { LEFT, TIMES };

static const struct mw_param params[] = {
	[LEFT] = { "left", 0.2, "ratio",
		   N_("more than this share of the ancestor's limit left: it does not bind soon") },
	[TIMES] = { "times", 2, "count",
		    N_("its own limit leaves so many times more: else both bind alike") },
	{ 0 },
};

static const struct mw_entity *above(const struct mw_entity *g)
{
	const struct mw_entity *parent = g->parent;

	return parent && mw_get_or(parent, M_CG_USE_HIERARCHY, 1) ? parent : NULL;
}

static void say_ancestor(struct mw_check *c, const struct mw_entity *ancestor)
{
	const struct mw_entity *g, *beside = NULL;

	mw_cite_text(c, "ancestor", ancestor->name, N_("its place in the tree of groups"));
	mw_cite(c, "ancestor_limit", MW_FORM_BYTES, mw_group_limit(ancestor),
		mw_source_of(c, ancestor, M_CG_LIMIT));
	mw_cite_metric(c, "ancestor_needed", ancestor, M_CG_UNRECLAIMABLE, NAN);
	mw_for_each (g, c->now, MW_CGROUP)
		if (mw_inside(g, ancestor) && g != ancestor && !mw_inside(g, c->e) &&
		    !mw_inside(c->e, g) &&
		    (!beside ||
		     mw_value(g, M_CG_UNRECLAIMABLE) > mw_value(beside, M_CG_UNRECLAIMABLE)))
			beside = g;
	if (!beside || !mw_get_or(beside, M_CG_UNRECLAIMABLE, 0))
		return;
	mw_cite_text(c, "beside", beside->name, N_("its place in the tree of groups"));
	mw_cite_metric(c, "beside_needed", beside, M_CG_UNRECLAIMABLE, NAN);
	mw_detail(c, N_("the largest beside it is {beside} with {beside_needed} that cannot be "
			"reclaimed"));
}

static enum mw_verdict fire(struct mw_check *c, double limit)
{
	mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
	mw_advise(c,
		  N_("set the limits so that those inside fit into the one above, or look for the "
		     "group that takes too much of it"));
	mw_avoid(c, N_("raise the limit of {entity}: it is not the one that binds"));
	mw_ask_group(c);
	return MW_FIRES;
}

/* --- a limit that can never be reached -------------------------------------------------------- */

/* The nearest limited group above, if it allows less. Of several that can never be reached the one
 * next to the smallest limit tells it. */
static const struct mw_entity *smaller_above(const struct mw_entity *e, double limit)
{
	const struct mw_entity *found = NULL;

	for (const struct mw_entity *g = above(e); g; g = above(g)) {
		double theirs = mw_value(g, M_CG_LIMIT);

		bool less = theirs < limit;

		if (isnan(theirs) || (found && !less))
			continue;
		if (found || !less)
			return NULL;
		found = g;
		limit = theirs;
	}
	return found;
}

static enum mw_verdict never_reached(struct mw_check *c, const struct mw_entity *ancestor,
				     double limit)
{
	mw_title(c, N_("{entity} can never have its {limit}: {ancestor} above it allows "
		       "{ancestor_limit} for all in it"));
	say_ancestor(c, ancestor);
	return fire(c, limit);
}

/* v1 tells the smallest limit above also where those groups cannot be seen. */
static enum mw_verdict never_reached_unseen(struct mw_check *c, double limit)
{
	mw_title(c, N_("{entity} can never have its {limit}: a group above it allows only "
		       "{ancestor_limit}"));
	mw_cite_metric(c, "ancestor_limit", c->e, M_CG_HIERARCHICAL_LIMIT, limit);
	mw_detail(c, N_("that group cannot be seen from here: look on the host"));
	return fire(c, limit);
}

/* --- a limit that the others use up ----------------------------------------------------------- */

/* Told once for each ancestor: of the group that needs most. */
static bool is_first(const struct mw_check *c, const char *of)
{
	double needed = mw_value(c->e, M_CG_UNRECLAIMABLE);
	const struct mw_entity *g;

	mw_for_each (g, c->now, MW_CGROUP) {
		const char *theirs = g == c->e ? NULL : mw_get_text(g, M_CG_HEADROOM_OF);
		double other = mw_value(g, M_CG_UNRECLAIMABLE);

		if (theirs && !strcmp(theirs, of) && strcmp(g->name, of) != 0 &&
		    !isnan(mw_group_limit(g)) &&
		    (other > needed || (other == needed && g->index < c->e->index)))
			return false;
	}
	return true;
}

static enum mw_verdict used_up(struct mw_check *c, double limit)
{
	const char *of = mw_get_text(c->e, M_CG_HEADROOM_OF);
	struct mw_num own = mw_headroom_own(c->now, c->e);
	double left = mw_value(c->e, M_CG_HEADROOM);
	const struct mw_entity *g = above(c->e);

	while (g && of && strcmp(g->name, of) != 0)
		g = above(g);
	if (!g || !of || own.state != MW_OK || !((double)own.v >= c->p[TIMES] * left) ||
	    !(left < c->p[LEFT] * mw_group_limit(g)) || !is_first(c, of))
		return MW_CLEAR;
	mw_title(c, N_("{entity} has {left} left, not the {own_left} of its own limit: {ancestor} "
		       "above it is nearly full"));
	mw_cite_over(c, "left", MW_FORM_BYTES, left, mw_source_of(c, c->e, M_CG_HEADROOM),
		     c->p[LEFT] * mw_group_limit(g));
	mw_cite(c, "own_left", MW_FORM_BYTES, (double)own.v, "limit - unreclaimable");
	say_ancestor(c, g);
	mw_detail(c, N_("{ancestor_needed} of its {ancestor_limit} cannot be reclaimed"));
	return fire(c, limit);
}

static enum mw_verdict check(struct mw_check *c)
{
	double limit = mw_value(c->e, M_CG_LIMIT);
	const struct mw_entity *ancestor;

	if (isnan(limit))
		return MW_CLEAR;
	ancestor = smaller_above(c->e, limit);
	if (ancestor)
		return never_reached(c, ancestor, limit);
	if (!c->e->parent && mw_value(c->e, M_CG_HIERARCHICAL_LIMIT) < limit)
		return never_reached_unseen(c, limit);
	return used_up(c, limit);
}

const struct mw_rule mw_rule_ctr_parent_limit = {
	.id = "ctr-parent-limit",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("A limit above {entity} binds before its own"),
	.about = N_(
		"A group may take what its own limit and each limit above it allow. One that is "
		"smaller, or that the groups beside it use up, is hit first: the OOM kill then "
		"comes far below the group's own limit."),
	.silent = N_("A pod and its only container with the same limit."),
};
