/* Somebody writes to drop_caches again and again. */
#include "diagnose/node/node.h"

enum { PER_HOUR, TIMES, NOW };

static const struct mw_param params[] = {
	[PER_HOUR] = { "per_hour", 1, "count",
		       N_("since boot, this often in an hour is a timer, not a person") },
	[TIMES] = { "times", 12, "count", N_("fewer may be one evening's experiments") },
	[NOW] = { "times_seen", 2, "count",
		  N_("while watched, this often is a loop that runs now") },
	{ 0 },
};

/* Writing 3 counts in both. */
static double times(const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s);

	return fmax((double)mw_get_or(node, M_DROP_PAGECACHE, 0),
		    (double)mw_get_or(node, M_DROP_SLAB, 0));
}

static const struct mw_snapshot *earliest(const struct mw_check *c)
{
	return c->evidence->series.count ? c->evidence->series.at[0] : c->evidence->view.before;
}

static void say_what_to_do(struct mw_check *c)
{
	mw_detail(c,
		  N_("what is dropped must be read from disk again; the kernel would have given it "
		     "up by itself where memory was needed"));
	mw_advise(c,
		  N_("find the timer and end it: the kernel log names who wrote ('drop_caches: 3' "
		     "with name and pid), and crontabs and unit files mention it"));
	mw_advise(c,
		  N_("if an alert was the reason, alert on MemAvailable or unreclaimable memory"));
	mw_ask(c, "dmesg -T | grep drop_caches");
	mw_ask(c, "grep -r drop_caches /etc/cron* /var/spool/cron /etc/systemd");
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_snapshot *first = earliest(c);
	double all = times(c->now), seen = first ? all - times(first) : 0;
	struct mw_num uptime = mw_get(c->node, M_UPTIME);
	double hours = uptime.state == MW_OK ? (double)uptime.v / 3.6e9 : NAN;

	if (seen >= c->p[NOW]) {
		mw_cite_over(c, "times", MW_FORM_COUNT, seen,
			     "/proc/vmstat: drop_pagecache, drop_slab", c->p[NOW]);
		mw_cite(c, "time", MW_FORM_SECONDS, mw_watched(c),
			"between the first and last moment");
		mw_level(c, MW_WARNING);
		mw_title(c, N_("somebody dropped the caches {times} times within {time}"));
		say_what_to_do(c);
		return MW_FIRES;
	}
	if (all < c->p[TIMES] || !(all / hours >= c->p[PER_HOUR]))
		return MW_CLEAR;
	mw_cite_over(c, "times", MW_FORM_COUNT, all, "/proc/vmstat: drop_pagecache, drop_slab",
		     c->p[TIMES]);
	mw_cite_metric(c, "time", c->node, M_UPTIME, NAN);
	mw_doubt(c, MW_MEDIUM, N_("counted since boot: it may have ended"));
	say_what_to_do(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_drop_caches_loop = {
	.id = "node-drop-caches-loop",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("somebody dropped the caches {times} times in the {time} since boot"),
	.about = N_(
		"Writes to /proc/sys/vm/drop_caches come regularly. They cure nothing: page cache is "
		"given up when memory is needed, and anonymous memory is not touched by them."),
	.silent = N_("One or a few drops, by a person or before a benchmark."),
};
