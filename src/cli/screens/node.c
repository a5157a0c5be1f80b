/* memwhy node: the machine to the last byte. */
#include "cli/screens/eviction.h"
#include "cli/findings.h"

#include <errno.h>

enum { LEDGER_DEPTH = 3, MOST_ITEMS = 7 };

/* --- facts: several numbers on a line --------------------------------------------------------- */

struct item {
	enum mw_metric metric; /* MEM_TOTAL, which is said above, ends the list */
	const char *caption;   /* in front of the number */
	bool is_switch;        /* 0 is "off" */
};

struct fact {
	const char *label;
	struct item items[MOST_ITEMS];
};

static const struct fact swap_facts[] = {
	{ N_("swap space"),
	  { { M_SWAP_TOTAL, "" },
	    { M_SWAP_FREE, N_("free") },
	    { M_SWAP_CACHED, N_("also in RAM") } } },
	{ N_("swappiness"), { { M_SWAPPINESS, "" } } },
	{ N_("zswap"),
	  { { M_ZSWAP_ENABLED, "", true },
	    { M_ZSWAP, N_("RAM") },
	    { M_ZSWAPPED, N_("holds") },
	    { M_ZSWAP_COMPRESSOR, N_("by") },
	    { M_ZSWAP_MAX_POOL_PERCENT, N_("at most % of RAM") } } },
	{ N_("zram"), { { M_ZRAM_USED, N_("RAM") } } },
	{ N_("swapped, pages"), { { M_PSWPIN, N_("in") }, { M_PSWPOUT, N_("out") } } },
	{ NULL },
};

static const struct fact huge_facts[] = {
	{ N_("pool"),
	  { { M_HUGETLB_POOL, "" },
	    { M_HUGEPAGES, N_("pages") },
	    { M_HUGEPAGES_FREE, N_("free") } } },
	{ N_("transparent"),
	  { { M_ANON_HUGE_PAGES, N_("anonymous") },
	    { M_SHMEM_HUGE_PAGES, N_("shared memory") },
	    { M_FILE_HUGE_PAGES, N_("files") } } },
	{ N_("enabled"),
	  { { M_THP_ENABLED, "" },
	    { M_THP_DEFRAG, N_("defrag") },
	    { M_THP_PMD_SIZE, N_("size") } } },
	{ N_("faults"),
	  { { M_THP_FAULT_ALLOC, N_("huge") },
	    { M_THP_FAULT_FALLBACK, N_("small instead") },
	    { M_THP_COLLAPSE_ALLOC, N_("made later") } } },
	{ NULL },
};

static const struct fact reclaim_facts[] = {
	{ N_("page faults"), { { M_PGFAULT, "" }, { M_PGMAJFAULT, N_("with reading") } } },
	{ N_("reclaim, by kswapd"),
	  { { M_PGSCAN_KSWAPD, N_("scanned") }, { M_PGSTEAL_KSWAPD, N_("taken") } } },
	{ N_("reclaim, tasks waited"),
	  { { M_PGSCAN_DIRECT, N_("scanned") },
	    { M_PGSTEAL_DIRECT, N_("taken") },
	    { M_ALLOCSTALL, N_("stalls") } } },
	{ N_("needed again"),
	  { { M_WORKINGSET_REFAULT_FILE, N_("file pages") },
	    { M_WORKINGSET_REFAULT_ANON, N_("anonymous") },
	    { M_WORKINGSET_REFAULT, N_("pages") } } },
	{ N_("compaction"),
	  { { M_COMPACT_STALL, N_("stalls") },
	    { M_COMPACT_SUCCESS, N_("worked") },
	    { M_COMPACT_FAIL, N_("failed") } } },
	{ N_("OOM kills"), { { M_OOM_KILL, "" } } },
	{ NULL },
};

static const struct fact other_facts[] = {
	{ N_("promised to processes"),
	  { { M_COMMITTED, "" },
	    { M_COMMIT_LIMIT, N_("limit") },
	    { M_OVERCOMMIT_MEMORY, N_("overcommit mode") } } },
	{ N_("dirty page cache"),
	  { { M_DIRTY, "" },
	    { M_WRITEBACK, N_("being written") },
	    { M_NR_DIRTY_BACKGROUND_THRESHOLD, N_("write-back from") },
	    { M_NR_DIRTY_THRESHOLD, N_("writers wait from") } } },
	{ N_("locked"),
	  { { M_MLOCKED, N_("mlock") }, { M_UNEVICTABLE, N_("cannot be evicted") } } },
	{ N_("sockets"),
	  { { M_SOCKETS_USED, "" },
	    { M_TCP_MEM, N_("TCP buffers") },
	    { M_UDP_MEM, N_("UDP buffers") },
	    { M_TCP_MEM_MAX, N_("TCP limit") },
	    { M_TCP_ORPHAN, N_("orphans") } } },
	{ N_("KSM"),
	  { { M_KSM_RUN, "", true },
	    { M_KSM_PAGES_SHARED, N_("holds") },
	    { M_KSM_PAGES_SHARING, N_("saves") } } },
	{ N_("open files"), { { M_FILES_OPEN, "" }, { M_FILES_MAX, N_("limit") } } },
	{ N_("generations (MGLRU)"), { { M_LRU_GEN_ENABLED, "" } } },
	{ NULL },
};

/* The number, or what it changes by per second when it is a counter and there are two moments. */
static void put_number(struct mw_cli *cli, struct mw_sample *x, enum mw_metric metric,
		       struct buf *out)
{
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	double rate;

	if (x->view.before && mw_metric_info(metric)->type == MW_COUNTER &&
	    mw_view_rate(&x->view, node, metric, &rate) == MW_OK)
		mw_number_rate(out, rate);
	else
		mw_number_metric(out, &cli->style, node, metric, &x->notes);
}

static void put_item(struct mw_cli *cli, struct mw_sample *x, const struct item *i, struct buf *out)
{
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);

	buf_puts(out, mw_tr(&cli->style, i->caption));
	if (*i->caption)
		buf_char(out, ' ');
	if (i->is_switch && mw_get(node, i->metric).state == MW_OK)
		buf_puts(out, mw_tr(&cli->style, mw_get(node, i->metric).v ? N_("on") : N_("off")));
	else
		put_number(cli, x, i->metric, out);
}

static void put_fact(struct mw_cli *cli, struct mw_sample *x, const struct fact *fact,
		     struct buf *out)
{
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	scoped_buf struct buf text = { 0 };
	const char *label = fact->label;
	size_t at = 0;

	for (const struct item *i = fact->items; i < fact->items + MOST_ITEMS && i->metric; i++) {
		size_t width;

		/* what this kernel does not have needs no line */
		if (mw_get(node, i->metric).state == MW_ABSENT)
			continue;
		buf_clear(&text);
		put_item(cli, x, i, &text);
		width = mw_text_width(buf_slice(&text));
		if (at && cli->style.width && at + 3 + width > cli->style.width) {
			buf_puts(out, ",\n");
			at = 0;
		} else if (at) {
			buf_puts(out, ", ");
			at += 2;
		}
		if (!at) {
			mw_fact(cli, out, label);
			at = MW_FACT_WIDTH;
			label = "";
		}
		buf_add(out, buf_slice(&text));
		at += width;
	}
	if (at)
		buf_char(out, '\n');
}

static void put_facts(struct mw_cli *cli, struct mw_sample *x, const char *title,
		      const struct fact *facts, struct buf *out)
{
	mw_heading(cli, out, title);
	for (; facts->label; facts++)
		put_fact(cli, x, facts, out);
}

/* --- MemAvailable ----------------------------------------------------------------------------- */

/* The kernel's estimate (si_mem_available()), turned round: what it adds is known, so the rest is
 * what it keeps back. */
static void put_available(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	struct mw_num available = mw_get(node, M_MEM_AVAILABLE);
	uint64_t kernel = mw_get_or(node, M_KRECLAIMABLE, mw_get_or(node, M_SLAB_RECLAIMABLE, 0));
	uint64_t file = mw_get_or(node, M_ACTIVE_FILE, 0) + mw_get_or(node, M_INACTIVE_FILE, 0);
	uint64_t sum = mw_get_or(node, M_MEM_FREE, 0) + file + kernel;
	const struct mw_style *style = &cli->style;

	if (available.state != MW_OK)
		return;
	mw_heading(cli, out, "why so much is available");
	mw_number_size(mw_fact(cli, out, "MemAvailable"), style, available.v);
	buf_puts(out, mw_tr(style, " could be had without swapping\n"));
	mw_number_metric(mw_fact(cli, out, "  the kernel adds"), style, node, M_MEM_FREE,
			 &x->notes);
	mw_number_size((buf_puts(out, mw_tr(style, " free, ")), out), style, file);
	mw_number_size((buf_puts(out, mw_tr(style, " file lists, ")), out), style, kernel);
	buf_puts(out, mw_tr(style, " of its own\n"));
	mw_number_size(mw_fact(cli, out, "  and takes off"), style,
		       sum > available.v ? sum - available.v : 0);
	buf_puts(out, mw_tr(style, ": the zones' reserves, cache better kept\n"));
}

/* --- pressure --------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum mw_metric some, full; /* the total; averages of 10, 60, 300 s follow it */
} pressure[] = {
	{ "memory", M_PSI_MEMORY_SOME_US, M_PSI_MEMORY_FULL_US },
	{ "io", M_PSI_IO_SOME_US, M_PSI_IO_FULL_US },
	{ "cpu", M_PSI_CPU_SOME_US, M_PSI_CPU_FULL_US },
	{ "irq", 0, M_PSI_IRQ_FULL_US },
};

static int put_pressure(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = N_("pressure, % of time waiting"), .min = 30 },
		{ .title = N_("some 10 s"), .align = MW_RIGHT },
		{ .title = N_("60 s"), .align = MW_RIGHT },
		{ .title = N_("300 s"), .align = MW_RIGHT },
		{ .title = N_("all 10 s"), .align = MW_RIGHT },
		{ .title = N_("60 s"), .align = MW_RIGHT },
		{ .title = N_("300 s"), .align = MW_RIGHT },
	};
	const struct mw_entity *node = mw_snapshot_node(x->snapshot);
	scoped_table struct mw_table t = { 0 };

	buf_char(out, '\n');
	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < sizeof(pressure) / sizeof(*pressure); i++) {
		const enum mw_metric from[] = { pressure[i].some, pressure[i].full };

		if (i && mw_get(node, pressure[i].full).state == MW_ABSENT &&
		    (!from[0] || mw_get(node, from[0]).state == MW_ABSENT))
			continue;
		mw_table_row(&t, 0);
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(pressure[i].name));
		for (size_t cell = 0; cell < 6; cell++) {
			struct buf *to = mw_cell(&t, MW_TONE_PLAIN);

			if (from[cell / 3])
				mw_number_metric(to, &cli->style, node,
						 from[cell / 3] + 1 + (enum mw_metric)(cell % 3),
						 &x->notes);
		}
	}
	return mw_table_write(&t, out);
}

/* --- what the machine consists of ------------------------------------------------------------- */

static const struct pool {
	enum mw_kind kind;
	const char *title, *columns, *sort;
	enum mw_metric min; /* rows where this is at least `least` */
	uint64_t least;
	size_t most;   /* 0 = all */
	size_t fewest; /* with fewer rows it says nothing new */
} pools[] = {
	{ MW_SWAP, N_("swap devices"), "name,type,size,used,priority", "used", M_SW_SIZE, 0, 0, 1 },
	{ MW_ZRAM, N_("zram devices"),
	  "name,disksize,orig_data_size,compr_data_size,mem_used_total,mem_limit:3,comp_algorithm:2",
	  "mem_used_total", M_ZR_DISKSIZE, 1, 0, 1 },
	{ MW_SLAB, N_("largest slab caches"), "name,size,used,active_objs,num_objs:2,objsize:1",
	  "size", M_SL_BYTES, 1, 10, 1 },
	{ MW_VMALLOC, N_("largest vmalloc callers"), "name,pages,size,areas,types", "pages",
	  M_VA_PAGES, 1, 5, 1 },
	{ MW_HUGEPAGES, N_("huge page pools"), "name,nr,free,resv,surplus", "nr", M_HP_NR, 1, 0,
	  1 },
	{ MW_THP, N_("transparent huge pages by size"),
	  "name,enabled,nr_anon,anon_fault_alloc,anon_fault_fallback,swpout:2,split:1", "nr_anon",
	  M_TH_NR_ANON, 1, 0, 1 },
	{ MW_NUMA, N_("NUMA nodes"),
	  "name,mem_total,mem_free,anon,file,slab,numa_miss:2,distance:3", "name", M_N_TOTAL, 0, 0,
	  2 },
	{ MW_ZONE, N_("zones"), "name,managed,free,min,low,high,inactive_file:2,active_file:1",
	  "managed", M_Z_MANAGED, 1, 0, 1 },
};

static int put_pool(struct mw_cli *cli, struct mw_sample *x, const struct pool *pool,
		    struct buf *out)
{
	const struct mw_listed min_by = { .metric = pool->min };
	const struct mw_filter filter = {
		.min_by = &min_by,
		.min = pool->least,
		.most = pool->most,
	};
	struct mw_sorting sorting;
	struct mw_columns columns;
	struct mw_rows rows = { 0 };
	int error = mw_columns_parse(pool->kind, pool->columns, NULL, cli->style.language, &columns,
				     &cli->problem);

	if (!error)
		error = mw_sorting_parse(pool->kind, pool->sort, cli->style.language, &sorting,
					 &cli->problem);
	if (!error)
		error = mw_rows_choose(&x->view, pool->kind, &filter, &sorting, &x->arena, &rows);
	if (error || rows.total < pool->fewest)
		return error;
	mw_heading(cli, out, pool->title);
	return mw_rows_write(&x->view, &rows, &columns, &sorting, &cli->users, &cli->style, false,
			     &x->notes, out);
}

/* --- fragmentation ---------------------------------------------------------------------------- */

enum { ORDERS = M_Z_ORDER13 - M_Z_ORDER0 + 1 };

/* Largest order that this kernel has, and one more. */
static size_t count_orders(const struct mw_snapshot *s)
{
	const struct mw_entity *zone;
	size_t orders = 0;

	mw_for_each (zone, s, MW_ZONE)
		for (size_t order = orders; order < ORDERS; order++)
			if (mw_get(zone, M_Z_ORDER0 + (enum mw_metric)order).state == MW_OK)
				orders = order + 1;
	return orders;
}

/* Free memory may all be in pieces too small for a huge page or a jumbo frame. */
static int put_fragmentation(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	uint64_t page = mw_snapshot_machine(x->snapshot)->page_size;
	struct mw_column columns[ORDERS + 1] = { { .title = N_("zone") } };
	char titles[ORDERS][16];
	size_t orders = count_orders(x->snapshot);
	scoped_table struct mw_table t = { 0 };
	const struct mw_entity *zone;

	for (size_t order = 0; order < orders; order++) {
		uint64_t kib = (page << order) / 1024;

		snprintf(titles[order], sizeof(titles[order]), "%llu%c",
			 (unsigned long long)(kib < 1024 ? kib : kib / 1024),
			 kib < 1024 ? 'K' : 'M');
		columns[order + 1] = (struct mw_column){ .title = titles[order],
							 .verbatim = true,
							 .align = MW_RIGHT };
	}
	if (!orders)
		return 0;
	mw_heading(cli, out, "free blocks by size: few on the right means fragmented");
	mw_table_init(&t, &cli->style, columns, orders + 1);
	mw_for_each (zone, x->snapshot, MW_ZONE) {
		if (!mw_get_or(zone, M_Z_MANAGED, 0))
			continue;
		mw_table_row(&t, 0);
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(zone->name));
		for (size_t order = 0; order < orders; order++)
			mw_number_metric(mw_cell(&t, MW_TONE_PLAIN), &cli->style, zone,
					 M_Z_ORDER0 + (enum mw_metric)order, &x->notes);
	}
	return mw_table_write(&t, out);
}

/* --- the screen ------------------------------------------------------------------------------- */

static int put_ledger(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_account *account = mw_ledger_node(&x->arena, x->snapshot);
	struct mw_word *words;
	size_t count;
	int error;

	if (!account)
		return -ENOMEM;
	error = mw_cli_account(cli, x, account, N_("where the memory is"), LEDGER_DEPTH, out);
	if (error)
		return error;
	put_available(cli, x, out);
	mw_signals_put(cli, x, out);
	buf_char(out, '\n');
	count = mw_words_node(&x->arena, x->snapshot, &words);
	return mw_words_write(cli, x, words, count, 0, out);
}

static int text(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	static const char *const more[] = { "memwhy node --how --depth 9", "memwhy containers",
					    "memwhy ps", NULL };
	int error = mw_findings_put(cli, x, out);

	if (!error)
		error = put_ledger(cli, x, out);

	if (error)
		return error;
	put_facts(cli, x, N_("swap"), swap_facts, out);
	put_facts(cli, x, N_("huge pages"), huge_facts, out);
	error = put_pressure(cli, x, out);
	if (error)
		return error;
	put_facts(cli, x, x->view.before ? N_("reclaim, per second") : N_("reclaim, since boot"),
		  reclaim_facts, out);
	put_facts(cli, x, N_("promises, buffers, switches"), other_facts, out);
	for (size_t i = 0; !error && i < sizeof(pools) / sizeof(*pools); i++)
		error = put_pool(cli, x, &pools[i], out);
	if (!error)
		error = put_fragmentation(cli, x, out);
	if (x->notes.seen[MW_ABSENT] || x->notes.seen[MW_DENIED])
		buf_char(out, '\n');
	mw_notes_write(&x->notes, &cli->style, 2, out);
	mw_next(cli, out, more);
	return error;
}

static int json(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j)
{
	struct mw_account *account = mw_ledger_node(&x->arena, x->snapshot);
	struct mw_word *words;
	size_t count;

	if (!account)
		return -ENOMEM;
	count = mw_words_node(&x->arena, x->snapshot, &words);
	mw_json_node(j, x->snapshot);
	mw_cli_account_json(j, account);
	mw_json_array(j, "words");
	mw_json_words(j, "node", words, count);
	mw_json_end(j);
	mw_eviction_json(x, false, j);
	return 0;
}

const struct mw_screen mw_screen_node = {
	.want = MW_WANT_NODE | MW_WANT_NODE_DETAIL | MW_WANT_CGROUPS | MW_WANT_PROCESSES,
	.kind = MW_KINDS,
	.findings = true,
	.text = text,
	.json = json,
};
