#include "diagnose/container/group.h"

enum { OVER, LOW };

static const struct mw_param params[] = {
	[OVER] = { "over", 0.05, "ratio", N_("of the request: less above it is not worth a word") },
	[LOW] = { "low", 0.1, "ratio",
		  N_("of the machine available, or less: evictions are near, warning") },
	{ 0 },
};

/* A pod as the kubelet sees it: its containers added up. */
struct pod {
	double request, working_set;
	int64_t priority;
};

static bool same_pod(const struct mw_entity *a, const struct mw_entity *b)
{
	const char *pod = mw_get_text(a, M_CG_POD), *other = mw_get_text(b, M_CG_POD);
	const char *space = mw_get_text(a, M_CG_NAMESPACE), *beside;

	if (a == b)
		return true;
	if (!pod || !other || strcmp(pod, other) != 0)
		return false;
	beside = mw_get_text(b, M_CG_NAMESPACE);
	return space == beside || (space && beside && !strcmp(space, beside));
}

static struct pod pod_of(const struct mw_check *c, const struct mw_entity *e)
{
	struct pod pod = { .priority = (int64_t)mw_get_or(e, M_CG_PRIORITY, 0) };
	const struct mw_entity *g;

	mw_for_each (g, c->now, MW_CGROUP)
		if (mw_get(g, M_CG_REQUEST).state == MW_OK && same_pod(e, g)) {
			pod.request += mw_value(g, M_CG_REQUEST);
			pod.working_set += mw_value(g, M_CG_WORKING_SET);
		}
	return pod;
}

/* pkg/kubelet/eviction: above their requests first, then lower priority, then more above. */
static bool goes_before(const struct pod *a, const struct pod *b)
{
	bool over = a->working_set > a->request, other = b->working_set > b->request;

	if (over != other)
		return over;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->working_set - a->request > b->working_set - b->request;
}

/* How many pods there are, or 0 when another one goes first, or when another container of this one
 * tells it. */
static size_t count_if_first(const struct mw_check *c, const struct pod *own)
{
	const struct mw_entity *g;
	size_t count = 1;

	mw_for_each (g, c->now, MW_CGROUP) {
		struct pod other;

		if (g == c->e || mw_get(g, M_CG_REQUEST).state != MW_OK)
			continue;
		if (same_pod(g, c->e)) {
			if (g->index < c->e->index)
				return 0;
			continue;
		}
		other = pod_of(c, g);
		if (goes_before(&other, own))
			return 0;
		count++;
	}
	return count;
}

static enum mw_verdict check(struct mw_check *c)
{
	double available = mw_value(c->node, M_MEM_AVAILABLE);
	double total = mw_value(c->node, M_MEM_TOTAL);
	struct pod own;
	size_t count;

	if (mw_get(c->e, M_CG_REQUEST).state != MW_OK)
		return MW_CLEAR;
	own = pod_of(c, c->e);
	if (!(own.working_set > (1 + c->p[OVER]) * own.request))
		return MW_CLEAR;
	count = count_if_first(c, &own);
	if (!count)
		return MW_CLEAR;
	mw_cite(c, "working_set", MW_FORM_BYTES, own.working_set,
		mw_source_of(c, c->e, M_CG_WORKING_SET));
	mw_cite(c, "request", MW_FORM_BYTES, own.request, N_("the pod's specification"));
	mw_cite_over(c, "over", MW_FORM_BYTES, own.working_set - own.request,
		     "working set - request", c->p[OVER] * own.request);
	mw_cite(c, "pods", MW_FORM_COUNT, (double)count, N_("pods whose request is known"));
	if (count > 1) {
		mw_title(
			c,
			N_("The kubelet would evict {entity} first of {pods} pods: it takes {over} "
			   "more than its request"));
		mw_detail(
			c,
			N_("pods above their request go first, then those of lower priority, then "
			   "those furthest above"));
	} else {
		mw_doubt(c, MW_MEDIUM, N_("the other pods of the node are not known"));
	}
	if (available <= c->p[LOW] * total) {
		mw_level(c, MW_WARNING);
		mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE, c->p[LOW] * total);
		mw_detail(c, N_("the node has {available} available: evictions are near"));
	}
	mw_advise(
		c,
		N_("set its request to what it needs: {working_set} as the kubelet counts, active "
		   "file cache included"));
	mw_avoid(c, N_("raise the limit: eviction goes by the request"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_evict_candidate = {
	.id = "ctr-evict-candidate",
	.level = MW_INFO,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_(
		"{entity} takes {over} more than its request: the kubelet evicts such pods first"),
	.about = N_(
		"When a node runs short the kubelet evicts pods whose working set exceeds their "
		"request first, by priority, then by how far. Only where requests are known."),
	.silent = N_("A pod below its request, however large."),
};
