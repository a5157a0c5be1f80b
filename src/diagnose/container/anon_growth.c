#include "diagnose/container/group.h"

enum { CONFIDENCE, WATCHED, GREW, LEAST, WARNING_WITHIN, REACH, LAZY };

static const struct mw_param params[] = {
	[CONFIDENCE] = { "confidence", 0.95, "ratio", N_("how surely it must grow") },
	[WATCHED] = { "watched", 600, "seconds", N_("a shorter look sees a start, not a leak") },
	[GREW] = { "grew", 0.1, "ratio", N_("of what it was at first: less is what programs do") },
	[LEAST] = { "least", 33554432, "bytes", N_("less is not worth a search") },
	[WARNING_WITHIN] = { "warning_within", 86400, "seconds",
			     N_("its limit will be reached so soon: act today") },
	[REACH] = { "reach", 10, "count",
		    N_("no prophecy further than so many times what was watched") },
	[LAZY] = { "lazy", 0.5, "ratio",
		   N_("so much of the growth given up with MADV_FREE: no leak") },
	{ 0 },
};

/* Pages given up with MADV_FREE still count as anonymous, but stand on the inactive file list: what
 * the file lists hold beyond the page cache. */
static double lazy(const struct mw_entity *e)
{
	double more = mw_group_cache(e) + (double)mw_get_or(e, M_CG_SHMEM, 0) -
		      mw_value(e, M_CG_FILE);

	return more > 0 ? more : 0;
}

/* The process whose anonymous memory grew most since the first moment. */
static const struct mw_entity *grower(const struct mw_check *c, double *grew)
{
	const struct mw_entity *p, *most = NULL;

	*grew = 0;
	mw_for_each (p, c->now, MW_PROCESS) {
		const struct mw_entity *then = mw_inside(p, c->e) ? mw_then(c, 0, p) : NULL;
		double more = then ? mw_value(p, M_P_RSS_ANON) - mw_value(then, M_P_RSS_ANON) : NAN;

		if (more > *grew) {
			*grew = more;
			most = p;
		}
	}
	return most;
}

/* How to find a leak, by runtime. The cheap way first. */
static const struct {
	const char *name;
	bool prefix; /* of "php-fpm8.2"; but "node" is not "node_exporter" */
	const char *advice;
} tools[] = {
	{ "java", false,
	  N_("compare jcmd GC.heap_info after full collections: if the heap stays, look "
	     "outside it (NativeMemoryTracking); a heap dump stops the program for as long "
	     "as it takes to write") },
	{ "php-fpm", true,
	  N_("set pm.max_requests, so that workers are replaced before it adds up") },
	{ "node", false,
	  N_("take two heap snapshots some minutes apart (--heapsnapshot-signal): each stops "
	     "it, and needs as much memory again") },
	{ "python", true, N_("use tracemalloc or memray for a while; both cost time") },
};

static const char *tool_for(const struct mw_entity *process)
{
	const char *name = process ? mw_get_text(process, M_P_COMM) : NULL;

	for (size_t i = 0; name && i < sizeof(tools) / sizeof(*tools); i++) {
		size_t length = strlen(tools[i].name) + !tools[i].prefix;

		if (!strncmp(name, tools[i].name, length))
			return tools[i].advice;
	}
	return N_("look twice at which of its mappings grows: [heap], anonymous ones, or stacks of "
		  "more and more threads");
}

static void say_who(struct mw_check *c)
{
	double grew;
	const struct mw_entity *process = grower(c, &grew);

	if (process) {
		mw_cite_process(c, "process", process);
		mw_cite(c, "process_grew", MW_FORM_BYTES, grew, "/proc/PID/status: RssAnon");
		mw_cite_metric(c, "process_anon", process, M_P_RSS_ANON, NAN);
		mw_detail(c, N_("{process} grew most: by {process_grew} to {process_anon}"));
		mw_ask(c, "memwhy pid %llu", (unsigned long long)process->id);
	} else if (mw_snapshot_count(c->now, MW_PROCESS)) {
		mw_detail(c,
			  N_("no process grew as much by itself: more and more of them, or short "
			     "ones that follow one another"));
	}
	mw_advise(c, tool_for(process));
}

static void say_when(struct mw_check *c, const struct mw_trend *t)
{
	double left = mw_value(c->e, M_CG_HEADROOM), time = left / t->slope;

	if (!(time <= c->p[REACH] * t->seconds))
		return;
	mw_cite_metric(c, "left", c->e, M_CG_HEADROOM, NAN);
	mw_cite_over(c, "time", MW_FORM_SECONDS, time, "headroom / growth", c->p[WARNING_WITHIN]);
	mw_detail(c, N_("{left} are left, for {time} at this pace"));
	if (time <= c->p[WARNING_WITHIN])
		mw_level(c, MW_WARNING);
}

static enum mw_verdict check(struct mw_check *c)
{
	const struct mw_entity *first = c->evidence->series.count > 2 ? mw_then(c, 0, c->e) : NULL;
	struct mw_trend t;
	double grew;

	if (!first)
		return MW_CLEAR;
	grew = mw_value(c->e, M_CG_ANON) - mw_value(first, M_CG_ANON);
	if (!(grew >= c->p[LEAST] && grew >= c->p[GREW] * mw_value(first, M_CG_ANON)) ||
	    lazy(c->e) - lazy(first) >= c->p[LAZY] * grew || mw_group_is_machine(c->e) ||
	    !mw_grows(c, c->e, M_CG_ANON, c->p[CONFIDENCE], &t) || t.seconds < c->p[WATCHED] ||
	    mw_group_is_shell(c, M_CG_ANON, false))
		return MW_CLEAR;
	mw_cite_over(c, "grew", MW_FORM_BYTES, grew, mw_source_of(c, c->e, M_CG_ANON), c->p[LEAST]);
	mw_cite_metric(c, "anon", c->e, M_CG_ANON, NAN);
	mw_cite(c, "growth", MW_FORM_BYTE_RATE, t.slope, mw_source_of(c, c->e, M_CG_ANON));
	mw_cite_over(c, "watched", MW_FORM_SECONDS, t.seconds, N_("the series of snapshots"),
		     c->p[WATCHED]);
	mw_cite(c, "sure", MW_FORM_SHARE, t.confidence, N_("the test of Mann and Kendall"));
	mw_detail(c, N_("it did not slow down like a warm-up; a leak is suspected"));
	say_who(c);
	say_when(c, &t);
	if (t.seconds < 6 * c->p[WATCHED])
		mw_doubt(c, MW_MEDIUM, N_("it was watched for {watched} only"));
	mw_avoid(c, N_("raise the limit and wait: it buys time, and hides the leak"));
	mw_avoid(c, N_("drop_caches: it frees no anonymous memory"));
	mw_ask_group(c);
	return MW_FIRES;
}

static const char *const explains[] = { "ctr-oom-risk", NULL };

const struct mw_rule mw_rule_ctr_anon_growth = {
	.id = "ctr-anon-growth",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.trend = true,
	.params = params,
	.check = check,
	.explains = explains,
	.title = N_("Anonymous memory of {entity} grows by {growth}: {grew} in {watched}"),
	.about = N_(
		"Anonymous memory grows steadily over a series of moments, in its newer half as "
		"well, and is not merely given up with MADV_FREE."),
	.silent = N_("A heap that fills up after the start and then stands."),
};
