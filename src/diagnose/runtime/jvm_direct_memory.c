#include "diagnose/runtime/runtimes.h"

enum { LEAST, NEAR, AT };

static const struct mw_param params[] = {
	[LEAST] = { "least", 134217728.0, "bytes", N_("less hurts nobody") },
	[NEAR] = { "near", 0.8, "ratio", N_("of what is allowed: a burst of requests is enough") },
	[AT] = { "at", 0.95, "ratio",
		 N_("of what is allowed: the next buffer may throw an OutOfMemoryError") },
	{ 0 },
};

static const char *const explains[] = { "jvm-native-gap", NULL };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num used = mw_get(c->e, M_RT_DIRECT_USED), max = mw_get(c->e, M_RT_DIRECT_MAX);
	bool given = max.state == MW_OK;
	double share;

	if (strcmp(c->e->name, "jvm") != 0 || used.state != MW_OK || (double)used.v < c->p[LEAST])
		return MW_CLEAR;
	/* without a flag it may be as large as the heap */
	if (!given)
		max = mw_get(c->e, M_RT_HEAP_MAX);
	if (max.state != MW_OK) {
		mw_cite_metric(c, "used", c->e, M_RT_DIRECT_USED, NAN);
		return mw_unknown(c, N_("how much direct memory is allowed; {used} is in use"),
				  mw_runtime_command(c, "jcmd ", " VM.flags"));
	}
	share = mw_share(used, max);
	if (isnan(share) || share < c->p[NEAR])
		return MW_CLEAR;
	if (share >= c->p[AT])
		mw_level(c, MW_WARNING);
	mw_cite_metric(c, "used", c->e, M_RT_DIRECT_USED,
		       c->p[share >= c->p[AT] ? AT : NEAR] * (double)max.v);
	mw_cite_metric(c, "max", c->e, given ? M_RT_DIRECT_MAX : M_RT_HEAP_MAX, NAN);
	mw_cite(c, "share", MW_FORM_SHARE, share, "direct_used / what is allowed");
	if (!given)
		mw_detail(c, N_("-XX:MaxDirectMemorySize is not given: the heap's ceiling counts"));
	mw_advise(c,
		  N_("find who keeps buffers (Netty: -Dio.netty.leakDetection.level=paranoid in a "
		     "test), or raise -XX:MaxDirectMemorySize and the container's limit with "
		     "it"));
	mw_runtime_ask(c, "jcmd ", " VM.native_memory summary");
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_jvm_direct_memory = {
	.id = "jvm-direct-memory",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: direct buffers take {used}, {share} of what is allowed"),
	.about = N_(
		"Direct buffers live outside the heap and are freed when the heap is collected: "
		"with a large, quiet heap they pile up until the allocation fails."),
	.silent = N_("Buffers of a fifth of what is allowed, whatever their size."),
	.explains = explains,
};
