#include "diagnose/container/group.h"

enum { SHARE, BESIDE, ROOM };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.25, "ratio",
		    N_("so much of the machine: when it grows, others are killed") },
	[BESIDE] = { "beside", 67108864, "bytes",
		     N_("a limited group beside it of that size: the machine is shared") },
	[ROOM] = { "room", 1.25, "ratio", N_("what a limit should leave above the most seen") },
	{ 0 },
};

/* No limit of its own or above. */
static bool is_unlimited(const struct mw_entity *e)
{
	for (; e; e = e->parent)
		if (!isnan(mw_group_limit(e)))
			return false;
	return true;
}

/* Somebody else has a limit here: those who run this machine share it on purpose. */
static bool is_shared(const struct mw_check *c)
{
	const struct mw_entity *g;

	mw_for_each (g, c->now, MW_CGROUP)
		if (!isnan(mw_group_limit(g)) && !mw_inside(g, c->e) && !mw_inside(c->e, g) &&
		    mw_value(g, M_CG_UNRECLAIMABLE) >= c->p[BESIDE])
			return true;
	return false;
}

/* The most that it needed, as far as was seen. */
static double most_needed(const struct mw_check *c)
{
	double most = mw_value(c->e, M_CG_UNRECLAIMABLE);

	for (size_t i = 0; i < c->evidence->series.count; i++) {
		const struct mw_entity *then = mw_then(c, i, c->e);

		if (then && mw_value(then, M_CG_UNRECLAIMABLE) > most)
			most = mw_value(then, M_CG_UNRECLAIMABLE);
	}
	return most;
}

static enum mw_verdict check(struct mw_check *c)
{
	double needed = mw_value(c->e, M_CG_UNRECLAIMABLE), most;
	double total = mw_value(c->node, M_MEM_TOTAL);

	if (!(needed >= c->p[SHARE] * total) || mw_group_is_machine(c->e) || !is_unlimited(c->e) ||
	    !is_shared(c) || mw_group_is_shell(c, M_CG_UNRECLAIMABLE, false))
		return MW_CLEAR;
	most = most_needed(c);
	mw_cite_metric(c, "needed", c->e, M_CG_UNRECLAIMABLE, c->p[SHARE] * total);
	mw_cite(c, "share", MW_FORM_SHARE, needed / total, "unreclaimable / MemTotal");
	mw_cite(c, "most", MW_FORM_BYTES, most, mw_source_of(c, c->e, M_CG_UNRECLAIMABLE));
	mw_cite(c, "suggested", MW_FORM_BYTES,
		c->p[ROOM] * most + (double)mw_get_or(c->e, M_CG_ACTIVE_FILE, 0),
		"room * most unreclaimable + active_file");
	mw_cite_metric(c, "peak", c->e, M_CG_PEAK, NAN);
	mw_detail(c, N_("when it grows the machine runs out, and the kernel kills by size: perhaps "
			"one of the others"));
	mw_advise(c, N_("set a limit: {suggested} would be the {most} it needed so far, its active "
			"cache, and room"));
	if (!c->evidence->series.count)
		mw_doubt(c, MW_MEDIUM, N_("one look: what it needs at other times is not known"));
	mw_cite_owner(c, M_P_RSS);
	mw_avoid(c, N_("take usage or its peak for a limit: both hold page cache that it does not "
		       "need"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_no_limit = {
	.id = "ctr-no-limit",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("{entity} holds {needed}, {share} of the machine, and has no limit"),
	.about = N_("A large group without any limit, on a machine where others have one."),
	.silent = N_("A database that has a machine for itself."),
};
