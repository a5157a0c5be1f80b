/* File names that the kernel remembers. */
#include "diagnose/node/slab.h"

enum { SHARE, LEAST, MOSTLY };

#define SUSPICIOUS 0.2

static const struct mw_param params[] = {
	[SHARE] = { "share", SUSPICIOUS, "ratio",
		    N_("a fifth of RAM for names and inodes: something walks large trees") },
	[LEAST] = { "least", 268435456, "bytes", N_("less is not worth a word") },
	[MOSTLY] = { "mostly", 0.5, "ratio",
		     N_("dentries and inodes must be at least this share of reclaimable slab") },
	{ 0 },
};

static double names_and_inodes(const struct mw_check *c)
{
	const struct mw_entity *cache;
	double sum = 0;

	mw_for_each (cache, c->now, MW_SLAB)
		if (mw_is_file_name_slab(cache))
			sum += (double)mw_get_or(cache, M_SL_BYTES, 0);
	return sum;
}

static enum mw_verdict check(struct mw_check *c)
{
	double share = mw_metric_of_ram(c, M_SLAB_RECLAIMABLE);
	double slab = (double)mw_get_or(c->node, M_SLAB_RECLAIMABLE, 0);
	double names = names_and_inodes(c);

	if (!(share >= c->p[SHARE]) || slab < c->p[LEAST])
		return MW_CLEAR;
	if (mw_has_slabs(c) && names < c->p[MOSTLY] * slab)
		return MW_CLEAR;
	mw_cite_metric(c, "slab", c->node, M_SLAB_RECLAIMABLE,
		       c->p[SHARE] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_of_ram(c, "share", share, "SReclaimable / MemTotal", c->p[SHARE]);
	mw_cite_metric(c, "pressure", c->node, M_VFS_CACHE_PRESSURE, NAN);
	mw_name_slabs(c, mw_is_file_name_slab, NULL);
	mw_name_owners(c,
		       &(struct mw_owners){ .kind = MW_CGROUP,
					    .metric = M_CG_SLAB_RECLAIMABLE,
					    .least = c->p[LEAST] / 4 },
		       NULL);
	mw_detail(c, N_("the kernel gives it back when memory runs short, but the working set that "
			"kubectl top shows counts it as used"));
	mw_advise(c,
		  N_("find what walks large directory trees (backup, scanner, find, a build) and "
		     "limit it with a group of its own"));
	if (mw_get(c->node, M_VFS_CACHE_PRESSURE).state == MW_OK)
		mw_advise(c,
			  N_("to keep less of it, raise vm.vfs_cache_pressure (now {pressure})"));
	mw_avoid(c, N_("drop_caches in a loop: names are looked up on disk again, and it is back"));
	mw_ask(c, "slabtop -o -s c");
	return MW_FIRES;
}

static uint32_t more(const struct mw_snapshot *s)
{
	return mw_share_of_ram(s, M_SLAB_RECLAIMABLE) >= SUSPICIOUS ? MW_SLABS : 0;
}

static const char *const explains[] = { "node-kubelet-blind-spot", NULL };

const struct mw_rule mw_rule_node_dentry_inode_heavy = {
	.id = "node-dentry-inode-heavy",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.more = more,
	.title = N_("{slab} ({share} of RAM) remembers file names and inodes"),
	.about = N_(
		"Dentries and inodes fill a large share of RAM. They can be reclaimed, so this is no "
		"shortage; but it inflates working sets, and reclaiming them takes time."),
	.silent = N_("The tens or hundreds of megabytes of every file server."),
};
