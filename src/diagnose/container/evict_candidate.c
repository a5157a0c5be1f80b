#include "diagnose/container/group.h"
#include "ledger/eviction.h"
#include "ledger/pods.h"

enum { OVER, LOW };

static const struct mw_param params[] = {
	[OVER] = { "over", 0.05, "ratio", N_("of the request: less above it is not worth a word") },
	[LOW] = { "low", 0.1, "ratio",
		  N_("of the machine above the kubelet's threshold, or less: evictions are near, "
		     "warning") },
	{ 0 },
};

/* A pod's finding is told of its group, or else of its first container. */
static bool is_told_here(const struct mw_check *c, const struct mw_entity *pod)
{
	const struct mw_entity *g;

	if (pod->parent)
		return pod->parent == c->e;
	mw_for_each (g, c->now, MW_CGROUP)
		if (mw_pod_of(c->now, g) == pod)
			return g == c->e;
	return false;
}

/* How many pods the order is about, and what it does not know of them. */
struct others {
	size_t ranked, unranked, without_priority;
};

static struct others count_others(const struct mw_eviction *order, size_t count)
{
	struct others o = { 0 };

	for (size_t i = 0; i < count; i++) {
		bool asks = order[i].standing == MW_EVICT_NO_REQUEST ||
			    order[i].standing == MW_EVICT_NO_SIZE;

		o.ranked += order[i].first > 0;
		o.unranked += asks;
		o.without_priority += order[i].first && !order[i].priority_known;
	}
	return o;
}

static void cite(struct mw_check *c, const struct mw_eviction *e, const struct others *o)
{
	uint64_t most = e->request.v + e->request_error / 2;
	double request = (double)most;

	mw_cite(c, "working_set", MW_FORM_BYTES, (double)e->working_set.v,
		mw_source_of(c, c->e, M_CG_WORKING_SET));
	mw_cite(c, "request", MW_FORM_BYTES, request,
		e->request_error ? N_("oom_score_adj of its containers: 1000 - 1000 * request / "
				      "MemTotal")
				 : N_("the pod's specification"));
	mw_cite_over(c, "over", MW_FORM_BYTES, (double)e->working_set.v - request,
		     "working set - request", c->p[OVER] * request);
	mw_cite(c, "pods", MW_FORM_COUNT, (double)o->ranked, N_("pods whose request is known"));
}

/* What makes another pod possible in the first place. */
static void doubt(struct mw_check *c, const struct mw_eviction *e, const struct others *o)
{
	if (e->last > 1)
		mw_doubt(c, MW_MEDIUM,
			 N_("another pod is as far above its request, as far as it is "
			    "known"));
	if (o->ranked > 1 && o->without_priority)
		mw_doubt(c, MW_MEDIUM, N_("priorities are not known: the kubelet tells them"));
	if (!o->unranked)
		return;
	mw_cite(c, "unranked", MW_FORM_COUNT, (double)o->unranked,
		N_("pods whose request or working set is not known"));
	mw_doubt(c, MW_MEDIUM,
		 N_("of {unranked} pods the request or the working set is not known"));
}

/* The signal nearest to its threshold. @return whether there is one */
static bool nearest(const struct mw_snapshot *s, struct mw_eviction_signal *out)
{
	struct mw_eviction_signal signals[MW_EVICTION_SIGNALS] = { 0 };
	size_t count = mw_eviction_signals(s, signals);
	bool found = false;

	for (size_t i = 0; i < count; i++) {
		if (signals[i].left.state != MW_OK || (found && signals[i].left.v >= out->left.v))
			continue;
		*out = signals[i];
		found = true;
	}
	return found;
}

static void say_how_near(struct mw_check *c)
{
	struct mw_eviction_signal s = { 0 };
	bool known = nearest(c->now, &s);
	double low = c->p[LOW] * mw_value(c->node, M_MEM_TOTAL);

	if (known && (double)s.left.v <= low) {
		mw_level(c, MW_WARNING);
		mw_cite_text(c, "signal", s.name, N_("the kubelet's signals"));
		mw_cite_over(c, "left", MW_FORM_BYTES, (double)s.left.v, s.how, low);
		mw_cite(c, "threshold", MW_FORM_BYTES, (double)s.hard.v,
			N_("evictionHard of the kubelet"));
		mw_detail(
			c,
			N_("{signal} is {left} above {threshold}, below which the kubelet evicts"));
	} else if (!known && mw_value(c->node, M_MEM_AVAILABLE) <= low) {
		mw_level(c, MW_WARNING);
		mw_cite_metric(c, "available", c->node, M_MEM_AVAILABLE, low);
		mw_detail(c, N_("the node has {available} available: evictions are near"));
	}
}

static void say_first(struct mw_check *c, const struct others *o)
{
	if (o->ranked < 2) {
		mw_doubt(c, MW_MEDIUM, N_("the other pods of the node are not known"));
		return;
	}
	mw_title(c,
		 N_("The kubelet would evict {entity} first of {pods} pods: it takes {over} more "
		    "than its request"));
	mw_detail(c,
		  N_("pods above their request go first, then those of lower priority, then those "
		     "furthest above"));
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *pod = mw_pod_of(c->now, c->e);
	struct mw_eviction *order;
	struct others others;
	size_t count;

	/* one pod has it: the order is made once */
	if (!pod || mw_get_or(pod, M_PD_EVICTION_RANK, 0) != 1 || !is_told_here(c, pod))
		return MW_CLEAR;
	count = mw_eviction_order(c->arena, c->now, &order);
	if (!count || order[0].standing != MW_EVICT_OVER ||
	    !((double)order[0].working_set.v >
	      (1 + c->p[OVER]) * (double)(order[0].request.v + order[0].request_error)))
		return MW_CLEAR;
	others = count_others(order, count);
	cite(c, &order[0], &others);
	say_first(c, &others);
	doubt(c, &order[0], &others);
	say_how_near(c);
	mw_advise(
		c,
		N_("set its request to what it needs: {working_set} as the kubelet counts, active "
		   "file cache included"));
	mw_avoid(c, N_("raise the limit: eviction goes by the request"));
	mw_ask(c, "memwhy oom --next");
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
		"request first, by priority, then by how far. Only where requests are known, or are "
		"told by the oom_score_adj that the kubelet gave."),
	.silent = N_("A pod below its request, however large."),
};
