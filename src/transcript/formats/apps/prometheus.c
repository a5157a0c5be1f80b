/* Prometheus' exposition text, and answers of PromQL as people paste them:
 *
 *	container_memory_rss{container="app",namespace="shop",pod="web-7"} 1.292386304e+09 1795230163442
 *	node_memory_MemAvailable_bytes{instance="n1:9100"} => 8123596800 @[1795230163.4]
 *
 * of cAdvisor and the kubelet, node_exporter, and the clients for Java, Go, Node and PHP-FPM. */
#include "transcript/format.h"

#include <errno.h>

enum { LOOK_AHEAD = 32, LABELS = 11 };
#define MOST ((uint64_t)1 << 62)

enum label {
	NAMESPACE,
	POD,
	POD_NAME, /* before Kubernetes 1.16 */
	CONTAINER,
	CONTAINER_NAME,
	ID,
	NAME,
	AREA,
	POOL,
	INSTANCE,
	RESOURCE,
};

static const char *const label_names[LABELS] = {
	"namespace", "pod",  "pod_name", "container", "container_name", "id",
	"name",      "area", "pool",     "instance",  "resource"
};

struct sample {
	struct slice name, identity; /* identity: name and labels as written */
	struct slice labels[LABELS];
	struct slice value;
	bool labelled;
};

/* --- syntax ----------------------------------------------------------------------------------- */

static bool name_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':' ||
	       (!first && c >= '0' && c <= '9');
}

static struct slice take_name(struct slice *s)
{
	size_t n = 0;

	while (n < s->len && name_byte(s->at[n], n == 0))
		n++;
	*s = slice_skip(*s, n);
	return (struct slice){ s->at - n, n };
}

/* "…" with \" in it. */
static bool take_string(struct slice *s, struct slice *out)
{
	size_t n = 0;

	if (!slice_word(s, "\""))
		return false;
	while (n < s->len && s->at[n] != '"')
		n += s->at[n] == '\\' ? 2 : 1;
	if (n >= s->len)
		return false;
	*out = (struct slice){ s->at, n };
	*s = slice_skip(*s, n + 1);
	return true;
}

static bool take_labels(struct slice *s, struct sample *out)
{
	while (!slice_word(s, "}")) {
		struct slice name, value;

		slice_skip_blanks(s);
		name = take_name(s);
		slice_skip_blanks(s);
		if (!name.len || !slice_word(s, "="))
			return false;
		slice_skip_blanks(s);
		if (!take_string(s, &value))
			return false;
		for (size_t i = 0; i < LABELS; i++)
			if (slice_is(name, label_names[i]))
				out->labels[i] = value;
		slice_skip_blanks(s);
		if (!slice_word(s, ",") && !slice_begins(*s, "}"))
			return false;
		slice_skip_blanks(s);
	}
	return true;
}

/* "4.86825984e+08" times ten to the power of `shift`, rounded. @return false: no such number, negative,
 * or too large */
static bool number(struct slice s, int shift, uint64_t *out)
{
	uint64_t v = 0, digits = 0, e;
	bool point = false, minus;

	for (; s.len && (*s.at == '.' || (unsigned char)(*s.at - '0') < 10); s = slice_skip(s, 1)) {
		if (*s.at == '.' && point)
			return false;
		if (*s.at == '.') {
			point = true;
			continue;
		}
		if (++digits > 19)
			return false;
		v = v * 10 + (uint64_t)(*s.at - '0');
		shift -= point;
	}
	if (slice_word(&s, "e") || slice_word(&s, "E")) {
		minus = slice_word(&s, "-");
		slice_word(&s, "+");
		if (!slice_u64(&s, &e) || e > 400)
			return false;
		shift += minus ? -(int)e : (int)e;
	}
	for (; shift > 0 && v; shift--)
		if (__builtin_mul_overflow(v, 10, &v))
			return false;
	for (; shift < 0 && v; shift++)
		v = shift == -1 ? v / 10 + (v % 10 >= 5) : v / 10;
	*out = v;
	return digits && !s.len;
}

/* Also one that does not fit. */
static bool is_value(struct slice s)
{
	if (slice_is(s, "NaN") || slice_is(s, "+Inf") || slice_is(s, "-Inf"))
		return true;
	slice_word(&s, "-");
	if (!s.len || (unsigned char)(*s.at - '0') >= 10)
		return false;
	while (s.len && *s.at && strchr("0123456789.eE+-", *s.at))
		s = slice_skip(s, 1);
	return !s.len;
}

static bool parse(struct slice line, struct sample *out)
{
	struct slice rest = slice_trim(line), begin = rest;

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < LABELS; i++)
		out->labels[i].at = "";
	out->name = take_name(&rest);
	if (!out->name.len)
		return false;
	slice_skip_blanks(&rest);
	out->labelled = slice_word(&rest, "{");
	if (out->labelled && !take_labels(&rest, out))
		return false;
	out->identity = (struct slice){ begin.at, begin.len - rest.len };
	slice_skip_blanks(&rest);
	slice_word(&rest, "=>");
	return slice_token(&rest, &out->value) && is_value(out->value);
}

/* --- what they mean --------------------------------------------------------------------------- */

enum row { GROUP, NODE, JVM, GO, NODEJS, PHP };

static const char *const runtimes[] = {
	[JVM] = "jvm", [GO] = "go", [NODEJS] = "node", [PHP] = "php-fpm"
};

/* What zero says. */
enum zero {
	NOTHING,   /* nothing: it is zero */
	NOT_KNOWN, /* cAdvisor prints what it cannot read as 0 */
	NO_LIMIT,
	HUGE_NO_LIMIT, /* it is a limit; the most there can be is none */
};

static const struct known {
	const char *name;
	enum row row;
	enum mw_metric metric; /* MW_METRICS: kept as printed */
	enum zero zero;
	int shift;        /* seconds become microseconds */
	enum label label; /* only samples where this label … */
	const char *only; /* … is this; NULL: all */
} known[] = {
	{ "container_memory_usage_bytes", GROUP, M_CG_USAGE },
	{ "container_memory_working_set_bytes", GROUP, M_CG_WORKING_SET },
	{ "container_memory_rss", GROUP, M_CG_ANON },
	{ "container_memory_cache", GROUP, M_CG_FILE },
	{ "container_memory_swap", GROUP, M_CG_SWAP },
	{ "container_memory_mapped_file", GROUP, M_CG_FILE_MAPPED },
	{ "container_memory_failcnt", GROUP, M_CG_FAILCNT, NOT_KNOWN },
	{ "container_memory_max_usage_bytes", GROUP, M_CG_PEAK, NOT_KNOWN },
	{ "container_memory_kernel_usage", GROUP, M_CG_KERNEL, NOT_KNOWN },
	{ "container_memory_total_active_file_bytes", GROUP, M_CG_ACTIVE_FILE },
	{ "container_memory_total_inactive_file_bytes", GROUP, M_CG_INACTIVE_FILE },
	{ "container_memory_file_dirty_bytes", GROUP, M_CG_FILE_DIRTY, NOT_KNOWN },
	{ "container_memory_workingset_refault_file_total", GROUP, M_CG_REFAULT_FILE, NOT_KNOWN },
	{ "container_memory_workingset_refault_anon_total", GROUP, M_CG_REFAULT_ANON, NOT_KNOWN },
	{ "container_spec_memory_limit_bytes", GROUP, M_CG_LIMIT, NO_LIMIT },
	{ "kube_pod_container_resource_limits", GROUP, M_CG_SPEC_LIMIT, NOTHING, 0, RESOURCE,
	  "memory" },
	{ "kube_pod_container_resource_requests", GROUP, M_CG_REQUEST, NOTHING, 0, RESOURCE,
	  "memory" },
	{ "container_pressure_memory_waiting_seconds_total", GROUP, M_CG_PSI_SOME_US, NOT_KNOWN,
	  6 },
	{ "container_pressure_memory_stalled_seconds_total", GROUP, M_CG_PSI_FULL_US, NOT_KNOWN,
	  6 },
	{ "node_pressure_memory_waiting_seconds_total", NODE, M_PSI_MEMORY_SOME_US, NOTHING, 6 },
	{ "node_pressure_memory_stalled_seconds_total", NODE, M_PSI_MEMORY_FULL_US, NOTHING, 6 },
	{ "machine_memory_bytes", NODE, M_MEM_TOTAL },
	{ "jvm_memory_used_bytes", JVM, M_RT_HEAP_USED, NOTHING, 0, AREA, "heap" },
	{ "jvm_memory_committed_bytes", JVM, M_RT_HEAP_COMMITTED, NOTHING, 0, AREA, "heap" },
	{ "jvm_memory_max_bytes", JVM, M_RT_HEAP_MAX, NOTHING, 0, AREA, "heap" },
	{ "jvm_memory_bytes_used", JVM, M_RT_HEAP_USED, NOTHING, 0, AREA, "heap" },
	{ "jvm_memory_bytes_committed", JVM, M_RT_HEAP_COMMITTED, NOTHING, 0, AREA, "heap" },
	{ "jvm_memory_bytes_max", JVM, M_RT_HEAP_MAX, NOTHING, 0, AREA, "heap" },
	{ "jvm_buffer_memory_used_bytes", JVM, M_RT_DIRECT_USED, NOTHING, 0, ID, "direct" },
	{ "jvm_buffer_pool_used_bytes", JVM, M_RT_DIRECT_USED, NOTHING, 0, POOL, "direct" },
	{ "jvm_threads_live_threads", JVM, M_RT_THREADS },
	{ "jvm_threads_current", JVM, M_RT_THREADS },
	{ "jvm_classes_loaded_classes", JVM, M_RT_CLASSES },
	{ "jvm_classes_loaded", JVM, M_RT_CLASSES },
	{ "jvm_gc_live_data_size_bytes", JVM, M_RT_HEAP_AFTER_GC, NOT_KNOWN },
	{ "go_memstats_heap_alloc_bytes", GO, M_RT_HEAP_USED },
	{ "go_memstats_heap_inuse_bytes", GO, MW_METRICS },
	{ "go_memstats_heap_released_bytes", GO, MW_METRICS },
	{ "go_memstats_heap_sys_bytes", GO, MW_METRICS },
	{ "go_memstats_sys_bytes", GO, MW_METRICS },
	{ "go_threads", GO, M_RT_THREADS },
	{ "go_gc_gomemlimit_bytes", GO, M_RT_HEAP_MAX, HUGE_NO_LIMIT },
	{ "nodejs_heap_size_used_bytes", NODEJS, M_RT_HEAP_USED },
	{ "nodejs_heap_size_total_bytes", NODEJS, M_RT_HEAP_COMMITTED },
	{ "phpfpm_active_processes", PHP, M_RT_POOL_ACTIVE },
	{ "phpfpm_total_processes", PHP, M_RT_POOL_WORKERS },
	{ "phpfpm_max_active_processes", PHP, M_RT_POOL_MAX_ACTIVE },
	{ "phpfpm_max_children_reached", PHP, M_RT_POOL_LIMIT_REACHED },
};

enum { KNOWN = sizeof(known) / sizeof(*known) };

/* Pools of a JVM's memory, by what their names have in them; they add up. */
static const struct {
	const char *in;
	enum mw_metric used, committed, max;
} pools[] = {
	{ "Eden", M_RT_YOUNG_USED, M_RT_YOUNG_COMMITTED, MW_METRICS },
	{ "Survivor", M_RT_YOUNG_USED, M_RT_YOUNG_COMMITTED, MW_METRICS },
	{ "Old Gen", M_RT_OLD_USED, M_RT_OLD_COMMITTED, M_RT_OLD_MAX },
	{ "Tenured Gen", M_RT_OLD_USED, M_RT_OLD_COMMITTED, M_RT_OLD_MAX },
	{ "Metaspace", M_RT_METASPACE_USED, M_RT_METASPACE_COMMITTED, M_RT_METASPACE_MAX },
	{ "CodeHeap", M_RT_CODE_USED, M_RT_CODE_COMMITTED, MW_METRICS },
	{ "Code Cache", M_RT_CODE_USED, M_RT_CODE_COMMITTED, MW_METRICS },
	{ "CodeCache", M_RT_CODE_USED, M_RT_CODE_COMMITTED, MW_METRICS },
};

static const struct known *known_of(struct slice name)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (slice_is(name, known[i].name))
			return &known[i];
	return NULL;
}

/* The kernel's word: "node_memory_Active_anon_bytes" is Active(anon) of meminfo. */
static const struct mw_place *file_key(struct slice name)
{
	char text[64];
	struct slice key = name, after;
	const struct mw_place *place;
	size_t under;

	if (slice_word(&key, "node_vmstat_"))
		return mw_key_place("proc/vmstat", key);
	if (!slice_word(&key, "node_memory_"))
		return NULL;
	if (slice_ends(key, "_bytes"))
		key.len -= strlen("_bytes");
	place = mw_key_place("proc/meminfo", key);
	after = slice_last(key, '_');
	if (place || after.len == key.len || key.len + 2 > sizeof(text))
		return place;
	under = key.len - after.len - 1;
	memcpy(text, key.at, key.len);
	text[under] = '(';
	text[key.len] = ')';
	return mw_key_place("proc/meminfo", (struct slice){ text, key.len + 1 });
}

static bool is_known(const struct sample *x)
{
	static const char *const prefixes[] = { "container_memory_", "container_spec_memory_",
						"node_memory_",      "node_vmstat_",
						"jvm_memory_",       "go_memstats_",
						"process_resident_", "process_virtual_" };

	if (known_of(x->name))
		return true;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (slice_begins(x->name, prefixes[i]))
			return true;
	return false;
}

/* --- the block -------------------------------------------------------------------------------- */

static bool is_comment(struct slice line)
{
	line = slice_trim(line);
	return slice_begins(line, "# HELP ") || slice_begins(line, "# TYPE ") ||
	       slice_is(line, "# EOF");
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice first = { "", 0 };
	bool exposition = false;
	size_t end = line;

	for (size_t n = line; n < paste->count && paste->lines[n].file == paste->lines[line].file &&
			      (b->keys || n - line < LOOK_AHEAD);
	     n++) {
		const struct mw_paste_line *l = &paste->lines[n];
		struct sample x;
		bool ours;

		if (l->kind == MW_LINE_BLANK || (l->kind == MW_LINE_ELLIPSIS && n > line))
			continue;
		if (is_comment(l->text)) {
			exposition = true;
			end = n + 1;
			continue;
		}
		if (l->kind == MW_LINE_PROMPT || !parse(l->text, &x))
			break;
		ours = is_known(&x);
		/* "cache 1" is no sample of somebody else's, unless its kind was told */
		if ((!ours && !x.labelled && !exposition) || (!ours && n == line) ||
		    (ours && first.len && slice_equal(x.identity, first)))
			break;
		if (ours && !first.len)
			first = x.identity;
		b->keys += ours;
		end = n + 1;
	}
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

struct state {
	struct mw_reading *r;
	struct slice instance; /* the first; others' machines and processes are others */
	/* of Go: heap_sys, heap_released, sys */
	struct mw_num heap_sys, released, sys;
	struct mw_entity *go;
};

/* @return 0; `*out` NULL: of no group, or of a pause container */
static int group_of(struct mw_reading *r, const struct sample *x, struct mw_entity **out)
{
	const struct slice *l = x->labels;
	struct slice pod = l[POD].len ? l[POD] : l[POD_NAME];
	struct slice container = l[CONTAINER].len ? l[CONTAINER] : l[CONTAINER_NAME];

	*out = NULL;
	if (slice_is(container, "POD"))
		return 0;
	if (pod.len)
		*out = mw_reading_pod(r, l[NAMESPACE], pod, container);
	else if (l[ID].len && *l[ID].at == '/')
		*out = mw_reading_group(r, 0, l[ID]);
	else if (l[NAME].len)
		*out = mw_reading_group(r, 0, l[NAME]);
	else if (container.len)
		*out = mw_reading_group(r, 0, container);
	else
		return 0;
	return *out ? 0 : -ENOMEM;
}

static int row_of(struct state *s, const struct known *k, const struct sample *x,
		  struct mw_entity **out)
{
	struct mw_entity *group;
	int error = group_of(s->r, x, &group);

	*out = NULL;
	if (error)
		return error;
	if (k->row == GROUP) {
		*out = group;
		return 0;
	}
	if (x->labels[INSTANCE].len && !s->instance.len)
		s->instance = x->labels[INSTANCE];
	if (!slice_equal(x->labels[INSTANCE], s->instance))
		return 0;
	*out = k->row == NODE ? mw_reading_node(s->r)
			      : mw_reading_row(s->r, MW_RUNTIME, x->labels[POD].len ? group : NULL,
					       slice_of(runtimes[k->row]), 0);
	return *out ? 0 : -ENOMEM;
}

static void set_largest(struct mw_entity *e, enum mw_metric metric, uint64_t v)
{
	if (metric != MW_METRICS && mw_get_or(e, metric, 0) <= v)
		mw_set(e, metric, v);
}

static void add(struct mw_entity *e, enum mw_metric metric, uint64_t v)
{
	uint64_t sum;

	if (metric != MW_METRICS && !__builtin_add_overflow(mw_get_or(e, metric, 0), v, &sum))
		mw_set(e, metric, sum);
}

static void set_pool(struct mw_entity *jvm, const struct sample *x, uint64_t v)
{
	struct slice pool = x->labels[POOL].len ? x->labels[POOL] : x->labels[ID];

	for (size_t i = 0; i < sizeof(pools) / sizeof(*pools); i++) {
		if (!slice_after(&(struct slice){ pool.at, pool.len }, pools[i].in))
			continue;
		if (slice_after(&(struct slice){ x->name.at, x->name.len }, "used"))
			add(jvm, pools[i].used, v);
		else if (slice_after(&(struct slice){ x->name.at, x->name.len }, "committed"))
			add(jvm, pools[i].committed, v);
		else if (slice_after(&(struct slice){ x->name.at, x->name.len }, "max"))
			add(jvm, pools[i].max, v);
		return;
	}
}

static void set_go(struct state *s, struct mw_entity *e, const struct known *k, uint64_t v)
{
	const struct {
		const char *name;
		struct mw_num *place;
	} parts[] = { { "go_memstats_heap_sys_bytes", &s->heap_sys },
		      { "go_memstats_heap_released_bytes", &s->released },
		      { "go_memstats_sys_bytes", &s->sys } };

	s->go = e;
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		if (!strcmp(k->name, parts[i].name))
			*parts[i].place = (struct mw_num){ v, MW_OK };
}

static void set(struct state *s, struct mw_entity *e, const struct known *k, const struct sample *x,
		uint64_t v)
{
	bool pooled = k->row == JVM && k->label == AREA && x->labels[ID].len;

	if (!v && k->zero == NOT_KNOWN)
		return;
	if ((!v && k->zero == NO_LIMIT) || (v >= MOST && k->zero == HUGE_NO_LIMIT))
		mw_set_state(e, k->metric, MW_UNLIMITED);
	else if (pooled)
		add(e, k->metric, v);
	else
		set_largest(e, k->metric, v);
	if (k->row == GO)
		set_go(s, e, k, v);
	/* cAdvisor never sets these on v2 */
	if (k->metric == M_CG_KERNEL || k->metric == M_CG_FAILCNT)
		mw_set(e, M_CG_VERSION, 1);
}

static int read_known(struct state *s, const struct known *k, const struct sample *x)
{
	struct mw_entity *e;
	uint64_t v;
	int error;

	/* -1: the pool of a JVM has no maximum */
	if (!number(x->value, k->shift, &v))
		return 0;
	error = row_of(s, k, x, &e);
	if (error || !e)
		return error;
	if (k->row == JVM && k->label == AREA)
		set_pool(e, x, v);
	if (k->only && !slice_is(x->labels[k->label], k->only))
		return 0;
	/* the root's limit is the machine's memory, and its usage is without the kernel's */
	if ((k->metric == M_CG_LIMIT || k->metric == M_CG_KERNEL) && slice_is(x->labels[ID], "/"))
		return 0;
	set(s, e, k, x, v);
	return 0;
}

static int read_node(struct state *s, const struct sample *x)
{
	const struct mw_place *place = file_key(x->name);
	struct mw_entity *node = mw_reading_node(s->r);
	uint64_t v;

	if (!place || !number(x->value, 0, &v))
		return 0;
	if (x->labels[INSTANCE].len && !s->instance.len)
		s->instance = x->labels[INSTANCE];
	if (!slice_equal(x->labels[INSTANCE], s->instance))
		return 0;
	if (slice_ends(x->name, "_bytes"))
		mw_set(node, place->metric, v);
	else
		mw_set_unit(node, place->metric, v, place->unit,
			    mw_snapshot_machine(s->r->s)->page_size);
	return 0;
}

/* What Go has given back to the system is in its totals still. */
static int derive_go(struct state *s)
{
	int error = 0;

	if (!s->go || s->released.state != MW_OK)
		return 0;
	if (s->heap_sys.state == MW_OK && s->heap_sys.v >= s->released.v)
		error = mw_reading_derive(s->r, s->go, M_RT_HEAP_COMMITTED,
					  s->heap_sys.v - s->released.v,
					  N_("heap_sys - heap_released"));
	if (!error && s->sys.state == MW_OK && s->sys.v >= s->released.v)
		error = mw_reading_derive(s->r, s->go, M_RT_NATIVE_COMMITTED,
					  s->sys.v - s->released.v, N_("sys - heap_released"));
	return error;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct state s = { .r = r, .instance = { "", 0 } };
	int error = 0;

	for (size_t i = 0; i < b->lines && !error; i++) {
		const struct known *k;
		struct sample x;

		if (!parse(mw_block_line(r, b, i)->text, &x))
			continue;
		k = known_of(x.name);
		error = k ? read_known(&s, k, &x) : read_node(&s, &x);
	}
	return error ? error : derive_go(&s);
}

const struct mw_format mw_format_prometheus = {
	.id = "prometheus",
	.name = N_("Prometheus metrics"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
