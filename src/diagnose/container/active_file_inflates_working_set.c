#include "diagnose/container/group.h"
#include "diagnose/owners.h"
#include "model/want.h"

enum { SHARE, NEAR, ALARM, NEEDED_MOST, MOVED, GREW };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.4, "ratio",
		    N_("less active cache than this share of the working set misleads nobody") },
	[NEAR] = { "near", 0.7, "ratio",
		   N_("a working set below this share of the limit alarms nobody") },
	[ALARM] = { "alarm", 0.8, "ratio",
		    N_("where alerts on the working set are usually set: notice from here on") },
	[NEEDED_MOST] = { "needed_most", 0.8, "ratio",
			  N_("with more than this needed the alarm is right") },
	[MOVED] = { "moved", 4194304, "bytes",
		    N_("a series: less that moved to the active list is nothing to explain") },
	[GREW] = { "grew", 0.1, "ratio",
		   N_("a series: a working set that grew by less is nothing to explain") },
	{ 0 },
};

/* What changed from one moment to the next. */
struct step {
	double working_set, active, inactive, needed, before;
};

static double change(const struct mw_entity *from, const struct mw_entity *to, enum mw_metric m)
{
	return mw_value(to, m) - mw_value(from, m);
}

static struct step step_between(const struct mw_entity *from, const struct mw_entity *to)
{
	return (struct step){
		.working_set = change(from, to, M_CG_WORKING_SET),
		.active = change(from, to, M_CG_ACTIVE_FILE),
		.inactive = change(from, to, M_CG_INACTIVE_FILE),
		.needed = change(from, to, M_CG_UNRECLAIMABLE),
		.before = mw_value(from, M_CG_WORKING_SET),
	};
}

/* The step in which most cache became active and the working set grew by nothing else. Needs no
 * times: pasted moments have none. */
static bool find_move(const struct mw_check *c, struct step *out)
{
	const struct mw_series *series = &c->evidence->series;
	bool found = false;

	for (size_t i = 1; i < series->count; i++) {
		const struct mw_entity *from = mw_then(c, i - 1, c->e), *to = mw_then(c, i, c->e);
		struct step s;

		if (!from || !to)
			continue;
		s = step_between(from, to);
		if (!(s.active >= c->p[MOVED] && s.working_set >= c->p[GREW] * s.before &&
		      s.needed < s.working_set / 10) ||
		    (found && s.active <= out->active))
			continue;
		*out = s;
		found = true;
	}
	return found;
}

static void say_move(struct mw_check *c, const struct step *s, bool near)
{
	mw_cite(c, "moved", MW_FORM_BYTES, s->active, "memory.stat: active_file");
	mw_cite(c, "grew", MW_FORM_BYTES, s->working_set, "usage - inactive_file");
	mw_cite(c, "more_needed", MW_FORM_BYTES, s->needed > 0 ? s->needed : 0,
		mw_source_of(c, c->e, M_CG_UNRECLAIMABLE));
	if (!near)
		mw_title(
			c,
			N_("The working set of {entity} grew by {grew}, and no program holds more: "
			   "file cache became active"));
	if (s->inactive < -s->active / 2) {
		mw_cite(c, "left_inactive", MW_FORM_BYTES, -s->inactive,
			"memory.stat: inactive_file");
		mw_detail(c, N_("between two moments {moved} of file cache became active as they "
				"were read again ({left_inactive} left the inactive list): the "
				"working set grew by {grew}, what programs hold by {more_needed}"));
	} else {
		mw_detail(c, N_("between two moments {moved} of file cache became active: the "
				"working set grew by {grew}, what programs hold by {more_needed}"));
	}
}

/* The lists mean something else under MGLRU. */
static void say_which_lists(struct mw_check *c)
{
	const char *bits = mw_get_text(c->node, M_LRU_GEN_ENABLED);
	struct slice text = slice_of(bits ? bits : "");
	uint64_t on;

	if (slice_word(&text, "0x") && slice_hex(&text, &on) && on & 1)
		mw_detail(c, N_("this machine runs MGLRU: active means its two youngest "
				"generations, not files read twice"));
}

static void say(struct mw_check *c, double limit)
{
	double working_set = mw_value(c->e, M_CG_WORKING_SET);
	double active = mw_value(c->e, M_CG_ACTIVE_FILE);

	mw_cite_metric(c, "working_set", c->e, M_CG_WORKING_SET, NAN);
	mw_cite_metric(c, "active", c->e, M_CG_ACTIVE_FILE, NAN);
	mw_cite_over(c, "share", MW_FORM_SHARE, active / working_set,
		     "active_file / (usage - inactive_file)", c->p[SHARE]);
	mw_cite_metric(c, "needed", c->e, M_CG_UNRECLAIMABLE, NAN);
	if (!isnan(limit)) {
		mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
		mw_cite_over(c, "of_limit", MW_FORM_SHARE, working_set / limit,
			     "(usage - inactive_file) / limit", c->p[ALARM]);
		mw_title(c, N_("The working set of {entity} says {of_limit} of the limit, but "
			       "{share} of it is page cache that can be reclaimed"));
	}
	mw_detail(c,
		  N_("kubectl top, docker stats and the kubelet count the {active} on the active "
		     "list as used; only {needed} cannot be reclaimed"));
	mw_name_files(c, c->e, M_F_ACTIVE, false);
	say_which_lists(c);
	mw_advise(c, N_("alert on what cannot be reclaimed instead of the working set"));
	mw_advise(c, N_("find the files that are read again and again (logs, backups, indexes): "
			"rotate them, or read them with O_DIRECT or posix_fadvise(DONTNEED)"));
	mw_avoid(c, N_("restart it or raise the limit: no program holds that memory"));
	mw_avoid(c, N_("drop_caches: it empties the cache of the whole machine, and this one fills "
		       "up again"));
	mw_ask_group(c);
}

static enum mw_verdict check(struct mw_check *c)
{
	double working_set = mw_value(c->e, M_CG_WORKING_SET), limit = mw_group_limit(c->e);
	double active = mw_value(c->e, M_CG_ACTIVE_FILE);
	bool large = active >= c->p[SHARE] * working_set && working_set > 0;
	bool near = working_set >= c->p[NEAR] * limit &&
		    mw_value(c->e, M_CG_UNRECLAIMABLE) < c->p[NEEDED_MOST] * limit;
	struct step move;
	bool moved = large && find_move(c, &move);

	if (!large || (!near && !moved) || mw_group_is_machine(c->e) ||
	    mw_group_is_shell(c, M_CG_ACTIVE_FILE, !isnan(limit)))
		return MW_CLEAR;
	mw_level(c, near && working_set >= c->p[ALARM] * limit ? MW_NOTICE : MW_INFO);
	say(c, limit);
	if (moved)
		say_move(c, &move, near);
	return MW_FIRES;
}

/* The files are looked for where it will fire, or nearly. */
static uint32_t more(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP) {
		double usage = mw_value(e, M_CG_USAGE), active = mw_value(e, M_CG_ACTIVE_FILE);
		double working_set = usage - mw_value(e, M_CG_INACTIVE_FILE);

		if (active >= params[SHARE].value * working_set &&
		    working_set >= params[NEAR].value * mw_group_limit(e))
			return MW_WANT_CENSUS;
	}
	return 0;
}

static const char *const explains[] = { "ctr-cache-not-risk", "ctr-words-disagree",
					"ctr-cache-growth", NULL };

const struct mw_rule mw_rule_ctr_active_file_inflates_working_set = {
	.id = "ctr-active-file-inflates-working-set",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.more = more,
	.explains = explains,
	.title = N_("{share} of the working set of {entity} is page cache that can be reclaimed"),
	.about = N_("The working set leaves only the inactive file cache out. Files that are read "
		    "twice become active, and count as used in kubectl top, in alerts and in the "
		    "kubelet's eviction, although the kernel takes them back before it kills."),
	.silent = N_("A working set near the limit that is nearly all anonymous memory."),
};
