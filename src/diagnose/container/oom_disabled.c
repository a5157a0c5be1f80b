#include "diagnose/container/group.h"

enum { LEFT };

static const struct mw_param params[] = {
	[LEFT] = { "left", 0.2, "ratio", N_("less than this share of the limit left: act today") },
	{ 0 },
};

static bool is_told_above(const struct mw_entity *e)
{
	return isnan(mw_group_limit(e)) && e->parent &&
	       mw_get_or(e->parent, M_CG_OOM_KILL_DISABLE, 0);
}

static enum mw_verdict check(struct mw_check *c)
{
	bool off = mw_get_or(c->e, M_CG_OOM_KILL_DISABLE, 0);
	bool waiting = mw_get_or(c->e, M_CG_UNDER_OOM, 0);
	double left = mw_value(c->e, M_CG_HEADROOM), limit = mw_value(c->e, M_CG_EFFECTIVE_LIMIT);

	/* under_oom alone: a kill that is just going on */
	if (!off || is_told_above(c->e) || (!waiting && isnan(mw_group_limit(c->e))))
		return MW_CLEAR;
	mw_cite_metric(c, "disabled", c->e, M_CG_OOM_KILL_DISABLE, NAN);
	mw_cite_metric(c, "under_oom", c->e, M_CG_UNDER_OOM, NAN);
	mw_cite_metric(c, "left", c->e, M_CG_HEADROOM, c->p[LEFT] * limit);
	mw_cite_metric(c, "limit", c->e, M_CG_EFFECTIVE_LIMIT, NAN);
	if (waiting) {
		mw_level(c, MW_CRITICAL);
		mw_title(c,
			 N_("Processes of {entity} stand still: it is out of memory, and nothing "
			    "may be killed"));
		mw_cite_owner(c, M_P_RSS);
		mw_advise(c, N_("raise its limit, or end a process of it, and they go on"));
	} else if (left < c->p[LEFT] * limit) {
		mw_level(c, MW_WARNING);
		mw_title(c, N_("{entity} will hang in {left}: its OOM killer is switched off"));
	}
	mw_advise(c, N_("switch it on again: echo 0 > memory.oom_control; Docker: without "
			"--oom-kill-disable"));
	mw_avoid(c, N_("wait: without the OOM killer nothing resolves it, and locks that its "
		       "processes hold stay held"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_oom_disabled = {
	.id = "ctr-oom-disabled",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_(
		"{entity} would hang rather than lose a process: its OOM killer is switched off"),
	.about = N_(
		"cgroup v1 can be told not to kill in a group (oom_kill_disable). A process that "
		"needs memory beyond the limit then stands still until somebody makes room."),
	.silent = N_("The switch on a group without a limit: it can hit none of its own."),
};
