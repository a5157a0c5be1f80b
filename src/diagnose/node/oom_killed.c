/* The kernel killed for want of memory: by its log, or at least by its counter. */
#include "diagnose/node/node.h"

#include "model/oom.h"

#define KERNEL_LOG N_("the kernel log")

enum { RECENT, MOST_OLD };

static const struct mw_param params[] = {
	[RECENT] = { "recent", 86400, "seconds",
		     N_("a kill within a day is to be acted upon; an older one is worth knowing") },
	[MOST_OLD] = { "forget", 2592000, "seconds",
		       N_("after a month without another, it is history") },
	{ 0 },
};

/* By cause: what happened, what helps. */
static const struct {
	const char *title, *advice;
} causes[MW_OOM_CAUSES] = {
	[MW_OOM_CAUSE_UNKNOWN] = { N_("the kernel killed {victim} for want of memory"),
				   N_("see what the log tells of it") },
	[MW_OOM_OWN_LIMIT] = { N_("the kernel killed {victim}: its group {limit_group} was at its limit"),
			       N_("find what grew in the group, or raise its limit") },
	[MW_OOM_ANCESTOR_LIMIT] = { N_("the kernel killed {victim}: {limit_group}, above its own group, "
				       "was at its limit"),
				    N_("raise the limit of {limit_group}, or give its members smaller "
				       "ones: the victim need not be who grew") },
	[MW_OOM_MACHINE_FULL] = { N_("the kernel killed {victim}: the machine was out of memory"),
				  N_("give the large groups limits, so that they pay for themselves; or "
				     "add memory") },
	[MW_OOM_FRAGMENTATION] = { N_("the kernel killed {victim} though memory was free: not in one "
				      "piece"),
				   N_("raise vm.min_free_kbytes, and find who asks for large blocks") },
	[MW_OOM_ZONE] = { N_("the kernel killed {victim} though memory was free: not in the zone that "
			     "was asked for"),
			  N_("look at lowmem and DMA zones: memwhy node shows them") },
	[MW_OOM_BY_CPUSET] = { N_("the kernel killed {victim}: the NUMA nodes of its cpuset were full"),
			       N_("widen cpuset.mems") },
	[MW_OOM_BY_MEMPOLICY] = { N_("the kernel killed {victim}: the NUMA nodes that its policy allows "
				     "were full"),
				  N_("use --preferred or --interleave instead of --membind") },
	[MW_OOM_REQUESTED] = { N_("somebody had the kernel kill {victim} (sysrq f)"),
			       N_("ask who did it; the kernel did not need to") },
};

/* A limited group that is still there tells its kills itself. */
static bool is_a_groups(const struct mw_check *c, const struct mw_oom_report *r)
{
	return r->constraint == MW_OOM_MEMCG && r->limit_group &&
	       mw_snapshot_by_name(c->now, MW_CGROUP, slice_of(r->limit_group));
}

/* Seconds ago; NAN = the log does not say. */
static double age(const struct mw_check *c, const struct mw_oom_report *r)
{
	struct mw_num uptime = mw_get(c->node, M_UPTIME);
	int64_t now = mw_snapshot_machine(c->now)->taken_at;

	if (!r->file && r->uptime && uptime.state == MW_OK && uptime.v >= r->uptime)
		return (double)(uptime.v - r->uptime) / 1e6;
	return r->time && now >= r->time ? (double)(now - r->time) / 1e9 : NAN;
}

/* The last that concerns the machine, and how many there are. */
static const struct mw_oom_report *last_kill(const struct mw_check *c, double *count)
{
	const struct mw_oom_report *last = NULL;

	for (size_t i = 0; i < c->evidence->oom_count; i++) {
		const struct mw_oom_report *r = c->evidence->ooms[i];

		if (!r->victim_count || is_a_groups(c, r))
			continue;
		last = r;
		*count += 1;
	}
	return last;
}

static void cite_task(struct mw_check *c, const char *name, const char *comm, uint32_t pid)
{
	const char *text = arena_printf(c->arena, "%s[%u]", comm, pid);

	mw_cite_text(c, name, text ? text : comm, KERNEL_LOG);
}

static void cite_size(struct mw_check *c, const char *name, uint64_t size, const char *detail)
{
	if (size == MW_OOM_NOT_TOLD)
		return;
	mw_cite(c, name, MW_FORM_BYTES, (double)size, KERNEL_LOG);
	mw_detail(c, detail);
}

static uint64_t resident(const struct mw_oom_row *row)
{
	if (row->anon == MW_OOM_NOT_TOLD || row->file == MW_OOM_NOT_TOLD)
		return row->rss;
	return row->anon + row->file + (row->shmem == MW_OOM_NOT_TOLD ? 0 : row->shmem);
}

static enum mw_verdict from_log(struct mw_check *c, const struct mw_oom_report *r, double count)
{
	double ago = age(c, r);

	if (ago > c->p[MOST_OLD])
		return MW_CLEAR;
	/* a limit that did its work on a group that is gone is no illness of the machine */
	mw_level(c, ago > c->p[RECENT] || r->constraint == MW_OOM_MEMCG ? MW_NOTICE : MW_WARNING);
	cite_task(c, "victim", r->victims[0].name, r->victims[0].pid);
	mw_cite_text(c, "limit_group",
		     r->limit_title   ? r->limit_title
		     : r->limit_group ? r->limit_group
				      : "?",
		     KERNEL_LOG);
	mw_title(c, causes[r->cause].title);
	mw_cite_over(c, "kills", MW_FORM_COUNT, count, KERNEL_LOG, NAN);
	if (!isnan(ago)) {
		mw_cite_over(c, "ago", MW_FORM_SECONDS, ago, KERNEL_LOG, c->p[RECENT]);
		mw_detail(c, N_("that was {ago} ago; {kills} such kills in the log"));
	}
	cite_size(c, "victim_size", resident(&r->victims[0]), N_("it held {victim_size}"));
	if (r->trigger.pid) {
		cite_task(c, "trigger", r->trigger.name, r->trigger.pid);
		mw_detail(c, N_("{trigger} asked for the page that was not to be had"));
	}
	if (r->task_count && r->tasks[0].pid != r->victims[0].pid) {
		cite_task(c, "worst", r->tasks[0].name, r->tasks[0].pid);
		cite_size(c, "worst_size", resident(&r->tasks[0]),
			  N_("first in the kernel's ranking was {worst} with {worst_size}"));
	}
	mw_advise(c, causes[r->cause].advice);
	if (!r->complete)
		mw_doubt(c, MW_MEDIUM, N_("the log's report is cut off"));
	mw_ask(c, "memwhy oom");
	mw_ask(c, "memwhy oom --next");
	return MW_FIRES;
}

/* Kills that groups still there have counted themselves. */
static double counted_by_groups(const struct mw_snapshot *s)
{
	const struct mw_entity *e;
	double sum = 0;

	mw_for_each (e, s, MW_CGROUP) {
		struct mw_num local = mw_get(e, M_CG_LOCAL_OOM_KILLS);

		sum += (double)(local.state == MW_OK ? local.v : mw_get_or(e, M_CG_OOM_KILLS, 0));
	}
	return sum;
}

static enum mw_verdict from_counter(struct mw_check *c)
{
	double all = (double)mw_get_or(c->node, M_OOM_KILL, 0);
	const struct mw_snapshot *before = c->evidence->view.before;
	double then = before ? (double)mw_get_or(mw_snapshot_node(before), M_OOM_KILL, 0) : all;

	if (all > then) {
		mw_level(c, MW_WARNING);
		mw_cite(c, "kills", MW_FORM_COUNT, all - then, "/proc/vmstat: oom_kill");
		mw_cite(c, "time", MW_FORM_SECONDS, mw_watched(c),
			"between the first and last moment");
		mw_title(
			c,
			N_("the kernel killed {kills} processes for want of memory within {time}"));
		mw_doubt(c, MW_MEDIUM,
			 N_("the counter does not tell who died: the kernel log does"));
	} else if (all > counted_by_groups(c->now) && mw_get(c->node, M_UPTIME).state == MW_OK) {
		mw_level(c, MW_NOTICE);
		mw_cite_metric(c, "kills", c->node, M_OOM_KILL, NAN);
		mw_cite_metric(c, "time", c->node, M_UPTIME, NAN);
		mw_title(c,
			 N_("the kernel killed {kills} processes for want of memory in the {time} "
			    "since boot"));
		mw_doubt(c, MW_LOW,
			 N_("the counter tells neither when nor who, and counts kills at groups' "
			    "limits, too"));
	} else {
		return MW_CLEAR;
	}
	mw_advise(c, N_("read the kernel log: it names victim, limit and the reason"));
	mw_ask(c, "memwhy oom");
	mw_ask(c, "journalctl -k --grep 'Out of memory|oom-kill'");
	return MW_FIRES;
}

static enum mw_verdict check(struct mw_check *c)
{
	double count = 0;
	const struct mw_oom_report *last = last_kill(c, &count);

	if (last)
		return from_log(c, last, count);
	/* a log that has them all and names none of the machine's: groups tell theirs */
	if (c->evidence->oom_log && c->evidence->oom_count)
		return MW_CLEAR;
	return from_counter(c);
}

/* The log is read when there is something in it. */
static uint32_t more(const struct mw_snapshot *s)
{
	return mw_get_or(mw_snapshot_node(s), M_OOM_KILL, 0) ? MW_WANT_KLOG : 0;
}

const struct mw_rule mw_rule_node_oom_killed = {
	.id = "node-oom-killed",
	.level = MW_WARNING,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.more = more,
	.title = N_("the kernel killed {kills} processes for want of memory"),
	.about = N_(
		"The kernel log has an OOM kill: the last one is told, with its cause. Kills at the limit "
		"of a group that is still there are told with the group. Without a log the kernel's "
		"counter says at least that there were some."),
	.silent = N_(
		"A page allocation failure, or an OutOfMemoryError of a Java program: nobody was "
		"killed by the kernel."),
};
