/* Which rows a listing shows, and how. */
#include "cli/list/columns.h"
#include "base/scoped.h"
#include "model/title.h"
#include "render/text.h"

#include <errno.h>
#include <stdlib.h>

bool mw_is_within(const struct mw_entity *e, const struct mw_entity *group)
{
	while (e && e != group)
		e = e->parent;
	return e != NULL;
}

/* --- sorting ---------------------------------------------------------------------------------- */

/* What one row is sorted by. Rows without it come last, whichever way it is sorted. */
struct key {
	struct mw_entity *e;
	const char *text; /* or NULL */
	double number;    /* a rate; otherwise… */
	uint64_t v;
	uint64_t size; /* decides between equals */
	bool known;
};

static bool shows_rate(const struct mw_view *v, const struct mw_listed *c)
{
	return v->before && c->as == MW_AS_METRIC && mw_metric_info(c->metric)->type == MW_COUNTER;
}

static struct key key_of(const struct mw_view *v, const struct mw_listed *by, struct mw_entity *e)
{
	struct key k = { .e = e, .known = true };
	enum mw_metric size = e->kind == MW_CGROUP ? M_CG_USAGE
			      : e->kind == MW_POD  ? M_PD_USAGE
						   : M_P_RSS;
	struct mw_num n = mw_get(e, by->metric);

	if (e->kind == MW_CGROUP || e->kind == MW_PROCESS || e->kind == MW_POD)
		k.size = mw_get_or(e, size, 0);
	if (e->kind == MW_FILE)
		k.size = mw_get_or(e, M_F_CACHED, 0);
	if (e->kind == MW_SOCKETS)
		k.size = mw_get_or(e, M_SK_COUNT, 0);
	if (by->as == MW_AS_PID) {
		k.v = e->id;
	} else if (by->as == MW_AS_NAME) {
		k.text = e->name;
	} else if (by->as == MW_AS_CONTAINER) {
		k.text = e->parent ? e->parent->name : NULL;
		k.known = k.text != NULL;
	} else if (shows_rate(v, by)) {
		k.known = mw_view_rate(v, e, by->metric, &k.number) == MW_OK;
	} else if (mw_metric_is_text(by->metric)) {
		k.text = mw_get_text(e, by->metric);
		k.known = k.text != NULL;
	} else {
		/* no limit is larger than any */
		k.v = n.state == MW_UNLIMITED ? UINT64_MAX : n.v;
		k.known = n.state == MW_OK || n.state == MW_UNLIMITED;
		if (mw_number_signed(by->metric))
			k.v ^= (uint64_t)1 << 63;
	}
	return k;
}

/* Shown order of two paths: a group before what is below it, and both together. */
static int compare_names(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '/' || *b == '/')
		return *a == '/' ? (*b ? -1 : 1) : (*a ? 1 : -1);
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

static int compare(const void *left, const void *right, void *context)
{
	const struct key *a = left, *b = right;
	const struct mw_sorting *sorting = context;
	int order;

	if (a->known != b->known)
		return a->known ? -1 : 1;
	if (a->text && b->text)
		order = compare_names(a->text, b->text);
	else if (a->number != b->number)
		order = a->number < b->number ? -1 : 1;
	else
		order = (a->v > b->v) - (a->v < b->v);
	if (order)
		return sorting->descending ? -order : order;
	/* the larger first, and the same every time */
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return (a->e->index > b->e->index) - (a->e->index < b->e->index);
}

static bool passes(const struct mw_filter *f, struct mw_entity *e)
{
	struct mw_num n;
	bool wanted = !f->uid_count;

	if (f->container && !mw_is_within(e, f->container))
		return false;
	if (f->role ? !mw_group_role_is(e, f->role)
		    : !f->sandboxes && mw_group_role_is(e, "sandbox"))
		return false;
	for (size_t i = 0; i < f->uid_count; i++)
		wanted |= mw_get_or(e, M_P_UID, UINT64_MAX) == f->uids[i];
	if (!wanted)
		return false;
	if (!f->min)
		return true;
	n = mw_get(e, f->min_by->metric);
	return n.state == MW_UNLIMITED || (n.state == MW_OK && n.v >= f->min);
}

/* The first `most` of all in order, found without sorting the rest: a heap with the last of them on top. */
struct chosen {
	struct key *heap;
	size_t count, most;
	struct mw_sorting by;
};

static void sink(struct chosen *c, size_t at)
{
	for (;;) {
		size_t below = 2 * at + 1;
		struct key k = c->heap[at];

		if (below + 1 < c->count &&
		    compare(&c->heap[below + 1], &c->heap[below], &c->by) > 0)
			below++;
		if (below >= c->count || compare(&c->heap[below], &k, &c->by) <= 0)
			return;
		c->heap[at] = c->heap[below];
		c->heap[below] = k;
		at = below;
	}
}

static void consider(struct chosen *c, struct mw_entity *e, const struct mw_view *v)
{
	struct key k = key_of(v, &c->by.by, e);

	if (c->count < c->most) {
		c->heap[c->count++] = k;
		for (size_t at = c->count / 2; c->count == c->most && at--;)
			sink(c, at);
	} else if (compare(&k, &c->heap[0], &c->by) < 0) {
		c->heap[0] = k;
		sink(c, 0);
	}
}

static int choose(const struct mw_view *v, enum mw_kind kind, struct mw_entity *const *from,
		  size_t count, const struct mw_filter *filter, const struct mw_sorting *sorting,
		  struct arena *a, struct mw_rows *out)
{
	size_t most = filter->most && filter->most < count ? filter->most : count;
	scoped_free struct key *heap = calloc(most + 1, sizeof(*heap));
	struct mw_rows rows = { .at = arena_array(a, most + 1, sizeof(*rows.at)) };
	struct chosen c = { .heap = heap, .most = most, .by = *sorting };

	if (!heap || !rows.at)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct mw_entity *e = from ? from[i] : mw_snapshot_at(v->now, kind, i);

		if (!passes(filter, e))
			continue;
		rows.total++;
		consider(&c, e, v);
	}
	qsort_r(heap, c.count, sizeof(*heap), compare, &c.by);
	rows.count = c.count;
	for (size_t i = 0; i < rows.count; i++)
		rows.at[i] = heap[i].e;
	*out = rows;
	return 0;
}

int mw_rows_choose_of(const struct mw_view *v, struct mw_entity *const *from, size_t count,
		      const struct mw_filter *filter, const struct mw_sorting *sorting,
		      struct arena *a, struct mw_rows *out)
{
	return choose(v, MW_KINDS, from, count, filter, sorting, a, out);
}

int mw_rows_choose(const struct mw_view *v, enum mw_kind kind, const struct mw_filter *filter,
		   const struct mw_sorting *sorting, struct arena *a, struct mw_rows *out)
{
	return choose(v, kind, NULL, mw_snapshot_count(v->now, kind), filter, sorting, a, out);
}

/* --- writing ---------------------------------------------------------------------------------- */

enum { LONGEST_TITLE = 64 };

static bool is_size(enum mw_metric metric)
{
	enum mw_unit unit = mw_metric_info(metric)->unit;

	return unit == MW_BYTES || unit == MW_KIB || unit == MW_PAGES;
}

static void put_rate(struct buf *out, const struct mw_view *v, const struct mw_style *style,
		     const struct mw_entity *e, enum mw_metric metric, struct mw_notes *notes)
{
	enum mw_unit unit = mw_metric_info(metric)->unit;
	double rate = 0;
	enum mw_state state = mw_view_rate(v, e, metric, &rate);

	if (state != MW_OK)
		mw_number_state(out, style, state, notes);
	else if (is_size(metric))
		mw_number_rate_size(out, style, rate);
	else if (unit == MW_US || unit == MW_NS)
		buf_printf(out, "%.1f%%", rate / 1e4); /* of a second, each second */
	else
		mw_number_rate(out, rate);
}

/* How many of the rows are groups above this one, and the nearest of them. */
static unsigned nesting(const uint8_t *shown, const struct mw_entity *e,
			const struct mw_entity **above)
{
	unsigned depth = 0;

	for (const struct mw_entity *p = e->parent; p; p = p->parent) {
		if (!shown[p->index])
			continue;
		if (!depth++)
			*above = p;
	}
	return depth;
}

/* Sockets under a heading that is a group, or nobody. */
static bool put_holder(struct mw_table *t, const struct mw_entity *e)
{
	if (e->parent && e->parent->kind == MW_CGROUP)
		mw_cell_group(t, MW_TONE_PLAIN, e->parent);
	else if (!*e->name)
		mw_cell_puts(t, MW_TONE_DIM,
			     mw_get(e, M_SK_OWNERLESS).state == MW_OK ? N_("nobody")
								      : N_("not known"));
	else
		return false;
	return true;
}

static void put_name(struct mw_table *t, const struct mw_entity *e, const struct mw_entity *above)
{
	struct slice name = slice_of(e->name);

	if (e->kind == MW_CGROUP && mw_group_has_title(e)) {
		mw_cell_group(t, MW_TONE_PLAIN, e);
		return;
	}
	if (e->kind == MW_SOCKETS && put_holder(t, e))
		return;
	/* of a removed group the parent is another one */
	if (e->kind == MW_OWNER && e->parent && e->parent->id == e->id) {
		put_name(t, e->parent, above);
		return;
	}
	if (e->kind == MW_OWNER && !e->id) {
		mw_cell_puts(t, MW_TONE_PLAIN, N_("nobody: charged to no group"));
		return;
	}
	if (e->kind == MW_PROCESS && mw_get_text(e, M_P_COMM))
		name = slice_of(mw_get_text(e, M_P_COMM));
	if (above && strlen(above->name) > 1)
		name = slice_skip(name, strlen(above->name));
	mw_cell_name(t, MW_TONE_PLAIN, name);
}

/* The container that a process or its sockets are in, otherwise the group. */
static const struct mw_entity *where_is(const struct mw_entity *e)
{
	const struct mw_entity *group = e->parent, *container;

	while (group && group->kind != MW_CGROUP)
		group = group->parent;
	container = group ? mw_group_container(group) : NULL;
	return container ? container : group;
}

/* With the mark that the kernel's own links have. */
static void put_path(struct mw_table *t, const struct mw_entity *e, enum mw_metric metric,
		     struct mw_notes *notes)
{
	const char *path = mw_get_text(e, metric);
	struct buf *out = mw_cell(t, MW_TONE_PLAIN);

	if (!path)
		path = mw_get_text(e, M_F_PATH);
	if (path)
		mw_text_safe(out, slice_of(path), t->style->unicode);
	else
		mw_number_state(out, t->style, mw_get(e, M_F_PATH).state, notes);
	if (mw_get_or(e, M_F_DELETED, 0))
		buf_puts(out, mw_tr(t->style, " (deleted)"));
}

static void put_user(struct mw_table *t, const struct mw_users *users, const struct mw_entity *e,
		     struct mw_notes *notes)
{
	scoped_buf struct buf name = { 0 };
	struct mw_num uid = mw_get(e, M_P_UID);

	if (uid.state != MW_OK) {
		mw_number_state(mw_cell(t, MW_TONE_PLAIN), t->style, uid.state, notes);
		return;
	}
	mw_users_name(users, (uint32_t)uid.v, &name);
	mw_cell_name(t, MW_TONE_PLAIN, buf_slice(&name));
}

static enum mw_tone tone_of(const struct mw_entity *e, const struct mw_listed *c)
{
	bool pod = e->kind == MW_POD;
	struct mw_num left, limit;

	if (c->metric != M_CG_HEADROOM && c->metric != M_PD_HEADROOM)
		return mw_get(e, c->metric).state == MW_OK ? MW_TONE_PLAIN : MW_TONE_DIM;
	left = mw_get(e, c->metric);
	limit = mw_get(e, pod ? M_PD_EFFECTIVE_LIMIT : M_CG_EFFECTIVE_LIMIT);
	if (left.state != MW_OK || limit.state != MW_OK)
		return MW_TONE_DIM;
	return left.v < limit.v / 20   ? MW_TONE_CRITICAL
	       : left.v < limit.v / 10 ? MW_TONE_WARNING
				       : MW_TONE_PLAIN;
}

/* Of a file: what pays for it may be a removed group below, nobody, or not be known. */
static void put_container(struct mw_table *t, const struct mw_entity *e, struct mw_notes *notes)
{
	const struct mw_entity *group = where_is(e);
	struct mw_num payer = mw_get(e, M_F_GROUP);
	scoped_buf struct buf title = { 0 };
	struct buf *out;

	if (e->kind != MW_FILE) {
		mw_cell_group(t, MW_TONE_PLAIN, group);
		return;
	}
	out = mw_cell(t, group ? MW_TONE_PLAIN : MW_TONE_DIM);
	if (group) {
		if (payer.state == MW_OK && payer.v != e->parent->id)
			buf_puts(out, mw_tr(t->style, "removed: "));
		mw_group_title(group, &title);
		mw_text_safe(out, buf_slice(&title), t->style->unicode);
	} else if (payer.state == MW_OK) {
		buf_puts(out, mw_tr(t->style, "nobody"));
	} else {
		mw_number_state(out, t->style, payer.state, notes);
	}
}

struct listing {
	const struct mw_view *v;
	const struct mw_rows *rows;
	const struct mw_columns *columns;
	const struct mw_sorting *sorting;
	const struct mw_users *users;
	struct mw_notes *notes;
	struct mw_table table;
	struct mw_column titles[MW_MOST_COLUMNS + 1];
	char names[MW_MOST_COLUMNS][LONGEST_TITLE];
	size_t change; /* number of the column that shows the sort column's change; 0 = none */
};

static void put_cell(struct listing *l, const struct mw_listed *c, const struct mw_entity *e,
		     const struct mw_entity *above)
{
	struct mw_table *t = &l->table;

	switch (c->as) {
	case MW_AS_PID:
		if (e->id)
			buf_u64(mw_cell(t, MW_TONE_PLAIN), e->id);
		else
			mw_cell_skip(t, 1);
		break;
	case MW_AS_NAME: put_name(t, e, above); break;
	case MW_AS_USER: put_user(t, l->users, e, l->notes); break;
	case MW_AS_PATH: put_path(t, e, c->metric, l->notes); break;
	case MW_AS_CONTAINER: put_container(t, e, l->notes); break;
	case MW_AS_METRIC:
		if (shows_rate(l->v, c))
			put_rate(mw_cell(t, MW_TONE_PLAIN), l->v, t->style, e, c->metric, l->notes);
		else
			mw_number_metric(mw_cell(t, tone_of(e, c)), t->style, e, c->metric,
					 l->notes);
	}
}

/* What a name is still worth something at: a process' has 15 letters, a group's is a path, a file's may be
 * that of a removed group. */
static uint16_t least_width(const struct listing *l, const struct mw_listed *c)
{
	enum mw_kind kind = l->rows->count ? l->rows->at[0]->kind : MW_KINDS;

	if (c->as == MW_AS_CONTAINER)
		return kind == MW_FILE ? 16 : 12;
	return kind == MW_PROCESS ? 16 : 24;
}

/* The titles; a counter's says that it is a rate. */
static void set_titles(struct listing *l, const struct mw_style *style)
{
	size_t at = 0;

	for (size_t i = 0; i < l->columns->count; i++) {
		const struct mw_listed *c = &l->columns->at[i];
		bool text = c->as == MW_AS_NAME || c->as == MW_AS_USER ||
			    c->as == MW_AS_CONTAINER || c->as == MW_AS_PATH ||
			    (c->as == MW_AS_METRIC && mw_metric_is_text(c->metric));

		snprintf(l->names[i], LONGEST_TITLE, "%s%s", c->name,
			 shows_rate(l->v, c) ? "/s" : "");
		l->titles[at++] = (struct mw_column){
			.title = l->names[i],
			.verbatim = true,
			.align = text ? MW_LEFT : MW_RIGHT,
			.flex = text && c->as != MW_AS_USER ? MW_FLEX_MIDDLE : MW_FIXED,
			.min = least_width(l, c),
			.greedy = c->as == MW_AS_PATH,
			.drop = c->drop,
		};
		if (l->v->before && c->as == MW_AS_METRIC && !shows_rate(l->v, c) &&
		    c->metric == l->sorting->by.metric && !l->change) {
			l->change = at;
			l->titles[at++] = (struct mw_column){
				.title = style->unicode ? "Δ/s" : "change/s",
				.verbatim = true,
				.align = MW_RIGHT,
			};
		}
	}
	mw_table_init(&l->table, style, l->titles, at);
}

static void put_row(struct listing *l, const struct mw_entity *e, const struct mw_entity *above,
		    unsigned indent)
{
	mw_table_row(&l->table, indent);
	for (size_t i = 0; i < l->columns->count; i++) {
		put_cell(l, &l->columns->at[i], e, above);
		if (l->change && l->table.next == l->change)
			put_rate(mw_cell(&l->table, MW_TONE_PLAIN), l->v, l->table.style, e,
				 l->sorting->by.metric, l->notes);
	}
}

/* What does not add up has no place in it: no number, and no mark either. */
static void put_heading(struct listing *l, const struct mw_entity *sum)
{
	struct mw_table *t = &l->table;

	mw_table_row(t, 0);
	for (size_t i = 0; i < l->columns->count; i++) {
		const struct mw_listed *c = &l->columns->at[i];
		enum mw_state state = mw_get(sum, c->metric).state;

		if (c->as == MW_AS_NAME)
			mw_cell_name(t, MW_TONE_BOLD, slice_of(sum->name));
		else if (c->as != MW_AS_METRIC || shows_rate(l->v, c) ||
			 (state != MW_OK && state != MW_UNLIMITED))
			mw_cell_skip(t, 1);
		else
			mw_number_metric(mw_cell(t, MW_TONE_BOLD), t->style, sum, c->metric,
					 l->notes);
		if (l->change && t->next == l->change)
			mw_cell_skip(t, 1);
	}
}

int mw_rows_write(const struct mw_view *v, const struct mw_rows *rows,
		  const struct mw_columns *columns, const struct mw_sorting *sorting,
		  const struct mw_users *users, const struct mw_style *style, bool nested,
		  struct mw_notes *notes, struct buf *out)
{
	struct listing l = { .v = v,
			     .rows = rows,
			     .columns = columns,
			     .sorting = sorting,
			     .users = users,
			     .notes = notes };
	scoped_free uint8_t *shown = calloc(mw_snapshot_count(v->now, MW_CGROUP) + 1, 1);
	int error;

	if (!shown)
		return -ENOMEM;
	for (size_t row = 0; nested && row < rows->count; row++)
		shown[rows->at[row]->index] = 1;
	set_titles(&l, style);
	for (size_t i = 0; i < rows->group_count; i++) {
		put_heading(&l, rows->groups[i].sum);
		for (size_t row = 0; row < rows->groups[i].count; row++)
			put_row(&l, rows->groups[i].at[row], NULL, 1);
	}
	for (size_t row = 0; row < rows->count && !rows->groups; row++) {
		const struct mw_entity *above = NULL;
		unsigned indent = nested ? nesting(shown, rows->at[row], &above) : 0;

		put_row(&l, rows->at[row], above, indent);
	}
	error = mw_table_write(&l.table, out);
	mw_table_release(&l.table);
	return error;
}
