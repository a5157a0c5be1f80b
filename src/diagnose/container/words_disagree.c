#include "diagnose/container/group.h"

#include "ledger/words.h"

enum { TIMES, ALARM, LEAST };

static const struct mw_param params[] = {
	[TIMES] = { "times", 2, "count", N_("one tool says so many times what another says") },
	[ALARM] = { "alarm", 0.8, "ratio",
		    N_("of the limit: from here on the highest of them alarms people") },
	[LEAST] = { "least", 268435456, "bytes", N_("less between them alarms nobody") },
	{ 0 },
};

/* What people quote at each other. */
static const struct {
	const char *tool;
	enum mw_metric metric;
} quoted[] = {
	{ "cAdvisor usage", M_CG_USAGE },
	{ "kubectl top", M_CG_WORKING_SET },
	{ "cAdvisor rss", M_CG_ANON },
	{ "sum of ps RSS", M_CG_SUM_RSS },
};

static const struct mw_word *find(const struct mw_word *words, size_t count, const char *tool)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i].tool, tool))
			return &words[i];
	return NULL;
}

static enum mw_verdict check(struct mw_check *c)
{
	double limit = mw_group_limit(c->e), low = INFINITY, high = 0;
	size_t lowest = 0, highest = 0, count;
	const struct mw_word *least, *most;
	struct mw_word *words;

	for (size_t i = 0; i < sizeof(quoted) / sizeof(*quoted); i++) {
		double v = mw_value(c->e, quoted[i].metric);

		if (v > high) {
			high = v;
			highest = i;
		}
		if (v > 0 && v < low) {
			low = v;
			lowest = i;
		}
	}
	if (!(high - low >= c->p[LEAST] && high >= c->p[TIMES] * low &&
	      high >= c->p[ALARM] * limit) ||
	    mw_group_is_shell(c, M_CG_USAGE, true))
		return MW_CLEAR;
	count = mw_words_container(c->arena, c->now, c->e, &words);
	least = count ? find(words, count, quoted[lowest].tool) : NULL;
	most = count ? find(words, count, quoted[highest].tool) : NULL;
	if (!least || !most || least->state != MW_OK || most->state != MW_OK)
		return MW_CLEAR;
	mw_cite_text(c, "low_tool", least->tool, N_("the same memory in everybody's words"));
	mw_cite(c, "low", MW_FORM_BYTES, (double)least->bytes, least->formula);
	mw_cite_text(c, "high_tool", most->tool, N_("the same memory in everybody's words"));
	mw_cite_over(c, "high", MW_FORM_BYTES, (double)most->bytes, most->formula,
		     c->p[TIMES] * low);
	mw_cite(c, "limit", MW_FORM_BYTES, limit, mw_source_of(c, c->e, M_CG_LIMIT));
	mw_cite_metric(c, "needed", c->e, M_CG_UNRECLAIMABLE, NAN);
	mw_detail(c, most->why);
	mw_detail(c, least->why);
	mw_advise(c,
		  N_("compare like with like; for the limit only what cannot be reclaimed counts: "
		     "{needed}"));
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_words_disagree = {
	.id = "ctr-words-disagree",
	.level = MW_INFO,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("Tools disagree about {entity}: {high_tool} says {high}, {low_tool} {low}"),
	.about = N_(
		"Each tool counts other parts of a group: page cache or not, shared pages once or "
		"in each process. Where that makes the difference between an alarm and none, it "
		"is told."),
	.silent = N_("Tools that differ by a little inactive cache."),
};
