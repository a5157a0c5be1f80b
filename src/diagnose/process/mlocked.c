#include "diagnose/rule.h"

enum { SHARE, NEAR, LEAST };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.25, "ratio", N_("of the machine's memory: reclaim cannot take it") },
	[NEAR] = { "near", 0.9, "ratio", N_("of RLIMIT_MEMLOCK: the next mlock() may fail") },
	[LEAST] = { "least", 67108864.0, "bytes",
		    N_("near a small limit is no news: it is 64 KiB "
		       "or 8 MiB by default") },
	{ 0 },
};

static const char *const explains[] = { "node-unevictable-heavy", "ctr-oom-risk", NULL };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num locked = mw_get(c->e, M_P_LOCKED), total = mw_get(c->node, M_MEM_TOTAL);
	struct mw_num limit = mw_get(c->e, M_P_LOCK_LIMIT);
	double share, of_limit;

	if (locked.state != MW_OK || (double)locked.v < c->p[LEAST])
		return MW_CLEAR;
	share = mw_share(locked, total);
	of_limit = mw_share(locked, limit);
	if (!isnan(of_limit) && of_limit >= c->p[NEAR] && of_limit <= 1) {
		mw_title(c, N_("{entity} has locked {locked} of {limit} that it may lock"));
		mw_cite_metric(c, "limit", c->e, M_P_LOCK_LIMIT, NAN);
		mw_advise(c, N_("raise LimitMEMLOCK if the lock is meant to grow"));
	} else if (isnan(share) || share < c->p[SHARE]) {
		return MW_CLEAR;
	}
	mw_cite_metric(c, "locked", c->e, M_P_LOCKED,
		       isnan(share) ? NAN : c->p[SHARE] * (double)total.v);
	if (!isnan(share)) {
		mw_cite(c, "share", MW_FORM_SHARE, share, "VmLck / MemTotal");
		mw_detail(c, N_("{share} of the machine's memory can neither be reclaimed nor "
				"swapped"));
	}
	mw_advise(c, N_("lock only what must not be swapped (bootstrap.memory_lock, mlockall, "
			"MAP_LOCKED), or give it a limit with LimitMEMLOCK"));
	mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->id);
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_mlocked = {
	.id = "proc-mlocked",
	.level = MW_NOTICE,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity} has locked {locked} in memory"),
	.about = N_(
		"Locked memory cannot be reclaimed or swapped: it takes from everybody else, and "
		"counts in full against the limit of its group."),
	.silent = N_("A daemon that locks a few MiB of keys or buffers."),
	.explains = explains,
};
