#include "diagnose/runtime/runtimes.h"

enum { LEAST, SHARE };

static const struct mw_param params[] = {
	[LEAST] = { "least", 536870912.0, "bytes",
		    N_("class data, compiled code, stacks and the collector's own tables take up "
		       "to this much in most programs") },
	[SHARE] = { "share", 0.1, "ratio", N_("of the process: less is no place to look first") },
	{ 0 },
};

static const char *const explains[] = { "ctr-oom-risk", "proc-anon-growth", "ctr-anon-growth",
					NULL };

/* What is known of the part beside the heap. */
static const struct {
	enum mw_metric metric;
	const char *name, *detail;
} parts[] = {
	{ M_RT_METASPACE_COMMITTED, "metaspace", N_("class metadata takes {metaspace} of it") },
	{ M_RT_CODE_COMMITTED, "code", N_("compiled code takes {code} of it") },
	{ M_RT_DIRECT_USED, "direct", N_("direct buffers take {direct} of it") },
};

static double cite_parts(struct mw_check *c)
{
	double sum = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		struct mw_num n = mw_get(c->e, parts[i].metric);

		if (n.state != MW_OK)
			continue;
		sum += (double)n.v;
		mw_cite_metric(c, parts[i].name, c->e, parts[i].metric, NAN);
		mw_detail(c, parts[i].detail);
	}
	return sum;
}

static void advise(struct mw_check *c)
{
	struct mw_num native = mw_get(c->e, M_RT_NATIVE_COMMITTED);

	mw_advise(c, N_("start it with -XX:NativeMemoryTracking=summary (5 to 10 % slower) and "
			"compare: what tracking does not know was allocated by libraries"));
	mw_advise(c,
		  N_("set MALLOC_ARENA_MAX=2 in its environment: malloc keeps freed memory in up "
		     "to eight arenas per CPU"));
	mw_advise(c, N_("look for Deflater, Inflater, ZipFile and GZIP streams that nobody closes: "
			"zlib's memory is not in the heap and not tracked"));
	mw_avoid(c, N_("a larger -Xmx: it takes room away from what is short"));
	if (native.state == MW_OK) {
		mw_cite_metric(c, "native", c->e, M_RT_NATIVE_COMMITTED, NAN);
		mw_detail(c, N_("native memory tracking knows of {native} committed, heap "
				"included"));
	}
	mw_runtime_ask(c, "jcmd ", " VM.native_memory summary");
	mw_runtime_ask_more(c);
}

static void doubt(struct mw_check *c, const struct mw_jvm_outside *x)
{
	if (x->of.of_group)
		mw_doubt(c, MW_MEDIUM, N_("the memory is that of all processes of its group"));
	/* three views of one heap, each counted in RSS (JDK 15 to 20) */
	if (mw_get_text(c->e, M_RT_COLLECTOR) && !strcmp(mw_get_text(c->e, M_RT_COLLECTOR), "Z") &&
	    !x->exact)
		mw_doubt(c, MW_LOW,
			 N_("ZGC before JDK 21 maps its heap three times, and RSS counts "
			    "it three times"));
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_runtime_memory memory = mw_runtime_memory(c);
	struct mw_jvm_outside x;
	double known;

	if (strcmp(c->e->name, "jvm") != 0 || memory.bytes.state != MW_OK ||
	    (double)memory.bytes.v < c->p[LEAST])
		return MW_CLEAR;
	if (!mw_jvm_outside(c, &x)) {
		/* what is no larger than usual heaps is no news */
		if ((double)memory.bytes.v < 2 * c->p[LEAST])
			return MW_CLEAR;
		mw_cite(c, "memory", MW_FORM_BYTES, (double)memory.bytes.v, memory.source);
		return mw_unknown(c,
				  N_("the size of the Java heap, to tell what of {memory} is "
				     "beside it"),
				  mw_runtime_command(c, "jcmd ", " GC.heap_info"));
	}
	if (x.outside < c->p[LEAST] || x.outside < c->p[SHARE] * x.memory)
		return MW_CLEAR;
	mw_cite_over(c, "outside", MW_FORM_BYTES, x.outside, "memory - heap", c->p[LEAST]);
	mw_cite(c, "memory", MW_FORM_BYTES, x.memory, x.of.source);
	mw_cite(c, "heap", MW_FORM_BYTES, x.heap, x.heap_source);
	mw_detail(c, x.exact ? N_("of {memory} resident, the heap's mappings hold {heap}")
			     : N_("of {memory}, the heap can hold {heap} at the most"));
	known = cite_parts(c);
	if (x.outside - known < c->p[LEAST])
		mw_level(c, MW_INFO);
	if (!x.exact)
		mw_title(c, N_("{entity}: at least {outside} of {memory} is outside the Java "
			       "heap"));
	advise(c);
	doubt(c, &x);
	return MW_FIRES;
}

const struct mw_rule mw_rule_jvm_native_gap = {
	.id = "jvm-native-gap",
	.level = MW_NOTICE,
	.kind = MW_RUNTIME,
	.params = params,
	.check = check,
	.title = N_("{entity}: {outside} of {memory} is outside the Java heap"),
	.about = N_(
		"The process holds much more than its heap: malloc arenas, zlib and other "
		"libraries, direct buffers, threads. The heap is bounded by what is known best: "
		"its resident part, else what is committed, else its ceiling."),
	.silent = N_("A few hundred MiB of class data, compiled code and stacks beside the heap."),
	.explains = explains,
};
