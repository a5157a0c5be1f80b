#include "collect/cgroup/fast.h"
#include "base/scoped.h"

#include <errno.h>

enum {
	MANY = 2000, /* groups: reading their files once takes longer than starting BPF */
	EVERY = 16,  /* sweeps: then some groups are compared with their text */
	LEARN = 16,  /* groups read for learning in a sweep */
};

int mw_groups_walk(struct mw_groups *g)
{
	return mw_bpf_groups(g->bpf, (int)g->top->handle, g->version, g->sizes, &g->rows);
}

/* How many groups there are, in one line: of the memory controller's hierarchy. */
static uint64_t group_count(struct mw_collect *c)
{
	struct mw_dir root = mw_root(c->source);
	struct slice text, line;
	uint64_t hierarchy, count;

	if (mw_read(&root, "proc/cgroups", &c->text))
		return 0;
	text = buf_slice(&c->text);
	while (slice_line(&text, &line))
		if (slice_word(&line, "memory\t") && slice_u64(&line, &hierarchy) &&
		    slice_u64(&line, &count))
			return count;
	return 0;
}

static bool is_cheaper(struct mw_collect *c)
{
	struct mw_bpf *b = c->source->bpf;

	/* files that only text has are read for each group anyway */
	if (!b || c->want & MW_WANT_CGROUP_DETAIL)
		return false;
	return mw_bpf_works(b, MW_BPF_CGROUP) || mw_bpf_repeats(b) || group_count(c) >= MANY;
}

/* Reading the top's memory.stat makes the kernel add up all groups' counters, as reading each would. */
static int flush(struct mw_groups *g)
{
	int error = mw_read_record(g->top, "memory.stat", &g->c->text);

	return error == -ENOENT ? 0 : error;
}

static int start(struct mw_groups *g)
{
	int error;

	if (!is_cheaper(g->c) || !mw_bpf_need(g->bpf, UINT32_C(1) << MW_BPF_CGROUP))
		return -EOPNOTSUPP;
	g->slots = mw_bpf_group_slots(g->bpf);
	error = g->sizes ? flush(g) : 0;
	if (!error)
		error = mw_groups_walk(g);
	if (error || !g->rows.count || g->rows.count > MW_GROUPS_MAX)
		return -EOPNOTSUPP;
	if (!g->sizes)
		return 0;
	if (!g->slots->states)
		mw_slots_init(g->slots, g->rows.states, g->rows.events,
			      mw_snapshot_machine(g->c->snapshot)->page_size);
	mw_group_plan(&g->plan, g->slots, g->version);
	if (g->slots->ready)
		return 0;
	error = mw_groups_learn_all(g);
	g->slots->ready = !error;
	return error ? -EOPNOTSUPP : 0;
}

/* --- text beside it --------------------------------------------------------------------------- */

static void read_files(struct mw_groups *g, struct mw_entity *e, unsigned files)
{
	scoped_dir struct mw_dir dir = { 0 };
	scoped_buf struct buf path = { 0 };
	int error = e->parent ? mw_open(g->top, e->name + 1, &dir) : 0;

	buf_add(&path, g->mount);
	if (e->parent)
		buf_puts(&path, e->name);
	if (!error)
		mw_group_read(g->reader, e->parent ? &dir : g->top, buf_slice(&path), e, files);
	else if (error != -ENOENT)
		mw_snapshot_problem(g->c->snapshot, buf_slice(&path), 0, error, NULL);
}

static void read_again(struct mw_groups *g, struct mw_entity *e, unsigned files)
{
	mw_group_forget(e);
	mw_set(e, M_CG_VERSION, (uint64_t)g->version);
	read_files(g, e, files);
}

/* Each group from its text after all. */
static void read_all(struct mw_groups *g, unsigned files)
{
	struct mw_entity *e;

	mw_for_each (e, g->c->snapshot, MW_CGROUP)
		read_again(g, e, files);
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Those whose row left something open. */
struct open {
	uint64_t ids[LEARN];
	const char *names[LEARN];
	size_t count;
};

static void fill(struct mw_groups *g, const struct mw_group_row *row, struct mw_entity *e,
		 unsigned files, struct open *open)
{
	unsigned text = files & g->reader->in & MW_FILES_PRESSURE;

	if (mw_group_fill(&g->plan, row, e)) {
		if (open->count < LEARN) {
			open->ids[open->count] = row->id;
			open->names[open->count++] = e->name;
		}
		read_again(g, e, files);
		return;
	}
	g->reader->finish(e);
	if (row->flags & MW_GROUP_UNCOUNTED)
		text |= MW_FILES_PROCESSES;
	if (text)
		read_files(g, e, text);
}

/* @return NULL: out of memory */
static struct mw_entity *add(struct mw_groups *g, const struct mw_group_row *row,
			     struct mw_entity *parent, struct buf *name)
{
	struct mw_entity *e;

	buf_clear(name);
	if (parent && parent->parent)
		buf_puts(name, parent->name);
	buf_char(name, '/');
	if (parent)
		buf_puts(name, row->name);
	e = name->error ? NULL
			: mw_snapshot_add(g->c->snapshot, MW_CGROUP, parent, buf_slice(name),
					  row->id, 0);
	if (e)
		mw_set(e, M_CG_VERSION, (uint64_t)g->version);
	return e;
}

static int add_all(struct mw_groups *g, unsigned files, struct open *open)
{
	struct mw_entity *parent = NULL, *e = NULL;
	scoped_buf struct buf name = { 0 };

	for (size_t i = 0; i < g->rows.count; i++) {
		const struct mw_group_row *row = &g->rows.at[i];

		if (i && parent->id != row->parent)
			parent = mw_snapshot_by_id(g->c->snapshot, MW_CGROUP, row->parent);
		if (i && !parent) {
			/* removed and made again between the two */
			parent = mw_snapshot_at(g->c->snapshot, MW_CGROUP, 0);
			continue;
		}
		e = add(g, row, parent, &name);
		if (!e)
			return -ENOMEM;
		if (i && files)
			fill(g, row, e, files, open);
		else if (!i && files)
			read_files(g, e, files);
		parent = i ? parent : e;
	}
	return 0;
}

/* What a sweep met that was not known; then whether what is known is still so. */
static int look_again(struct mw_groups *g, unsigned files, const struct open *open)
{
	int error = open->count ? mw_groups_learn(g, open->ids, open->names, open->count) : 0;

	if (!error && g->slots->sweeps++ % EVERY == 0)
		error = mw_groups_verify(g);
	if (error == -EBADMSG)
		read_all(g, files);
	return error == -ENOMEM ? error : 0;
}

int mw_groups_fast(struct mw_collect *c, const struct mw_hierarchy *h, const struct mw_dir *top,
		   struct mw_group_reader *reader)
{
	struct mw_groups g = { .c = c,
			       .reader = reader,
			       .top = top,
			       .mount = buf_slice(&h->point),
			       .version = h->version,
			       .sizes = mw_group_files(c->want) != 0,
			       .bpf = c->source->bpf };
	unsigned files = mw_group_files(c->want);
	struct open open = { .count = 0 };
	int error = start(&g);

	if (!error)
		error = add_all(&g, files, &open);
	if (!error && files)
		error = look_again(&g, files, &open);
	return error;
}
