#include "cli/screens/eviction.h"
#include "render/eviction.h"

#include <errno.h>

enum { MOST_NAMES = 6 };

/* --- signals ---------------------------------------------------------------------------------- */

/* ", evicts below 100 MiB: 1.10 GiB away" */
static void put_threshold(const struct mw_cli *cli, struct buf *out, const char *text,
			  struct mw_num available, struct mw_num threshold, struct mw_num left)
{
	const struct mw_style *style = &cli->style;
	scoped_buf struct buf size = { 0 };

	if (threshold.state != MW_OK)
		return;
	buf_puts(out, mw_tr(style, text));
	mw_number_size(out, style, threshold.v);
	if (available.state != MW_OK)
		return;
	mw_number_size(&size, style, left.v);
	if (available.v < threshold.v)
		mw_tone_puts(out, style, MW_TONE_CRITICAL, ": it is below");
	else if (!size.error)
		buf_printf(out, mw_tr(style, ": %.*s away"), SLICE_ARG(buf_slice(&size)));
}

static void put_grace(const struct mw_cli *cli, const struct mw_snapshot *s, struct buf *out)
{
	struct mw_num grace = mw_get(mw_snapshot_node(s), M_EVICTION_SOFT_GRACE);

	if (grace.state != MW_OK)
		return;
	buf_puts(out, mw_tr(&cli->style, " for "));
	mw_number_duration(out, &cli->style, grace.v);
}

static void put_signal(struct mw_cli *cli, struct mw_sample *x,
		       const struct mw_eviction_signal *signal, struct buf *out)
{
	mw_fact_named(cli, out, signal->name);
	mw_number_num(out, &cli->style, signal->available, &x->notes);
	put_threshold(cli, out, N_(", evicts below "), signal->available, signal->hard,
		      signal->left);
	put_threshold(cli, out, N_("; softly below "), signal->available, signal->soft,
		      signal->left_soft);
	if (signal->soft.state == MW_OK)
		put_grace(cli, x->snapshot, out);
	if (signal->hard.state != MW_OK && signal->soft.state != MW_OK)
		buf_puts(out, mw_tr(&cli->style, ", no threshold is set"));
	buf_char(out, '\n');
}

static void put_signals(struct mw_cli *cli, struct mw_sample *x,
			const struct mw_eviction_signal *signals, size_t count, struct buf *out)
{
	for (size_t i = 0; i < count; i++)
		put_signal(cli, x, &signals[i], out);
	if (count && signals[0].assumed) {
		mw_fact(cli, out, "");
		mw_tone_puts(out, &cli->style, MW_TONE_DIM,
			     "by the kubelet's defaults: its configuration is not known");
		buf_char(out, '\n');
	}
}

void mw_signals_put(struct mw_cli *cli, struct mw_sample *x, struct buf *out)
{
	struct mw_eviction_signal signals[MW_EVICTION_SIGNALS];
	size_t count = mw_eviction_signals(x->snapshot, signals);

	if (!count)
		return;
	mw_heading(cli, out, "when the kubelet evicts pods for memory");
	put_signals(cli, x, signals, count, out);
}

/* --- the order -------------------------------------------------------------------------------- */

static bool is_never(const struct mw_eviction *e)
{
	return e->standing == MW_EVICT_STATIC || e->standing == MW_EVICT_CRITICAL;
}

static void put_pod_name(const struct mw_cli *cli, struct buf *out, const struct mw_eviction *e)
{
	mw_text_safe(out, slice_of(e->pod->name), cli->style.unicode);
}

static void put_place(const struct mw_cli *cli, struct buf *out, const struct mw_eviction *e)
{
	if (!e->first) {
		buf_puts(out, "?");
		return;
	}
	buf_u64(out, e->first);
	if (e->last == e->first)
		return;
	buf_puts(out, cli->style.unicode ? "–" : "-");
	buf_u64(out, e->last);
}

static void put_why(const struct mw_cli *cli, struct buf *out, const struct mw_eviction *e)
{
	static const char *const whys[MW_EVICT_STANDINGS] = {
		[MW_EVICT_OVER] = N_(" over its request"),
		[MW_EVICT_ABOUT] = N_("about as much as its request"),
		[MW_EVICT_WITHIN] = N_(" below its request"),
		[MW_EVICT_NO_REQUEST] = N_("its request is not known"),
		[MW_EVICT_NO_SIZE] = N_("its working set is not known"),
		[MW_EVICT_STATIC] = "",
		[MW_EVICT_CRITICAL] = "",
	};

	if (e->standing == MW_EVICT_OVER || e->standing == MW_EVICT_WITHIN) {
		buf_puts(out, e->request_error ? mw_tr(&cli->style, "about ") : "");
		mw_number_size(out, &cli->style, (uint64_t)(e->above < 0 ? -e->above : e->above));
	}
	buf_puts(out, mw_tr(&cli->style, whys[e->standing]));
	if (e->by == MW_EVICT_BY_PRIORITY)
		buf_puts(out, mw_tr(&cli->style, ", lower priority than the next"));
}

static void put_request(struct mw_cli *cli, struct mw_sample *x, struct mw_table *t,
			const struct mw_eviction *e)
{
	struct buf *cell = mw_cell(t, MW_TONE_PLAIN);

	if (e->request_error)
		buf_char(cell, '~');
	mw_number_num(cell, &cli->style,
		      e->request_error
			      ? (struct mw_num){ e->request.v + e->request_error / 2, MW_OK }
			      : e->request,
		      &x->notes);
}

static int put_table(struct mw_cli *cli, struct mw_sample *x, const struct mw_eviction *order,
		     size_t count, struct buf *out)
{
	static const struct mw_column columns[] = {
		{ .title = "#", .verbatim = true, .align = MW_RIGHT },
		{ .title = N_("pod"), .flex = MW_FLEX_MIDDLE, .min = 28 },
		{ .title = N_("why"), .flex = MW_FLEX_END, .min = 34 },
		{ .title = N_("working set"), .align = MW_RIGHT },
		{ .title = N_("request"), .align = MW_RIGHT },
		{ .title = N_("priority"), .align = MW_RIGHT, .drop = 2 },
		{ .title = N_("qos"), .drop = 3 },
	};
	scoped_table struct mw_table t = { 0 };

	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		const struct mw_eviction *e = &order[i];
		const char *qos = mw_get_text(e->pod, M_PD_QOS);

		mw_table_row(&t, 0);
		put_place(cli, mw_cell(&t, MW_TONE_BOLD), e);
		mw_cell_name(&t, MW_TONE_PLAIN, slice_of(e->pod->name));
		put_why(cli, mw_cell(&t, MW_TONE_PLAIN), e);
		mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style, e->working_set, &x->notes);
		put_request(cli, x, &t, e);
		if (e->priority_known)
			mw_number_i64(mw_cell(&t, MW_TONE_PLAIN), e->priority);
		else
			buf_char(mw_cell(&t, MW_TONE_DIM), '?');
		mw_cell_name(&t, MW_TONE_DIM, slice_of(qos ? qos : ""));
	}
	return mw_table_write(&t, out);
}

/* What the numbers of an order rest on. */
struct doubts {
	size_t unranked, without_priority;
	uint64_t error; /* the largest */
};

static struct doubts doubts_of(const struct mw_eviction *order, size_t count)
{
	struct doubts d = { 0 };

	for (size_t i = 0; i < count; i++) {
		d.unranked += !order[i].first;
		d.without_priority += !order[i].priority_known;
		if (order[i].request_error > d.error)
			d.error = order[i].request_error;
	}
	return d;
}

static void put_doubts(struct mw_cli *cli, const struct doubts *d, struct buf *out)
{
	const struct mw_style *style = &cli->style;

	if (d->error) {
		buf_puts(mw_fact(cli, out, "~ request"),
			 mw_tr(style, "told by oom_score_adj, to "));
		mw_number_size(out, style, d->error);
		buf_puts(out, mw_tr(style, ": # is the first and the last place it may have\n"));
	}
	if (d->without_priority)
		buf_puts(mw_fact(cli, out, "? priority"),
			 mw_tr(style, "not known, taken as 0: the kubelet or the API server tells "
				      "it\n"));
	if (d->unranked)
		buf_printf(mw_fact(cli, out, "? #"),
			   mw_tr(style, "%zu not ranked: any of them may go before the others\n"),
			   d->unranked);
}

/* Those at the end of the order. */
static void put_never(struct mw_cli *cli, const struct mw_eviction *never, size_t count,
		      struct buf *out)
{
	if (!count)
		return;
	buf_printf(mw_fact(cli, out, "never evicted"),
		   mw_tr(&cli->style, "%zu, static or of system priority: "), count);
	for (size_t i = 0; i < count && i < MOST_NAMES; i++) {
		buf_puts(out, i ? ", " : "");
		put_pod_name(cli, out, &never[i]);
	}
	if (count > MOST_NAMES)
		buf_printf(out, mw_tr(&cli->style, " and %zu more"), count - MOST_NAMES);
	buf_char(out, '\n');
}

int mw_eviction_put(struct mw_cli *cli, struct mw_sample *x, size_t most, struct buf *out)
{
	struct mw_eviction_signal signals[MW_EVICTION_SIGNALS];
	size_t signal_count = mw_eviction_signals(x->snapshot, signals), shown, never;
	struct mw_eviction *order;
	size_t count = mw_eviction_order(&x->arena, x->snapshot, &order);
	struct doubts d;
	int error;

	if (!count && mw_snapshot_count(x->snapshot, MW_POD))
		return -ENOMEM;
	if (!count) {
		mw_signals_put(cli, x, out);
		return 0;
	}
	for (never = count; never && is_never(&order[never - 1]);)
		never--;
	shown = most && most < never ? most : never;
	mw_heading(cli, out, "whom the kubelet would evict");
	error = shown ? put_table(cli, x, order, shown, out) : 0;
	if (error)
		return error;
	buf_char(out, '\n');
	if (shown < never)
		buf_printf(mw_fact(cli, out, "not shown"), mw_tr(&cli->style, "%zu more pods\n"),
			   never - shown);
	put_never(cli, order + never, count - never, out);
	d = doubts_of(order, never);
	put_doubts(cli, &d, out);
	put_signals(cli, x, signals, signal_count, out);
	return 0;
}

void mw_eviction_json(struct mw_sample *x, bool order, struct mw_json *j)
{
	struct mw_eviction_signal signals[MW_EVICTION_SIGNALS];
	size_t signal_count = mw_eviction_signals(x->snapshot, signals);
	struct mw_eviction *pods = NULL;
	size_t count = order ? mw_eviction_order(&x->arena, x->snapshot, &pods) : 0;

	mw_json_eviction(j, signals, signal_count, pods, count);
}
