#include "diagnose/container/group.h"

#include "model/oom.h"

enum { RECENT };

static const struct mw_param params[] = {
	[RECENT] = { "recent", 3600, "seconds",
		     N_("a kill not longer ago than this is still going on: warning") },
	{ 0 },
};

/* --- the counter ------------------------------------------------------------------------------ */

/* v2 counts what was killed below a group in it, too: its own share is what the groups below do not
 * have. That of groups that are gone stays with the group above them. */
static double own_kills(const struct mw_snapshot *s, const struct mw_entity *group)
{
	double kills = mw_value(group, M_CG_OOM_KILLS);
	const struct mw_entity *g;

	if (!(kills > 0) || mw_get_or(group, M_CG_VERSION, 2) == 1)
		return kills;
	mw_for_each (g, s, MW_CGROUP)
		if (g->parent == group)
			kills -= (double)mw_get_or(g, M_CG_OOM_KILLS, 0);
	return kills;
}

/* Kills between the view's two moments; 0 when that is not known. */
static double new_kills(const struct mw_check *c, double now)
{
	const struct mw_view *view = &c->evidence->view;
	const struct mw_entity *then = mw_view_before(view, c->e);
	double before = then ? own_kills(view->before, then) : NAN;

	return now > before ? now - before : 0;
}

/* --- the kernel log --------------------------------------------------------------------------- */

static const struct mw_oom_report *last_report(const struct mw_check *c)
{
	const struct mw_oom_report *last = NULL;

	for (size_t i = 0; i < c->evidence->oom_count; i++) {
		const struct mw_oom_report *r = c->evidence->ooms[i];

		if (r->victim_group && !strcmp(r->victim_group, c->e->name) && r->victim_count)
			last = r;
	}
	return last;
}

/* Seconds since; NAN when the log or the snapshot has no time. */
static double seconds_since(const struct mw_check *c, const struct mw_oom_report *r)
{
	const struct mw_machine *m = mw_snapshot_machine(c->now);

	if (r->time && m->taken_at)
		return (double)(m->taken_at - r->time) / 1e9;
	if (m->kind == MW_LIVE && r->uptime != MW_OOM_NOT_TOLD && r->uptime && m->clock)
		return (double)m->clock / 1e9 - (double)r->uptime / 1e6;
	return NAN;
}

/* What to do follows from whose memory ran out. */
static const struct {
	const char *detail, *advice;
} causes[MW_OOM_CAUSES] = {
	[MW_OOM_OWN_LIMIT] = { N_("it hit its own limit, the machine had memory"),
			       N_("find what grew, or raise the limit of {entity}") },
	[MW_OOM_ANCESTOR_LIMIT] = { N_("a group above it hit its limit: {limit_group}"),
				    N_("look at all that is in {limit_group}: its limit is the one "
				       "that binds") },
	[MW_OOM_MACHINE_FULL] = { N_("the machine was full: no limit of this group was hit"),
				  N_("give groups limits that fit into the machine together, or "
				     "move something away") },
	[MW_OOM_FRAGMENTATION] = { N_("there was memory, but not in one piece"),
				   N_("look for who asks for large blocks: memwhy oom") },
	[MW_OOM_ZONE] = { N_("one zone of the machine was empty while others were not"), NULL },
	[MW_OOM_BY_CPUSET] = { N_("its cpuset allows only NUMA nodes that were full"),
			       N_("widen cpuset.mems, or move something away from those nodes") },
	[MW_OOM_BY_MEMPOLICY] = { N_("its memory policy allows only NUMA nodes that were full"),
				  N_("loosen the policy (numactl --preferred instead of --membind)") },
	[MW_OOM_REQUESTED] = { N_("somebody asked for it with sysrq"), NULL },
};

static void say_report(struct mw_check *c, const struct mw_oom_report *r, double since)
{
	const char *victim = arena_printf(c->arena, "%s[%u]", r->victims[0].name,
					  r->victims[0].pid);

	mw_cite_text(c, "victim", victim ? victim : "", N_("kernel log"));
	if (r->victims[0].anon != MW_OOM_NOT_TOLD) {
		mw_cite(c, "victim_anon", MW_FORM_BYTES, (double)r->victims[0].anon,
			N_("kernel log"));
		mw_detail(c, N_("the last was {victim}, with {victim_anon} of anonymous memory"));
	} else {
		mw_detail(c, N_("the last was {victim}"));
	}
	if (since >= 0) {
		mw_cite_over(c, "since", MW_FORM_SECONDS, since, N_("kernel log"), c->p[RECENT]);
		mw_title(
			c,
			N_("The OOM killer took {victim} in {entity} {since} ago, {kills} in all"));
	}
	if (r->limit_group)
		mw_cite_text(c, "limit_group", r->limit_title ? r->limit_title : r->limit_group,
			     N_("kernel log"));
	if (causes[r->cause].detail && (r->limit_group || r->cause != MW_OOM_ANCESTOR_LIMIT)) {
		mw_detail(c, causes[r->cause].detail);
		if (causes[r->cause].advice)
			mw_advise(c, causes[r->cause].advice);
	}
}

static void say_without_report(struct mw_check *c, bool new)
{
	bool limited = !isnan(mw_group_limit(c->e));

	if (!new)
		mw_doubt(c, MW_MEDIUM,
			 N_("a counter does not say when: perhaps long ago, since the group was "
			    "made"));
	if (!mw_get_or(c->e, M_CG_PROCESSES, 1) && mw_get_or(c->e, M_CG_VERSION, 2) == 2)
		mw_detail(c, N_("in groups below it that are gone since"));
	mw_advise(c,
		  limited ? N_("see what was killed and why, then find what grew or raise the "
			       "limit of {entity}")
			  : N_("see what was killed and why: this group has no limit of its own, "
			       "so it was one above it or the machine"));
}

/* --- the verdict ------------------------------------------------------------------------------ */

/* Restarted, and nothing that would say why. */
static enum mw_verdict without_counter(struct mw_check *c)
{
	if (!mw_get_or(c->e, M_CG_RESTARTS, 0) || c->evidence->oom_log)
		return MW_CLEAR;
	mw_cite_metric(c, "restarts", c->e, M_CG_RESTARTS, NAN);
	return mw_unknown(c,
			  N_("it was restarted {restarts} times; whether the OOM killer was why "
			     "would stand in memory.events and in the kernel log"),
			  "kubectl describe pod");
}

static enum mw_verdict check(struct mw_check *c)
{
	double kills = own_kills(c->now, c->e), new, since;
	const struct mw_oom_report *report;

	if (isnan(kills))
		return without_counter(c);
	if (kills <= 0)
		return MW_CLEAR;
	new = new_kills(c, kills);
	report = last_report(c);
	since = report ? seconds_since(c, report) : NAN;
	mw_level(c, new > 0 ? MW_CRITICAL : since <= c->p[RECENT] ? MW_WARNING : MW_NOTICE);
	mw_cite(c, "kills", MW_FORM_COUNT, kills, mw_source_of(c, c->e, M_CG_OOM_KILLS));
	mw_cite_metric(c, "limit", c->e, M_CG_LIMIT, NAN);
	if (report)
		say_report(c, report, since);
	else
		say_without_report(c, new > 0);
	if (kills == 1 && !(since >= 0))
		mw_title(c, N_("The OOM killer has killed a process in {entity}"));
	if (new > 0) {
		mw_cite(c, "new", MW_FORM_COUNT, new, mw_source_of(c, c->e, M_CG_OOM_KILLS));
		mw_title(c, N_("The OOM killer is at work in {entity}: {new} killed just now, "
			       "{kills} in all"));
	}
	if (mw_get_or(c->e, M_CG_OOM_GROUP, 0))
		mw_detail(c, N_("memory.oom.group is set: one kill takes all of its processes"));
	mw_avoid(c, N_("restart it and wait: what grew will grow again"));
	mw_ask(c, "memwhy oom");
	mw_ask_group(c);
	return MW_FIRES;
}

static const char *const explains[] = { "ctr-limit-pressure", NULL };

const struct mw_rule mw_rule_ctr_oom_killed = {
	.id = "ctr-oom-killed",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("The OOM killer has killed {kills} processes in {entity}"),
	.about = N_(
		"The kernel counts the processes of a group that its OOM killer took; the kernel "
		"log says when, and whose memory had run out. Kills while memwhy looks are "
		"critical, those of the last hour a warning."),
	.silent = N_("A limit that was hit often, but where reclaim always found enough."),
};
