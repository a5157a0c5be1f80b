/* A group's account: what is charged to it, opened so that every page is counted once.
 *
 * What overlaps, and how it is kept apart (mm/memcontrol.c, mm/memcontrol-v1.c):
 *  - `file` (v1: cache) holds tmpfs and shared memory: shmem is a line of its own. The rest is the
 *    page cache, by list. Pages given up with MADV_FREE are anonymous but on the inactive file list:
 *    the lists together may hold more than the cache, and are cut to it.
 *  - Pages of the swap cache that no process maps are neither in anon nor in file, but on the lists:
 *    what the lists have over both, at most swapcached (where there is none, the machine's).
 *  - `kernel` (v1: kmem) includes slab, stacks, page tables, per-CPU, vmalloc, and the compressed
 *    pages of zswap; network buffers (v2) are not in it.
 *  - usage_in_bytes of v1's root group is a sum of page cache and anonymous memory: kernel memory
 *    is not in it, nor is the swap cache: both are shown aside.
 * What is unexplained: each CPU keeps up to 64 pages charged in advance, and memory.stat may be
 * behind by as much. */
#include "ledger/account.h"
#include "ledger/files.h"
#include "ledger/lines.h"
#include "ledger/num.h"
#include "model/finding.h"

#include <stdlib.h>

/* --- what belongs to which group -------------------------------------------------------------- */

enum { NONE = UINT32_MAX };

/* Linked lists of row numbers: children of a group, processes in a group. */
struct tree {
	struct arena *arena;
	const struct mw_snapshot *snapshot;
	uint32_t *first_child, *next_child;     /* by the group's row */
	uint32_t *first_process, *next_process; /* by the group's, by the process's row */
};

static void link_rows(const struct mw_snapshot *s, enum mw_kind kind, uint32_t *first,
		      uint32_t *next)
{
	for (size_t row = mw_snapshot_count(s, kind); row-- > 0;) {
		const struct mw_entity *e = mw_snapshot_at(s, kind, row);

		next[row] = NONE;
		if (!e->parent)
			continue;
		next[row] = first[e->parent->index];
		first[e->parent->index] = (uint32_t)row;
	}
}

static bool tree_init(struct tree *t, struct arena *a, const struct mw_snapshot *s)
{
	size_t groups = mw_snapshot_count(s, MW_CGROUP);
	size_t processes = mw_snapshot_count(s, MW_PROCESS);

	*t = (struct tree){ .arena = a, .snapshot = s };
	t->first_child = arena_array(a, groups, sizeof(uint32_t));
	t->next_child = arena_array(a, groups, sizeof(uint32_t));
	t->first_process = arena_array(a, groups, sizeof(uint32_t));
	t->next_process = arena_array(a, processes + 1, sizeof(uint32_t));
	if (!t->first_child || !t->next_child || !t->first_process || !t->next_process)
		return false;
	for (size_t i = 0; i < groups; i++)
		t->first_child[i] = t->first_process[i] = NONE;
	link_rows(s, MW_CGROUP, t->first_child, t->next_child);
	link_rows(s, MW_PROCESS, t->first_process, t->next_process);
	return true;
}

struct item {
	const struct mw_entity *entity;
	uint64_t bytes;
};

static int larger_first(const void *left, const void *right)
{
	const struct item *a = left, *b = right;

	if (a->bytes != b->bytes)
		return a->bytes < b->bytes ? 1 : -1;
	return a->entity->index < b->entity->index ? -1 : 1;
}

/* The list that starts at row `first`, largest first. @return how many have the metric */
static size_t sorted(const struct tree *t, enum mw_kind kind, uint32_t first, const uint32_t *next,
		     enum mw_metric metric, struct item **out)
{
	size_t count = 0, n = 0;

	for (uint32_t row = first; row != NONE; row = next[row])
		count++;
	*out = arena_array(t->arena, count + 1, sizeof(**out));
	if (!*out)
		return 0;
	for (uint32_t row = first; row != NONE; row = next[row]) {
		const struct mw_entity *e = mw_snapshot_at(t->snapshot, kind, row);
		struct mw_num bytes = mw_get(e, metric);

		if (bytes.state == MW_OK)
			(*out)[n++] = (struct item){ e, bytes.v };
	}
	qsort(*out, n, sizeof(**out), larger_first);
	return n;
}

/* --- what usage is made of -------------------------------------------------------------------- */

static const struct mw_line v1_anon = { N_("anonymous"), "total_rss", { M_CG_ANON } };
static const struct mw_line v2_anon = { N_("anonymous"), "anon", { M_CG_ANON } };

static const struct mw_line v1_anon_parts[] = {
	{ N_("huge pages (THP)"), "total_rss_huge", { M_CG_ANON_THP }, { 0 }, true },
	{ 0 },
};
static const struct mw_line v2_anon_parts[] = {
	{ N_("huge pages (THP)"), "anon_thp", { M_CG_ANON_THP }, { 0 }, true },
	{ 0 },
};

static const struct mw_line v1_rest[] = {
	{ N_("shared memory, tmpfs"), "total_shmem", { M_CG_SHMEM } },
	{ 0 },
};
static const struct mw_line v2_rest[] = {
	{ N_("shared memory, tmpfs"), "shmem", { M_CG_SHMEM } },
	{ N_("network buffers"), "sock", { M_CG_SOCK } },
	{ N_("huge pages (hugetlb)"), "hugetlb", { M_CG_HUGETLB } },
	{ 0 },
};

static const struct mw_line v1_kernel = { N_("kernel"),
					  "memory.kmem.usage_in_bytes",
					  { M_CG_KERNEL } };
static const struct mw_line v2_kernel = { N_("kernel"), "kernel", { M_CG_KERNEL } };

static const struct mw_line kernel_parts[] = {
	{ N_("reclaimable slab"), "slab_reclaimable", { M_CG_SLAB_RECLAIMABLE } },
	{ N_("unreclaimable slab"), "slab_unreclaimable", { M_CG_SLAB_UNRECLAIMABLE } },
	{ N_("page tables"), "pagetables", { M_CG_PAGE_TABLES } },
	{ N_("secondary page tables"), "sec_pagetables: KVM", { M_CG_SEC_PAGE_TABLES } },
	{ N_("stacks"), "kernel_stack", { M_CG_KERNEL_STACK } },
	{ N_("per-CPU"), "percpu", { M_CG_PERCPU } },
	{ "vmalloc", "vmalloc", { M_CG_VMALLOC } },
	{ "zswap", "zswap", { M_CG_ZSWAP } },
	{ 0 },
};

static const struct mw_line kernel_rest = {
	N_("other"),
	N_("kernel - slab - pagetables - kernel_stack - percpu - vmalloc - zswap: pipe buffers, ..."),
	{ M_CG_KERNEL },
	{ M_CG_SLAB, M_CG_PAGE_TABLES, M_CG_SEC_PAGE_TABLES, M_CG_KERNEL_STACK, M_CG_PERCPU,
	  M_CG_VMALLOC, M_CG_ZSWAP },
};

static bool is_v1(const struct mw_entity *group)
{
	return mw_get_or(group, M_CG_VERSION, 2) == 1;
}

struct mw_num mw_group_kernel_rest(const struct mw_entity *group)
{
	/* a grep of memory.stat may hold the parts of slab without its sum */
	bool cut = mw_get(group, M_CG_SLAB).state != MW_OK &&
		   mw_get(group, M_CG_SLAB_RECLAIMABLE).state == MW_OK;

	return is_v1(group) || cut ? (struct mw_num){ 0, MW_ABSENT }
				   : mw_line_sum(group, &kernel_rest);
}

/* The page cache by list, cut so that the three add up to it. */
static void add_cache(struct arena *a, struct mw_account *to, const struct mw_entity *g)
{
	bool v1 = is_v1(g);
	struct mw_num cache = mw_num_less(mw_get(g, M_CG_FILE),
					  mw_num_or_zero(mw_get(g, M_CG_SHMEM)));
	struct mw_num active = mw_get(g, M_CG_ACTIVE_FILE);
	struct mw_num inactive = mw_get(g, M_CG_INACTIVE_FILE), rest;

	if (cache.state == MW_OK && active.state == MW_OK && active.v > cache.v)
		active.v = cache.v;
	rest = mw_num_less(cache, active);
	if (rest.state == MW_OK && inactive.state == MW_OK && inactive.v > rest.v)
		inactive.v = rest.v;
	rest = mw_num_less(rest, inactive);
	mw_line_part(a, to, N_("page cache, active"), active,
		     v1 ? "total_active_file" : "active_file");
	mw_line_part(a, to, N_("page cache, inactive"), inactive,
		     v1 ? N_("total_inactive_file, less pages given up with MADV_FREE")
			: N_("inactive_file, less pages given up with MADV_FREE"));
	mw_line_part(a, to, N_("page cache, on neither list"), rest,
		     v1 ? N_("total_cache - total_shmem - both file lists: locked, or on its way")
			: N_("file - shmem - both file lists: locked, or on its way"));
}

/* The real root of v1, which a namespace may call by any name and others call "/", too. */
static bool leaves_kernel_out(const struct mw_entity *g)
{
	struct mw_num user = mw_num_plus(mw_get(g, M_CG_ANON), mw_get(g, M_CG_FILE));
	struct mw_num kernel = mw_get(g, M_CG_KERNEL), usage = mw_get(g, M_CG_USAGE);

	return is_v1(g) && !g->parent && user.state == MW_OK && kernel.state == MW_OK &&
	       usage.state == MW_OK && usage.v < user.v + kernel.v / 2;
}

static void add_swap_cache(const struct tree *t, struct mw_account *to, const struct mw_entity *g)
{
	static const struct mw_line lists = {
		NULL,
		NULL,
		{ M_CG_INACTIVE_ANON, M_CG_ACTIVE_ANON, M_CG_INACTIVE_FILE, M_CG_ACTIVE_FILE,
		  M_CG_UNEVICTABLE },
		{ M_CG_ANON, M_CG_FILE },
	};
	struct mw_num both = mw_get(g, M_CG_SWAPCACHED), over = mw_line_sum(g, &lists);
	struct mw_account *part;

	if (both.state == MW_ABSENT) /* v1 until 6.5: no group has more than the machine */
		both = mw_get(mw_snapshot_node(t->snapshot), M_SWAP_CACHED);
	if (both.state == MW_OK && over.state == MW_OK && over.v < both.v)
		both.v = over.v;
	if (both.state != MW_OK || !both.v)
		return;
	part = mw_line_part(
		t->arena, to, N_("swap cache"), both,
		is_v1(g) ? N_("lists - total_rss - total_cache, at most total_swapcached")
			 : N_("lists - anon - file, at most swapcached"));
	if (part && leaves_kernel_out(g))
		part->aside = part->outside = true;
}

static void add_kernel(struct arena *a, struct mw_account *to, const struct mw_entity *g)
{
	const struct mw_line *line = is_v1(g) ? &v1_kernel : &v2_kernel;
	struct mw_account *kernel = mw_line_part(a, to, line->name, mw_line_sum(g, line),
						 line->how);

	if (!kernel)
		return;
	if (!is_v1(g)) {
		mw_lines_add(a, kernel, g, kernel_parts);
		mw_line_part(a, kernel, kernel_rest.name, mw_group_kernel_rest(g), kernel_rest.how);
		return;
	}
	kernel->note = N_(
		"v1 does not tell of what; slab that could be reclaimed counts as needed");
	if (leaves_kernel_out(g)) {
		kernel->aside = kernel->outside = true;
		kernel->note = N_("not part of the root group's usage_in_bytes");
	}
}

/* --- who -------------------------------------------------------------------------------------- */

enum { SHOWN_PROCESSES = 10 };

static void add_processes(const struct tree *t, struct mw_account *to, const struct mw_entity *g)
{
	struct mw_account *processes, *part;
	struct mw_num all = { 0, MW_OK }, rest = { 0, MW_OK };
	struct item *items;
	size_t count = sorted(t, MW_PROCESS, t->first_process[g->index], t->next_process,
			      M_P_RSS_ANON, &items);

	if (!count || !to)
		return;
	for (size_t i = 0; i < count; i++)
		all.v += items[i].bytes;
	processes = mw_line_part(t->arena, to, N_("processes"), all,
				 N_("RssAnon of each process in the group itself"));
	if (!processes)
		return;
	processes->aside = true;
	processes->outside = to->state == MW_OK && all.v > to->bytes;
	processes->note = N_(
		"pages shared since a fork count in each, and may be charged elsewhere");
	for (size_t i = 0; i < count; i++) {
		const struct mw_entity *p = items[i].entity;
		const char *name = mw_get_text(p, M_P_COMM);

		if (i >= SHOWN_PROCESSES) {
			rest.v += items[i].bytes;
			continue;
		}
		part = mw_line_part(t->arena, processes,
				    arena_printf(t->arena, "%s[%llu]", name ? name : "?",
						 (unsigned long long)p->id),
				    (struct mw_num){ items[i].bytes, MW_OK }, "RssAnon");
		if (!part)
			return;
		part->foreign = true;
		part->entity = mw_entity_key(t->arena, p);
	}
	if (count <= SHOWN_PROCESSES)
		return;
	part = mw_line_part(t->arena, processes, N_("{n} more"), rest, "RssAnon");
	if (part)
		part->count = count - SHOWN_PROCESSES;
}

static struct mw_account *account_of(const struct tree *t, const struct mw_entity *g);

static void add_children(const struct tree *t, struct mw_account *to, const struct mw_entity *g)
{
	struct mw_account *groups;
	struct mw_num usage = mw_get(g, M_CG_USAGE), below = { 0, MW_OK };
	struct item *items;
	size_t count = sorted(t, MW_CGROUP, t->first_child[g->index], t->next_child, M_CG_USAGE,
			      &items);

	if (!count)
		return;
	for (size_t i = 0; i < count; i++)
		below.v += items[i].bytes;
	/* with v1's use_hierarchy off the children's charges are not part of it */
	if (!mw_get_or(g, M_CG_USE_HIERARCHY, 1) || usage.state != MW_OK)
		usage = below;
	groups = mw_line_part(t->arena, to, N_("by group"), usage, N_("usage of each group below"));
	if (!groups)
		return;
	groups->aside = true;
	for (size_t i = 0; i < count; i++)
		mw_account_add(groups, account_of(t, items[i].entity));
	if (usage.v > below.v)
		mw_line_part(
			t->arena, groups, N_("the group itself"), mw_num_less(usage, below),
			N_("usage less that of the groups below: also what removed groups left"));
}

static struct mw_account *account_of(const struct tree *t, const struct mw_entity *g)
{
	bool v1 = is_v1(g);
	const struct mw_line *line = v1 ? &v1_anon : &v2_anon;
	struct slice last = slice_last(slice_of(g->name), '/');
	struct mw_account *account, *anon;

	account = mw_account_new(t->arena, last.len ? last.at : g->name, mw_get(g, M_CG_USAGE),
				 v1 ? "memory.usage_in_bytes" : "memory.current");
	if (!account)
		return NULL;
	account->foreign = true;
	account->entity = mw_entity_key(t->arena, g);
	if (account->state == MW_ABSENT)
		account->note = N_("the kernel keeps no usage for it: the root group, or a group "
				   "without the memory controller");
	anon = mw_line_part(t->arena, account, line->name, mw_line_sum(g, line), line->how);
	if (anon)
		mw_lines_add(t->arena, anon, g, v1 ? v1_anon_parts : v2_anon_parts);
	add_processes(t, anon ? anon : account, g);
	add_cache(t->arena, account, g);
	add_swap_cache(t, account, g);
	mw_lines_add(t->arena, account, g, v1 ? v1_rest : v2_rest);
	add_kernel(t->arena, account, g);
	add_children(t, account, g);
	return account;
}

struct mw_account *mw_ledger_container(struct arena *a, const struct mw_snapshot *s,
				       const struct mw_entity *cgroup)
{
	struct mw_account *account;
	struct tree t;

	if (!tree_init(&t, a, s))
		return NULL;
	account = account_of(&t, cgroup);
	if (account) {
		mw_ledger_files(a, account, s, cgroup);
		mw_account_balance(account);
	}
	return account;
}
