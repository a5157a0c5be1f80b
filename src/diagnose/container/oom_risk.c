#include "diagnose/rule.h"

enum { SHARE_WARNING, SHARE_CRITICAL, MOST_LEFT };

static const struct mw_param params[] = {
	[SHARE_WARNING] = { "share_warning", 0.08, "ratio",
			    N_("less than this share of the limit left: a burst is enough") },
	[SHARE_CRITICAL] = { "share_critical", 0.04, "ratio",
			     N_("less than this left: minutes at a usual rate of growth") },
	[MOST_LEFT] = { "most_left", 2147483648.0, "bytes",
			N_("more than this left is no near risk, however large the limit") },
	{ 0 },
};

/* v1 counts all kernel memory as needed; part of it may be dentries and inodes that go first. */
static void weigh_kernel_memory(struct mw_check *c, double left, double limit)
{
	double kernel = (double)mw_get_or(c->e, M_CG_KERNEL, 0);

	if (mw_get_or(c->e, M_CG_VERSION, 2) != 1 || left + kernel < c->p[SHARE_CRITICAL] * limit)
		return;
	if (c->f->level == MW_CRITICAL)
		mw_level(c, MW_WARNING);
	mw_cite_metric(c, "kernel", c->e, M_CG_KERNEL, NAN);
	mw_doubt(c, MW_MEDIUM,
		 N_("up to {kernel} of kernel memory may be reclaimable: cgroup v1 does not tell"));
}

static void say_what_it_is(struct mw_check *c)
{
	const struct mw_entity *largest = mw_largest(c->now, MW_PROCESS, c->e, M_P_RSS);
	double anon = (double)mw_get_or(c->e, M_CG_ANON, 0);
	double shmem = (double)mw_get_or(c->e, M_CG_SHMEM, 0);

	mw_cite_metric(c, "anon", c->e, M_CG_ANON, NAN);
	mw_cite_metric(c, "shmem", c->e, M_CG_SHMEM, NAN);
	if (shmem > anon)
		mw_advise(c,
			  N_("remove files from tmpfs or emptyDir(Memory), or give it a sizeLimit: "
			     "they are {shmem} of it"));
	if (largest) {
		mw_cite_process(c, "process", largest);
		mw_cite_metric(c, "rss", largest, M_P_RSS, NAN);
		mw_detail(c, N_("the largest process is {process} with {rss} resident"));
		mw_ask(c, "memwhy pid %llu", (unsigned long long)largest->id);
	}
	mw_advise(c, N_("find what grows, or raise the limit of {entity}"));
	mw_ask(c, "memwhy container '%s'", c->e->name);
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num left = mw_get(c->e, M_CG_HEADROOM),
		      limit = mw_get(c->e, M_CG_EFFECTIVE_LIMIT);
	struct mw_num needed = mw_get(c->e, M_CG_UNRECLAIMABLE);
	const char *of = mw_get_text(c->e, M_CG_HEADROOM_OF);
	double share = mw_share(left, limit);

	/* a limit above is told where it is set */
	if (!of || strcmp(of, c->e->name) != 0 || isnan(share) || needed.state != MW_OK)
		return MW_CLEAR;
	if (share >= c->p[SHARE_WARNING] || (double)left.v >= c->p[MOST_LEFT])
		return MW_CLEAR;
	mw_level(c, share < c->p[SHARE_CRITICAL] ? MW_CRITICAL : MW_WARNING);
	mw_cite_over(c, "left", MW_FORM_BYTES, (double)left.v, mw_source_of(c, c->e, M_CG_HEADROOM),
		     c->p[share < c->p[SHARE_CRITICAL] ? SHARE_CRITICAL : SHARE_WARNING] *
			     (double)limit.v);
	mw_cite_metric(c, "needed", c->e, M_CG_UNRECLAIMABLE, NAN);
	mw_cite_metric(c, "limit", c->e, M_CG_EFFECTIVE_LIMIT, NAN);
	mw_cite(c, "cache", MW_FORM_BYTES,
		(double)mw_get_or(c->e, M_CG_ACTIVE_FILE, 0) +
			(double)mw_get_or(c->e, M_CG_INACTIVE_FILE, 0),
		"memory.stat: active_file + inactive_file");
	mw_detail(c, N_("{needed} of {limit} cannot be reclaimed"));
	weigh_kernel_memory(c, (double)left.v, (double)limit.v);
	say_what_it_is(c);
	mw_avoid(c,
		 N_("drop_caches: it could free {cache} here, which the kernel takes by itself"));
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_oom_risk = {
	.id = "ctr-oom-risk",
	.level = MW_CRITICAL,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("{entity} is {left} from an OOM kill"),
	.about = N_(
		"What cannot be reclaimed comes near the smallest limit among the group and those "
		"above it. Page cache does not count: the kernel takes it back before it kills."),
	.silent = N_("Usage at 100 % of the limit, but mostly file cache."),
};
