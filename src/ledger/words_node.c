/* The machine's memory in everybody's words. The rules of procps were read from the running programs:
 * 4.x `used` is what is not available; 3.3.10 to 3.3.17 what is neither free nor cache; before that
 * SReclaimable was not cache yet. */
#include "ledger/words.h"
#include "ledger/num.h"

enum { MAX_WORDS = 20 };

struct words {
	struct mw_word *list;
	size_t count;
};

static void add(struct words *w, const char *tool, struct mw_num n, const char *formula,
		const char *why)
{
	if (n.state != MW_ABSENT && w->count < MAX_WORDS)
		w->list[w->count++] = (struct mw_word){ tool, formula, why, n.v, n.state };
}

enum procps { PROCPS_UNKNOWN, PROCPS_3, PROCPS_4 };

static enum procps installed(const struct mw_entity *node)
{
	const char *text = mw_get_text(node, M_PROCPS);

	return !text ? PROCPS_UNKNOWN : *text == '4' ? PROCPS_4 : PROCPS_3;
}

static void add_free(struct words *w, const struct mw_entity *node)
{
	enum procps rule = installed(node);
	struct mw_num total = mw_get(node, M_MEM_TOTAL);
	struct mw_num available = mw_get(node, M_MEM_AVAILABLE);
	struct mw_num cache = mw_num_plus(mw_get(node, M_CACHED), mw_get(node, M_BUFFERS));
	struct mw_num old = mw_num_less(mw_num_less(total, mw_get(node, M_MEM_FREE)), cache);
	struct mw_num middle = mw_num_less(old, mw_get(node, M_SLAB_RECLAIMABLE));
	struct mw_num new = mw_num_less(total, available);

	/* free 4.x falls back so when the two moments cross */
	if (new.state == MW_OK && available.v > total.v)
		new = mw_num_less(total, mw_get(node, M_MEM_FREE));
	add(w,
	    rule == PROCPS_4 ? N_("free: used (installed, procps 4)") : N_("free: used (procps 4)"),
	    new, "MemTotal - MemAvailable", N_("counts cache that could not be reclaimed as used"));
	add(w,
	    rule == PROCPS_3 ? N_("free: used (installed, procps 3)")
			     : N_("free: used (procps 3.3.10 to 3.3.17)"),
	    middle, "MemTotal - MemFree - Buffers - Cached - SReclaimable",
	    N_("takes tmpfs off with the cache, although it cannot be reclaimed"));
	add(w, N_("free: -/+ buffers/cache (older)"), old, "MemTotal - MemFree - Buffers - Cached",
	    N_("reclaimable slab still counts as used"));
	add(w, N_("free: buff/cache"), mw_num_plus(cache, mw_get(node, M_SLAB_RECLAIMABLE)),
	    "Buffers + Cached + SReclaimable",
	    N_("not all free to take: holds tmpfs and dirty pages"));
	add(w, N_("free: shared"), mw_get(node, M_SHMEM), "Shmem", N_("tmpfs and shared memory"));
	add(w, N_("free: available"), available, "MemAvailable",
	    N_("the kernel's estimate of what can be had without swapping"));
}

/* What cAdvisor, the kubelet and kubectl make of the root group. */
static void add_kubelet(struct words *w, const struct mw_snapshot *s)
{
	const struct mw_entity *root = mw_snapshot_by_name(s, MW_CGROUP, SLICE("/"));
	struct mw_num total = mw_get(mw_snapshot_node(s), M_MEM_TOTAL), usage, working;
	bool v2;

	if (!root)
		return;
	v2 = mw_get_or(root, M_CG_VERSION, 1) == 2;
	usage = v2 ? mw_num_plus(mw_get(root, M_CG_ANON), mw_get(root, M_CG_FILE))
		   : mw_get(root, M_CG_USAGE);
	working = mw_num_less(usage, mw_get(root, M_CG_INACTIVE_FILE));
	add(w, N_("cAdvisor usage of /"), usage,
	    v2 ? N_("anon + file of the root group")
	       : N_("memory.usage_in_bytes of the root group"),
	    v2 ? N_("leaves out all kernel memory")
	       : N_("leaves out kernel memory not charged to groups"));
	add(w, "kubectl top node", working, N_("usage of / - inactive_file"),
	    v2 ? N_("leaves out slab, page tables and drivers' pages")
	       : N_("active file cache counts as used"));
	add(w, N_("kubelet memory.available"), mw_num_less(total, working),
	    N_("MemTotal - working set of /"), N_("the eviction signal: not MemAvailable"));
}

static void add_sums(struct words *w, const struct mw_snapshot *s)
{
	struct mw_num rss = { 0, MW_ABSENT }, pss = { 0, MW_ABSENT };
	const struct mw_entity *p;
	bool all = true;

	mw_for_each (p, s, MW_PROCESS) {
		struct mw_num r = mw_get(p, M_P_RSS), q = mw_get(p, M_P_PSS);

		if (r.state == MW_OK)
			rss = (struct mw_num){ rss.v + r.v, MW_OK };
		if (q.state == MW_OK)
			pss = (struct mw_num){ pss.v + q.v, MW_OK };
		else if (r.state == MW_OK && r.v)
			all = false;
	}
	add(w, N_("sum of ps RSS"), rss, N_("VmRSS of each process"),
	    N_("a page that n processes share counts n times"));
	if (all)
		add(w, N_("sum of PSS"), pss, N_("Pss of each process"),
		    N_("counts each mapped page once; cache that nobody maps is not in it"));
}

size_t mw_words_node(struct arena *a, const struct mw_snapshot *s, struct mw_word **out)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	struct words w = { .list = arena_array(a, MAX_WORDS, sizeof(*w.list)) };

	if (!w.list)
		return 0;
	add_free(&w, node);
	add(&w, N_("node_exporter, usual graph"),
	    mw_num_less(mw_num_less(mw_get(node, M_MEM_TOTAL), mw_get(node, M_MEM_FREE)),
			mw_num_plus(mw_get(node, M_CACHED), mw_get(node, M_BUFFERS))),
	    "MemTotal - MemFree - Buffers - Cached", N_("reclaimable slab counts as used"));
	add_kubelet(&w, s);
	add_sums(&w, s);
	*out = w.list;
	return w.count;
}
