/* jmap -heap (JDK 5 to 8) and jhsdb jmap --heap (since 9), of all collectors
 * (sun/jvm/hotspot/tools/HeapSummary.java). Bytes, exact. */
#include "jvm.h"

#include <errno.h>

/* Headings, by how they begin. */
static const struct {
	const char *begins;
	enum mw_jvm_pool pool;
} sections[] = {
	{ "Heap Configuration:", MW_JVM_NONE },
	{ "Heap Usage:", MW_JVM_NONE },
	{ "G1 Heap:", MW_JVM_HEAP },
	{ "G1 Young Generation:", MW_JVM_YOUNG },
	{ "Eden Space:", MW_JVM_EDEN },
	{ "Survivor Space:", MW_JVM_FROM },
	{ "From Space:", MW_JVM_FROM },
	{ "To Space:", MW_JVM_TO },
	{ "G1 Old Generation:", MW_JVM_OLD },
	{ "PS Young Generation", MW_JVM_YOUNG },
	{ "PS Old Generation", MW_JVM_OLD },
	{ "PS Perm Generation", MW_JVM_META },
	{ "New Generation (Eden", MW_JVM_YOUNG },
	{ "tenured generation:", MW_JVM_OLD },
	{ "concurrent mark-sweep generation:", MW_JVM_OLD },
	{ "Perm Generation:", MW_JVM_META },
	{ "Shenandoah Heap:", MW_JVM_HEAP },
};

/* Other lines of it. */
static const char *const words[] = { "Attaching to process ID",
				     "Debugger attached successfully",
				     "Server compiler detected",
				     "Client compiler detected",
				     "JVM version is",
				     "using thread-local object allocation",
				     "using parallel threads in the new generation",
				     "Garbage-First (G1) GC",
				     "Parallel GC with",
				     "Mark Sweep Compact GC",
				     "Concurrent Mark-Sweep GC",
				     "Shenandoah GC with",
				     "ZGC with",
				     "Z Garbage Collector with",
				     "Epsilon GC",
				     "ZHeap ",
				     "No Heap Usage" };

static const struct {
	const char *begins, *name;
} collectors[] = {
	{ "Garbage-First (G1) GC", "G1" },      { "Parallel GC with", "Parallel" },
	{ "Mark Sweep Compact GC", "Serial" },  { "Concurrent Mark-Sweep GC", "CMS" },
	{ "Shenandoah GC with", "Shenandoah" }, { "ZGC with", "Z" },
	{ "Z Garbage Collector with", "Z" },
};

static bool section_of(struct slice line, enum mw_jvm_pool *pool)
{
	for (size_t i = 0; i < sizeof(sections) / sizeof(*sections); i++)
		if (slice_begins(line, sections[i].begins)) {
			*pool = sections[i].pool;
			return true;
		}
	return false;
}

static bool is_word(struct slice line)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_begins(line, words[i]))
			return true;
	return false;
}

/* "MaxHeapSize = 2097152000 (2000.0MB)", "MaxMetaspaceSize = 17592186044415 MB" */
static bool key_of(struct slice line, struct slice *key, uint64_t *value)
{
	struct mw_quantity q;

	if (!slice_until(&line, '=', key) || !mw_quantity_take(&line, 1024, true, &q))
		return false;
	*key = slice_trim(*key);
	*value = q.value;
	return !memchr(key->at, ' ', key->len) || slice_is(*key, "region size");
}

/* "8.016711044311524% used", "23064 interned Strings occupying 2259256 bytes." */
static bool is_tail(struct slice line)
{
	struct mw_quantity q;

	return mw_quantity_take(&line, 1024, false, &q) &&
	       (slice_is(slice_trim(line), "used") || slice_begins(line, " interned Strings"));
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t end = line;
	bool keys = false;

	if (paste->lines[line].kind != MW_LINE_TEXT)
		return 0;
	for (size_t at = line; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct slice text = slice_trim(mw_line_bare(l)), key;
		enum mw_jvm_pool pool;
		uint64_t value;

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		if (l->kind == MW_LINE_ELLIPSIS)
			b->cut = true;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (section_of(text, &pool) || is_word(text)) {
			/* another process' begins */
			if (keys && slice_begins(text, words[0]))
				break;
			b->keys++;
		} else if (end > line && (key_of(text, &key, &value) || is_tail(text))) {
			keys = true;
		} else {
			break;
		}
		end = at + 1;
	}
	b->certainty = MW_SURE;
	return keys || b->keys > 2 ? end - line : 0;
}

struct reader {
	struct mw_jvm_heap heap;
	struct mw_num max, metaspace_max, capacity;
	const char *collector;
	struct slice version;
	uint64_t pid;
	enum mw_jvm_pool pool;
	bool in_usage;
};

/* "used 84M, capacity 200M, max capacity 200M" */
static void read_zheap(struct reader *p, struct slice line)
{
	struct mw_quantity used, capacity;
	struct slice rest = line;

	if (slice_after(&line, "used ") && mw_quantity_take(&line, 1024, false, &used)) {
		mw_jvm_put(&p->heap.used[MW_JVM_HEAP], used.value);
		p->heap.step = used.step;
		p->heap.rounding = MW_DOWN;
	}
	if (slice_after(&rest, "capacity ") && mw_quantity_take(&rest, 1024, false, &capacity))
		mw_jvm_put(&p->heap.committed[MW_JVM_HEAP], capacity.value);
}

static void read_key(struct reader *p, struct slice key, uint64_t value)
{
	if (!p->in_usage && slice_is(key, "MaxHeapSize"))
		mw_jvm_put(&p->max, value);
	/* the JVM's word for "none" is the address space's last MiB */
	if (!p->in_usage && slice_is(key, "MaxMetaspaceSize") && value >> 60 == 0)
		mw_jvm_put(&p->metaspace_max, value);
	if (!p->in_usage || p->pool == MW_JVM_NONE)
		return;
	if (slice_is(key, "used"))
		mw_jvm_put(&p->heap.used[p->pool], value);
	else if (slice_is(key, "committed"))
		mw_jvm_put(&p->heap.committed[p->pool], value);
	/* of a heap that has generations it is the ceiling: they tell what is taken */
	else if (slice_is(key, "capacity") && p->pool != MW_JVM_HEAP)
		mw_jvm_put(&p->heap.committed[p->pool], value);
	else if (slice_is(key, "capacity"))
		mw_jvm_put(&p->capacity, value);
}

static void read_line(struct reader *p, struct slice line)
{
	struct slice key;
	uint64_t value;

	if (section_of(line, &p->pool)) {
		p->in_usage = !slice_begins(line, "Heap Configuration:");
		return;
	}
	for (size_t i = 0; i < sizeof(collectors) / sizeof(*collectors); i++)
		if (slice_begins(line, collectors[i].begins))
			p->collector = collectors[i].name;
	if (slice_word(&line, "JVM version is "))
		p->version = line;
	else if (slice_word(&line, "Attaching to process ID "))
		slice_u64(&line, &p->pid);
	else if (slice_begins(line, "ZHeap "))
		read_zheap(p, line);
	else if (key_of(line, &key, &value))
		read_key(p, key, value);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct reader p = { .version = { "", 0 }, .pid = mw_jvm_pid(b) };
	struct mw_entity *jvm;
	int error = 0;

	for (size_t i = 0; i < b->lines; i++)
		read_line(&p, slice_trim(mw_line_bare(mw_block_line(r, b, i))));
	jvm = mw_jvm_row(r, p.pid);
	if (!jvm)
		return -ENOMEM;
	if (p.max.state != MW_OK)
		p.max = p.capacity;
	if (p.max.state == MW_OK)
		error = mw_reading_print(r, jvm, M_RT_HEAP_MAX, "MaxHeapSize", p.max.v, 0,
					 MW_NEAREST);
	if (p.metaspace_max.state == MW_OK)
		mw_set(jvm, M_RT_METASPACE_MAX, p.metaspace_max.v);
	if (p.collector)
		mw_set_text(r->s, jvm, M_RT_COLLECTOR, slice_of(p.collector));
	if (p.version.len)
		mw_set_text(r->s, jvm, M_RT_VERSION, p.version);
	return error ? error : mw_jvm_set(r, jvm, &p.heap);
}

const struct mw_format mw_format_jmap_heap = {
	.id = "jmap-heap",
	.name = N_("jmap -heap"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
