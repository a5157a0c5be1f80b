#include "diagnose/container/group.h"

enum { OF_USAGE, OF_LIMIT, LEAST };

static const struct mw_param params[] = {
	[OF_USAGE] = { "of_usage", 0.3, "ratio", N_("programs usually need a few percent") },
	[OF_LIMIT] = { "of_limit", 0.15, "ratio",
		       N_("and so much of the limit is missing to programs") },
	[LEAST] = { "least", 134217728, "bytes", N_("less is not worth a look") },
	{ 0 },
};

/* What kernel memory is made of, and whose it is. v2 tells. */
static const struct kind {
	enum mw_metric metric;
	const char *detail, *advice;
	const char *ask;
} kinds[] = {
	{ M_CG_SLAB_UNRECLAIMABLE, N_("most of it is slab that cannot be reclaimed: {kind}"),
	  N_("see which caches grow: sockets, open files, namespaces, iptables rules of this group"),
	  "memwhy node" },
	{ M_CG_SLAB_RECLAIMABLE,
	  N_("most of it is slab that reclaim takes back, dentries and inodes: {kind}"),
	  N_("nothing, unless it stays short of memory: something walks many files"), NULL },
	{ M_CG_PAGE_TABLES, N_("most of it are page tables: {kind}"),
	  N_("fewer processes that map the same large shared memory, or huge pages for it"), NULL },
	{ M_CG_KERNEL_STACK, N_("most of it are kernel stacks, of its threads: {kind}"),
	  N_("look for a pool of threads without a bound"), NULL },
	{ M_CG_PERCPU, N_("most of it is per-CPU memory: {kind}"),
	  N_("look for many groups, network devices or BPF maps made by it"), NULL },
	{ M_CG_VMALLOC, N_("most of it is from vmalloc: {kind}"),
	  N_("look for BPF programs and maps, iptables rules, and drivers"), NULL },
};

static void say_kind(struct mw_check *c)
{
	const struct kind *most = NULL;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!most || mw_get_or(c->e, kinds[i].metric, 0) > mw_get_or(c->e, most->metric, 0))
			most = &kinds[i];
	if (!mw_get_or(c->e, most->metric, 0))
		return;
	mw_cite_metric(c, "kind", c->e, most->metric, NAN);
	mw_detail(c, most->detail);
	mw_advise(c, most->advice);
	if (most->ask)
		mw_ask(c, "%s", most->ask);
	if (most->metric == M_CG_SLAB_RECLAIMABLE)
		mw_level(c, MW_INFO);
}

/* v1 tells page tables at most, by way of the processes. */
static void say_kind_v1(struct mw_check *c, double kernel)
{
	double tables = mw_group_sum(c, M_P_PAGE_TABLES);

	mw_cite(c, "tables", MW_FORM_BYTES, tables, "/proc/PID/status: VmPTE");
	mw_cite(c, "rest", MW_FORM_BYTES, kernel > tables ? kernel - tables : 0,
		"memory.kmem.usage_in_bytes - sum of VmPTE");
	mw_detail(
		c,
		N_("{tables} of it are page tables of its processes; {rest} is kernel memory of a "
		   "kind that cgroup v1 does not tell"));
	mw_advise(c,
		  N_("watch it while files are walked, sockets opened, threads started: cgroup v2 "
		     "would name the kind"));
	if (tables < kernel / 2)
		mw_doubt(c, MW_MEDIUM,
			 N_("up to {rest} may be dentries and inodes, which reclaim takes back"));
	else
		mw_cite_owner(c, M_P_PAGE_TABLES);
}

static enum mw_verdict check(struct mw_check *c)
{
	double kernel = mw_value(c->e, M_CG_KERNEL), usage = mw_value(c->e, M_CG_USAGE);
	double limit = mw_value(c->e, M_CG_EFFECTIVE_LIMIT);

	if (!(kernel >= c->p[LEAST] && kernel >= c->p[OF_USAGE] * usage &&
	      kernel >= c->p[OF_LIMIT] * limit) ||
	    mw_group_is_machine(c->e) || mw_group_is_shell(c, M_CG_KERNEL, false))
		return MW_CLEAR;
	mw_cite_metric(c, "kernel", c->e, M_CG_KERNEL, c->p[OF_USAGE] * usage);
	mw_cite_metric(c, "usage", c->e, M_CG_USAGE, NAN);
	mw_cite_over(c, "share", MW_FORM_SHARE, kernel / usage, "kernel / usage", c->p[OF_USAGE]);
	if (mw_get_or(c->e, M_CG_VERSION, 2) == 1)
		say_kind_v1(c, kernel);
	else
		say_kind(c);
	mw_avoid(c, N_("look for it in ps or in heap dumps: it is in no process's RSS"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_kernel_heavy = {
	.id = "ctr-kernel-heavy",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("{kernel} of the {usage} of {entity} are the kernel's own ({share})"),
	.about = N_("Slab objects, page tables, stacks and the like are charged to the group that "
		    "made the kernel need them. Large shares have one kind and one owner."),
	.silent = N_("A group in which a compiler or a backup has walked many files: dentries and "
		     "inodes, small beside its limit."),
};
