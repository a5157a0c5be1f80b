#include "base/scoped.h"
#include "transcript/parts.h"

#include <errno.h>

static size_t row_base(const struct mw_snapshot *s, enum mw_kind kind)
{
	size_t n = 0;

	for (enum mw_kind k = 0; k < kind; k++)
		n += mw_snapshot_count(s, k);
	return n;
}

static size_t row_of(const struct mw_snapshot *s, const struct mw_entity *e)
{
	return row_base(s, e->kind) + e->index;
}

size_t mw_cells_row(const struct mw_cells *c, enum mw_kind kind, uint32_t index)
{
	size_t first = 0;

	while (first < c->row_count && c->rows[first].kind < kind)
		first++;
	if (index >= c->row_count - first || c->rows[first + index].kind != kind)
		return SIZE_MAX;
	return first + index;
}

static size_t count_cells(const struct mw_entity *e, enum mw_metric end)
{
	size_t n = 0;

	for (enum mw_metric m = e->first; m < end; m++)
		n += e->states[m - e->first] != MW_ABSENT;
	return n;
}

static bool take_cells(struct arena *a, struct mw_cells *to, const struct mw_entity *e,
		       enum mw_metric end)
{
	for (enum mw_metric m = e->first; m < end; m++) {
		struct mw_num n = mw_get(e, m);

		if (n.state == MW_ABSENT)
			continue;
		if (n.state == MW_OK && mw_metric_is_text(m)) {
			n.v = (uintptr_t)arena_copy(a, slice_of(mw_get_text(e, m)));
			if (!n.v)
				return false;
		}
		to->cells[to->cell_count++] = (struct mw_cell){ n.v, (uint16_t)m,
								(uint8_t)n.state };
	}
	return true;
}

struct mw_cells *mw_cells_take(struct arena *a, const struct mw_snapshot *s)
{
	struct mw_cells *c = arena_new(a, struct mw_cells);
	size_t cells = 0;
	struct mw_entity *e;

	if (!c)
		return NULL;
	for (enum mw_kind k = 0; k < MW_KINDS; k++)
		mw_for_each (e, s, k)
			cells += count_cells(e, mw_metric_end(k));
	c->rows = arena_array(a, row_base(s, MW_KINDS) + 1, sizeof(*c->rows));
	c->cells = arena_array(a, cells + 1, sizeof(*c->cells));
	if (!c->rows || !c->cells)
		return NULL;
	for (enum mw_kind k = 0; k < MW_KINDS; k++)
		mw_for_each (e, s, k) {
			struct mw_cell_row *row = &c->rows[c->row_count++];

			*row = (struct mw_cell_row){ .kind = k,
						     .name = arena_copy(a, slice_of(e->name)),
						     .id = e->id,
						     .birth = e->birth,
						     .first = c->cell_count };
			if (e->parent)
				row->parent = (uint32_t)row_of(s, e->parent) + 1;
			if (!row->name || !take_cells(a, c, e, mw_metric_end(k)))
				return NULL;
			row->count = c->cell_count - row->first;
		}
	return c;
}

static bool same_row(const struct mw_cells *a, const struct mw_cell_row *x,
		     const struct mw_cells *b, const struct mw_cell_row *y)
{
	if (x->kind != y->kind || x->id != y->id || x->birth != y->birth)
		return false;
	if (x->kind != MW_PROCESS && strcmp(x->name, y->name) != 0)
		return false;
	return !x->parent || !y->parent ||
	       same_row(a, &a->rows[x->parent - 1], b, &b->rows[y->parent - 1]);
}

/* What says who somebody is, not how much he has at a moment. */
static bool lasting(uint16_t metric)
{
	return metric == M_CG_VERSION || mw_metric_is_text(metric);
}

/* A limit that is printed twice is no second moment; a whole file is, even if nothing changed. */
static bool again(const struct mw_cells *a, const struct mw_cell_row *x, const struct mw_cells *b,
		  const struct mw_cell_row *y)
{
	enum { MANY = 4 };
	size_t same = 0;

	/* cells are in the order of metrics */
	for (size_t i = 0, k = 0; i < x->count && k < y->count;) {
		const struct mw_cell *c = &a->cells[x->first + i], *d = &b->cells[y->first + k];

		if (c->metric == d->metric && !lasting(c->metric)) {
			same++;
			if (c->state != d->state || c->value != d->value || same == MANY)
				return true;
		}
		i += c->metric <= d->metric;
		k += d->metric <= c->metric;
	}
	return false;
}

bool mw_cells_overlap(const struct mw_cells *a, const struct mw_cells *b)
{
	enum { ROWS = 64 };

	/* the first rows tell: who lists a thousand processes twice lists the first twice */
	for (size_t i = 0; i < a->row_count && i < ROWS; i++)
		for (size_t k = 0; k < b->row_count && k < ROWS; k++)
			if (same_row(a, &a->rows[i], b, &b->rows[k]) &&
			    again(a, &a->rows[i], b, &b->rows[k]))
				return true;
	return false;
}

/* --- into a snapshot -------------------------------------------------------------------------- */

/* Process 1 of one container is not that of another: their births differ. */
static struct mw_entity *find_process(struct mw_snapshot *s, const struct mw_cell_row *row)
{
	struct mw_entity *e = mw_snapshot_by_id(s, MW_PROCESS, row->id);

	if (!e || e->birth == row->birth)
		return e;
	mw_for_each (e, s, MW_PROCESS)
		if (e->id == row->id && e->birth == row->birth)
			return e;
	return NULL;
}

/* A specification has a runtime's flags, but not its pid: it is the only one of its name. */
static struct mw_entity *find_runtime(struct mw_snapshot *s, const struct mw_cell_row *row,
				      struct slice name, const struct mw_entity *parent)
{
	struct mw_entity *e, *found = NULL;
	bool several = false;

	mw_for_each (e, s, MW_RUNTIME) {
		if (!slice_equal(slice_of(e->name), name))
			continue;
		if (e->id == row->id && (row->id || e->parent == parent))
			return e;
		if (!e->id == !row->id)
			continue;
		several |= found != NULL;
		found = e;
	}
	if (!found || several)
		return NULL;
	if (row->id)
		found->id = row->id;
	return found;
}

/* Rows of one kind come in an order that both have mostly alike: look behind the last hit first. */
static struct mw_entity *find(struct mw_snapshot *s, const struct mw_cell_row *row,
			      struct slice name, struct mw_entity *parent, size_t *cursor)
{
	size_t count = mw_snapshot_count(s, row->kind);

	if (row->kind == MW_NODE)
		return mw_snapshot_node(s);
	if (row->kind == MW_CGROUP)
		return mw_snapshot_by_name(s, MW_CGROUP, name);
	if (row->kind == MW_PROCESS)
		return find_process(s, row);
	if (row->kind == MW_RUNTIME)
		return find_runtime(s, row, name, parent);
	for (size_t i = 0; i < count; i++) {
		size_t at = (*cursor + i) % count;
		struct mw_entity *e = mw_snapshot_at(s, row->kind, at);

		if (e->id == row->id && e->parent == parent &&
		    slice_equal(slice_of(e->name), name)) {
			*cursor = at + 1;
			return e;
		}
	}
	return NULL;
}

static size_t put(struct mw_snapshot *s, struct mw_entity *e, const struct mw_cells *from,
		  const struct mw_cell_row *row)
{
	size_t used = 0;

	for (size_t i = 0; i < row->count; i++) {
		const struct mw_cell *c = &from->cells[row->first + i];

		if (mw_get(e, c->metric).state != MW_ABSENT)
			continue;
		used++;
		if (c->state != MW_OK)
			mw_set_state(e, c->metric, c->state);
		else if (mw_metric_is_text(c->metric))
			mw_set_text(s, e, c->metric, slice_of((const char *)(uintptr_t)c->value));
		else
			mw_set(e, c->metric, c->value);
	}
	return used;
}

/* Are rows of that kind of this parent there already? Then each must be looked for. */
static bool has_children(const struct mw_snapshot *s, enum mw_kind kind,
			 const struct mw_entity *parent)
{
	size_t n = mw_snapshot_count(s, kind);

	return n && mw_snapshot_at(s, kind, n - 1)->parent == parent;
}

int mw_cells_merge(struct mw_snapshot *to, const struct mw_cells *from, const char *self,
		   struct mw_entity **rows, size_t *used)
{
	scoped_buf struct buf own = { 0 };
	size_t cursor = 0;
	bool fresh = false;
	const struct mw_entity *of = NULL;

	if (!rows) {
		if (buf_reserve(&own, from->row_count * sizeof(*rows)))
			return -ENOMEM;
		rows = (struct mw_entity **)(void *)own.at;
	}
	for (size_t i = 0; i < from->row_count; i++) {
		const struct mw_cell_row *row = &from->rows[i];
		struct mw_entity *parent = row->parent ? rows[row->parent - 1] : NULL, *e;
		struct slice name = slice_of(row->kind == MW_CGROUP && !*row->name ? self
										   : row->name);

		/* a process' regions come from one text: from maps and pmap both would be double */
		if (row->kind == MW_REGION && parent != of) {
			fresh = !has_children(to, MW_REGION, parent);
			of = parent;
		}
		e = row->kind == MW_REGION && fresh ? NULL : find(to, row, name, parent, &cursor);
		if (!e && row->kind == MW_REGION && !fresh) {
			rows[i] = NULL;
			continue;
		}
		if (!e)
			e = mw_snapshot_add(to, row->kind, parent, name, row->id, row->birth);
		if (!e)
			return -ENOMEM;
		if (!*e->name && name.len)
			e->name = arena_copy(mw_snapshot_arena(to), name);
		if (!e->name)
			return -ENOMEM;
		if (!e->parent)
			e->parent = parent;
		rows[i] = e;
		*used += put(to, e, from, row);
	}
	return 0;
}
