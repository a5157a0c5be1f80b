/* The same text of the same thing, pasted again: what changed. */
#include "cli/explain/explain.h"

/* Computed and repeated ones that say nothing of their own. */
static bool is_told(enum mw_metric metric)
{
	enum mw_unit unit = mw_metric_info(metric)->unit;

	/* v1's own numbers of a group repeat those with its children */
	return !mw_metric_is_text(metric) && unit != MW_MICRO && metric != M_CG_HEADROOM &&
	       metric != M_CG_EFFECTIVE_LIMIT &&
	       (metric < M_CG_LOCAL_ANON || metric > M_CG_LOCAL_REFAULT_FILE);
}

static const struct mw_entity *find(const struct mw_snapshot *s, const struct mw_entity *e)
{
	struct mw_view view = { .before = s };

	return mw_view_before(&view, e);
}

/* @return how many of the moments have the metric; `changed` whether they differ */
static size_t follow(const struct mw_entity *const *at, size_t count, enum mw_metric metric,
		     struct mw_num *out, bool *changed)
{
	size_t known = 0;
	uint64_t last = 0;

	*changed = false;
	for (size_t i = 0; i < count; i++) {
		out[i] = mw_get(at[i], metric);
		if (out[i].state != MW_OK)
			continue;
		*changed |= known && out[i].v != last;
		last = out[i].v;
		known++;
	}
	return known;
}

size_t mw_explain_series(struct mw_explanation *x, const struct mw_explained *host,
			 const struct mw_entity *e, struct mw_step **out, size_t **which,
			 size_t *moments)
{
	size_t most = mw_metric_end(e->kind) - e->first, steps = 0, n = 0;
	const struct mw_entity **at = arena_array(&x->arena, host->host->count, sizeof(*at));

	*which = arena_array(&x->arena, host->host->count, sizeof(**which));
	*out = arena_array(&x->arena, most, sizeof(**out));
	if (!at || !*which || !*out)
		return 0;
	for (size_t i = 0; i < host->host->count; i++) {
		const struct mw_entity *then = find(host->host->moments[i], e);

		/* every snapshot has the machine's row, filled or not */
		if (!then || (e->kind == MW_NODE && mw_get(then, M_MEM_TOTAL).state != MW_OK))
			continue;
		(*which)[n] = i;
		at[n++] = then;
	}
	*moments = n;
	for (enum mw_metric m = e->first; n > 1 && m < mw_metric_end(e->kind); m++) {
		struct mw_num *values = arena_array(&x->arena, n, sizeof(*values));
		bool changed;

		if (!values)
			return 0;
		if (is_told(m) && follow(at, n, m, values, &changed) > 1 && changed)
			(*out)[steps++] = (struct mw_step){ m, values };
	}
	return steps;
}
