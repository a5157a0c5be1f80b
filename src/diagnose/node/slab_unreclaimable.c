/* Kernel objects that reclaim cannot take: large, or growing. */
#include "diagnose/node/slab.h"

enum { SHARE_NOTICE, SHARE_WARNING, LEAST, SHORT, GROWTH, WATCH };

#define SUSPICIOUS 0.1

static const struct mw_param params[] = {
	[SHARE_NOTICE] = { "share_notice", SUSPICIOUS, "ratio",
			   N_("ordinary machines stay below 5 % of RAM") },
	[SHARE_WARNING] = { "share_warning", 0.2, "ratio",
			    N_("a fifth of RAM that no process owns and nothing gives back") },
	[LEAST] = { "least", 134217728, "bytes", N_("less is not worth a word") },
	[SHORT] = MW_PARAM_SHORT,
	[GROWTH] = { "growth", 0.005, "ratio",
		     N_("steady growth by this share of RAM in an hour fills the machine within "
			"days") },
	[WATCH] = { "watch", 1800, "seconds",
		    N_("a trend seen for less than this may be a warm-up") },
	{ 0 },
};

/* By the beginning of a cache's name: what belongs to it, and where to look. */
static const struct family {
	const char *begins, *advice;
} families[] = {
	{ "kmalloc-",
	  N_("kmalloc caches serve many subsystems: /proc/allocinfo (Linux 6.10) or a boot "
	     "with slab_debug=U tell which code allocates") },
	{ "skbuff_",
	  N_("these are network packets: look for sockets that nobody reads (ss -tanmp)") },
	{ "nf_conntrack",
	  N_("these are tracked connections: compare net.netfilter.nf_conntrack_count "
	     "with its maximum, and look for a flood") },
	{ "TCP", N_("these are sockets: look for connections that are never closed (ss -s)") },
	{ "UNIX",
	  N_("these are Unix sockets: look for connections that are never closed (ss -x)") },
	{ "task_struct", N_("these belong to threads: look for a program that starts too many") },
	{ "vm_area_struct", N_("these are mappings: look for a process with very many of them") },
	{ "anon_vma", N_("these are mappings: look for a process with very many of them") },
	{ "filp", N_("these are open files: look for a process that does not close them (cat "
		     "/proc/sys/fs/file-nr)") },
	{ "eventpoll",
	  N_("these are epoll entries: look for a program that does not remove them") },
	{ "fsnotify", N_("these are inotify or fanotify marks: look for a file watcher") },
	{ "inotify", N_("these are inotify or fanotify marks: look for a file watcher") },
	{ "fanotify", N_("these are inotify or fanotify marks: look for a file watcher") },
	{ "kernfs_node",
	  N_("these are files of sysfs and control groups: look for something that makes "
	     "groups and does not remove them") },
	{ "cred_jar", N_("these are credentials, one for each task and open file") },
	{ "bpf", N_("these belong to BPF programs and maps: bpftool map") },
	{ "xfs_", N_("this belongs to the XFS file system") },
	{ "ext4_", N_("this belongs to the ext4 file system") },
	{ "btrfs_", N_("this belongs to the btrfs file system") },
	{ "nfs", N_("this belongs to NFS") },
};

static void advise(struct mw_check *c, const struct mw_entity *cache)
{
	for (size_t i = 0; cache && i < sizeof(families) / sizeof(*families); i++)
		if (slice_begins(slice_of(cache->name), families[i].begins)) {
			mw_advise(c, families[i].advice);
			return;
		}
	mw_advise(c,
		  N_("find which subsystem the named caches belong to, and what uses it; a cache "
		     "that only ever grows is a kernel leak"));
}

/* @return whether it grows steadily, over long enough */
static bool grows(struct mw_check *c)
{
	struct mw_trend t;
	double total = (double)mw_get_or(c->node, M_MEM_TOTAL, 0);
	double least = c->p[GROWTH] * total / 3600;

	if (!mw_trend_of(c, c->node, M_SLAB_UNRECLAIMABLE, &t) || t.seconds < c->p[WATCH] ||
	    t.confidence < 0.95 || t.low <= 0 || t.slope < least)
		return false;
	mw_cite_over(c, "growth", MW_FORM_BYTE_RATE, t.slope, "median slope of SUnreclaim", least);
	mw_cite_over(c, "watched", MW_FORM_SECONDS, t.seconds, "between the first and last moment",
		     c->p[WATCH]);
	return true;
}

static enum mw_verdict check(struct mw_check *c)
{
	double share = mw_metric_of_ram(c, M_SLAB_UNRECLAIMABLE);
	double size = (double)mw_get_or(c->node, M_SLAB_UNRECLAIMABLE, 0);
	bool large = share >= c->p[SHARE_NOTICE], heavy = share >= c->p[SHARE_WARNING];
	const struct mw_entity *cache = NULL;
	bool growing;

	if (isnan(share) || size < c->p[LEAST])
		return MW_CLEAR;
	growing = grows(c);
	if (!large && !growing)
		return MW_CLEAR;
	mw_cite_metric(c, "slab", c->node, M_SLAB_UNRECLAIMABLE,
		       c->p[heavy ? SHARE_WARNING : SHARE_NOTICE] *
			       (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_of_ram(c, "share", share, "SUnreclaim / MemTotal", NAN);
	mw_level(c, heavy || (large && (growing || mw_is_short(c, c->p[SHORT]))) ? MW_WARNING
										 : MW_NOTICE);
	if (growing)
		mw_detail(c, N_("it grew by {growth} for {watched}"));
	mw_name_slabs(c, mw_is_unreclaimable_slab, &cache);
	advise(c, cache);
	mw_avoid(c, N_("drop_caches: it takes dentries and inodes, not these objects"));
	mw_ask(c, "memwhy node");
	mw_ask(c, "slabtop -o -s c");
	return MW_FIRES;
}

static uint32_t more(const struct mw_snapshot *s)
{
	return mw_share_of_ram(s, M_SLAB_UNRECLAIMABLE) >= SUSPICIOUS ? MW_SLABS : 0;
}

static const char *const explains[] = { "node-memory-low", "node-kubelet-blind-spot", NULL };

const struct mw_rule mw_rule_node_slab_unreclaimable = {
	.id = "node-slab-unreclaimable",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.more = more,
	.title = N_("the kernel holds {slab} ({share} of RAM) in objects that cannot be reclaimed"),
	.about = N_(
		"Unreclaimable slab is large, or a recorded past shows it growing steadily. It is in "
		"no process' RSS and in few groups' usage; only its users can free it."),
	.silent = N_("Much reclaimable slab: dentries and inodes, which the kernel gives back."),
};
