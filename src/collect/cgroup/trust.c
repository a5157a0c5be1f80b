/* Whether the kernel's numbers are what we take them for: they are read beside its text, between two
 * looks at them, so that what changed meanwhile is not held against them. */
#include "base/scoped.h"
#include "collect/cgroup/fast.h"

#include <errno.h>

enum {
	AT_ONCE = 24,  /* groups read for learning in one round */
	ROUNDS = 12,   /* before the rest is left to text */
	MOST_LOST = 8, /* lines that no slot was left for, before nothing is believed any more */
	CHECKED = 4,   /* groups compared at a time */
	ATTEMPTS = 3,  /* what differs in all of them differs */
	MOST_NUMBERS = 192,
	READING = 64 << 10, /* bytes */
};

/* One line of a group's memory.stat. */
struct number {
	uint8_t line;
	bool own;
	uint64_t v;
};

struct sample {
	uint64_t id;
	struct mw_group_row before;
	struct number numbers[MOST_NUMBERS];
	size_t count;
};

/* --- a group's text --------------------------------------------------------------------------- */

static bool begins_sum(struct slice key)
{
	return slice_begins(key, "pgscan_") || slice_begins(key, "pgsteal_");
}

/* The line of a key that is ours, or part of one; made when it is new. */
static struct mw_slot_line *line_of(struct mw_groups *g, struct slice key, bool *own)
{
	const char *file = g->version == 1 ? "cgroup1/memory.stat" : "cgroup2/memory.stat";
	struct slice name = key;
	struct mw_slot_line *line;
	size_t count, known = g->slots->count, i = 0;
	const struct mw_place *places = mw_places(&count);

	*own = g->version == 1 && !slice_word(&name, "total_");
	while (i < count && !(places[i].key && places[i].file && slice_is(key, places[i].key) &&
			      !strcmp(places[i].file, file)))
		i++;
	if ((i == count && !begins_sum(key)) || slice_begins(key, "hierarchical_"))
		return NULL;
	line = mw_slots_line(g->slots, name, i < count && places[i].unit == MW_BYTES);
	if (line && g->slots->count > known)
		line->all = line->own = MW_METRICS;
	if (line && i < count)
		*(*own ? &line->own : &line->all) = places[i].metric;
	return line;
}

static void parse(struct mw_groups *g, struct slice text, struct sample *s)
{
	struct slice line, key;

	s->count = 0;
	while (slice_line(&text, &line) && s->count < MOST_NUMBERS) {
		struct number *n = &s->numbers[s->count];
		struct mw_slot_line *found;

		if (!slice_token(&line, &key))
			continue;
		found = line_of(g, key, &n->own);
		if (!found || !slice_u64(&line, &n->v))
			continue;
		n->line = (uint8_t)(found - g->slots->at);
		s->count++;
	}
}

static int read_stat(struct mw_groups *g, const char *name, struct sample *s)
{
	scoped_buf struct buf path = { 0 };
	int error;

	buf_printf(&path, "%s/memory.stat", name + 1);
	error = path.error ? path.error : mw_read_record(g->top, path.at, &g->c->text);
	if (!error)
		parse(g, buf_slice(&g->c->text), s);
	return error;
}

/* --- learning --------------------------------------------------------------------------------- */

static const struct mw_group_row *row_of(const struct mw_groups *g, uint64_t id)
{
	for (size_t i = 0; i < g->rows.count; i++)
		if (g->rows.at[i].id == id)
			return &g->rows.at[i];
	return NULL;
}

static void learn_from(struct mw_groups *g, const struct sample *s)
{
	const struct mw_group_row *after = row_of(g, s->id);

	for (size_t i = 0; after && i < s->count; i++) {
		const struct number *n = &s->numbers[i];

		mw_slots_learn(g->slots, &g->slots->at[n->line], n->v,
			       n->own ? &s->before.local : &s->before.all,
			       n->own ? &after->local : &after->all);
	}
}

int mw_groups_learn(struct mw_groups *g, const uint64_t *ids, const char *const *names,
		    size_t count)
{
	scoped_free struct sample *samples = calloc(count, sizeof(*samples));
	int error;

	if (!samples)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const struct mw_group_row *row = row_of(g, ids[i]);

		samples[i].id = ids[i];
		if (!row)
			continue;
		samples[i].before = *row;
		error = read_stat(g, names[i], &samples[i]);
		if (error == -ENOMEM)
			return error;
	}
	mw_slots_sums(g->slots);
	error = mw_groups_walk(g);
	for (size_t i = 0; !error && i < count; i++)
		learn_from(g, &samples[i]);
	mw_group_plan(&g->plan, g->slots, g->version);
	return error;
}

/* --- rows of our own -------------------------------------------------------------------------- */

/* Two moments of one group as its row told, and its text between. */
struct moments {
	struct mw_entity *before, *text, *after;
};

struct scratch {
	struct mw_snapshot *s;
	struct mw_collect c;
	struct moments at[CHECKED];
};

static void scratch_release(struct scratch *x)
{
	buf_release(&x->c.text);
	mw_snapshot_free(x->s);
}

static struct mw_entity *add_copy(struct scratch *x, const struct mw_entity *of)
{
	return mw_snapshot_add(x->s, MW_CGROUP, of ? of->parent : NULL,
			       slice_of(of ? of->name : "/"), of ? of->id : 0, 0);
}

static int scratch_add(struct scratch *x, struct moments *m, const struct mw_entity *of)
{
	*m = (struct moments){ add_copy(x, of), add_copy(x, of), add_copy(x, of) };
	return m->before && m->text && m->after ? 0 : -ENOMEM;
}

static int scratch_init(struct scratch *x, const struct mw_groups *g)
{
	*x = (struct scratch){ .s = mw_snapshot_new(mw_snapshot_machine(g->c->snapshot)) };
	x->c = (struct mw_collect){ .source = g->c->source, .snapshot = x->s };
	return x->s ? 0 : -ENOMEM;
}

/* The text readers' row, without what they would say of it. */
static int read_text(struct mw_groups *g, struct scratch *x, const char *name,
		     struct mw_entity *text)
{
	scoped_dir struct mw_dir dir = { 0 };
	struct mw_collect *c = g->reader->c;
	int error = mw_open(g->top, name + 1, &dir);

	if (error)
		return error;
	g->reader->c = &x->c;
	mw_group_forget(text);
	mw_group_read(g->reader, &dir, SLICE(""), text, MW_FILES_USUAL);
	g->reader->c = c;
	return 0;
}

/* --- learning all ----------------------------------------------------------------------------- */

/* Path of a row below the mount: through its parents. */
static int path_of(const struct mw_groups *g, const struct mw_group_row *row, struct arena *a,
		   const char **out)
{
	const struct mw_group_row *chain[256];
	scoped_buf struct buf path = { 0 };
	size_t depth = 0;

	for (; row && row != g->rows.at && depth < 256; row = row_of(g, row->parent))
		chain[depth++] = row;
	while (depth--) {
		buf_char(&path, '/');
		buf_puts(&path, chain[depth]->name);
	}
	*out = path.error ? NULL : arena_copy(a, buf_slice(&path));
	return *out ? 0 : -ENOMEM;
}

/* Groups whose numbers are not all known, from all over the machine. @return how many, or -errno */
static int pick(struct mw_groups *g, struct scratch *x, struct arena *a, uint64_t *ids,
		const char **names)
{
	size_t step = g->rows.count / AT_ONCE + 1, picked = 0;

	for (size_t first = 0; first < step && picked < AT_ONCE; first++)
		for (size_t i = first; i < g->rows.count && picked < AT_ONCE; i += step) {
			const struct mw_group_row *row = &g->rows.at[i];

			if (!i || !(row->flags & MW_GROUP_MEMORY))
				continue;
			if (g->slots->count && !mw_group_fill(&g->plan, row, x->at->before))
				continue;
			if (path_of(g, row, a, &names[picked]))
				return -ENOMEM;
			ids[picked++] = row->id;
		}
	return (int)picked;
}

static void off(struct mw_groups *g, const char *group, const char *what, const char *why)
{
	scoped_buf struct buf path = { 0 };

	buf_add(&path, g->mount);
	buf_printf(&path, "%s/%s", group, what);
	mw_snapshot_problem(g->c->snapshot, buf_slice(&path), 0, -EBADMSG, why);
	mw_bpf_distrust(g->bpf, MW_BPF_CGROUP, why);
}

/* Which files there are, by the first group that has any. */
static int look_at_files(struct mw_groups *g, struct scratch *x, struct arena *a)
{
	struct mw_entity *text = x->at->text;

	for (size_t i = 1; i < g->rows.count; i++) {
		const char *name;

		if (!(g->rows.at[i].flags & MW_GROUP_MEMORY))
			continue;
		if (path_of(g, &g->rows.at[i], a, &name))
			return -ENOMEM;
		if (read_text(g, x, name, text) || mw_get(text, M_CG_USAGE).state != MW_OK)
			continue;
		g->slots->given = mw_group_given(text, g->version);
		return 0;
	}
	return 0;
}

static int learn_rounds(struct mw_groups *g, struct scratch *x)
{
	scoped_arena struct arena a = { 0 };
	uint64_t ids[AT_ONCE];
	const char *names[AT_ONCE];
	int error = look_at_files(g, x, &a);

	for (int round = 0; !error && round < ROUNDS; round++) {
		int count = pick(g, x, &a, ids, names);

		if (count <= 0)
			return count;
		error = mw_groups_learn(g, ids, names, (size_t)count);
		if (g->slots->lost > MOST_LOST) {
			off(g, "", "memory.stat",
			    N_("its lines are not the numbers that the kernel keeps: BPF is not used for groups"));
			return -EBADMSG;
		}
	}
	return error;
}

int mw_groups_learn_all(struct mw_groups *g)
{
	struct scratch x;
	int error = scratch_init(&x, g) ?: scratch_add(&x, x.at, NULL);

	if (!error)
		error = learn_rounds(g, &x);
	scratch_release(&x);
	return error;
}

/* --- verifying -------------------------------------------------------------------------------- */

/* Reading text takes memory of whoever reads: an open file, a page or two for the text. In the reader's
 * own group it is counted while the text is written, and gone before one looks again. */
static bool is_ours(enum mw_metric metric, uint64_t v, uint64_t text)
{
	bool counts = metric == M_CG_USAGE || metric == M_CG_MEMSW_USAGE || metric == M_CG_KERNEL;

	return counts && text > v && text - v <= READING;
}

static bool differs(enum mw_metric metric, struct mw_num n, struct mw_num text)
{
	if (n.state != text.state)
		return true;
	return n.state == MW_OK && n.v != text.v && !is_ours(metric, n.v, text.v);
}

/* The first metric whose text was another number than before and after. @return MW_METRICS: none */
static enum mw_metric difference(const struct moments *x)
{
	for (enum mw_metric m = mw_metric_first(MW_CGROUP); m < mw_metric_end(MW_CGROUP); m++) {
		struct mw_num a = mw_get(x->before, m), b = mw_get(x->after, m),
			      text = mw_get(x->text, m);
		bool moved = a.state != b.state || (a.state == MW_OK && a.v != b.v);

		if (!moved && differs(m, a, text))
			return m;
	}
	return MW_METRICS;
}

/* @return whether there is something to compare: not of a group that is gone, or not known */
static bool look_before(struct mw_groups *g, struct scratch *x, struct moments *m,
			const struct mw_entity *e)
{
	const struct mw_group_row *row = row_of(g, e->id);

	return row && !mw_group_fill(&g->plan, row, m->before) &&
	       !read_text(g, x, e->name, m->text);
}

static enum mw_metric look_after(struct mw_groups *g, struct moments *m, const struct mw_entity *e)
{
	const struct mw_group_row *row = row_of(g, e->id);

	if (!row || mw_group_fill(&g->plan, row, m->after))
		return MW_METRICS;
	g->reader->finish(m->before);
	g->reader->finish(m->after);
	/* its row does not tell */
	if (mw_get(m->before, M_CG_PROCESSES).state == MW_ABSENT)
		mw_set_state(m->text, M_CG_PROCESSES, MW_ABSENT);
	return difference(m);
}

/* Leaves those that differ. @metric the first one's that does */
static int compare(struct mw_groups *g, struct scratch *x, const struct mw_entity **groups,
		   size_t *count, enum mw_metric *metric)
{
	bool looked[CHECKED] = { false };
	size_t left = 0;
	int error = 0;

	for (size_t i = 0; !error && i < *count; i++) {
		error = scratch_add(x, &x->at[i], groups[i]);
		looked[i] = !error && look_before(g, x, &x->at[i], groups[i]);
	}
	if (!error)
		error = mw_groups_walk(g);
	for (size_t i = 0; !error && i < *count; i++) {
		enum mw_metric m = looked[i] ? look_after(g, &x->at[i], groups[i]) : MW_METRICS;

		if (m == MW_METRICS)
			continue;
		*metric = left ? *metric : m;
		groups[left++] = groups[i];
	}
	*count = left;
	return error;
}

/* Whose turn it is. The first is the top, which is read as text. */
static size_t choose(struct mw_groups *g, const struct mw_entity **groups)
{
	size_t all = mw_snapshot_count(g->c->snapshot, MW_CGROUP), count = 0;

	while (count < CHECKED && count + 1 < all)
		groups[count++] = mw_snapshot_at(g->c->snapshot, MW_CGROUP,
						 1 + g->slots->next++ % (all - 1));
	return count;
}

int mw_groups_verify(struct mw_groups *g)
{
	const struct mw_entity *groups[CHECKED];
	size_t count = choose(g, groups);
	enum mw_metric metric = MW_METRICS;
	struct scratch x;
	int error = scratch_init(&x, g);

	for (int i = 0; !error && count && i < ATTEMPTS; i++)
		error = compare(g, &x, groups, &count, &metric);
	scratch_release(&x);
	if (error || !count)
		return error;
	off(g, groups[0]->name, mw_metric_info(metric)->name,
	    N_("another number in the kernel than in its text: BPF is not used for groups any more"));
	return -EBADMSG;
}
