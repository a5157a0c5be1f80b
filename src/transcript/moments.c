/* Blocks to moments. A text that comes again, of the same subject, begins a new moment; what comes
 * once belongs to `now`, together with the latest of the fullest of each that came again. */
#include "base/index.h"
#include "base/scoped.h"
#include "transcript/parts.h"

#include <errno.h>
#include <stdlib.h>

enum { LOOK_BACK = 16, MOMENTS_MAX = 256 };

#define NONE SIZE_MAX

/* What merging knows of a block. */
struct place {
	size_t before; /* the block before it of the same series, or NONE */
	size_t series; /* the first block of the series */
	uint32_t epoch;
	bool now;
};

struct merge {
	struct mw_transcript *t;
	const struct mw_notes *notes;
	struct place *places;
	struct mw_entity ***rows; /* per block: its rows' entities in `now`; NULL: not part of it */
	struct index last;        /* the last block of a series */
	const char *self;         /* of the host being merged */
	uint32_t host;
};

/* --- series ----------------------------------------------------------------------------------- */

/* The only row beside the machine's that has numbers; NULL when there are several, or none. */
static const struct mw_cell_row *only_row(const struct mw_cells *c)
{
	const struct mw_cell_row *only = NULL;

	for (size_t i = 0; i < c->row_count; i++) {
		if (!c->rows[i].count)
			continue;
		if (only || c->rows[i].kind == MW_NODE)
			return NULL;
		only = &c->rows[i];
	}
	return only;
}

static bool same_series(const struct mw_block *a, const struct mw_block *b)
{
	const struct mw_cell_row *x = only_row(a->rows), *y = only_row(b->rows);

	if (a->format != b->format || a->variant != b->variant || a->host != b->host || !x != !y)
		return false;
	if (!x)
		return true;
	if (x->kind != y->kind || x->id != y->id || x->birth != y->birth)
		return false;
	return x->kind == MW_PROCESS || !strcmp(x->name, y->name);
}

static uint64_t series_hash(const struct mw_block *b)
{
	const struct mw_cell_row *row = only_row(b->rows);
	uint64_t hash = hash_u64((uintptr_t)b->format ^ b->host ^ (uint64_t)b->variant << 32);

	if (!row)
		return hash;
	hash ^= hash_u64(row->id + row->kind);
	return row->kind == MW_PROCESS ? hash : hash ^ hash_bytes(slice_of(row->name));
}

static bool match_series(uint32_t number, const void *key, const void *context)
{
	const struct merge *m = context;
	const struct mw_block *b = key;

	return same_series(&m->t->blocks[number], b);
}

/* Does an earlier block of the series have the same numbers in this epoch? */
static bool repeats(const struct merge *m, size_t block, uint32_t epoch)
{
	size_t at = m->places[block].before;

	for (int i = 0; i < LOOK_BACK && at != NONE && m->places[at].epoch == epoch; i++) {
		if (mw_cells_overlap(m->t->blocks[at].rows, m->t->blocks[block].rows))
			return true;
		at = m->places[at].before;
	}
	return false;
}

/* The index knows the first block of each series; `tails` the last. */
static int find_series(struct merge *m)
{
	size_t count = m->t->block_count;
	uint32_t *epochs = arena_array(&m->t->arena, m->t->host_count, sizeof(*epochs));
	size_t *tails = arena_array(&m->t->arena, count + 1, sizeof(*tails));

	if (!epochs || !tails)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct mw_block *b = &m->t->blocks[i];
		struct place *p = &m->places[i];
		uint64_t hash = series_hash(b);
		uint32_t first = index_find(&m->last, hash, match_series, b, m);

		*p = (struct place){ .before = NONE, .series = i };
		if (first == INDEX_NONE) {
			if (index_add(&m->last, hash, (uint32_t)i))
				return -ENOMEM;
		} else {
			p->series = first;
			p->before = tails[first];
		}
		tails[p->series] = i;
		if (repeats(m, i, epochs[b->host]))
			epochs[b->host]++;
		p->epoch = epochs[b->host];
		if (p->before == NONE || m->places[p->before].epoch != p->epoch)
			m->t->blocks[p->series].series++;
	}
	for (size_t i = 0; i < count; i++)
		m->t->blocks[i].series = m->t->blocks[m->places[i].series].series;
	return 0;
}

/* --- which of a series is now ----------------------------------------------------------------- */

/* Per series: the numbers that each epoch gave; the latest with at least half of the most is now. */
static int choose(struct merge *m)
{
	size_t count = m->t->block_count;
	size_t *cells = arena_array(&m->t->arena, count + 1, sizeof(*cells));
	size_t *most = arena_array(&m->t->arena, count + 1, sizeof(*most));
	uint32_t *chosen = arena_array(&m->t->arena, count + 1, sizeof(*chosen));

	if (!cells || !most || !chosen)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct place *p = &m->places[i];

		cells[i] = m->t->blocks[i].cells;
		if (p->before != NONE && m->places[p->before].epoch == p->epoch)
			cells[i] += cells[p->before];
		if (cells[i] > most[p->series])
			most[p->series] = cells[i];
	}
	for (size_t i = 0; i < count; i++)
		if (cells[i] * 2 >= most[m->places[i].series])
			chosen[m->places[i].series] = m->places[i].epoch;
	for (size_t i = 0; i < count; i++)
		m->places[i].now = m->places[i].epoch == chosen[m->places[i].series];
	return 0;
}

/* --- snapshots -------------------------------------------------------------------------------- */

static struct mw_snapshot *new_snapshot(const struct merge *m)
{
	struct mw_machine machine = { .kind = MW_TRANSCRIPT,
				      .page_size = 4096,
				      .clock_ticks = 100 };
	const char *name = m->t->hosts[m->host].name;
	size_t len = strlen(name);

	if (len >= sizeof(machine.host))
		len = sizeof(machine.host) - 1;
	memcpy(machine.host, name, len);
	return mw_snapshot_new(&machine);
}

/* The name of the container that the paste was made in: the only pod spoken of, or the prompt's. */
static const char *self_name(const struct merge *m)
{
	const char *host = m->t->hosts[m->host].name, *pod = NULL;
	bool several = false;

	for (size_t i = 0; i < m->t->block_count; i++) {
		const struct mw_cells *c = m->t->blocks[i].rows;

		if (m->t->blocks[i].host != m->host)
			continue;
		for (size_t k = 0; k < c->row_count; k++) {
			const struct mw_cell_row *row = &c->rows[k];

			if (row->kind != MW_CGROUP || !*row->name || row->parent ||
			    strchr(row->name, '/'))
				continue;
			several |= pod && strcmp(pod, row->name) != 0;
			pod = row->name;
		}
	}
	if (pod && !several)
		return pod;
	return *host ? host : "container";
}

static bool is_program(const struct mw_entity *process, const char *program)
{
	const char *comm = process ? mw_get_text(process, M_P_COMM) : NULL;

	/* Debian's is "php-fpm8.2" */
	return comm && (!strcmp(program, "php-fpm") ? slice_begins(slice_of(comm), program)
						    : !strcmp(comm, program));
}

/* One of a pool: what is told of the pool is its master's. */
static bool is_worker(const struct mw_snapshot *s, const struct mw_entity *process,
		      const char *program)
{
	const char *cmdline = mw_get_text(process, M_P_CMDLINE);
	uint64_t parent = mw_get_or(process, M_P_PPID, 0);

	return (cmdline && slice_begins(slice_of(cmdline), "php-fpm: pool ")) ||
	       (parent && is_program(mw_snapshot_by_id(s, MW_PROCESS, parent), program));
}

/* By its pid; where only a specification spoke of it, the only process with its program's name. */
static struct mw_entity *process_of(const struct mw_snapshot *s, const struct mw_entity *runtime)
{
	const char *program = !strcmp(runtime->name, "jvm") ? "java" : runtime->name;
	struct mw_entity *e, *found = NULL;

	if (runtime->id)
		return mw_snapshot_by_id(s, MW_PROCESS, runtime->id);
	mw_for_each (e, s, MW_PROCESS) {
		if (!is_program(e, program) || is_worker(s, e, program))
			continue;
		if (found)
			return NULL;
		found = e;
	}
	return found;
}

/* Processes that were looked at inside a container are its own, and runtimes their processes'. */
static void adopt(struct mw_snapshot *s, const char *self)
{
	struct mw_entity *group = mw_snapshot_by_name(s, MW_CGROUP, slice_of(self)), *e;

	if (group)
		mw_for_each (e, s, MW_PROCESS)
			if (!e->parent)
				e->parent = group;
	mw_for_each (e, s, MW_RUNTIME) {
		struct mw_entity *process = process_of(s, e);

		if (process) {
			e->id = process->id;
			e->parent = process;
		} else if (!e->parent) {
			e->parent = group;
		}
	}
}

struct derivation {
	struct merge *m;
	struct buf *out; /* of struct mw_derived; NULL: not kept */
};

static int keep_derived(void *context, struct mw_entity *e, enum mw_metric metric, const char *how)
{
	struct derivation *d = context;
	struct mw_derived derived = {
		.entity = e, .metric = metric, .how = how, .host = d->m->host
	};

	if (!d->out)
		return 0;
	buf_add(d->out, (struct slice){ (const char *)&derived, sizeof(derived) });
	return d->out->error;
}

static int finish(struct merge *m, struct mw_snapshot *s, struct buf *derived)
{
	struct derivation d = { m, derived };

	adopt(s, m->self);
	return mw_derive_groups(s, keep_derived, &d);
}

/* The last moment that a block holds. */
static const struct mw_cells *latest(const struct mw_block *b)
{
	const struct mw_cells *c = b->rows;

	while (c->later)
		c = c->later;
	return c;
}

static int merge_now(struct merge *m, struct mw_snapshot *s, enum mw_rank rank)
{
	for (size_t i = 0; i < m->t->block_count; i++) {
		struct mw_block *b = &m->t->blocks[i];
		const struct mw_cells *c = latest(b);

		if (b->host != m->host || !m->places[i].now || b->format->rank != rank)
			continue;
		m->rows[i] = arena_array(&m->t->arena, c->row_count + 1, sizeof(**m->rows));
		if (!m->rows[i] || mw_cells_merge(s, c, m->self, m->rows[i], &b->used))
			return -ENOMEM;
	}
	return 0;
}

static int make_now(struct merge *m, struct mw_snapshot **out, struct buf *derived)
{
	struct mw_snapshot *s = new_snapshot(m);
	int error = s ? 0 : -ENOMEM;

	for (enum mw_rank rank = MW_RANK_KERNEL; !error && rank <= MW_RANK_ROUNDED; rank++)
		error = merge_now(m, s, rank);
	if (!error)
		error = finish(m, s, derived);
	if (error) {
		mw_snapshot_free(s);
		return error;
	}
	*out = s;
	return 0;
}

struct moments {
	struct mw_snapshot *list[MOMENTS_MAX];
	size_t count, seen, step; /* every step-th of those seen is kept */
};

static int add_moment(struct merge *m, struct moments *to, const struct mw_cells *cells,
		      struct mw_snapshot **open)
{
	size_t used = 0;

	if (!*open) {
		if (to->seen++ % to->step || to->count == MOMENTS_MAX - 1)
			return 0;
		*open = new_snapshot(m);
		if (!*open)
			return -ENOMEM;
		to->list[to->count++] = *open;
	}
	return mw_cells_merge(*open, cells, m->self, NULL, &used);
}

/* The moments that a block holds beside its last: the lines of `vmstat 1`. */
static int add_samples(struct merge *m, struct moments *to, const struct mw_block *b)
{
	for (const struct mw_cells *c = b->rows; c->later; c = c->later) {
		struct mw_snapshot *one = NULL;
		int error = add_moment(m, to, c, &one);

		if (!error && one)
			error = finish(m, one, NULL);
		if (error)
			return error;
	}
	return 0;
}

/* Earlier (or later, cut) ones of a series: a moment of their own per epoch, in order. */
static int add_epoch(struct merge *m, struct moments *to, uint32_t epoch, size_t *from)
{
	struct mw_snapshot *open = NULL;
	int error = 0;

	for (; *from < m->t->block_count && !error; (*from)++) {
		struct mw_block *b = &m->t->blocks[*from];
		const struct place *p = &m->places[*from];

		if (b->host != m->host)
			continue;
		if (p->epoch != epoch)
			break;
		error = add_samples(m, to, b);
		if (error || p->now)
			continue;
		error = add_moment(m, to, latest(b), &open);
		b->moment = to->count - 1;
	}
	return error || !open ? error : finish(m, open, NULL);
}

/* How many moments there would be, to thin them out evenly. */
static size_t count_moments(const struct merge *m, uint32_t *epochs, uint32_t *now_epoch)
{
	size_t n = 0;

	*epochs = *now_epoch = 0;
	for (size_t i = 0; i < m->t->block_count; i++) {
		const struct mw_block *b = &m->t->blocks[i];
		const struct place *p = &m->places[i];

		if (b->host != m->host)
			continue;
		for (const struct mw_cells *c = b->rows; c->later; c = c->later)
			n++;
		if (p->epoch >= *epochs) {
			n++;
			*epochs = p->epoch + 1;
		}
		if (p->now && b->series > 1 && p->epoch > *now_epoch)
			*now_epoch = p->epoch;
	}
	return n;
}

/* The machine whose log a report stands in: by its place in the files. */
static bool of_host(const struct merge *m, const struct mw_oom_report *report)
{
	for (size_t i = 0; i < m->t->block_count; i++) {
		const struct mw_block *b = &m->t->blocks[i];

		if (report->file == m->t->paste.files[b->file] &&
		    report->first_line >= b->first_line && report->first_line <= b->last_line)
			return b->host == m->host;
	}
	return m->host == 0;
}

static int add_kills(struct merge *m, struct mw_snapshot *now)
{
	const struct mw_oom_report **list = arena_array(&m->t->arena, m->t->oom_count + 1,
							sizeof(*list));
	size_t count = 0;

	if (!list)
		return -ENOMEM;
	for (size_t i = 0; i < m->t->oom_count; i++)
		if (of_host(m, m->t->ooms[i]))
			list[count++] = m->t->ooms[i];
	if (count)
		mw_snapshot_set_ooms(now, list, count);
	return 0;
}

static int add_now(struct merge *m, struct moments *all, struct buf *derived)
{
	struct mw_snapshot *now;
	int error = make_now(m, &now, derived);

	if (error)
		return error;
	m->t->hosts[m->host].now = all->count;
	all->list[all->count++] = now;
	error = add_kills(m, now);
	for (size_t i = 0; i < m->t->block_count; i++)
		if (m->t->blocks[i].host == m->host && m->places[i].now)
			m->t->blocks[i].moment = m->t->hosts[m->host].now;
	return error;
}

static int keep_moments(struct merge *m, const struct moments *all)
{
	struct mw_transcript_host *h = &m->t->hosts[m->host];

	h->moments = arena_array(&m->t->arena, all->count + 1, sizeof(*h->moments));
	if (!h->moments) {
		for (size_t i = 0; i < all->count; i++)
			mw_snapshot_free(all->list[i]);
		return -ENOMEM;
	}
	memcpy(h->moments, all->list, all->count * sizeof(*all->list));
	h->count = all->count;
	return 0;
}

static int merge_host(struct merge *m, struct buf *derived)
{
	struct moments *all = arena_new(&m->t->arena, struct moments);
	uint32_t epochs, now_epoch;
	size_t from = 0, expected = count_moments(m, &epochs, &now_epoch);
	int error = all ? 0 : -ENOMEM;

	if (error)
		return error;
	all->step = expected / (MOMENTS_MAX - 2) + 1;
	m->self = self_name(m);
	for (uint32_t e = 0; e < epochs && !error; e++) {
		error = add_epoch(m, all, e, &from);
		if (!error && e == now_epoch)
			error = add_now(m, all, derived);
	}
	if (!error && !epochs)
		error = add_now(m, all, derived);
	if (!error)
		return keep_moments(m, all);
	for (size_t i = 0; i < all->count; i++)
		mw_snapshot_free(all->list[i]);
	return error;
}

/* --- what stands beside ----------------------------------------------------------------------- */

static const struct mw_entity *entity_of(const struct merge *m, const struct mw_note *n)
{
	const struct mw_cells *c = m->t->blocks[n->block].rows;
	size_t row;

	for (size_t i = 0; i < n->moment && c; i++)
		c = c->later;
	/* only the last moment of a block is part of `now` */
	if (!c || c->later || !m->rows[n->block])
		return NULL;
	row = mw_cells_row(c, n->kind, n->index);
	return row == SIZE_MAX ? NULL : m->rows[n->block][row];
}

static void keep_printed(struct merge *m, const struct mw_note *n)
{
	struct mw_printed *p = &m->t->printed[m->t->printed_count++];
	struct mw_block *b = &m->t->blocks[n->block];

	*p = (struct mw_printed){
		.tool = b->format->id,
		.what = n->what,
		.value = n->value,
		.low = n->low,
		.high = n->high,
		.metric = n->metric,
		.kind = n->kind,
		.entity = entity_of(m, n),
		.block = (uint32_t)n->block,
		.agrees = true,
	};
	if (!p->entity || n->metric == MW_METRICS)
		return;
	p->now = mw_get(p->entity, n->metric);
	p->agrees = p->now.state != MW_OK || (p->now.v >= n->low && p->now.v <= n->high);
	b->differs |= !p->agrees;
}

static int keep_notes(struct merge *m, struct buf *derived)
{
	size_t count = mw_notes_count(m->notes);

	m->t->printed = arena_array(&m->t->arena, count + 1, sizeof(*m->t->printed));
	if (!m->t->printed)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct mw_note *n = mw_note_at(m->notes, i);
		struct mw_derived d = { .entity = NULL, .metric = n->metric, .how = n->what };

		if (!n->derived) {
			keep_printed(m, n);
			continue;
		}
		d.entity = entity_of(m, n);
		d.host = m->t->blocks[n->block].host;
		if (d.entity)
			buf_add(derived, (struct slice){ (const char *)&d, sizeof(d) });
	}
	m->t->derived = arena_alloc(&m->t->arena, derived->len + 1);
	if (!m->t->derived || derived->error)
		return -ENOMEM;
	if (derived->len)
		memcpy(m->t->derived, derived->at, derived->len);
	m->t->derived_count = derived->len / sizeof(struct mw_derived);
	return 0;
}

static void set_subject(const struct merge *m, struct mw_block *b)
{
	const struct mw_cell_row *row = only_row(b->rows);

	if (!row)
		return;
	b->subject = row->name;
	b->subject_kind = row->kind;
	b->subject_id = row->id;
	if (row->kind == MW_CGROUP && !*row->name)
		b->subject = m->self;
}

int mw_transcript_merge(struct mw_transcript *t, const struct mw_notes *notes)
{
	struct merge m = { .t = t, .notes = notes };
	scoped_buf struct buf derived = { 0 };
	int error;

	m.places = arena_array(&t->arena, t->block_count + 1, sizeof(*m.places));
	m.rows = arena_array(&t->arena, t->block_count + 1, sizeof(*m.rows));
	if (!m.places || !m.rows)
		return -ENOMEM;
	error = find_series(&m);
	index_release(&m.last);
	if (!error)
		error = choose(&m);
	for (m.host = 0; m.host < t->host_count && !error; m.host++) {
		error = merge_host(&m, &derived);
		for (size_t i = 0; i < t->block_count; i++)
			if (t->blocks[i].host == m.host)
				set_subject(&m, &t->blocks[i]);
	}
	return error ? error : keep_notes(&m, &derived);
}
