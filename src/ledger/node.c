/* The machine's account: MemTotal, opened so that every page is counted once.
 *
 * What overlaps, and how it is kept apart (mm/vmstat.c, fs/proc/meminfo.c):
 *  - Cached holds tmpfs and shared memory too: Shmem is a line of its own and taken out of the cache.
 *  - Swap cache pages that processes map are in AnonPages; only the rest, which no other counter
 *    holds, is a line: the LRU lists have it, AnonPages and Cached have not.
 *  - Kernel stacks live in vmalloc memory where CONFIG_VMAP_STACK is set (x86 since 4.9): VmallocUsed
 *    counts them again. /proc/vmallocinfo tells how much; without it all stacks are assumed to.
 *  - MemFree leaves out free pages on the per-CPU lists, which zoneinfo shows.
 *  - Per-CPU memory is mapped through vmalloc areas but not counted in VmallocUsed.
 *  - Buffers of sockets are slab when small and plain pages, which nobody counts, when large; sockstat
 *    has both. Pipe buffers are plain pages, too, and only known as charged to a group (v2). */
#include "ledger/lines.h"
#include "ledger/num.h"
#include "model/finding.h"

static const struct mw_line anon_line = { N_("processes, anonymous"), "AnonPages", { M_ANON } };

static const struct mw_line anon_parts[] = {
	{ N_("huge pages (THP)"), "AnonHugePages", { M_ANON_HUGE_PAGES } },
	{ N_("small pages"), "AnonPages - AnonHugePages", { M_ANON }, { M_ANON_HUGE_PAGES } },
	{ 0 },
};

static const struct mw_line cache_line = {
	N_("page cache"), "Cached + Buffers - Shmem", { M_CACHED, M_BUFFERS }, { M_SHMEM }
};

static const struct mw_line cache_parts[] = {
	{ N_("active"), "Active(file)", { M_ACTIVE_FILE } },
	{ N_("inactive"), "Inactive(file)", { M_INACTIVE_FILE } },
	{ N_("dirty"), "Dirty + Writeback", { M_DIRTY, M_WRITEBACK }, { 0 }, true },
	{ N_("mapped"), N_("Mapped: shared memory's share included"), { M_MAPPED }, { 0 }, true },
	{ 0 },
};

static const struct mw_line shmem_line = { N_("shared memory, tmpfs"), "Shmem", { M_SHMEM } };

static const struct mw_line shmem_parts[] = {
	{ N_("huge pages"), "ShmemHugePages", { M_SHMEM_HUGE_PAGES }, { 0 }, true },
	{ 0 },
};

static const struct mw_line kernel_parts[] = {
	{ N_("reclaimable slab"), "SReclaimable", { M_SLAB_RECLAIMABLE } },
	{ N_("unreclaimable slab"), "SUnreclaim", { M_SLAB_UNRECLAIMABLE } },
	{ N_("other reclaimable"),
	  "KReclaimable - SReclaimable",
	  { M_KRECLAIMABLE },
	  { M_SLAB_RECLAIMABLE } },
	{ N_("page tables"), "PageTables", { M_PAGE_TABLES } },
	{ N_("secondary page tables"), "SecPageTables: KVM, IOMMU", { M_SEC_PAGE_TABLES } },
	{ N_("stacks"), "KernelStack", { M_KERNEL_STACK } },
	{ N_("shadow stacks"), "ShadowCallStack", { M_SHADOW_CALL_STACK } },
	{ N_("per-CPU"), "Percpu", { M_PERCPU } },
	{ N_("bounce buffers"), "Bounce", { M_BOUNCE } },
	{ N_("FUSE write-back"), "WritebackTmp", { M_WRITEBACK_TMP } },
	{ "GPU", "GPUActive + GPUReclaim", { M_GPU_ACTIVE, M_GPU_RECLAIM } },
	{ 0 },
};

static const struct mw_line bad_line = { N_("bad RAM"),
					 "HardwareCorrupted",
					 { M_HARDWARE_CORRUPTED } };

static const struct mw_line free_parts[] = {
	{ N_("on the free lists"), "MemFree", { M_MEM_FREE } },
	{ N_("on per-CPU lists"),
	  N_("zoneinfo: pagesets' count; MemFree leaves it out"),
	  { M_PCP_FREE } },
	{ N_("reserved for contiguous allocations"), "CmaFree", { M_CMA_FREE }, { 0 }, true },
	{ 0 },
};

static uint64_t bytes_of(const struct mw_account *account, bool aside)
{
	uint64_t bytes = 0;

	mw_for_each_part (part, account) {
		if (part->state == MW_OK && part->aside == aside)
			bytes += part->bytes;
	}
	return bytes;
}

/* "3.10.0-957.el7" -> 3010 */
static unsigned kernel_version(const struct mw_snapshot *s)
{
	struct slice text = slice_of(mw_snapshot_machine(s)->kernel), part;
	uint64_t major, minor;

	if (!slice_until(&text, '.', &part) || !slice_u64(&part, &major) ||
	    !slice_u64(&text, &minor) || major > 100 || minor > 999)
		return 0;
	return (unsigned)(major * 1000 + minor);
}

static void add_vmalloc(struct arena *a, struct mw_account *kernel, const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	struct mw_num used = mw_get(node, M_VMALLOC_USED);
	struct mw_num pages = mw_get(node, M_VMALLOC_PAGES);
	struct mw_num stacks = mw_get(node, M_VMALLOC_STACKS);
	unsigned version = kernel_version(s);
	const char *how = N_("VmallocUsed - stacks in it (vmallocinfo)");

	/* before 4.4 VmallocUsed was address space, ioremap included; from 4.4 to 5.2 it was 0 */
	if (version && version < 5003) {
		used = pages;
		how = N_("vmallocinfo: pages of all areas - stacks");
	}
	if (stacks.state != MW_OK) {
		stacks = mw_get(node, M_KERNEL_STACK);
		how = N_("VmallocUsed - KernelStack: stacks are assumed to be in it");
	}
	if (used.state == MW_OK && stacks.state == MW_OK)
		used.v = used.v > stacks.v ? used.v - stacks.v : 0;
	mw_line_part(a, kernel, "vmalloc", used, how);
}

/* zram and zswap. zsmalloc counts its pages; zswap on zbud or z3fold (before 6.15) has its pool beside
 * them. */
static void add_compressed(struct arena *a, struct mw_account *kernel, const struct mw_entity *node)
{
	struct mw_num pages = mw_get(node, M_ZSPAGES), zswap = mw_get(node, M_ZSWAP);
	const char *allocator = mw_get_text(node, M_ZSWAP_ZPOOL);
	bool apart = allocator && strcmp(allocator, "zsmalloc") != 0;

	mw_line_part(a, kernel, N_("compressed swap (zram, zswap)"),
		     apart ? mw_num_plus(pages, mw_num_or_zero(zswap)) : pages,
		     apart ? "nr_zspages + Zswap" : "nr_zspages");
}

static void add_kernel(struct arena *a, struct mw_account *total, const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	struct mw_account *kernel = mw_account_new(a, N_("kernel"), (struct mw_num){ 0, MW_OK },
						   N_("the sum of its lines"));

	if (!kernel)
		return;
	mw_lines_add(a, kernel, node, kernel_parts);
	add_vmalloc(a, kernel, s);
	add_compressed(a, kernel, node);
	kernel->bytes = bytes_of(kernel, false);
	mw_account_add(total, kernel);
}

static void add_user(struct arena *a, struct mw_account *total, const struct mw_entity *node,
		     const struct mw_line *line, const struct mw_line *parts)
{
	struct mw_account *account = mw_line_part(a, total, line->name, mw_line_sum(node, line),
						  line->how);

	if (account)
		mw_lines_add(a, account, node, parts);
}

/* File pages that are on neither list: locked in memory, ramfs, or on their way to a list. */
static void add_unlisted(struct arena *a, struct mw_account *total)
{
	struct mw_account *cache = mw_account_part(total, cache_line.name);
	uint64_t listed = cache ? bytes_of(cache, false) : 0;

	if (cache && cache->state == MW_OK && cache->bytes > listed)
		mw_line_part(a, cache, N_("on no list"),
			     (struct mw_num){ cache->bytes - listed, MW_OK },
			     N_("the rest: locked, ramfs, or on the way to a list"));
}

/* What the LRU lists hold beyond the pages of processes and the cache. */
static void add_swap_cache(struct arena *a, struct mw_account *total, const struct mw_entity *node)
{
	static const struct mw_line lists = {
		"", "", { M_ACTIVE, M_INACTIVE, M_UNEVICTABLE }, { M_ANON, M_CACHED, M_BUFFERS }
	};
	struct mw_num cached = mw_get(node, M_SWAP_CACHED), rest = mw_line_sum(node, &lists);

	if (cached.state != MW_OK || !cached.v || rest.state != MW_OK)
		return;
	if (rest.v < cached.v)
		cached.v = rest.v;
	mw_line_part(a, total, N_("swap cache, not mapped"), cached,
		     N_("LRU lists - AnonPages - Cached - Buffers, at most SwapCached"));
}

static void add_hugetlb(struct arena *a, struct mw_account *total, const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s), *pool;
	struct mw_num all = mw_get(node, M_HUGETLB);
	uint64_t size = mw_get_or(node, M_HUGEPAGE_DEFAULT_SIZE, 0);
	uint64_t unused = mw_get_or(node, M_HUGEPAGES_FREE, 0) * size;
	const char *how = "Hugetlb";
	struct mw_account *part;

	if (all.state != MW_OK) { /* before 4.16: the pools, or only the default one */
		all = mw_get(node, M_HUGETLB_POOL);
		how = N_("nr_hugepages x size of each pool");
	}
	if (all.state != MW_OK) {
		all = (struct mw_num){ mw_get_or(node, M_HUGEPAGES, 0) * size,
				       mw_get(node, M_HUGEPAGES).state };
		how = "HugePages_Total x Hugepagesize";
	}
	if (mw_snapshot_count(s, MW_HUGEPAGES))
		unused = 0;
	mw_for_each (pool, s, MW_HUGEPAGES) {
		unused += mw_get_or(pool, M_HP_FREE, 0) * pool->id;
	}
	part = mw_line_part(a, total, N_("huge pages, reserved"), all, how);
	if (!part || part->state != MW_OK || unused > part->bytes)
		return;
	mw_line_part(a, part, N_("in use"), (struct mw_num){ part->bytes - unused, MW_OK },
		     N_("pool - free pages"));
	mw_line_part(a, part, N_("free"), (struct mw_num){ unused, MW_OK },
		     N_("HugePages_Free of each pool"));
}

/* A balloon may have been taken off MemTotal already (virtio without deflate-on-oom), or not: it is
 * a line only where there is room for it. */
static void add_balloon(struct arena *a, struct mw_account *total, const struct mw_entity *node)
{
	struct mw_num balloon = mw_get(node, M_BALLOON);
	struct mw_account *part;

	if (balloon.state != MW_OK || !balloon.v)
		return;
	part = mw_line_part(a, total, N_("balloon, given to the host"), balloon, "Balloon");
	if (part)
		part->aside = total->bytes < bytes_of(total, false);
}

/* --- whose it is ------------------------------------------------------------------------------ */

/* What the groups at the top of the hierarchy hold of a line: a second view of it, not a sum. */
static void add_groups(struct arena *a, struct mw_account *total, const char *name,
		       const struct mw_snapshot *s, const struct mw_line *line)
{
	struct mw_account *account = mw_account_part(total, name), *groups = NULL, *part;
	const struct mw_entity *g;
	uint64_t all = 0;

	if (!account || account->state != MW_OK)
		return;
	mw_for_each (g, s, MW_CGROUP) {
		struct mw_num bytes = mw_line_sum(g, line);

		if (!g->parent || g->parent->parent || bytes.state != MW_OK || !bytes.v)
			continue;
		if (!groups)
			groups = mw_line_part(a, account, N_("by group"), bytes, line->how);
		part = groups ? mw_line_part(a, groups, g->name, bytes, line->how) : NULL;
		if (!part)
			return;
		part->foreign = true;
		part->entity = mw_entity_key(a, g);
		all += bytes.v;
	}
	if (!groups)
		return;
	groups->aside = true;
	groups->bytes = account->bytes;
	/* the groups were read at another moment: they may hold more */
	if (account->bytes > all)
		mw_line_part(a, groups, N_("outside of them"),
			     (struct mw_num){ account->bytes - all, MW_OK },
			     N_("the rest: the root group's own, or charged to nobody"));
	else
		groups->bytes = all;
}

static void add_owners(struct arena *a, struct mw_account *total, const struct mw_snapshot *s)
{
	static const struct mw_line anon = { NULL,
					     N_("anon (v1: total_rss) of each group"),
					     { M_CG_ANON } };
	static const struct mw_line cache = {
		NULL,
		N_("file - shmem (v1: total_cache - total_shmem) of each "
		   "group"),
		{ M_CG_FILE },
		{ M_CG_SHMEM }
	};
	static const struct mw_line shmem = { NULL,
					      N_("shmem (v1: total_shmem) of each group"),
					      { M_CG_SHMEM } };

	add_groups(a, total, anon_line.name, s, &anon);
	add_groups(a, total, cache_line.name, s, &cache);
	add_groups(a, total, shmem_line.name, s, &shmem);
}

static struct mw_account *add_free(struct arena *a, struct mw_account *total,
				   const struct mw_entity *node)
{
	struct mw_account *unused = mw_account_new(a, N_("free"), mw_get(node, M_MEM_FREE),
						   N_("MemFree + per-CPU free lists"));

	if (!unused)
		return NULL;
	mw_lines_add(a, unused, node, free_parts);
	if (unused->state == MW_OK)
		unused->bytes = bytes_of(unused, false);
	mw_account_add(total, unused);
	return unused;
}

/* --- pages that no counter of the machine holds ----------------------------------------------- */

static struct mw_num charged_uncounted(const struct mw_snapshot *s)
{
	struct mw_num all = { 0, MW_ABSENT };
	const struct mw_entity *g;

	mw_for_each (g, s, MW_CGROUP) {
		struct mw_num rest = mw_group_kernel_rest(g);

		if (g->parent && !g->parent->parent && rest.state == MW_OK)
			all = (struct mw_num){ all.v + rest.v, MW_OK };
	}
	return all;
}

/* Memory that other lines may hold in part: at most what they leave. */
static void add_at_most(struct arena *a, struct mw_account *total, const char *name,
			struct mw_num bytes, const char *how)
{
	struct mw_account *kernel = mw_account_part(total, "kernel");
	uint64_t known = bytes_of(total, false);
	uint64_t left = total->bytes > known ? total->bytes - known : 0;

	if (!kernel || total->state != MW_OK || bytes.state != MW_OK || !bytes.v)
		return;
	if (bytes.v > left)
		bytes.v = left;
	if (mw_line_part(a, kernel, name, bytes, how))
		kernel->bytes += bytes.v;
}

static void add_uncounted(struct arena *a, struct mw_account *total, const struct mw_snapshot *s)
{
	static const struct mw_line sockets = { NULL, NULL, { M_TCP_MEM, M_UDP_MEM } };

	add_at_most(
		a, total, N_("pipes, Unix sockets, ..."), charged_uncounted(s),
		N_("kernel less its named parts, of the groups at the top (v2); at most what no "
		   "other line holds"));
	add_at_most(
		a, total, N_("TCP and UDP buffers"), mw_line_sum(mw_snapshot_node(s), &sockets),
		N_("TCP mem + UDP mem of sockstat; at most what no other line holds: small ones "
		   "are slab"));
}

/* Pages of the kernel that bear no mark, less those that its counters hold: what a page census finds
 * that nobody counts. */
static void add_unmarked(struct arena *a, struct mw_account *total, const struct mw_snapshot *s)
{
	static const char *const unmarked[] = {
		"vmalloc",
		N_("stacks"),
		N_("shadow stacks"),
		N_("per-CPU"),
		N_("secondary page tables"),
		N_("pipes, Unix sockets, ..."),
		N_("TCP and UDP buffers"),
	};
	struct mw_num bytes = mw_get(mw_snapshot_node(s), M_CENSUS_KERNEL);
	const struct mw_account *kernel = mw_account_part(total, "kernel");

	for (size_t i = 0; kernel && i < sizeof(unmarked) / sizeof(*unmarked); i++) {
		const struct mw_account *part = mw_account_part(kernel, unmarked[i]);

		if (part && part->state == MW_OK)
			bytes.v -= part->bytes < bytes.v ? part->bytes : bytes.v;
	}
	add_at_most(a, total, N_("pages that no counter holds"), bytes,
		    N_("page census: pages of the kernel without a mark, less what its counters "
		       "say; at most what no other line holds"));
}

/* --- the page cache by file ------------------------------------------------------------------- */

enum { FILES_SHOWN = 8 };

/* The largest files that a census found: a second view of the line, not a sum. They come first. */
static void add_files(struct arena *a, struct mw_account *total, const struct mw_snapshot *s)
{
	static const char how[] = N_("page census: pages of each file");
	struct mw_account *cache = mw_account_part(total, cache_line.name), *files = NULL, *part;
	const struct mw_entity *f;
	uint64_t all = 0;
	size_t shown = 0;

	/* files that were asked for one by one are some, not all */
	if (mw_get(mw_snapshot_node(s), M_CENSUS_SAMPLE).state != MW_OK)
		return;
	mw_for_each (f, s, MW_FILE) {
		const char *path = mw_get_text(f, M_F_PATH), *type = mw_get_text(f, M_F_TYPE);

		if (!cache || cache->state != MW_OK || !path || !type ||
		    strcmp(type, "shmem") == 0 || shown == FILES_SHOWN)
			continue;
		if (!files)
			files = mw_line_part(a, cache, N_("by file"), mw_get(f, M_F_CACHED), how);
		part = files ? mw_line_part(a, files, path, mw_get(f, M_F_CACHED), how) : NULL;
		if (!part)
			return;
		part->foreign = true;
		all += part->bytes;
		shown++;
	}
	if (!files)
		return;
	files->aside = true;
	files->bytes = cache->bytes > all ? cache->bytes : all;
	mw_line_part(a, files, N_("smaller ones"), (struct mw_num){ files->bytes - all, MW_OK },
		     N_("the rest"));
}

/* Permille of the machine: so much nobody counts on a small machine that does nothing. */
enum { A_LOT = 5 };

struct mw_account *mw_ledger_node(struct arena *a, const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	struct mw_account *total = mw_account_new(
		a, "MemTotal", mw_get(node, M_MEM_TOTAL),
		N_("MemTotal: what the firmware and the kernel's own "
		   "image left"));

	if (!total)
		return NULL;
	total->entity = mw_entity_key(a, node);
	add_user(a, total, node, &anon_line, anon_parts);
	add_user(a, total, node, &cache_line, cache_parts);
	add_unlisted(a, total);
	add_user(a, total, node, &shmem_line, shmem_parts);
	add_owners(a, total, s);
	add_swap_cache(a, total, node);
	add_kernel(a, total, s);
	add_hugetlb(a, total, s);
	if (mw_get_or(node, M_HARDWARE_CORRUPTED, 0))
		mw_lines_add(a, total, node, (struct mw_line[]){ bad_line, { 0 } });
	if (!add_free(a, total, node))
		return NULL;
	add_balloon(a, total, node);
	add_uncounted(a, total, s);
	add_unmarked(a, total, s);
	add_files(a, total, s);
	mw_account_balance(total);
	if (total->unexplained > (int64_t)(total->bytes / 1000 * A_LOT))
		total->rest = N_("drivers, tables made at boot, pipes, Unix sockets: not counted");
	return total;
}
