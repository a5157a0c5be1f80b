#include "diagnose/container/group.h"
#include "diagnose/owners.h"
#include "model/want.h"

enum { OF_LIMIT, LEAST, LARGE, OF_USAGE, MAPPED };

static const struct mw_param params[] = {
	[OF_LIMIT] = { "of_limit", 0.2, "ratio",
		       N_("from this share of the limit on, files in memory crowd programs out") },
	[LEAST] = { "least", 67108864, "bytes", N_("less is not worth a look") },
	[LARGE] = { "large", 1073741824, "bytes", N_("so much is worth a look without any limit") },
	[OF_USAGE] = { "of_usage", 0.25, "ratio", N_("if it is also this share of the usage") },
	[MAPPED] = { "mapped", 0.5, "ratio",
		     N_("a process that maps this share uses it: shared buffers, not files left") },
	{ 0 },
};

static bool is_large(const struct mw_check *c, double shmem, double limit)
{
	return shmem >= c->p[LEAST] &&
	       (shmem >= c->p[OF_LIMIT] * limit ||
		(shmem >= c->p[LARGE] && shmem >= c->p[OF_USAGE] * mw_value(c->e, M_CG_USAGE)));
}

static void say_who(struct mw_check *c, const struct mw_entity *mapper)
{
	if (mapper && mw_get_or(mapper, M_P_RSS_SHMEM, 0)) {
		mw_cite_process(c, "process", mapper);
		mw_cite_metric(c, "mapped", mapper, M_P_RSS_SHMEM, NAN);
		mw_detail(c,
			  N_("its largest user, {process}, maps {mapped} of it: the rest are files "
			     "in tmpfs, memfds, or what ended processes left"));
		mw_ask(c, "memwhy pid %llu", (unsigned long long)mapper->id);
	} else if (mw_snapshot_count(c->now, MW_PROCESS)) {
		mw_detail(c, N_("no process of it maps any: these are files in tmpfs "
				"(emptyDir(Memory), /dev/shm), memfds, or what ended processes "
				"left"));
	} else {
		mw_doubt(c, MW_MEDIUM,
			 N_("it is not known which processes map it: shared buffers of a database "
			    "look the same"));
	}
}

static enum mw_verdict check(struct mw_check *c)
{
	double shmem = mw_value(c->e, M_CG_SHMEM), limit = mw_group_limit(c->e);
	const struct mw_entity *mapper;

	if (!is_large(c, shmem, limit) || mw_group_is_machine(c->e) ||
	    mw_group_is_shell(c, M_CG_SHMEM, !isnan(limit)))
		return MW_CLEAR;
	mapper = mw_largest(c->now, MW_PROCESS, c->e, M_P_RSS_SHMEM);
	if (mapper && mw_value(mapper, M_P_RSS_SHMEM) >= c->p[MAPPED] * shmem)
		return MW_CLEAR;
	mw_cite_metric(c, "shmem", c->e, M_CG_SHMEM, c->p[OF_LIMIT] * limit);
	mw_cite_metric(c, "usage", c->e, M_CG_USAGE, NAN);
	if (!isnan(limit)) {
		mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
		mw_cite_over(c, "of_limit", MW_FORM_SHARE, shmem / limit, "shmem / limit",
			     c->p[OF_LIMIT]);
		mw_title(c,
			 N_("Files in memory take {shmem} of {entity}, {of_limit} of its limit"));
	}
	mw_detail(c,
		  N_("tmpfs and shared memory cannot be reclaimed without swap, although free and "
		     "cAdvisor count them as cache"));
	say_who(c, mapper);
	mw_name_files(c, c->e, M_F_CACHED, true);
	mw_advise(c, N_("remove what is not needed from tmpfs, and give emptyDir(Memory) a "
			"sizeLimit, tmpfs a size="));
	mw_avoid(c, N_("drop_caches: it frees none of it"));
	mw_ask_group(c);
	mw_ask(c, "df -h -t tmpfs");
	mw_ask(c, "lsof +L1");
	return MW_FIRES;
}

static uint32_t more(const struct mw_snapshot *s)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP) {
		double shmem = mw_value(e, M_CG_SHMEM);

		if (shmem >= params[LEAST].value &&
		    (shmem >= params[OF_LIMIT].value * mw_group_limit(e) ||
		     shmem >= params[LARGE].value))
			return MW_WANT_CENSUS;
	}
	return 0;
}

const struct mw_rule mw_rule_ctr_shmem_charged = {
	.id = "ctr-shmem-charged",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.more = more,
	.title = N_("Files in memory take {shmem} of the {usage} of {entity}"),
	.about = N_(
		"tmpfs files, memfds and shared memory are charged to the group that wrote them, "
		"until they are removed: also when their process has ended or they are deleted "
		"but held open."),
	.silent = N_("A database whose processes map most of it: shared buffers in use."),
};
