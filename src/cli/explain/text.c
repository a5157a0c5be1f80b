/* The screen of memwhy explain: what was read, the findings, the accounts, everybody's words beside
 * what was pasted, what changed between moments, and the rows. */
#include "cli/explain/explain.h"
#include "cli/findings.h"
#include "ledger/words.h"
#include "render/finding.h"
#include "render/oom.h"
#include "render/table.h"

#include <errno.h>
#include <math.h>

enum { ACCOUNTS = 3, LISTED_RANGES = 4, MOST_MOMENTS = 6, MOST_COLUMNS = 16, OOM_ROWS = 5 };

/* --- what was read ---------------------------------------------------------------------------- */

static void put_where(const struct mw_cli *cli, struct buf *out, const struct mw_explanation *x,
		      uint32_t file, uint32_t first, uint32_t last)
{
	if (x->transcript.paste.file_count > 1) {
		mw_text_safe(out, slice_last(slice_of(x->transcript.paste.files[file]), '/'),
			     cli->style.unicode);
		buf_char(out, ' ');
	}
	buf_printf(out, "%u", first);
	if (last > first)
		buf_printf(out, "%s%u", cli->style.unicode ? "–" : "-", last);
}

/* "read: memory.stat of cgroup v1 (64–101), ps -ef (104–110)" */
static void put_read(const struct mw_cli *cli, struct buf *out, const struct mw_explanation *x)
{
	const struct mw_transcript *t = &x->transcript;
	scoped_buf struct buf line = { 0 };

	buf_puts(&line, mw_tr(&cli->style, N_("read: ")));
	for (size_t i = 0; i < t->block_count; i++) {
		const struct mw_block *b = &t->blocks[i];

		buf_puts(&line, i ? ", " : "");
		buf_puts(&line, mw_tr(&cli->style, mw_block_name(b)));
		buf_puts(&line, " (");
		put_where(cli, &line, x, b->file, b->first_line, b->last_line);
		buf_puts(&line, b->cut ? mw_tr(&cli->style, N_(", cut)")) : ")");
	}
	mw_text_wrap(out, buf_slice(&line), 6, cli->style.width);
	buf_char(out, '\n');
}

static void put_not_read(const struct mw_cli *cli, struct buf *out, const struct mw_explanation *x)
{
	const struct mw_transcript *t = &x->transcript;
	const char *lines = mw_language_plural(cli->style.language, "line", "lines",
					       t->unrecognised_lines);

	if (!t->unrecognised_lines)
		return;
	buf_printf(out, mw_tr(&cli->style, N_("not understood: %zu %s (")), t->unrecognised_lines,
		   lines);
	for (size_t i = 0; i < t->unrecognised_count; i++) {
		const struct mw_line_range *r = &t->unrecognised[i];

		if (i == LISTED_RANGES && !cli->options.show_recognised) {
			buf_puts(out, cli->style.unicode ? ", …" : ", ...");
			break;
		}
		buf_puts(out, i ? ", " : "");
		put_where(cli, out, x, r->file, r->first, r->last);
	}
	buf_puts(out, ")\n");
	if (t->paste.bytes_skipped)
		buf_printf(out,
			   mw_tr(&cli->style, N_("too long: the last %llu bytes were not read\n")),
			   (unsigned long long)t->paste.bytes_skipped);
}

static int put_blocks(const struct mw_cli *cli, struct buf *out, const struct mw_explanation *x)
{
	static const struct mw_column columns[] = {
		{ .title = N_("where") },
		{ .title = N_("what it is"), .flex = MW_FLEX_END },
		{ .title = N_("whose"), .flex = MW_FLEX_MIDDLE },
		{ .title = N_("numbers"), .align = MW_RIGHT },
		{ .title = N_("used"), .align = MW_RIGHT },
		{ .title = N_("remark"), .flex = MW_FLEX_END },
	};
	static const char *const remarks[] = {
		N_("lines are missing"),
		N_("without the groups below it"),
		N_("another moment"),
		N_("not all understood"),
	};
	scoped_table struct mw_table t = { 0 };

	if (!cli->options.show_recognised)
		return 0;
	buf_char(out, '\n');
	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < x->transcript.block_count; i++) {
		const struct mw_block *b = &x->transcript.blocks[i];
		struct buf *remark;
		size_t before;

		mw_table_row(&t, 0);
		put_where(cli, mw_cell(&t, MW_TONE_PLAIN), x, b->file, b->first_line, b->last_line);
		mw_cell_puts(&t, MW_TONE_PLAIN, mw_block_name(b));
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(b->subject ? b->subject : ""));
		buf_printf(mw_cell(&t, MW_TONE_PLAIN), "%zu", b->cells);
		buf_printf(mw_cell(&t, MW_TONE_PLAIN), "%zu", b->used);
		remark = mw_cell(&t, MW_TONE_DIM);
		before = remark->len;
		if (b->series > 1)
			buf_printf(remark, mw_tr(&cli->style, N_("moment %zu of %zu")),
				   b->moment + 1, b->series);
		for (size_t k = 0; k < sizeof(remarks) / sizeof(*remarks); k++) {
			const bool said[] = { b->cut, b->no_totals, b->differs, b->error };

			if (!said[k])
				continue;
			buf_puts(remark, remark->len > before ? mw_tr(&cli->style, N_("; ")) : "");
			buf_puts(remark, mw_tr(&cli->style, remarks[k]));
		}
	}
	return mw_table_write(&t, out);
}

/* "usage of web-7 is rss + cache: …" */
static void put_derived(const struct mw_cli *cli, struct buf *out, const struct mw_explanation *x,
			const struct mw_explained *h)
{
	for (size_t i = 0; i < x->transcript.derived_count; i++) {
		const struct mw_derived *d = &x->transcript.derived[i];

		if (d->host != h->number)
			continue;
		buf_puts(out, "  ");
		mw_tone_begin(out, &cli->style, MW_TONE_DIM);
		mw_entity_write(out, &cli->style, d->entity);
		buf_printf(out, ": %s = ", mw_metric_info(d->metric)->name);
		buf_puts(out, mw_tr(&cli->style, d->how));
		mw_tone_end(out, &cli->style, MW_TONE_DIM);
		buf_char(out, '\n');
	}
}

/* @metric  MW_METRICS: bytes */
static void put_amount(struct buf *out, const struct mw_style *style, enum mw_metric metric,
		       uint64_t v)
{
	enum mw_unit unit = metric == MW_METRICS ? MW_BYTES : mw_metric_info(metric)->unit;

	if (unit == MW_BYTES || unit == MW_KIB || unit == MW_PAGES)
		mw_number_size(out, style, v);
	else if (unit == MW_US || unit == MW_NS)
		mw_number_duration(out, style, v);
	else
		buf_u64(out, v);
}

/* --- as pasted -------------------------------------------------------------------------------- */

/* What the model has no name for is a size, but for what a tool counts per second, and sockets. */
static bool is_count(const struct mw_printed *p)
{
	return p->metric == MW_METRICS &&
	       (slice_ends(slice_of(p->what), "/s") || !strcmp(p->tool, "ss-s"));
}

/* "another moment, 0.07 % apart": near enough is for the reader to say. */
static void put_verdict(const struct mw_cli *cli, struct buf *out, const struct mw_printed *p,
			bool differs)
{
	double apart = p->now.v ? ((double)p->value - (double)p->now.v) / (double)p->now.v : 1;

	if (p->agrees) {
		buf_puts(out, mw_tr(&cli->style, N_("the same")));
		return;
	}
	buf_puts(out, mw_tr(&cli->style, differs ? N_("another moment") : N_("differs")));
	/* twenty times as much is another thing, not so many percent */
	if (fabs(apart) < 1)
		buf_printf(out, mw_tr(&cli->style, N_(", %.2g %% apart")), fabs(apart) * 100);
}

/* The tools' own numbers beside the same ones from the kernel's text. */
static int put_printed(struct mw_cli *cli, struct buf *out, const struct mw_explanation *x,
		       const struct mw_explained *h)
{
	static const struct mw_column columns[] = {
		{ .title = N_("as pasted") },
		{ .title = "" },
		{ .title = N_("printed"), .align = MW_RIGHT },
		{ .title = N_("from the kernel's text"), .align = MW_RIGHT },
		{ .title = "", .flex = MW_FLEX_END },
	};
	scoped_table struct mw_table t = { 0 };

	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < x->transcript.printed_count; i++) {
		const struct mw_printed *p = &x->transcript.printed[i];
		const struct mw_block *b = &x->transcript.blocks[p->block];

		/* a listing of a hundred processes is shown as rows */
		if (b->host != h->number || p->kind == MW_PROCESS || p->kind == MW_REGION ||
		    !p->entity)
			continue;
		mw_table_row(&t, 0);
		mw_cell_puts(&t, MW_TONE_PLAIN, mw_block_name(b));
		/* the tool's own word: vmstat's "so" is no word of a language */
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(p->what));
		if (is_count(p))
			buf_u64(mw_cell(&t, MW_TONE_PLAIN), p->value);
		else
			put_amount(mw_cell(&t, MW_TONE_PLAIN), &cli->style, p->metric, p->value);
		/* nothing else has it */
		if (p->now.state != MW_OK || p->now.v == p->value)
			continue;
		put_amount(mw_cell(&t, MW_TONE_PLAIN), &cli->style, p->metric, p->now.v);
		put_verdict(cli, mw_cell(&t, p->agrees ? MW_TONE_DIM : MW_TONE_WARNING), p,
			    b->differs);
	}
	if (!t.rows)
		return 0;
	buf_char(out, '\n');
	return mw_table_write(&t, out);
}

/* --- everybody's words ------------------------------------------------------------------------ */

static size_t known(struct mw_word *words, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (words[i].state == MW_OK)
			words[kept++] = words[i];
	return kept;
}

static void put_name(const struct mw_cli *cli, struct buf *out, const struct mw_entity *e)
{
	buf_puts(out, "\n  ");
	mw_tone_begin(out, &cli->style, MW_TONE_BOLD);
	mw_entity_write(out, &cli->style, e);
	mw_tone_end(out, &cli->style, MW_TONE_BOLD);
	buf_char(out, '\n');
}

static int put_group(struct mw_cli *cli, struct mw_explained *h, const struct mw_entity *e,
		     struct buf *out)
{
	struct mw_sample *s = &h->sample;
	struct mw_account *account = mw_ledger_container(&s->arena, s->snapshot, e);
	struct mw_num limit = mw_get(e, M_CG_EFFECTIVE_LIMIT);
	struct mw_word *words;
	size_t count;
	int error;

	if (!account)
		return -ENOMEM;
	put_name(cli, out, e);
	error = mw_cli_account(cli, s, account, N_("usage"), 2, out);
	if (error)
		return error;
	count = mw_words_container(&s->arena, s->snapshot, e, &words);
	count = known(words, count);
	if (!count)
		return 0;
	buf_char(out, '\n');
	return mw_words_write(cli, s, words, count, limit.state == MW_OK ? limit.v : 0, out);
}

static int put_node(struct mw_cli *cli, struct mw_explained *h, struct buf *out)
{
	struct mw_sample *s = &h->sample;
	const struct mw_entity *node = mw_snapshot_node(s->snapshot);
	struct mw_account *account = mw_ledger_node(&s->arena, s->snapshot);
	struct mw_word *words;
	size_t count;
	int error = 0;

	if (!account)
		return -ENOMEM;
	/* `free` alone is no ledger */
	if (mw_get(node, M_MEM_TOTAL).state == MW_OK && mw_get(node, M_ANON).state == MW_OK)
		error = mw_cli_account(cli, s, account, N_("where the memory is"), 2, out);
	if (error || mw_get(node, M_MEM_TOTAL).state != MW_OK)
		return error;
	count = mw_words_node(&s->arena, s->snapshot, &words);
	count = known(words, count);
	if (!count)
		return 0;
	buf_char(out, '\n');
	return mw_words_write(cli, s, words, count, 0, out);
}

/* Whether lines of what a process' account is made from were left out. */
static bool is_cut(const struct mw_explanation *x, const struct mw_explained *h,
		   const struct mw_entity *process)
{
	for (size_t i = 0; i < x->transcript.block_count; i++) {
		const struct mw_block *b = &x->transcript.blocks[i];

		if (b->cut && b->host == h->number && b->subject_kind == MW_PROCESS &&
		    b->subject_id == process->id)
			return true;
	}
	return false;
}

/* Those with kinds or mappings, the largest first. */
static int put_processes(struct mw_cli *cli, const struct mw_explanation *x, struct mw_explained *h,
			 struct buf *out)
{
	const struct mw_filter all = { .most = 0 };
	const struct mw_sorting by = { { .metric = M_P_RSS, .name = "rss" }, true };
	struct mw_sample *s = &h->sample;
	struct mw_rows rows;
	size_t told = 0;
	int error = mw_rows_choose(&s->view, MW_PROCESS, &all, &by, &s->arena, &rows);

	for (size_t i = 0; i < rows.count && told < ACCOUNTS && !error; i++) {
		const struct mw_entity *e = rows.at[i];
		struct mw_account *account;
		bool mapped = false;
		const struct mw_entity *region;

		mw_for_each (region, s->snapshot, MW_REGION)
			mapped |= region->parent == e;
		if (mw_get(e, M_P_RSS_ANON).state != MW_OK && !mapped)
			continue;
		account = mw_ledger_process(&s->arena, s->snapshot, e);
		if (!account)
			return -ENOMEM;
		if (is_cut(x, h, e))
			account->rest = N_("the pasted listing is shortened");
		put_name(cli, out, e);
		error = mw_cli_account(cli, s, account, N_("resident memory (RSS)"), 2, out);
		told++;
	}
	return error;
}

/* --- series ----------------------------------------------------------------------------------- */

static void put_change(struct buf *out, const struct mw_style *style, enum mw_metric metric,
		       const struct mw_num *at, size_t count)
{
	struct mw_num first = at[0], last = at[count - 1];

	if (first.state != MW_OK || last.state != MW_OK)
		return;
	buf_char(out, last.v < first.v ? '-' : '+');
	put_amount(out, style, metric, last.v < first.v ? first.v - last.v : last.v - first.v);
}

static int put_steps(struct mw_cli *cli, struct mw_explained *h, const struct mw_entity *e,
		     const struct mw_step *steps, size_t count, const size_t *which, size_t moments,
		     struct buf *out)
{
	size_t shown = moments < MOST_MOMENTS ? moments : MOST_MOMENTS, skip = moments - shown;
	struct mw_column columns[2 + MOST_MOMENTS] = { { .title = N_("from moment to moment") } };
	scoped_table struct mw_table t = { 0 };

	for (size_t i = 0; i < shown; i++) {
		char *title = arena_printf(&h->sample.arena, "%zu", which[skip + i] + 1);

		columns[1 + i] = (struct mw_column){ .title = title, .align = MW_RIGHT };
	}
	columns[1 + shown] = (struct mw_column){ .title = N_("change"), .align = MW_RIGHT };
	buf_char(out, '\n');
	mw_table_init(&t, &cli->style, columns, shown + 2);
	for (size_t i = 0; i < count; i++) {
		const struct mw_num *at = steps[i].at;

		mw_table_row(&t, 0);
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(mw_metric_info(steps[i].metric)->name));
		for (size_t k = 0; k < shown; k++) {
			struct buf *cell = mw_cell(&t, MW_TONE_PLAIN);

			if (at[skip + k].state == MW_OK)
				put_amount(cell, &cli->style, steps[i].metric, at[skip + k].v);
		}
		put_change(mw_cell(&t, MW_TONE_BOLD), &cli->style, steps[i].metric, at, moments);
	}
	buf_puts(out, "  ");
	mw_entity_write(out, &cli->style, e);
	buf_char(out, '\n');
	return mw_table_write(&t, out);
}

static int put_series(struct mw_cli *cli, struct mw_explanation *x, struct mw_explained *h,
		      struct buf *out)
{
	static const enum mw_kind kinds[] = { MW_NODE, MW_CGROUP, MW_PROCESS, MW_RUNTIME };
	const struct mw_entity *e;
	int error = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds); k++)
		mw_for_each (e, h->sample.snapshot, kinds[k]) {
			struct mw_step *steps;
			size_t *which, moments;
			size_t count = mw_explain_series(x, h, e, &steps, &which, &moments);

			if (count && !error)
				error = put_steps(cli, h, e, steps, count, which, moments, out);
		}
	return error;
}

/* --- rows ------------------------------------------------------------------------------------- */

static const struct listing {
	enum mw_kind kind;
	const char *title;
	enum mw_metric by;
	const char *first;                    /* columns that are always there */
	enum mw_metric columns[MOST_COLUMNS]; /* ended by 0: the machine's */
} listings[] = {
	{ MW_PROCESS,
	  N_("processes"),
	  M_P_RSS,
	  "pid,name",
	  { M_P_RSS, M_P_PSS, M_P_USS, M_P_RSS_ANON, M_P_RSS_FILE, M_P_RSS_SHMEM, M_P_SWAP, M_P_VSS,
	    M_P_THREADS, M_P_FDS, M_P_OOM_SCORE_ADJ } },
	{ MW_RUNTIME,
	  N_("runtimes"),
	  M_RT_HEAP_COMMITTED,
	  "name",
	  { M_RT_COLLECTOR, M_RT_HEAP_USED, M_RT_HEAP_COMMITTED, M_RT_HEAP_RESIDENT, M_RT_HEAP_MAX,
	    M_RT_OLD_USED, M_RT_METASPACE_USED, M_RT_CODE_USED, M_RT_NATIVE_COMMITTED, M_RT_THREADS,
	    M_RT_POOL_WORKERS, M_RT_POOL_MAX_CHILDREN, M_RT_POOL_MAX_REQUESTS, M_RT_STACK_SIZE } },
	{ MW_SOCKETS,
	  N_("sockets"),
	  M_SK_COUNT,
	  "name",
	  { M_SK_COUNT, M_SK_RECV_QUEUE, M_SK_SEND_QUEUE, M_SK_UNREAD, M_SK_MEMORY, M_SK_PEER } },
	{ MW_SLAB,
	  N_("slab caches"),
	  M_SL_BYTES,
	  "name",
	  { M_SL_BYTES, M_SL_ACTIVE_OBJS, M_SL_NUM_OBJS } },
};

/* Only columns that the text has numbers for. */
static const char *columns_of(struct mw_sample *s, const struct listing *l,
			      const struct mw_rows *rows)
{
	const char *names = l->first;

	for (size_t i = 0; i < MOST_COLUMNS && l->columns[i] && names; i++) {
		bool any = false;

		for (size_t k = 0; k < rows->count; k++)
			any |= mw_get(rows->at[k], l->columns[i]).state == MW_OK;
		if (any)
			names = arena_printf(&s->arena, "%s,%s", names,
					     mw_metric_info(l->columns[i])->name);
	}
	return names;
}

static int put_listing(struct mw_cli *cli, struct mw_sample *s, const struct listing *l,
		       struct buf *out)
{
	uint64_t most = cli->options.rows == MW_NOT_GIVEN ? 20 : cli->options.rows;
	const struct mw_filter filter = { .most = most };
	const struct mw_sorting by = { { .metric = l->by, .name = mw_metric_info(l->by)->name },
				       true };
	struct mw_columns columns;
	struct mw_rows rows;
	const char *names;
	int error = mw_rows_choose(&s->view, l->kind, &filter, &by, &s->arena, &rows);

	if (error || !rows.count)
		return error;
	names = columns_of(s, l, &rows);
	error = names ? mw_columns_parse(l->kind, names, NULL, cli->style.language, &columns,
					 &cli->problem)
		      : -ENOMEM;
	if (error)
		return error;
	mw_heading(cli, out, l->title);
	error = mw_rows_write(&s->view, &rows, &columns, &by, &cli->users, &cli->style, false,
			      &s->notes, out);
	if (rows.total > rows.count)
		buf_printf(out, mw_tr(&cli->style, N_("  %zu more: -n 0 shows all\n")),
			   rows.total - rows.count);
	return error;
}

/* --- the screen ------------------------------------------------------------------------------- */

static int put_host(struct mw_cli *cli, struct mw_explanation *x, struct mw_explained *h,
		    struct buf *out)
{
	struct mw_sample *s = &h->sample;
	const struct mw_entity *e;
	int error;

	buf_char(out, '\n');
	if (x->transcript.host_count > 1) {
		mw_tone_begin(out, &cli->style, MW_TONE_BOLD);
		mw_text_safe(out, slice_of(*h->host->name ? h->host->name : "-"),
			     cli->style.unicode);
		mw_tone_end(out, &cli->style, MW_TONE_BOLD);
		buf_puts(out, "\n\n");
	}
	error = mw_findings_put(cli, s, out);
	put_derived(cli, out, x, h);
	if (!error)
		error = put_node(cli, h, out);
	mw_for_each (e, s->snapshot, MW_CGROUP)
		if (!error && mw_get(e, M_CG_USAGE).state == MW_OK)
			error = put_group(cli, h, e, out);
	if (!error)
		error = put_processes(cli, x, h, out);
	if (!error)
		error = put_printed(cli, out, x, h);
	if (!error)
		error = put_series(cli, x, h, out);
	for (size_t i = 0; i < sizeof(listings) / sizeof(*listings) && !error; i++)
		error = put_listing(cli, s, &listings[i], out);
	mw_notes_write(&s->notes, &cli->style, 2, out);
	return error;
}

static int put_ooms(const struct mw_cli *cli, const struct mw_explanation *x, struct buf *out)
{
	const struct mw_oom_options options = {
		.rows = cli->options.rows == MW_NOT_GIVEN ? OOM_ROWS : cli->options.rows,
		.elsewhere = true,
	};
	int error = 0;

	for (size_t i = 0; i < x->transcript.oom_count && !error; i++) {
		buf_char(out, '\n');
		error = mw_oom_write(x->transcript.ooms[i], &options, &cli->style, out);
	}
	return error;
}

int mw_explain_text(struct mw_cli *cli, struct mw_explanation *x, struct buf *out)
{
	int error;

	put_read(cli, out, x);
	put_not_read(cli, out, x);
	error = put_blocks(cli, out, x);
	if (!error)
		error = put_ooms(cli, x, out);
	for (size_t i = 0; i < x->transcript.host_count && !error; i++)
		error = put_host(cli, x, &x->hosts[i], out);
	return error;
}
