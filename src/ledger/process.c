/* A process' account: RSS opened into anonymous memory, file pages and shared memory as status
 * counts them, and each of these, where its mappings were read, by what smaps says they are. status
 * and smaps are read at different moments, and status' counters lag by some pages per thread before
 * Linux 6.2: the difference is the unexplained rest of each kind. */
#include "ledger/account.h"
#include "ledger/lines.h"
#include "ledger/regions.h"
#include "model/finding.h"

/* Names listed one by one; the smaller ones share a line. */
enum { LARGEST = 16 };

#define HOW_STACK                                                                           \
	N_("smaps Anonymous of [stack:TID], or above an inaccessible anonymous mapping of " \
	   "at most 1 MiB, 16 KiB or more, not at a multiple of 64 MiB, in a process with threads")

/* How pages of a class are shown: below a line of their own, or one line per name. */
static const struct {
	const char *title; /* NULL: the names stand directly below the kind */
	const char *how;
	bool names;
} classes[MW_REGION_CLASSES] = {
	[MW_JAVA_HEAP] = { N_("Java heap"),
			   N_("smaps Anonymous from the lowest anonymous mapping at a whole MiB on"),
			   false },
	[MW_HEAP] = { N_("heap"), N_("smaps Anonymous of [heap]"), false },
	[MW_MAIN_STACK] = { N_("main stack"), N_("smaps Anonymous of [stack]"), false },
	[MW_THREAD_STACK] = { N_("thread stacks"), HOW_STACK, false },
	[MW_ANON_MAPPING] = { N_("anonymous mappings"),
			      N_("smaps Anonymous of mappings without a file"), true },
	[MW_FILE_COPY] = { N_("changed file pages"),
			   N_("smaps Anonymous of mappings of files: private copies"), true },
	[MW_FILE_PAGES] = { NULL, N_("smaps Rss - Anonymous, its mappings added up"), true },
	[MW_SHMEM_PAGES] = { NULL, N_("smaps Rss - Anonymous, its mappings added up"), true },
	[MW_KERNEL_PAGES] = { N_("the kernel's own pages"),
			      N_("smaps Rss - Anonymous of [vdso] and the like"), false },
};

/* Beside the split: parts of RSS seen otherwise, and memory that RSS does not count. */
static const struct {
	const char *name, *how;
	enum mw_metric metric;
	bool outside;
} beside[] = {
	{ N_("counted by smaps"),
	  N_("smaps_rollup Rss: exact; status may lag by 64 pages per thread"), M_P_SMAPS_RSS,
	  false },
	{ N_("proportional share (PSS)"), "smaps_rollup Pss", M_P_PSS, false },
	{ N_("freed at its end (USS)"), "smaps_rollup Private_Clean + Private_Dirty", M_P_USS,
	  false },
	{ N_("in transparent huge pages"), "smaps_rollup AnonHugePages", M_P_ANON_THP, false },
	{ N_("given up with MADV_FREE"), "smaps_rollup LazyFree", M_P_LAZYFREE, false },
	{ N_("locked address space"), "status VmLck", M_P_LOCKED, true },
	{ N_("swapped out"), "status VmSwap", M_P_SWAP, true },
	{ N_("page tables"), "status VmPTE", M_P_PAGE_TABLES, true },
	{ N_("hugetlbfs pages"), "status HugetlbPages", M_P_HUGETLB, true },
	{ N_("dma-bufs held open"), "fdinfo size", M_P_DMABUF, true },
};

struct regions {
	struct arena *arena;
	struct mw_region_sum *sums;
	size_t count;
};

static struct mw_num known(uint64_t bytes)
{
	return (struct mw_num){ bytes, MW_OK };
}

static void add_mappings_note(struct mw_account *part, size_t mappings)
{
	if (!part || mappings < 2)
		return;
	part->note = N_("{n} mappings");
	part->count = mappings;
}

/* The names of one class, the largest first. */
static void add_names(struct arena *a, struct mw_account *to, const struct mw_region_sum *sums,
		      size_t count, const char *how)
{
	struct mw_account *part;
	uint64_t rest = 0;

	for (size_t i = 0; i < count && i < LARGEST; i++) {
		part = mw_line_part(a, to, sums[i].name, known(sums[i].bytes), how);
		add_mappings_note(part, sums[i].mappings);
		if (part)
			part->foreign = true;
	}
	for (size_t i = LARGEST; i < count; i++)
		rest += sums[i].bytes;
	if (count <= LARGEST)
		return;
	part = mw_line_part(a, to, N_("{n} smaller ones"), known(rest), how);
	if (part)
		part->count = count - LARGEST;
}

static void add_class(const struct regions *r, struct mw_account *to, enum mw_region_class class)
{
	const struct mw_region_sum *first = r->sums;
	size_t count = 0, mappings = 0, skip = 0;
	uint64_t bytes = 0;

	if (!to || !r->count)
		return;
	while (skip < r->count && first->class < class) {
		skip++;
		first++;
	}
	for (; skip + count < r->count && first[count].class == class; count++) {
		bytes += first[count].bytes;
		mappings += first[count].mappings;
	}
	if (!count)
		return;
	if (classes[class].title) {
		to = mw_line_part(r->arena, to, classes[class].title, known(bytes),
				  classes[class].how);
		add_mappings_note(to, mappings);
	}
	if (to && classes[class].names)
		add_names(r->arena, to, first, count, classes[class].how);
}

static void add_classes(const struct regions *r, struct mw_account *to, enum mw_region_class first,
			enum mw_region_class last)
{
	for (enum mw_region_class k = first; k <= last; k++)
		add_class(r, to, k);
}

/* The kinds as the mappings have them: a pasted pmap comes without status. */
static void add_mapped_kinds(const struct regions *r, struct mw_account *to)
{
	static const struct {
		const char *name;
		enum mw_region_class first, last;
	} kinds[] = {
		{ N_("anonymous memory"), 0, MW_FILE_COPY },
		{ N_("file pages"), MW_FILE_PAGES, MW_FILE_PAGES },
		{ N_("shared memory"), MW_SHMEM_PAGES, MW_SHMEM_PAGES },
		{ N_("the kernel's own pages"), MW_KERNEL_PAGES, MW_KERNEL_PAGES },
	};

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++) {
		struct mw_account *part;
		uint64_t bytes = 0;

		for (size_t i = 0; i < r->count; i++)
			if (r->sums[i].class >= kinds[k].first && r->sums[i].class <= kinds[k].last)
				bytes += r->sums[i].bytes;
		if (!bytes)
			continue;
		part = mw_line_part(r->arena, to, kinds[k].name, known(bytes),
				    N_("its mappings added up"));
		if (kinds[k].first != MW_KERNEL_PAGES)
			add_classes(r, part, kinds[k].first, kinds[k].last);
	}
}

static void add_kinds(const struct regions *r, struct mw_account *to, const struct mw_entity *e)
{
	struct arena *a = r->arena;
	struct mw_num file = mw_get(e, M_P_RSS_FILE);
	bool split = file.state != MW_ABSENT;
	struct mw_account *part;

	if (!split && r->count && mw_get(e, M_P_RSS_SHARED).state == MW_ABSENT) {
		add_mapped_kinds(r, to);
		return;
	}

	part = mw_line_part(a, to, N_("anonymous memory"), mw_get(e, M_P_RSS_ANON),
			    split ? "status RssAnon" : "status VmRSS - statm shared");
	add_classes(r, part, 0, MW_FILE_COPY);
	if (!split) {
		part = mw_line_part(a, to, N_("file pages and shared memory"),
				    mw_get(e, M_P_RSS_SHARED), "statm shared");
		add_classes(r, part, MW_FILE_PAGES, MW_KERNEL_PAGES);
		return;
	}
	part = mw_line_part(a, to, N_("file pages"), file, "status RssFile");
	add_class(r, part, MW_FILE_PAGES);
	add_class(r, part, MW_KERNEL_PAGES);
	part = mw_line_part(a, to, N_("shared memory"), mw_get(e, M_P_RSS_SHMEM),
			    "status RssShmem");
	add_class(r, part, MW_SHMEM_PAGES);
}

static void add_beside(struct arena *a, struct mw_account *to, const struct mw_entity *e)
{
	for (size_t i = 0; i < sizeof(beside) / sizeof(*beside); i++) {
		struct mw_num n = mw_get(e, beside[i].metric);
		struct mw_account *part;

		if (n.state == MW_OK && !n.v)
			continue;
		/* worth a line only where status lags behind */
		if (beside[i].metric == M_P_SMAPS_RSS && n.v == mw_get_or(e, M_P_RSS, 0))
			continue;
		part = mw_line_part(a, to, beside[i].name, n, beside[i].how);
		if (!part)
			continue;
		part->aside = true;
		part->outside = beside[i].outside;
	}
}

struct mw_account *mw_ledger_process(struct arena *a, const struct mw_snapshot *s,
				     const struct mw_entity *process)
{
	struct regions r = { .arena = a };
	struct mw_account *rss = mw_account_new(a, "RSS", mw_get(process, M_P_RSS), "status VmRSS");

	if (!rss)
		return NULL;
	rss->entity = mw_entity_key(a, process);
	if (!rss->entity)
		return NULL;
	r.count = mw_regions_sum(a, s, process, &r.sums);
	add_kinds(&r, rss, process);
	add_beside(a, rss, process);
	mw_account_balance(rss);
	return rss;
}
