#include "diagnose/container/group.h"

enum {
	SHARE_WARNING,
	SHARE_CRITICAL,
	MOST_LEFT,
	KERNEL_NEGLIGIBLE,
	SHMEM_SHARE,
	CONFIDENCE,
	WATCHED,
	REACH,
	USED,
	TIME_WARNING,
	TIME_CRITICAL,
};

static const struct mw_param params[] = {
	[SHARE_WARNING] = { "share_warning", 0.08, "ratio",
			    N_("less than this share of the limit left: a burst is enough") },
	[SHARE_CRITICAL] = { "share_critical", 0.04, "ratio",
			     N_("less than this left: minutes at a usual rate of growth") },
	[MOST_LEFT] = { "most_left", 2147483648.0, "bytes",
			N_("more than this left is no near risk, however large the limit") },
	[KERNEL_NEGLIGIBLE] = { "kernel_negligible", 0.01, "ratio",
				N_("v1's kernel memory below this share of the limit decides "
				   "nothing, whether it can be reclaimed or not") },
	[SHMEM_SHARE] = { "shmem_share", 0.25, "ratio",
			  N_("from this share on, tmpfs is worth looking into first") },
	[CONFIDENCE] = { "confidence", 0.95, "ratio",
			 N_("how surely it must grow before a time is told") },
	[WATCHED] = { "watched", 600, "seconds", N_("a shorter look mistakes a start for a leak") },
	[REACH] = { "reach", 10, "count",
		    N_("no prophecy further than so many times what was watched") },
	[USED] = { "used", 0.6, "ratio",
		   N_("below this share of the limit growth alone is no risk: most of it is a "
		      "warm-up") },
	[TIME_WARNING] = { "time_warning", 21600, "seconds",
			   N_("within a working day: time enough to act today") },
	[TIME_CRITICAL] = { "time_critical", 900, "seconds", N_("nobody would be there in time") },
	{ 0 },
};

/* What is known of one group's risk. */
struct risk {
	double left, limit, needed;
	double time; /* until nothing is left, at the present growth; NAN = it does not grow */
	struct mw_trend growth;
};

enum { NO_RISK = -1 };

static int level_by_share(const struct mw_check *c, double left, double limit)
{
	if (left >= c->p[MOST_LEFT] || left >= c->p[SHARE_WARNING] * limit)
		return NO_RISK;
	return left < c->p[SHARE_CRITICAL] * limit ? MW_CRITICAL : MW_WARNING;
}

static int level_by_time(const struct mw_check *c, const struct risk *r)
{
	if (!(r->time <= c->p[TIME_WARNING]) || r->growth.seconds < c->p[WATCHED] ||
	    r->time > c->p[REACH] * r->growth.seconds || r->needed < c->p[USED] * r->limit)
		return NO_RISK;
	return r->time <= c->p[TIME_CRITICAL] ? MW_CRITICAL : MW_WARNING;
}

/* --- kernel memory ---------------------------------------------------------------------------- */

/* v1 counts all kernel memory as needed; part of it may be dentries and inodes that go first. Page
 * tables are not. @return the level that is right even if all the rest could be reclaimed */
static int weigh_kernel_memory(struct mw_check *c, const struct risk *r, int level)
{
	struct mw_num kernel = mw_get(c->e, M_CG_KERNEL);
	double maybe = (double)kernel.v - mw_group_sum(c, M_P_PAGE_TABLES);
	int least;

	if (kernel.state != MW_OK) {
		mw_doubt(c, MW_MEDIUM,
			 N_("kernel memory is not known here: less may be left than it seems"));
		return level;
	}
	if (mw_get_or(c->e, M_CG_VERSION, 2) != 1 || maybe < c->p[KERNEL_NEGLIGIBLE] * r->limit)
		return level;
	least = level_by_share(c, r->left + maybe, r->limit);
	if (least >= level)
		return level;
	mw_cite(c, "maybe", MW_FORM_BYTES, maybe, "memory.kmem.usage_in_bytes - sum of VmPTE");
	mw_doubt(c, MW_MEDIUM,
		 N_("up to {maybe} of kernel memory may be reclaimable: cgroup v1 does not tell"));
	return least == NO_RISK ? MW_NOTICE : least;
}

/* --- sentences -------------------------------------------------------------------------------- */

/* The kind of memory that grows fastest. */
static void say_what_grows(struct mw_check *c)
{
	static const struct {
		enum mw_metric metric;
		const char *text;
	} kinds[] = {
		{ M_CG_ANON, N_("what grows is anonymous memory: {grows}") },
		{ M_CG_SHMEM, N_("what grows is tmpfs and shared memory: {grows}") },
		{ M_CG_KERNEL, N_("what grows is kernel memory: {grows}") },
		{ M_CG_SOCK, N_("what grows is network buffers: {grows}") },
	};
	struct mw_trend t, most = { 0 };
	size_t which = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (mw_trend_of(c, c->e, kinds[i].metric, &t) && t.slope > most.slope) {
			most = t;
			which = i;
		}
	if (most.slope <= 0)
		return;
	mw_cite(c, "grows", MW_FORM_BYTE_RATE, most.slope,
		mw_source_of(c, c->e, kinds[which].metric));
	mw_detail(c, kinds[which].text);
}

static void say_when(struct mw_check *c, const struct risk *r)
{
	if (isnan(r->time))
		return;
	mw_title(c, N_("{entity} is {left} from an OOM kill, {time} away at its present growth"));
	mw_cite_over(c, "time", MW_FORM_SECONDS, r->time, "headroom / growth", c->p[TIME_WARNING]);
	mw_cite(c, "growth", MW_FORM_BYTE_RATE, r->growth.slope,
		mw_source_of(c, c->e, M_CG_UNRECLAIMABLE));
	mw_cite(c, "watched", MW_FORM_SECONDS, r->growth.seconds, N_("the series of snapshots"));
	mw_cite(c, "soonest", MW_FORM_SECONDS, r->left / r->growth.high,
		N_("left / the fastest growth that is likely"));
	if (r->growth.low > 0) {
		mw_cite(c, "latest", MW_FORM_SECONDS, r->left / r->growth.low,
			N_("left / the slowest growth that is likely"));
		mw_detail(c, N_("it grew by {growth} over {watched}: {soonest} to {latest} are "
				"likely"));
	} else {
		mw_detail(c, N_("it grew by {growth} over {watched}: {soonest} at the soonest"));
	}
	say_what_grows(c);
}

static void say_what_it_is(struct mw_check *c, const struct risk *r)
{
	double shmem = (double)mw_get_or(c->e, M_CG_SHMEM, 0);

	mw_cite_metric(c, "needed", c->e, M_CG_UNRECLAIMABLE, NAN);
	mw_cite_metric(c, "limit", c->e, M_CG_EFFECTIVE_LIMIT, NAN);
	mw_cite_metric(c, "anon", c->e, M_CG_ANON, NAN);
	mw_cite_metric(c, "shmem", c->e, M_CG_SHMEM, NAN);
	mw_cite_metric(c, "kernel", c->e, M_CG_KERNEL, NAN);
	mw_detail(c, N_("{needed} of {limit} cannot be reclaimed"));
	if (shmem >= c->p[SHMEM_SHARE] * r->needed)
		mw_advise(c,
			  N_("remove files from tmpfs or emptyDir(Memory), or give it a sizeLimit: "
			     "they are {shmem} of it"));
	mw_cite_owner(c, M_P_RSS);
	mw_advise(c, N_("find what grows, or raise the limit of {entity}"));
	mw_ask_group(c);
	mw_ask(c, "memwhy oom --next");
	mw_cite(c, "cache", MW_FORM_BYTES, mw_group_cache(c->e),
		"memory.stat: active_file + inactive_file");
	mw_avoid(c,
		 N_("drop_caches: it could free {cache} here, which the kernel takes by itself"));
}

static enum mw_verdict check(struct mw_check *c)
{
	const char *of = mw_get_text(c->e, M_CG_HEADROOM_OF);
	struct risk r = {
		.left = mw_value(c->e, M_CG_HEADROOM),
		.limit = mw_value(c->e, M_CG_EFFECTIVE_LIMIT),
		.needed = mw_value(c->e, M_CG_UNRECLAIMABLE),
		.time = NAN,
	};
	int level, by_time;

	if (isnan(r.left + r.limit + r.needed))
		return MW_CLEAR;
	/* a limit above is told where it is set */
	level = level_by_share(c, r.left, r.limit);
	if ((level == NO_RISK && !c->evidence->series.count) || !of || strcmp(of, c->e->name) != 0)
		return MW_CLEAR;
	if (mw_grows(c, c->e, M_CG_UNRECLAIMABLE, c->p[CONFIDENCE], &r.growth))
		r.time = r.left / r.growth.slope;
	by_time = level_by_time(c, &r);
	if (level == NO_RISK && by_time == NO_RISK)
		return MW_CLEAR;
	level = weigh_kernel_memory(c, &r, level > by_time ? level : by_time);
	mw_level(c, (enum mw_level)level);
	mw_cite_over(c, "left", MW_FORM_BYTES, r.left, mw_source_of(c, c->e, M_CG_HEADROOM),
		     c->p[level == MW_CRITICAL ? SHARE_CRITICAL : SHARE_WARNING] * r.limit);
	say_what_it_is(c, &r);
	say_when(c, &r);
	return MW_FIRES;
}

static const char *const explains[] = { "ctr-parent-limit", NULL };

const struct mw_rule mw_rule_ctr_oom_risk = {
	.id = "ctr-oom-risk",
	.level = MW_CRITICAL,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("{entity} is {left} from an OOM kill"),
	.about = N_(
		"What cannot be reclaimed comes near the smallest limit among the group and those "
		"above it, or grows so steadily that it will within hours. Page cache does not "
		"count: the kernel takes it back before it kills."),
	.silent = N_("Usage at 100 % of the limit, but mostly file cache."),
};
