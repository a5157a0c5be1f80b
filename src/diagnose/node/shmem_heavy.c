/* tmpfs, shared memory, memfd: memory that looks like page cache and cannot be reclaimed. */
#include "diagnose/node/node.h"

enum { SHARE, LEAST, MAPPED, SHORT };

static const struct mw_param params[] = {
	[SHARE] = { "share", 0.25, "ratio",
		    N_("a quarter of RAM that free counts as cache though it cannot be dropped") },
	[LEAST] = { "least", 268435456, "bytes", N_("less is not worth a word") },
	[MAPPED] = { "mapped", 0.8, "ratio",
		     N_("when one process maps this much of it, it is that program's buffer: meant "
			"so") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

/* Pages are counted in each process that maps them, so the sum is at least what is mapped. */
static void say_unmapped(struct mw_check *c, double shmem)
{
	const struct mw_entity *e;
	double sum = 0;
	bool known = false;

	mw_for_each (e, c->now, MW_PROCESS) {
		struct mw_num n = mw_get(e, M_P_RSS_SHMEM);

		known |= n.state == MW_OK;
		sum += n.state == MW_OK ? (double)n.v : 0;
	}
	if (!known || shmem - sum < c->p[LEAST])
		return;
	mw_cite(c, "unmapped", MW_FORM_BYTES, shmem - sum, "Shmem - sum of RssShmem");
	mw_detail(c,
		  N_("at least {unmapped} of it is mapped by no process: files in tmpfs (deleted "
		     "ones that are still open, too), memfd or System V segments"));
}

static bool is_one_programs(const struct mw_check *c, double shmem)
{
	const struct mw_entity *e = mw_largest(c->now, MW_PROCESS, NULL, M_P_RSS_SHMEM);

	return e && (double)mw_get_or(e, M_P_RSS_SHMEM, 0) >= c->p[MAPPED] * shmem;
}

static enum mw_verdict check(struct mw_check *c)
{
	double share = mw_metric_of_ram(c, M_SHMEM);
	double shmem = (double)mw_get_or(c->node, M_SHMEM, 0);

	if (!(share >= c->p[SHARE]) || shmem < c->p[LEAST])
		return MW_CLEAR;
	mw_cite_metric(c, "shmem", c->node, M_SHMEM,
		       c->p[SHARE] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_of_ram(c, "share", share, "Shmem / MemTotal", c->p[SHARE]);
	if (is_one_programs(c, shmem))
		mw_level(c, MW_INFO);
	if (mw_is_short(c, c->p[SHORT])) {
		mw_level(c, MW_WARNING);
		mw_detail(c, N_("only {available} is left for everything else"));
	}
	say_unmapped(c, shmem);
	mw_name_owners(c,
		       &(struct mw_owners){
			       .kind = MW_CGROUP, .metric = M_CG_SHMEM, .least = c->p[LEAST] / 4 },
		       NULL);
	mw_name_files(c, NULL, M_F_CACHED, true);
	mw_name_owners(c,
		       &(struct mw_owners){ .kind = MW_PROCESS,
					    .metric = M_P_RSS_SHMEM,
					    .least = c->p[LEAST] / 4 },
		       NULL);
	mw_advise(c,
		  N_("remove files from tmpfs mounts (/dev/shm, /run, /tmp, emptyDir with medium "
		     "Memory), or give the mounts a size="));
	mw_avoid(c, N_("drop_caches: it cannot take shared memory, though free shows it as cache"));
	mw_ask(c, "df -h -t tmpfs");
	mw_ask(c, "ipcs -m");
	return MW_FIRES;
}

static uint32_t more(const struct mw_snapshot *s)
{
	return mw_share_of_ram(s, M_SHMEM) >= params[SHARE].value ? MW_WANT_CENSUS : 0;
}

static const char *const explains[] = { "node-memory-low", NULL };

const struct mw_rule mw_rule_node_shmem_heavy = {
	.id = "node-shmem-heavy",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.more = more,
	.explains = explains,
	.title = N_("tmpfs and shared memory hold {shmem}, {share} of RAM"),
	.about = N_(
		"Files in tmpfs, System V and POSIX shared memory and memfd stay in RAM until they "
		"are removed, or go to swap. Tools count them as cache. Only a note when one "
		"program maps nearly all of it, a warning when little else is left."),
	.silent = N_("Much page cache of files on disk, which Cached counts as well."),
};
