/* A group's memory in everybody's words. The formulas are those of the tools' sources; where a tool's
 * rule depends on the hierarchy's version, so do the words. */
#include "ledger/headroom.h"
#include "ledger/num.h"
#include "ledger/words.h"

#include <string.h>

struct context {
	const struct mw_snapshot *snapshot;
	const struct mw_entity *group;
	bool v1;
};

static struct mw_num get(const struct context *c, enum mw_metric metric)
{
	return mw_get(c->group, metric);
}

/* --- the kernel, cAdvisor, the kubelet -------------------------------------------------------- */

static struct mw_num usage(const struct context *c)
{
	return get(c, M_CG_USAGE);
}

/* A pasted group has no parent either. */
static bool is_root(const struct context *c)
{
	return !c->group->parent && !strcmp(c->group->name, "/");
}

/* v2's root group has no memory.current. */
static struct mw_num cadvisor_usage(const struct context *c)
{
	if (c->v1 || !is_root(c) || usage(c).state != MW_ABSENT)
		return usage(c);
	return mw_num_plus(get(c, M_CG_ANON), get(c, M_CG_FILE));
}

static struct mw_num working_set(const struct context *c)
{
	return mw_num_less(cadvisor_usage(c), get(c, M_CG_INACTIVE_FILE));
}

/* cAdvisor takes v1's keys without "total_" where use_hierarchy is 0. */
static struct mw_num own_or_all(const struct context *c, enum mw_metric own, enum mw_metric all)
{
	bool hierarchy = mw_get_or(c->group, M_CG_USE_HIERARCHY, 1);

	return get(c, c->v1 && !hierarchy ? own : all);
}

static struct mw_num rss(const struct context *c)
{
	return own_or_all(c, M_CG_LOCAL_ANON, M_CG_ANON);
}

static struct mw_num cache(const struct context *c)
{
	return own_or_all(c, M_CG_LOCAL_FILE, M_CG_FILE);
}

static struct mw_num mapped(const struct context *c)
{
	return own_or_all(c, M_CG_LOCAL_MAPPED, M_CG_FILE_MAPPED);
}

static struct mw_num swap(const struct context *c)
{
	const struct mw_entity *node = mw_snapshot_node(c->snapshot);
	struct mw_num s = own_or_all(c, M_CG_LOCAL_SWAP, M_CG_SWAP);

	if (c->v1 || s.state != MW_ABSENT)
		return s;
	if (!is_root(c))
		return c->group->parent ? mw_num_or_zero(s) : s;
	return mw_num_or_zero(mw_num_less(mw_get(node, M_SWAP_TOTAL), mw_get(node, M_SWAP_FREE)));
}

static struct mw_num kubelet_available(const struct context *c)
{
	struct mw_num limit = get(c, M_CG_LIMIT);

	return limit.state == MW_OK ? mw_num_less(limit, working_set(c)) : limit;
}

/* --- docker ----------------------------------------------------------------------------------- */

static struct mw_num docker(const struct context *c)
{
	return mw_num_less(usage(c), get(c, M_CG_INACTIVE_FILE));
}

static struct mw_num podman(const struct context *c)
{
	return get(c, M_CG_ANON);
}

/* --- ps, top, free ---------------------------------------------------------------------------- */

static struct mw_num sum_rss(const struct context *c)
{
	return get(c, M_CG_SUM_RSS);
}

static struct mw_num sum_pss(const struct context *c)
{
	return get(c, M_CG_SUM_PSS);
}

static bool holds(const struct mw_entity *group, const struct mw_entity *process)
{
	const struct mw_entity *g = process->parent;

	while (g && g != group)
		g = g->parent;
	return g;
}

static struct mw_num largest(const struct context *c)
{
	struct mw_num most = { 0, MW_ABSENT };
	const struct mw_entity *p;

	mw_for_each (p, c->snapshot, MW_PROCESS) {
		struct mw_num n = mw_get(p, M_P_RSS);

		if (n.state == MW_OK && (most.state != MW_OK || n.v > most.v) && holds(c->group, p))
			most = n;
	}
	return most;
}

static struct mw_num free_used(const struct context *c)
{
	const struct mw_entity *node = mw_snapshot_node(c->snapshot);

	return mw_num_less(mw_get(node, M_MEM_TOTAL), mw_get(node, M_MEM_AVAILABLE));
}

/* --- what was asked --------------------------------------------------------------------------- */

static struct mw_num docker_asked(const struct context *c)
{
	return get(c, M_CG_DOCKER_STATS);
}

static struct mw_num podman_asked(const struct context *c)
{
	return get(c, M_CG_PODMAN_STATS);
}

static uint64_t distance(struct mw_num a, struct mw_num b)
{
	if (a.state != MW_OK || b.state != MW_OK)
		return UINT64_MAX;
	return a.v > b.v ? a.v - b.v : b.v - a.v;
}

/* By the rule of its version, which it does not say: the one that comes nearer. */
static struct mw_num podman_own(const struct context *c)
{
	struct mw_num asked = podman_asked(c), old = c->v1 ? usage(c) : podman(c);

	return distance(asked, docker(c)) < distance(asked, old) ? docker(c) : old;
}

static struct mw_num kubelet_working_set(const struct context *c)
{
	return get(c, M_CG_KUBELET_WORKING_SET);
}

static struct mw_num kubelet_usage(const struct context *c)
{
	return get(c, M_CG_KUBELET_USAGE);
}

static struct mw_num kubelet_rss(const struct context *c)
{
	return get(c, M_CG_KUBELET_RSS);
}

static bool is_far(struct mw_num a, struct mw_num b)
{
	return a.state == MW_OK && b.state == MW_OK &&
	       distance(a, b) > (a.v > b.v ? a.v : b.v) / 100;
}

/* --- memwhy ----------------------------------------------------------------------------------- */

static struct mw_num unreclaimable(const struct context *c)
{
	return mw_headroom_of(c->snapshot, c->group).unreclaimable;
}

#define RUNTIMES_OWN N_("the runtime's own answer of this moment")
#define KUBELETS_OWN N_("the kubelet's own answer: it may be 10 s old")

/* NULL formula: not a word of that version. */
static const struct row {
	const char *tool, *v1, *v2, *why;
	struct mw_num (*number)(const struct context *c);
	bool brief;
	/* of what was asked, which is a word only where it was answered: the same, computed here */
	struct mw_num (*own)(const struct context *c);
} rows[] = {
	{ "memory.usage_in_bytes", "memory.usage_in_bytes", NULL,
	  N_("the kernel's own count: all page cache is in it, reclaimable or not"), usage, true },
	{ "memory.current", NULL, "memory.current",
	  N_("the kernel's own count: all page cache is in it, reclaimable or not"), usage, true },
	{ "kubectl top", "usage_in_bytes - total_inactive_file", "current - inactive_file",
	  N_("working set: cache on the active list counts as used, although it can be reclaimed"),
	  working_set, true },
	{ "docker stats", "usage_in_bytes - total_inactive_file", "current - inactive_file",
	  N_("leaves the inactive page cache out, the active one not"), docker, true },
	{ N_("docker stats, asked"), N_("memory_stats: usage - total_inactive_file"),
	  N_("memory_stats: usage - inactive_file"), RUNTIMES_OWN, docker_asked, true, docker },
	/* measured with 4.3; containers/common #870 brought it, #2455 took it back */
	{ "podman stats", "usage_in_bytes", NULL,
	  N_("the kernel's count as it is, cache and all; from podman 5.6 on as docker stats"),
	  usage },
	{ "podman stats", NULL, "anon",
	  N_("anonymous memory alone; from podman 5.6 on as docker stats"), podman },
	{ N_("podman stats, asked"), "MemUsage", "MemUsage", RUNTIMES_OWN, podman_asked, true,
	  podman_own },
	{ N_("cAdvisor usage"), "usage_in_bytes", N_("current; root: anon + file"),
	  N_("container_memory_usage_bytes: grows with the page cache up to the limit"),
	  cadvisor_usage },
	{ N_("cAdvisor working set"), "usage_in_bytes - total_inactive_file",
	  "current - inactive_file",
	  N_("container_memory_working_set_bytes: what kubectl top and the kubelet show"),
	  working_set },
	{ N_("cAdvisor rss"), N_("total_rss (rss where use_hierarchy is 0)"), "anon",
	  N_("container_memory_rss: anonymous memory alone; no tmpfs, no kernel memory"), rss },
	{ N_("cAdvisor cache"), N_("total_cache (cache where use_hierarchy is 0)"), "file",
	  N_("container_memory_cache: tmpfs and shared memory are in it, which cannot be dropped"),
	  cache },
	{ N_("cAdvisor swap"), "total_swap", N_("swap.current; root: SwapTotal - SwapFree"),
	  N_("container_memory_swap: not part of usage"), swap },
	{ N_("cAdvisor mapped file"), "total_mapped_file", "file_mapped",
	  N_("container_memory_mapped_file: the part of the cache that processes map"), mapped },
	{ N_("kubelet available"), N_("limit_in_bytes - working set"), N_("max - working set"),
	  N_("left until the limit if active cache could not be reclaimed, and no group above had a limit"),
	  kubelet_available },
	{ N_("kubelet working set, asked"), "workingSetBytes", "workingSetBytes", KUBELETS_OWN,
	  kubelet_working_set, true, working_set },
	{ N_("kubelet usage, asked"), "usageBytes", "usageBytes", KUBELETS_OWN, kubelet_usage,
	  false, cadvisor_usage },
	{ N_("kubelet rss, asked"), "rssBytes", "rssBytes", KUBELETS_OWN, kubelet_rss, false, rss },
	{ N_("sum of ps RSS"), N_("VmRSS of each process"), N_("VmRSS of each process"),
	  N_("a page that n processes share counts n times; unmapped cache and kernel memory not at all"),
	  sum_rss, true },
	{ N_("sum of PSS"), N_("Pss of each process"), N_("Pss of each process"),
	  N_("shares divided; counts pages that are charged to other groups, too"), sum_pss },
	{ N_("top RES, largest process"), "VmRSS", "VmRSS",
	  N_("one process; its file pages may be charged to another group"), largest },
	{ N_("free inside the container"), "MemTotal - MemAvailable", "MemTotal - MemAvailable",
	  N_("shows the whole machine: /proc/meminfo knows no groups"), free_used },
	{ N_("cannot be reclaimed"), N_("usage_in_bytes - both file lists - what could be swapped"),
	  N_("current - both file lists - slab_reclaimable - what could be swapped"),
	  N_("what must fit below the limit: the rest is taken back before an OOM kill"),
	  unreclaimable, true },
};

size_t mw_words_container(struct arena *a, const struct mw_snapshot *s,
			  const struct mw_entity *cgroup, struct mw_word **out)
{
	struct context c = { s, cgroup, mw_get_or(cgroup, M_CG_VERSION, 2) == 1 };
	size_t count = sizeof(rows) / sizeof(*rows), n = 0;
	struct mw_word *words = arena_array(a, count, sizeof(*words));

	if (!words)
		return 0;
	for (size_t i = 0; i < count; i++) {
		const char *formula = c.v1 ? rows[i].v1 : rows[i].v2;
		struct mw_num number, own = { 0, MW_ABSENT };

		if (!formula)
			continue;
		number = rows[i].number(&c);
		if (rows[i].own && number.state != MW_OK)
			continue;
		if (rows[i].own)
			own = rows[i].own(&c);
		words[n++] = (struct mw_word){
			.tool = rows[i].tool,
			.formula = formula,
			.why = rows[i].why,
			.bytes = number.state == MW_OK ? number.v : 0,
			.state = number.state,
			.brief = rows[i].brief,
			.own = own,
			.differs = is_far(number, own),
		};
	}
	*out = words;
	return n;
}
