/* RAM that no counter of the kernel names. */
#include "diagnose/node/node.h"

#include "ledger/account.h"

enum { SHARE, LEAST, SHORT };

#define SUSPICIOUS 0.05

static const struct mw_param params[] = {
	[SHARE] = { "share", SUSPICIOUS, "ratio",
		    N_("the ledger of an ordinary machine leaves less than 2 % open") },
	[LEAST] = { "least", 268435456, "bytes", N_("less is not worth a word") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

/* Without these lines the remainder is ignorance, not memory. */
static bool is_whole(const struct mw_snapshot *s)
{
	static const enum mw_metric needed[] = { M_MEM_TOTAL,   M_MEM_FREE,    M_ANON,
						 M_CACHED,      M_SLAB,        M_SHMEM,
						 M_PAGE_TABLES, M_KERNEL_STACK };

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		if (mw_get(mw_snapshot_node(s), needed[i]).state != MW_OK)
			return false;
	return true;
}

/* From Linux 4.4 to 5.2 VmallocUsed says 0, and only vmallocinfo knows. */
static bool is_vmalloc_known(const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s);

	return mw_get_or(node, M_VMALLOC_USED, 0) || mw_get(node, M_VMALLOC_PAGES).state == MW_OK;
}

static double unexplained(struct arena *a, const struct mw_snapshot *s)
{
	struct mw_account *account = is_whole(s) ? mw_ledger_node(a, s) : NULL;

	return account && account->balanced ? (double)account->unexplained : 0;
}

static enum mw_verdict check(struct mw_check *c)
{
	double rest = unexplained(c->arena, c->now);
	double share = mw_of_ram(c, rest);

	if (!(share >= c->p[SHARE]) || rest < c->p[LEAST])
		return MW_CLEAR;
	if (!is_vmalloc_known(c->now))
		return mw_unknown(
			c,
			N_("/proc/vmallocinfo (root): how much of what no counter names the "
			   "kernel took with vmalloc"),
			"memwhy node --depth 5 --how");
	mw_cite_over(c, "unexplained", MW_FORM_BYTES, rest, "MemTotal - all lines of the ledger",
		     c->p[SHARE] * (double)mw_get_or(c->node, M_MEM_TOTAL, 0));
	mw_cite_of_ram(c, "share", share, "unexplained / MemTotal", c->p[SHARE]);
	if (mw_is_short(c, c->p[SHORT])) {
		mw_level(c, MW_WARNING);
		mw_detail(c, N_("only {available} is left for everything else"));
	}
	mw_detail(c,
		  N_("no counter of the kernel names it: pages that drivers (network, GPU, DMA), "
		     "ZFS' ARC, a hypervisor's balloon or a leak took directly"));
	mw_advise(c, N_("boot with page_owner=on and sort /sys/kernel/debug/page_owner, or read "
			"/proc/allocinfo (Linux 6.10): they name the code that holds the pages"));
	mw_advise(c, N_("with ZFS, compare with 'size' in /proc/spl/kstat/zfs/arcstats"));
	mw_avoid(c, N_("drop_caches and restarting services: no process holds it"));
	mw_ask(c, "memwhy node --depth 5 --how");
	return MW_FIRES;
}

static uint32_t more(const struct mw_snapshot *s)
{
	struct arena scratch = { 0 };
	double rest = unexplained(&scratch, s);
	double total = (double)mw_get_or(mw_snapshot_node(s), M_MEM_TOTAL, 1);

	arena_release(&scratch);
	return rest / total >= SUSPICIOUS ? MW_WANT_NODE_DETAIL : 0;
}

static const char *const explains[] = { "node-memory-low", "node-kubelet-blind-spot", NULL };

const struct mw_rule mw_rule_node_unexplained_kernel = {
	.id = "node-unexplained-kernel",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.explains = explains,
	.more = more,
	.title = N_("{unexplained} ({share} of RAM) is in no counter of the kernel"),
	.about = N_(
		"The ledger of the machine leaves a remainder: what the kernel or its drivers took "
		"page by page without counting it anywhere. A warning only when little is left."),
	.silent = N_(
		"The percent or so that counters of different moments and small caches leave."),
};
