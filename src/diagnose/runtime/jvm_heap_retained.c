#include "diagnose/runtime/runtimes.h"

enum { LEAST, SHARE, CYCLES };

static const struct mw_param params[] = {
	[LEAST] = { "least", 268435456.0, "bytes", N_("less is what any heap breathes with") },
	[SHARE] = { "share", 0.5, "ratio",
		    N_("of the heap's memory: a heap half free is usual between collections") },
	[CYCLES] = { "cycles", 10, "count",
		     N_("young collections after which every page of eden has been touched") },
	{ 0 },
};

static const char *const explains[] = { "ctr-inactive-anon-piled", "ctr-oom-risk", "proc-thp-waste",
					NULL };

/* How each collector is made to give memory back; measured with JDK 17 and 25. */
static const struct {
	const char *collector, *advice;
} remedies[] = {
	{ "G1", N_("G1 gives memory back after a full collection: let it run one when idle with "
		   "-XX:G1PeriodicGCInterval=300000 (JDK 12 and later)") },
	{ "Parallel",
	  N_("Parallel never gives memory back: use -XX:+UseG1GC, or set a smaller -Xmx") },
	{ "Serial", N_("-XX:-ShrinkHeapInSteps lets Serial give it back at the first full "
		       "collection instead of the fourth") },
	{ "CMS", N_("CMS hardly ever gives memory back: use -XX:+UseG1GC with JDK 12 or later, or "
		    "set a smaller -Xmx") },
	{ "Z", N_("ZGC gives memory back after -XX:ZUncommitDelay (300 s), except below -Xms or "
		  "with -XX:-ZUncommit") },
	{ "Shenandoah",
	  N_("Shenandoah gives memory back after -XX:ShenandoahUncommitDelay (300 s), except "
	     "below -Xms or with -XX:-ShenandoahUncommit") },
};

static void advise(struct mw_check *c, double touched)
{
	const char *collector = mw_get_text(c->e, M_RT_COLLECTOR);
	struct mw_num initial = mw_get(c->e, M_RT_HEAP_INITIAL);

	mw_cite_metric(c, "collector", c->e, M_RT_COLLECTOR, NAN);
	if (initial.state == MW_OK && (double)initial.v >= touched / 2) {
		mw_cite_metric(c, "initial", c->e, M_RT_HEAP_INITIAL, NAN);
		mw_advise(c, N_("lower -Xms or InitialRAMPercentage: no collector gives back what "
				"is below it, {initial} here"));
	}
	for (size_t i = 0; collector && i < sizeof(remedies) / sizeof(*remedies); i++)
		if (!strcmp(collector, remedies[i].collector))
			mw_advise(c, remedies[i].advice);
	if (!collector)
		mw_advise(c, N_("see which collector runs: G1 (JDK 12 and later), ZGC and "
				"Shenandoah can give memory back, Parallel never does"));
	mw_avoid(c, N_("drop_caches: it takes page cache, never a heap"));
	mw_avoid(c, N_("jmap -histo:live or a heap dump to make it collect: both stop the program "
		       "for seconds"));
}

/* Not surer than what is known of the heap's pages. */
static void weigh(struct mw_check *c, bool resident)
{
	double cycles = (double)mw_get_or(c->e, M_RT_GC_COUNT, 0);

	if (resident && mw_get(c->e, M_RT_HEAP_AFTER_GC).state == MW_OK)
		return;
	if (resident) {
		mw_doubt(c, MW_MEDIUM,
			 N_("what is in use holds garbage too: only a full "
			    "collection tells what is live"));
		return;
	}
	mw_cite(c, "cycles", MW_FORM_COUNT, cycles, mw_source_of(c, c->e, M_RT_GC_COUNT));
	if (cycles >= c->p[CYCLES])
		mw_doubt(c, MW_MEDIUM,
			 N_("committed less used is the most it can be; after {cycles} young "
			    "collections nearly all of it has been touched"));
	else
		mw_doubt(c, MW_LOW,
			 N_("committed less used is the most it can be: pages that were "
			    "never touched take no memory"));
}

static enum mw_verdict cannot_tell(struct mw_check *c)
{
	struct mw_runtime_memory memory = mw_runtime_memory(c);

	/* a small process cannot retain much */
	if (memory.bytes.state != MW_OK || (double)memory.bytes.v < 2 * c->p[LEAST])
		return MW_CLEAR;
	mw_cite(c, "memory", MW_FORM_BYTES, (double)memory.bytes.v, memory.source);
	return mw_unknown(c,
			  N_("how much of the Java heap is in use and committed; it holds "
			     "{memory}"),
			  mw_runtime_command(c, "jcmd ", " GC.heap_info"));
}

static enum mw_verdict check(struct mw_check *c)
{
	bool resident, after;
	enum mw_metric whole, part;
	struct mw_num touched, used;
	double retained;

	if (strcmp(c->e->name, "jvm") != 0)
		return MW_CLEAR;
	resident = mw_get(c->e, M_RT_HEAP_RESIDENT).state == MW_OK;
	after = mw_get(c->e, M_RT_HEAP_AFTER_GC).state == MW_OK;
	whole = resident ? M_RT_HEAP_RESIDENT : M_RT_HEAP_COMMITTED;
	part = after ? M_RT_HEAP_AFTER_GC : M_RT_HEAP_USED;
	touched = mw_get(c->e, whole);
	used = mw_get(c->e, part);
	if (touched.state != MW_OK || used.state != MW_OK)
		return cannot_tell(c);
	retained = (double)touched.v - (double)used.v;
	if (retained < c->p[LEAST] || retained < c->p[SHARE] * (double)touched.v)
		return MW_CLEAR;
	mw_cite_over(c, "retained", MW_FORM_BYTES, retained,
		     resident ? "heap resident - used" : "heap committed - used", c->p[LEAST]);
	mw_cite_metric(c, "used", c->e, part, NAN);
	mw_cite_metric(c, "touched", c->e, whole, NAN);
	mw_cite_metric(c, "max", c->e, M_RT_HEAP_MAX, NAN);
	mw_detail(c, resident ? N_("{used} of {touched} resident heap is in use")
			      : N_("{used} of {touched} committed heap is in use"));
	advise(c, (double)touched.v);
	weigh(c, resident);
	mw_runtime_ask(c, "jcmd ", " GC.heap_info");
	mw_runtime_ask_more(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_jvm_heap_retained = {
	.id = "jvm-heap-retained",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: {retained} of the Java heap is free, and was not given back"),
	.about = N_("A JVM keeps heap that it once touched: the process stays large although its "
		    "objects are few. Whether it gives memory back depends on the collector and on "
		    "-Xms."),
	.silent = N_("A heap half full between two collections."),
	.explains = explains,
};
