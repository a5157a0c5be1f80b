/* Rows under headings. A heading is a row of its own, of the same kind, that holds sums: so the same
 * columns show it. */
#include "cli/list/grouping.h"
#include "base/scoped.h"
#include "cli/options.h"
#include "model/title.h"

#include <errno.h>
#include <stdlib.h>

/* --- by what ---------------------------------------------------------------------------------- */

static const struct mw_by all[] = {
	{ "pod", M_CG_POD, MW_METRICS },         { "namespace", M_CG_NAMESPACE, M_PD_NAMESPACE },
	{ "owner", M_CG_OWNER, M_PD_OWNER },     { "qos", M_CG_QOS, M_PD_QOS },
	{ "image", M_CG_IMAGE, M_PD_IMAGE },     { "project", M_CG_PROJECT, MW_METRICS },
	{ "runtime", M_CG_RUNTIME, MW_METRICS }, { "slice", MW_METRICS, MW_METRICS },
};

enum { COUNT = sizeof(all) / sizeof(*all) };

static bool is_for(const struct mw_by *by, enum mw_kind kind)
{
	return kind == MW_CGROUP || by->of_pod != MW_METRICS;
}

const struct mw_by *mw_by_find(enum mw_kind kind, const char *name,
			       const struct mw_language *language, struct buf *problem)
{
	bool first = true;

	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(all[i].name, name) && is_for(&all[i], kind))
			return &all[i];
	buf_puts(problem, mw_language_text(language, "--by takes "));
	for (size_t i = 0; i < COUNT; i++) {
		if (!is_for(&all[i], kind))
			continue;
		buf_printf(problem, "%s%s", first ? "" : ", ", all[i].name);
		first = false;
	}
	return NULL;
}

bool mw_role_known(const char *role)
{
	static const char *const roles[] = {
		"container", "sandbox", "pod",   "qos",     "pods",
		"unit",      "slice",   "scope", "session", "machine"
	};

	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (!strcmp(roles[i], role))
			return true;
	return false;
}

/* --- of which heading ------------------------------------------------------------------------- */

/* What the nearest slice above is called: with systemd, a pod is one. */
static const char *slice_of_group(const struct mw_entity *e, struct arena *a)
{
	for (e = e->parent; e; e = e->parent)
		if (slice_ends(slice_of(e->name), ".slice") || !e->parent)
			return mw_group_title_in(a, e);
	return NULL;
}

/* @return NULL: it has none, or no memory */
static const char *heading_of(const struct mw_by *by, const struct mw_entity *e, struct arena *a)
{
	enum mw_metric metric = e->kind == MW_POD ? by->of_pod : by->of_group;
	const char *text, *space;

	if (metric == MW_METRICS)
		return slice_of_group(e, a);
	text = mw_get_text(e, metric);
	space = metric == M_CG_POD ? mw_get_text(e, M_CG_NAMESPACE) : NULL;
	return text && space ? arena_printf(a, "%s/%s", space, text) : text;
}

/* What people take for one thing and no other row holds: a container, a unit outside of containers; where
 * nobody is known, a group with processes of its own. */
static bool is_one_thing(const struct mw_entity *e)
{
	static const char *const things[] = { "unit", "scope", "session", "machine" };

	if (e->kind != MW_CGROUP)
		return true;
	if (mw_group_container(e))
		return mw_group_container(e) == e;
	for (size_t i = 0; i < sizeof(things) / sizeof(*things); i++) {
		if (!mw_group_role_is(e, things[i]))
			continue;
		for (const struct mw_entity *up = e->parent; up; up = up->parent)
			if (mw_group_role_is(up, "unit"))
				return false;
		return true;
	}
	return mw_get(e, M_CG_ROLE).state != MW_OK && mw_get_or(e, M_CG_PROCESSES, 0) && e->parent;
}

/* --- sums ------------------------------------------------------------------------------------- */

static bool adds_up(enum mw_metric metric)
{
	static const enum mw_metric counts[] = { M_CG_PROCESSES, M_CG_RESTARTS, M_CG_OOM_KILLS,
						 M_PD_CONTAINERS, M_PD_RESTARTS };
	const struct mw_metric_info *info = mw_metric_info(metric);

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (metric == counts[i])
			return true;
	return (info->unit == MW_BYTES || info->unit == MW_KIB || info->unit == MW_PAGES) &&
	       info->type == MW_GAUGE && !strstr(info->name, "peak") &&
	       metric != M_CG_EFFECTIVE_LIMIT && metric != M_PD_EFFECTIVE_LIMIT;
}

static void put(struct mw_entity *e, enum mw_metric metric, struct mw_num n)
{
	if (n.state == MW_OK)
		mw_set(e, metric, n.v);
	else
		mw_set_state(e, metric, n.state);
}

/* What one has no limit of, all have no limit of; what is not known of one is not known. */
static struct mw_num plus(struct mw_num a, struct mw_num b)
{
	if (a.state != MW_OK)
		return a;
	return b.state == MW_OK ? (struct mw_num){ a.v + b.v, MW_OK } : b;
}

static struct mw_num least(struct mw_num a, struct mw_num b)
{
	return a.state != MW_OK || (b.state == MW_OK && b.v < a.v) ? b : a;
}

static void add_up(struct mw_row_group *group)
{
	struct mw_entity *sum = group->sum;

	for (enum mw_metric m = sum->first; m < mw_metric_end(sum->kind); m++) {
		bool smallest = m == M_CG_HEADROOM || m == M_PD_HEADROOM;
		struct mw_num n = mw_get(group->at[0], m);

		if (!smallest && !adds_up(m))
			continue;
		for (size_t i = 1; i < group->count; i++)
			n = smallest ? least(n, mw_get(group->at[i], m))
				     : plus(n, mw_get(group->at[i], m));
		put(sum, m, n);
	}
}

static struct mw_entity *new_sum(struct arena *a, enum mw_kind kind, const char *name)
{
	size_t count = mw_metric_end(kind) - mw_metric_first(kind);
	struct mw_entity *e = arena_new(a, struct mw_entity);

	if (!e)
		return NULL;
	*e = (struct mw_entity){
		.kind = kind,
		.first = (uint16_t)mw_metric_first(kind),
		.name = name,
		.values = arena_array(a, count, sizeof(*e->values)),
		.states = arena_array(a, count, sizeof(*e->states)),
	};
	if (!e->values || !e->states)
		return NULL;
	memset(e->states, MW_ABSENT, count);
	return e;
}

/* --- the headings ----------------------------------------------------------------------------- */

/* A row with its heading. */
struct placed {
	struct mw_entity *e;
	const char *heading;
	size_t place; /* among the rows */
};

static int by_heading(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	int order = strcmp(a->heading, b->heading);

	return order ? order : a->place < b->place ? -1 : 1;
}

static int by_sum(const void *left, const void *right, void *context)
{
	const struct mw_row_group *a = left, *b = right;
	const struct mw_sorting *sorting = context;
	enum mw_metric metric = sorting->by.metric;

	if (sorting->by.as == MW_AS_METRIC && adds_up(metric) &&
	    mw_get(a->sum, metric).state == MW_OK && mw_get(b->sum, metric).state == MW_OK) {
		uint64_t x = mw_get(a->sum, metric).v, y = mw_get(b->sum, metric).v;

		if (x != y)
			return (x < y) != sorting->descending ? -1 : 1;
	}
	return a->place < b->place ? -1 : 1;
}

/* Consecutive rows with one heading become a group. @return 0 or -ENOMEM */
static int cut(const struct placed *placed, size_t count, struct arena *a, struct mw_rows *rows)
{
	struct mw_row_group *groups = arena_array(a, count + 1, sizeof(*groups)), *g = NULL;

	if (!groups)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (!i || strcmp(placed[i].heading, placed[i - 1].heading) != 0) {
			g = &groups[rows->group_count++];
			*g = (struct mw_row_group){
				.sum = new_sum(a, placed[i].e->kind, placed[i].heading),
				.at = &rows->at[i],
				.place = placed[i].place,
			};
			if (!g->sum)
				return -ENOMEM;
		}
		rows->at[i] = placed[i].e;
		g->count++;
	}
	for (size_t i = 0; i < rows->group_count; i++)
		add_up(&groups[i]);
	rows->groups = groups;
	rows->count = count;
	return 0;
}

int mw_rows_group(const struct mw_by *by, bool whole, const struct mw_sorting *sorting, size_t most,
		  struct arena *a, struct mw_rows *rows)
{
	scoped_free struct placed *placed = calloc(rows->count + 1, sizeof(*placed));
	struct mw_sorting how = *sorting;
	size_t count = 0;
	int error;

	if (!placed)
		return -ENOMEM;
	for (size_t i = 0; i < rows->count; i++) {
		const char *heading = heading_of(by, rows->at[i], a);

		if (heading && (whole || is_one_thing(rows->at[i])))
			placed[count++] = (struct placed){ rows->at[i], heading, i };
	}
	qsort(placed, count, sizeof(*placed), by_heading);
	error = cut(placed, count, a, rows);
	if (error)
		return error;
	qsort_r(rows->groups, rows->group_count, sizeof(*rows->groups), by_sum, &how);
	rows->group_total = rows->group_count;
	if (most && most < rows->group_count)
		rows->group_count = most;
	return 0;
}
