#include "diagnose/diagnose.h"

#include <errno.h>
#include <stdlib.h>

enum { MOST_PARAMS = 16 };

/* A finding while it is sorted among the others. */
struct fired {
	struct mw_finding *finding;
	const struct mw_rule *rule;
	size_t cause;        /* its number, or NONE */
	enum mw_level worst; /* of its whole group: of the head, the others follow it */
	size_t head;         /* the number of the group's first */
	size_t order;        /* in which it was found */
};

#define NONE SIZE_MAX

struct engine {
	const struct mw_evidence *evidence;
	const struct mw_params *params;
	const struct mw_entity *about;
	struct arena *arena;
	struct fired *fired;
	size_t count, room;
	struct mw_cannot_tell *unknown;
	size_t unknown_count, unknown_room;
	int error;
};

/* Room for one more. */
static bool grow(struct engine *g, void *array, size_t size, size_t count, size_t *room)
{
	size_t wanted = *room ? *room * 2 : 32;
	void **old = array, *bigger;

	if (count < *room)
		return true;
	bigger = arena_array(g->arena, wanted, size);
	if (!bigger) {
		g->error = -ENOMEM;
		return false;
	}
	if (count)
		memcpy(bigger, *old, count * size);
	*old = bigger;
	*room = wanted;
	return true;
}

/* --- one rule, one entity --------------------------------------------------------------------- */

static void keep(struct engine *g, const struct mw_rule *rule, struct mw_finding *f)
{
	if (!grow(g, &g->fired, sizeof(*g->fired), g->count, &g->room))
		return;
	g->fired[g->count] = (struct fired){ f, rule, NONE, f->level, g->count, g->count };
	g->count++;
}

/* The same is missing of many processes: the first, with its command, stands for all. */
static bool is_same(const struct mw_cannot_tell *a, const char *id, const char *missing)
{
	return a->id == id && a->missing == missing;
}

static void keep_unknown(struct engine *g, const struct mw_rule *rule, const struct mw_check *c)
{
	for (size_t i = 0; i < g->unknown_count; i++)
		if (is_same(&g->unknown[i], rule->id, c->missing)) {
			g->unknown[i].entities++;
			return;
		}
	if (!grow(g, &g->unknown, sizeof(*g->unknown), g->unknown_count, &g->unknown_room))
		return;
	g->unknown[g->unknown_count++] = (struct mw_cannot_tell){
		.id = rule->id,
		.entity = c->e,
		.entities = 1,
		.missing = c->missing,
		.cited = c->f->cited,
		.next = c->ask,
	};
}

static void check(struct engine *g, const struct mw_rule *rule, const double *p,
		  const struct mw_entity *e)
{
	struct mw_finding found = {
		.id = rule->id,
		.level = rule->level,
		.confidence = MW_HIGH,
		.entity = e,
		.title = rule->title,
	};
	struct mw_check c = {
		.evidence = g->evidence,
		.now = g->evidence->view.now,
		.node = mw_snapshot_node(g->evidence->view.now),
		.e = e,
		.p = p,
		.arena = g->arena,
		.f = &found,
	};
	enum mw_verdict verdict = rule->check(&c);

	if (verdict == MW_FIRES) {
		struct mw_finding *f = arena_new(g->arena, struct mw_finding);

		if (!f) {
			g->error = -ENOMEM;
			return;
		}
		*f = found;
		keep(g, rule, f);
	} else if (verdict == MW_UNKNOWN) {
		keep_unknown(g, rule, &c);
	}
}

static bool concerns(const struct engine *g, const struct mw_entity *e)
{
	const struct mw_entity *about = g->about;

	if (!about || about->kind == MW_NODE)
		return !about || e->kind == MW_NODE;
	/* a group that a process or group is in may be why it is ill */
	return mw_inside(e, about) || (e->kind == MW_CGROUP && mw_inside(about, e));
}

static void apply(struct engine *g, const struct mw_rule *rule)
{
	const struct mw_snapshot *now = g->evidence->view.now;
	double p[MOST_PARAMS] = { 0 };
	const struct mw_entity *e;

	for (size_t i = 0; rule->params && rule->params[i].name && i < MOST_PARAMS; i++)
		p[i] = mw_params_get(g->params, rule, i);
	mw_for_each (e, now, rule->kind)
		if (concerns(g, e) && !g->error)
			check(g, rule, p, e);
}

/* --- grouping --------------------------------------------------------------------------------- */

static bool explains(const struct mw_rule *rule, const char *id)
{
	for (const char *const *x = rule->explains; x && *x; x++)
		if (!strcmp(*x, id))
			return true;
	return false;
}

static bool related(const struct mw_entity *a, const struct mw_entity *b)
{
	return a->kind == MW_NODE || b->kind == MW_NODE || mw_inside(a, b) || mw_inside(b, a);
}

static size_t head_of(const struct engine *g, size_t i)
{
	/* rules that explain each other must not send us round in circles */
	for (size_t steps = 0; g->fired[i].cause != NONE && steps < g->count; steps++)
		i = g->fired[i].cause;
	return i;
}

/* The nearest cause: of the same entity before one of another. */
static void find_cause(struct engine *g, size_t i)
{
	const struct mw_finding *f = g->fired[i].finding;

	for (size_t k = 0; k < g->count; k++) {
		const struct mw_finding *cause = g->fired[k].finding;
		bool nearer = g->fired[i].cause == NONE || cause->entity == f->entity;

		if (k == i || !nearer || !explains(g->fired[k].rule, f->id) ||
		    !related(cause->entity, f->entity) || head_of(g, k) == i)
			continue;
		g->fired[i].cause = k;
	}
}

static void group(struct engine *g)
{
	for (size_t i = 0; i < g->count; i++)
		find_cause(g, i);
	for (size_t i = 0; i < g->count; i++) {
		struct fired *f = &g->fired[i], *head;

		f->head = head_of(g, i);
		head = &g->fired[f->head];
		if (f->finding->level > head->worst)
			head->worst = f->finding->level;
		if (f->cause != NONE)
			f->finding->cause = head->finding;
	}
	for (size_t i = 0; i < g->count; i++)
		g->fired[i].worst = g->fired[g->fired[i].head].worst;
}

static int compare(const void *a, const void *b)
{
	const struct fired *x = a, *y = b;

	if (x->worst != y->worst)
		return x->worst > y->worst ? -1 : 1;
	if (x->head != y->head)
		return x->head < y->head ? -1 : 1;
	if ((x->cause == NONE) != (y->cause == NONE))
		return x->cause == NONE ? -1 : 1;
	if (x->finding->level != y->finding->level)
		return x->finding->level > y->finding->level ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* --- all -------------------------------------------------------------------------------------- */

int mw_diagnose(const struct mw_evidence *evidence, const struct mw_params *params,
		const struct mw_entity *about, struct arena *arena, struct mw_diagnosis *out)
{
	struct engine g = {
		.evidence = evidence, .params = params, .about = about, .arena = arena
	};
	struct mw_finding **findings;

	for (const struct mw_rule *const *rule = mw_rules; *rule; rule++)
		apply(&g, *rule);
	group(&g);
	if (g.count)
		qsort(g.fired, g.count, sizeof(*g.fired), compare);
	findings = arena_array(arena, g.count + 1, sizeof(struct mw_finding *));
	if (!findings || g.error)
		return -ENOMEM;
	for (size_t i = 0; i < g.count; i++)
		findings[i] = g.fired[i].finding;
	*out = (struct mw_diagnosis){
		.findings = findings,
		.count = g.count,
		.cannot_tell = g.unknown,
		.cannot_tell_count = g.unknown_count,
	};
	return 0;
}

uint32_t mw_diagnose_more(const struct mw_snapshot *s)
{
	uint32_t want = 0;

	for (const struct mw_rule *const *rule = mw_rules; *rule; rule++)
		if ((*rule)->more)
			want |= (*rule)->more(s);
	return want;
}

enum mw_level mw_diagnosis_worst(const struct mw_diagnosis *d)
{
	enum mw_level worst = MW_LEVELS;

	for (size_t i = 0; i < d->count; i++)
		if (worst == MW_LEVELS || d->findings[i]->level > worst)
			worst = d->findings[i]->level;
	return worst;
}

const struct mw_rule *mw_rule_find(const char *id)
{
	for (const struct mw_rule *const *rule = mw_rules; *rule; rule++)
		if (!strcmp((*rule)->id, id))
			return *rule;
	return NULL;
}
