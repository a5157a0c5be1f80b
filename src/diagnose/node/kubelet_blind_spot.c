/* The kubelet evicts by a number of its own, which is not MemAvailable. */
#include "diagnose/node/node.h"
#include "ledger/eviction.h"

enum { GAP, SHORT };

static const struct mw_param params[] = {
	[GAP] = { "gap", 0.1, "ratio",
		  N_("of RAM between the two: eviction comes too early or not at all") },
	[SHORT] = MW_PARAM_SHORT,
	{ 0 },
};

/* What the kubelet says when it is asked; else what it must compute. */
static struct mw_num as_kubelet(const struct mw_check *c, const struct mw_eviction_signal *s,
				const char **how)
{
	struct mw_num asked = mw_get(c->node, M_KUBELET_AVAILABLE);

	*how = asked.state == MW_OK ? N_("the kubelet's /stats/summary: availableBytes") : s->how;
	return asked.state == MW_OK ? asked : s->available;
}

/* How far both numbers are from the threshold. */
static void say_threshold(struct mw_check *c, const struct mw_eviction_signal *s, double kubelet,
			  double available)
{
	double hard = (double)s->hard.v;

	if (s->hard.state != MW_OK)
		return;
	mw_cite(c, "hard", MW_FORM_BYTES, hard,
		s->assumed ? N_("the kubelet's default") : N_("evictionHard of the kubelet"));
	mw_cite(c, "kubelet_left", MW_FORM_BYTES, fmax(0, kubelet - hard),
		N_("its number - threshold"));
	mw_cite(c, "left", MW_FORM_BYTES, fmax(0, available - hard),
		N_("MemAvailable - threshold"));
	mw_detail(c,
		  s->assumed
			  ? N_("it evicts below {hard}, if its configuration, which is not known, "
			       "is the default: {kubelet_left} away by its own number, {left} by "
			       "MemAvailable")
			  : N_("it evicts below {hard}: {kubelet_left} away by its own number, "
			       "{left} by MemAvailable"));
}

/* When nothing is available any more it still sees the gap. */
static void say_too_late(struct mw_check *c, const struct mw_eviction_signal *s, double gap)
{
	static const enum mw_metric parts[] = { M_SLAB, M_PAGE_TABLES, M_PERCPU, M_KERNEL_STACK,
						M_HUGETLB };
	double unseen = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		unseen += (double)mw_get_or(c->node, parts[i], 0);
	mw_cite(c, "unseen", MW_FORM_BYTES, unseen,
		"/proc/meminfo: Slab + PageTables + Percpu + KernelStack + Hugetlb");
	mw_cite(c, "gap", MW_FORM_BYTES, gap, N_("its number - MemAvailable"));
	mw_title(
		c,
		N_("the kubelet believes that {kubelet} is available, but it is {available}: it may "
		   "evict too late"));
	if (s->hard.state == MW_OK && gap >= (double)s->hard.v)
		mw_detail(c,
			  N_("when nothing is available any more it still counts {gap}, more than "
			     "its threshold: the OOM killer comes before it evicts"));
	mw_detail(
		c,
		N_("slab, page tables, huge page pools and driver pages ({unseen} of them counted) "
		   "are not in the root group's number, which is anon and file pages only"));
	mw_advise(
		c,
		N_("raise memory.available in evictionHard and systemReserved by the difference"));
}

static void say_too_early(struct mw_check *c, const struct mw_eviction_signal *s, double gap)
{
	mw_cite_metric(c, "active_file", c->node, M_ACTIVE_FILE, NAN);
	mw_title(
		c,
		N_("the kubelet believes that only {kubelet} is available, but it is {available}: it "
		   "may evict pods without need"));
	if (s->hard.state == MW_OK) {
		mw_cite(c, "early", MW_FORM_BYTES, (double)s->hard.v - gap,
			N_("threshold + MemAvailable - its number"));
		mw_detail(c, N_("it begins to evict while {early} is still available"));
	}
	if (mw_get(c->node, M_ACTIVE_FILE).state == MW_OK)
		mw_detail(c,
			  N_("it counts page cache on the active list ({active_file}) as used; the "
			     "kernel would take it back"));
	mw_advise(
		c,
		N_("lower memory.available in evictionHard, or find which pod reads the files that "
		   "stay active"));
}

static bool is_urgent(struct mw_check *c, const struct mw_eviction_signal *s, double kubelet,
		      double gap)
{
	if (gap > 0)
		return mw_is_short(c, c->p[SHORT]);
	return s->hard.state == MW_OK && kubelet < (double)s->hard.v;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num available = mw_get(c->node, M_MEM_AVAILABLE), kubelet;
	double total = (double)mw_get_or(c->node, M_MEM_TOTAL, 0), gap;
	struct mw_eviction_signal signals[MW_EVICTION_SIGNALS];
	const char *how;

	if (available.state != MW_OK || !mw_eviction_signals(c->now, signals))
		return MW_CLEAR;
	kubelet = as_kubelet(c, signals, &how);
	if (kubelet.state != MW_OK)
		return mw_unknown(c,
				  N_("memory.stat of the root control group: from it the kubelet "
				     "computes what is available"),
				  "kubectl get --raw /api/v1/nodes/NODE/proxy/stats/summary");
	gap = (double)kubelet.v - (double)available.v;
	if (!(fabs(mw_of_ram(c, gap)) >= c->p[GAP]))
		return MW_CLEAR;
	mw_cite_over(c, "kubelet", MW_FORM_BYTES, (double)kubelet.v, how,
		     (double)available.v + (gap > 0 ? 1 : -1) * c->p[GAP] * total);
	mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE, NAN);
	if (gap > 0)
		say_too_late(c, signals, gap);
	else
		say_too_early(c, signals, gap);
	say_threshold(c, signals, (double)kubelet.v, (double)available.v);
	if (is_urgent(c, signals, (double)kubelet.v, gap))
		mw_level(c, MW_WARNING);
	mw_ask(c, "memwhy node");
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_kubelet_blind_spot = {
	.id = "node-kubelet-blind-spot",
	.level = MW_NOTICE,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_("the kubelet's memory.available is {kubelet}, MemAvailable is {available}"),
	.about = N_(
		"The kubelet evicts by capacity - working set of the root group. That leaves out "
		"kernel memory, and counts active page cache as used, so it can be far from what the kernel could give. Only where pods' groups are to be seen."),
	.silent = N_(
		"A machine without a kubelet, or where both numbers agree within a tenth of RAM."),
};
