/* kubectl top pod, --containers, node: the working set in whole MiB, rounded down. metrics-server's
 * numbers are up to a minute old. */
#include "transcript/format.h"

#include <errno.h>

static bool is_header(struct slice line, struct mw_columns *c)
{
	return mw_columns_header(line, c) && (mw_columns_find(c, "MEMORY(bytes)") < c->count) &&
	       (mw_columns_find(c, "NAME") < c->count);
}

static bool is_node(const struct mw_columns *c)
{
	return mw_columns_find(c, "MEMORY%") < c->count ||
	       mw_columns_find(c, "MEMORY(%)") < c->count;
}

/* "5006Mi"; --no-headers leaves "NAME 229m 5006Mi". */
static bool memory_of(const struct mw_columns *c, struct slice line, struct slice *cells,
		      struct mw_quantity *q)
{
	size_t at = mw_columns_find(c, "MEMORY(bytes)");

	return mw_columns_row(c, line, cells) > at && mw_quantity_parse(cells[at], 1000, q) &&
	       q->unit && q->unit != 'm' && q->unit != '%';
}

static void usual_header(struct mw_columns *c)
{
	mw_columns_header(SLICE("NAME CPU(cores) MEMORY(bytes)"), c);
}

static bool begins(const struct mw_paste *p, size_t line, const struct mw_paste_command *hint,
		   struct mw_columns *c)
{
	struct slice rest, cells[MW_COLUMNS];
	struct mw_quantity q;

	if (is_header(mw_line_bare(&p->lines[line]), c))
		return true;
	if (!hint || !slice_is(hint->program, "kubectl"))
		return false;
	rest = hint->arguments;
	usual_header(c);
	return slice_after(&rest, "top ") && memory_of(c, mw_line_bare(&p->lines[line]), cells, &q);
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct mw_columns columns, *c = &columns;
	struct slice cells[MW_COLUMNS];
	size_t end = line;

	if (paste->lines[line].kind != MW_LINE_TEXT || !begins(paste, line, hint, c))
		return 0;
	for (size_t at = line; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct mw_quantity q;

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		b->cut |= l->kind == MW_LINE_ELLIPSIS;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (memory_of(c, mw_line_bare(l), cells, &q))
			b->keys++;
		else if (at > line)
			break;
		end = at + 1;
	}
	/* kubectl top pod and node are no series */
	b->variant = is_node(c);
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

static struct slice cell(const struct mw_columns *c, const struct slice *cells, const char *name)
{
	size_t at = mw_columns_find(c, name);

	return at < c->count ? cells[at] : (struct slice){ "", 0 };
}

/* Is it the only container of its pod in the list? */
static bool alone(struct mw_reading *r, const struct mw_block *b, const struct mw_columns *c,
		  struct slice pod)
{
	size_t n = 0;

	for (size_t i = 0; i < b->lines; i++) {
		struct slice cells[MW_COLUMNS];
		struct mw_quantity q;

		n += memory_of(c, mw_line_bare(mw_block_line(r, b, i)), cells, &q) &&
		     slice_equal(cell(c, cells, "POD"), pod);
	}
	return n == 1;
}

static int read_row(struct mw_reading *r, const struct mw_block *b, const struct mw_columns *c,
		    const struct slice *cells, const struct mw_quantity *q)
{
	struct slice ns = cell(c, cells, "NAMESPACE"), pod = cell(c, cells, "POD"),
		     name = cell(c, cells, "NAME");
	struct mw_entity *e;

	if (is_node(c))
		return mw_reading_print(r, mw_reading_node(r), MW_METRICS, "MEMORY(bytes)",
					q->value, q->step, MW_DOWN);
	if (!ns.len && b->command)
		ns = b->command->pod_namespace;
	if (!pod.len)
		e = mw_reading_pod(r, ns, name, (struct slice){ "", 0 });
	else if (alone(r, b, c, pod))
		e = mw_reading_pod(r, ns, pod, (struct slice){ "", 0 });
	else
		e = mw_reading_pod(r, ns, pod, name);
	if (!e)
		return -ENOMEM;
	mw_set_text(r->s, e, M_CG_POD, pod.len ? pod : name);
	if (ns.len)
		mw_set_text(r->s, e, M_CG_NAMESPACE, ns);
	if (pod.len)
		mw_set_text(r->s, e, M_CG_CONTAINER, name);
	return mw_reading_print(r, e, M_CG_WORKING_SET, "MEMORY(bytes)", q->value, q->step,
				MW_DOWN);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct mw_columns columns, *c = &columns;
	int error = 0;

	if (!is_header(mw_line_bare(mw_block_line(r, b, 0)), c))
		usual_header(c);
	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice cells[MW_COLUMNS];
		struct mw_quantity q;

		if (memory_of(c, mw_line_bare(mw_block_line(r, b, i)), cells, &q))
			error = read_row(r, b, c, cells, &q);
	}
	return error;
}

const struct mw_format mw_format_kubectl_top = {
	.id = "kubectl-top",
	.name = N_("kubectl top"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
