#include "model/snapshot.h"
#include "base/index.h"
#include "base/scoped.h"

#include <errno.h>

enum { BLOCK_ROWS = 128, MAX_PROBLEMS = 200, MAX_RUNS = 64 };

/* Rows live in blocks, so that their addresses never change. */
struct table {
	struct mw_entity **blocks;
	size_t count, block_room;
	enum mw_metric first;
	size_t width;
	struct index by_id, by_name;
};

struct mw_snapshot {
	struct arena arena;
	struct mw_machine machine;
	struct table tables[MW_KINDS];
	struct mw_problem *problems;
	size_t problem_count;
	struct mw_run *runs;
	size_t run_count;
	struct mw_run *running;
	enum mw_state klog_state;
	struct slice klog;
	const struct mw_oom_report *const *ooms;
	size_t oom_count;
	const uint64_t *inodes;
	size_t inode_count;
};

static const char *const state_names[MW_STATES] = {
	[MW_ABSENT] = "absent",       [MW_OK] = "ok",
	[MW_UNLIMITED] = "unlimited", [MW_DENIED] = "denied",
	[MW_VANISHED] = "vanished",   [MW_MALFORMED] = "malformed",
	[MW_SKIPPED] = "skipped",
};

const char *mw_state_name(enum mw_state state)
{
	return state_names[state];
}

enum mw_state mw_state_of(int error)
{
	switch (error < 0 ? -error : error) {
	case 0: return MW_OK;
	case ENOENT:
	case ENOTDIR:
	case EOPNOTSUPP: return MW_ABSENT;
	case EACCES:
	case EPERM: return MW_DENIED;
	case ESRCH:
	case ENODEV: return MW_VANISHED;
	case ECANCELED: return MW_SKIPPED;
	default: return MW_MALFORMED;
	}
}

/* Only these kinds have many rows and are looked up. Processes are not looked up by name: thousands
 * may have the same one, and each would be compared with all before it. */
static bool indexed_by_id(enum mw_kind kind)
{
	return kind == MW_CGROUP || kind == MW_PROCESS || kind == MW_POD || kind == MW_FILE;
}

static bool indexed_by_name(enum mw_kind kind)
{
	return kind == MW_CGROUP || kind == MW_POD;
}

/* Files of several file systems and groups have the same number; thousands may. */
static uint64_t hash_of_id(enum mw_kind kind, const struct mw_entity *parent, uint64_t id,
			   uint64_t birth)
{
	if (kind != MW_FILE)
		return hash_u64(id);
	return hash_u64(hash_u64(hash_u64(id) + birth) + (parent ? parent->id : 0));
}

struct mw_snapshot *mw_snapshot_new(const struct mw_machine *machine)
{
	struct mw_snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->machine = *machine;
	for (enum mw_kind k = 0; k < MW_KINDS; k++) {
		s->tables[k].first = mw_metric_first(k);
		s->tables[k].width = mw_metric_end(k) - s->tables[k].first;
	}
	s->problems = arena_array(&s->arena, MAX_PROBLEMS, sizeof(*s->problems));
	s->runs = arena_array(&s->arena, MAX_RUNS, sizeof(*s->runs));
	if (!s->problems || !s->runs || !mw_snapshot_add(s, MW_NODE, NULL, SLICE("node"), 0, 0)) {
		mw_snapshot_free(s);
		return NULL;
	}
	return s;
}

void mw_snapshot_free(struct mw_snapshot *s)
{
	if (!s)
		return;
	for (enum mw_kind k = 0; k < MW_KINDS; k++) {
		index_release(&s->tables[k].by_id);
		index_release(&s->tables[k].by_name);
	}
	arena_release(&s->arena);
	free(s);
}

void mw_snapshot_seal(struct mw_snapshot *s)
{
	arena_seal(&s->arena);
}

const struct mw_machine *mw_snapshot_machine(const struct mw_snapshot *s)
{
	return &s->machine;
}

struct arena *mw_snapshot_arena(struct mw_snapshot *s)
{
	return &s->arena;
}

void mw_snapshot_set_klog(struct mw_snapshot *s, enum mw_state state, struct slice text)
{
	s->klog_state = state;
	s->klog = text;
}

enum mw_state mw_snapshot_klog(const struct mw_snapshot *s, struct slice *text)
{
	if (s->klog_state == MW_OK)
		*text = s->klog;
	return s->klog_state;
}

void mw_snapshot_set_ooms(struct mw_snapshot *s, const struct mw_oom_report *const *reports,
			  size_t count)
{
	s->ooms = reports;
	s->oom_count = count;
}

size_t mw_snapshot_ooms(const struct mw_snapshot *s, const struct mw_oom_report *const **out)
{
	*out = s->ooms;
	return s->oom_count;
}

static struct mw_entity *add_block(struct arena *a, struct table *t)
{
	size_t at = t->count / BLOCK_ROWS;
	struct mw_entity *rows;
	uint64_t *values;
	uint8_t *states;

	if (at == t->block_room) {
		size_t room = t->block_room ? t->block_room * 2 : 8;
		struct mw_entity **blocks = arena_array(a, room, sizeof(*blocks));

		if (!blocks)
			return NULL;
		if (at)
			memcpy(blocks, t->blocks, at * sizeof(*blocks));
		t->blocks = blocks;
		t->block_room = room;
	}
	rows = arena_array(a, BLOCK_ROWS, sizeof(*rows));
	values = arena_array(a, BLOCK_ROWS * t->width, sizeof(*values));
	states = arena_array(a, BLOCK_ROWS * t->width, sizeof(*states));
	if (!rows || !values || !states)
		return NULL;
	for (size_t i = 0; i < BLOCK_ROWS; i++) {
		rows[i].values = values + i * t->width;
		rows[i].states = states + i * t->width;
	}
	return t->blocks[at] = rows;
}

struct mw_entity *mw_snapshot_add(struct mw_snapshot *s, enum mw_kind kind,
				  struct mw_entity *parent, struct slice name, uint64_t id,
				  uint64_t birth)
{
	struct table *t = &s->tables[kind];
	struct mw_entity *e;
	char *copy = arena_copy(&s->arena, name);

	if (!copy || t->count >= UINT32_MAX - 1)
		return NULL;
	if (t->count % BLOCK_ROWS == 0 && !add_block(&s->arena, t))
		return NULL;
	e = &t->blocks[t->count / BLOCK_ROWS][t->count % BLOCK_ROWS];
	e->kind = kind;
	e->first = (uint16_t)t->first;
	e->index = (uint32_t)t->count;
	e->parent = parent;
	e->name = copy;
	e->id = id;
	e->birth = birth;
	if (indexed_by_id(kind) &&
	    index_add(&t->by_id, hash_of_id(kind, parent, id, birth), e->index))
		return NULL;
	if (indexed_by_name(kind) && index_add(&t->by_name, hash_bytes(name), e->index))
		return NULL;
	t->count++;
	return e;
}

size_t mw_snapshot_count(const struct mw_snapshot *s, enum mw_kind kind)
{
	return s->tables[kind].count;
}

struct mw_entity *mw_snapshot_at(const struct mw_snapshot *s, enum mw_kind kind, size_t row)
{
	return &s->tables[kind].blocks[row / BLOCK_ROWS][row % BLOCK_ROWS];
}

struct mw_entity *mw_snapshot_node(const struct mw_snapshot *s)
{
	return mw_snapshot_at(s, MW_NODE, 0);
}

struct lookup {
	const struct mw_snapshot *snapshot;
	enum mw_kind kind;
};

static bool same_id(uint32_t row, const void *key, const void *context)
{
	const struct lookup *l = context;

	return mw_snapshot_at(l->snapshot, l->kind, row)->id == *(const uint64_t *)key;
}

static bool same_name(uint32_t row, const void *key, const void *context)
{
	const struct lookup *l = context;

	return slice_is(*(const struct slice *)key,
			mw_snapshot_at(l->snapshot, l->kind, row)->name);
}

static struct mw_entity *row_or_none(const struct mw_snapshot *s, enum mw_kind kind, uint32_t row)
{
	return row == INDEX_NONE ? NULL : mw_snapshot_at(s, kind, row);
}

/* Kinds without an index have few rows. */
static uint32_t scan(const struct lookup *l, index_match_fn match, const void *key)
{
	size_t count = mw_snapshot_count(l->snapshot, l->kind);

	for (uint32_t row = 0; row < count; row++)
		if (match(row, key, l))
			return row;
	return INDEX_NONE;
}

struct mw_entity *mw_snapshot_by_id(const struct mw_snapshot *s, enum mw_kind kind, uint64_t id)
{
	struct lookup l = { s, kind };

	return row_or_none(
		s, kind,
		indexed_by_id(kind) && kind != MW_FILE
			? index_find(&s->tables[kind].by_id, hash_u64(id), same_id, &id, &l)
			: scan(&l, same_id, &id));
}

/* Removed groups are rows of the group above them: the id that was counted for tells them apart. */
static bool same_file(uint32_t number, const void *key, const void *context)
{
	const struct lookup *l = context;
	const struct mw_entity *a = key, *b = mw_snapshot_at(l->snapshot, MW_FILE, number);
	uint64_t above = a->parent ? a->parent->id : 0, of = b->parent ? b->parent->id : 0;

	return a->id == b->id && a->birth == b->birth && above == of &&
	       mw_get_or(a, M_F_GROUP, 0) == mw_get_or(b, M_F_GROUP, 0);
}

struct mw_entity *mw_snapshot_file(const struct mw_snapshot *s, const struct mw_entity *file)
{
	struct lookup l = { s, MW_FILE };

	return row_or_none(s, MW_FILE,
			   index_find(&s->tables[MW_FILE].by_id,
				      hash_of_id(MW_FILE, file->parent, file->id, file->birth),
				      same_file, file, &l));
}

struct mw_entity *mw_snapshot_by_name(const struct mw_snapshot *s, enum mw_kind kind,
				      struct slice name)
{
	struct lookup l = { s, kind };

	return row_or_none(s, kind,
			   indexed_by_name(kind)
				   ? index_find(&s->tables[kind].by_name, hash_bytes(name),
						same_name, &name, &l)
				   : scan(&l, same_name, &name));
}

void mw_set_unit(struct mw_entity *e, enum mw_metric metric, uint64_t value, enum mw_unit unit,
		 uint32_t page_size)
{
	uint64_t factor = unit == MW_KIB ? 1024 : unit == MW_PAGES ? page_size : 1;
	uint64_t product;

	if (unit == MW_NS)
		value /= 1000;
	if (__builtin_mul_overflow(value, factor, &product))
		mw_set_state(e, metric, MW_MALFORMED);
	else
		mw_set(e, metric, product);
}

void mw_set_text(struct mw_snapshot *s, struct mw_entity *e, enum mw_metric metric,
		 struct slice text)
{
	const char *copy = arena_copy(&s->arena, text);

	if (copy)
		mw_set(e, metric, (uintptr_t)copy);
}

/* @return the new entry, or NULL: counted with one that was there, or there is no room */
static struct mw_problem *add_problem(struct mw_snapshot *s, struct slice path, uint32_t line,
				      int error, const char *what)
{
	struct slice file = slice_last(path, '/');
	struct mw_problem *new;
	const char *copy;

	error = error < 0 ? -error : error;
	if (s->running)
		s->running->problems++;
	for (size_t i = 0; i < s->problem_count; i++) {
		struct mw_problem *p = &s->problems[i];

		if (p->error == error && p->line == line &&
		    slice_equal(slice_last(slice_of(p->path), '/'), file)) {
			p->count++;
			return NULL;
		}
	}
	copy = s->problem_count < MAX_PROBLEMS ? arena_copy(&s->arena, path) : NULL;
	if (!copy)
		return NULL;
	new = &s->problems[s->problem_count++];
	*new = (struct mw_problem){ copy, what, line, error, .count = 1 };
	return new;
}

void mw_snapshot_problem(struct mw_snapshot *s, struct slice path, uint32_t line, int error,
			 const char *what)
{
	add_problem(s, path, line, error, what);
}

void mw_snapshot_problem_again(struct mw_snapshot *s, struct slice path, int error,
			       const char *what, uint32_t seconds)
{
	struct mw_problem *p = add_problem(s, path, 0, error, what);

	if (p)
		p->again = seconds;
}

size_t mw_snapshot_problems(const struct mw_snapshot *s, const struct mw_problem **out)
{
	*out = s->problems;
	return s->problem_count;
}

void mw_snapshot_set_inodes(struct mw_snapshot *s, const uint64_t *at, size_t count)
{
	s->inodes = at;
	s->inode_count = count;
}

uint64_t mw_snapshot_inode(const struct mw_snapshot *s, const struct mw_entity *file)
{
	return file->kind == MW_FILE && file->index < s->inode_count ? s->inodes[file->index] : 0;
}

struct mw_run *mw_snapshot_run_begin(struct mw_snapshot *s, const char *name, int64_t clock)
{
	struct mw_run *r = s->run_count < MAX_RUNS ? &s->runs[s->run_count++] : NULL;

	if (r)
		*r = (struct mw_run){ .name = name, .duration = -clock };
	return s->running = r;
}

void mw_snapshot_run_end(struct mw_snapshot *s, struct mw_run *run, int status, int64_t clock)
{
	s->running = NULL;
	if (!run)
		return;
	run->status = status;
	run->duration += clock;
}

size_t mw_snapshot_runs(const struct mw_snapshot *s, const struct mw_run **out)
{
	*out = s->runs;
	return s->run_count;
}
