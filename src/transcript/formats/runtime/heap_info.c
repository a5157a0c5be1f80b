/* The heap as the JVM itself prints it: jcmd GC.heap_info, a thread dump's end, hs_err files, the GC
 * log's "Heap before GC" (CollectedHeap::print_on() of each collector, MetaspaceUtils::print_on()).
 * KiB or MiB, rounded down. */
#include "jvm.h"

#include <errno.h>

/* Lines by how they begin; those that tell a pool have its numbers behind. */
static const struct {
	const char *begins;
	enum mw_jvm_pool pool;
	const char *collector;
} lines[] = {
	{ "garbage-first heap ", MW_JVM_HEAP, "G1" },
	{ "PSYoungGen ", MW_JVM_YOUNG, "Parallel" },
	{ "ParOldGen ", MW_JVM_OLD, "Parallel" },
	{ "PSOldGen ", MW_JVM_OLD, "Parallel" },
	{ "PSPermGen ", MW_JVM_META, "Parallel" },
	{ "def new generation ", MW_JVM_YOUNG, "Serial" },
	{ "DefNew ", MW_JVM_YOUNG, "Serial" },
	{ "par new generation ", MW_JVM_YOUNG, "CMS" },
	{ "tenured generation ", MW_JVM_OLD, NULL },
	{ "Tenured ", MW_JVM_OLD, NULL },
	{ "concurrent mark-sweep generation ", MW_JVM_OLD, "CMS" },
	{ "compacting perm gen ", MW_JVM_META, NULL },
	{ "concurrent-mark-sweep perm gen ", MW_JVM_META, NULL },
	{ "eden space ", MW_JVM_EDEN, NULL },
	{ "from space ", MW_JVM_FROM, NULL },
	{ "to   space ", MW_JVM_TO, NULL },
	{ "ZHeap ", MW_JVM_HEAP, "Z" },
	{ "Shenandoah Heap", MW_JVM_NONE, "Shenandoah" },
	{ "Metaspace ", MW_JVM_META, NULL },
	{ "class space ", MW_JVM_CLASS_SPACE, NULL },
};

/* Others that stand between them. */
static const char *const others[] = {
	"the space ",       "object space ", "region size ",    "ro space", "rw space",
	"No shared spaces", "Status: ",      "Reserved region", "- [0x",    "Collection set",
	"- map (",          "Cache ",        "size classes",    "Heap",     NULL
};

enum { LINES = sizeof(lines) / sizeof(*lines) };

static size_t line_of(struct slice text)
{
	size_t i = 0;

	while (i < LINES && !slice_begins(text, lines[i].begins))
		i++;
	return i;
}

static bool number_behind(struct slice text, const char *word, struct mw_quantity *q)
{
	return slice_after(&text, word) && mw_quantity_take(&text, 1024, false, q) &&
	       (q->unit == 'K' || q->unit == 'M' || q->unit == 'G');
}

/* Of a heading, a number must follow: "PSYoungGen total 59904K", not a sentence. */
static bool is_line(struct slice text)
{
	static const char *const numbers[] = { "total ", "used ", "space ", "reserved " };
	size_t i = line_of(text);
	struct mw_quantity q;

	if (i < LINES && lines[i].pool == MW_JVM_NONE)
		return true;
	for (size_t k = 0; i < LINES && k < sizeof(numbers) / sizeof(*numbers); k++)
		if (number_behind(text, numbers[k], &q))
			return true;
	return false;
}

/* "200M max, 200M soft max, 200M committed, 43808K used" */
static bool shenandoah(struct slice text, struct mw_quantity q[4], size_t *count)
{
	static const char *const words[] = { " max", " soft max", " committed", " used" };
	size_t n = 0, at = 0;

	for (; n < 4 && mw_quantity_take(&text, 1024, false, &q[at]); n++) {
		if (!slice_word(&text, words[n])) {
			/* older ones have no soft maximum */
			if (n != 1 || !slice_word(&text, words[++n]))
				return false;
		}
		at++;
		slice_word(&text, ",");
	}
	*count = at;
	return at >= 3;
}

static bool is_other(struct slice text)
{
	struct mw_quantity q[4];
	size_t n;

	for (const char *const *o = others; *o; o++)
		if (slice_begins(text, *o))
			return true;
	return shenandoah(text, q, &n) || slice_ends(text, "K regions") ||
	       slice_ends(text, "M regions");
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t at = mw_jvm_behind_pid(paste, line), end = line;

	if (paste->lines[line].kind != MW_LINE_TEXT || at == paste->count)
		return 0;
	for (; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct slice text = slice_trim(mw_line_bare(l));
		uint64_t pid;

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT ||
		    (b->keys && mw_jvm_pid_line(text, &pid)))
			break;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (is_line(text))
			b->keys++;
		else if (!b->keys || !is_other(text))
			break;
		end = at + 1;
	}
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

struct reader {
	struct mw_jvm_heap heap;
	struct mw_num max;
	const char *collector;
};

static void put(struct reader *p, struct mw_num *to, const struct mw_quantity *q)
{
	mw_jvm_put(to, q->value);
	if (q->step > p->heap.step)
		p->heap.step = q->step;
}

static void read_line(struct reader *p, struct slice text)
{
	static const char *const taken[] = { "committed ", " capacity ", "total ", " space " };
	struct mw_quantity q, four[4];
	size_t i = line_of(text), n;
	enum mw_jvm_pool pool = i < LINES ? lines[i].pool : MW_JVM_NONE;

	if (i < LINES && lines[i].collector)
		p->collector = lines[i].collector;
	if (shenandoah(text, four, &n)) {
		put(p, &p->max, &four[0]);
		put(p, &p->heap.committed[MW_JVM_HEAP], &four[n - 2]);
		put(p, &p->heap.used[MW_JVM_HEAP], &four[n - 1]);
	}
	if (pool == MW_JVM_NONE)
		return;
	if (number_behind(text, "used ", &q))
		put(p, &p->heap.used[pool], &q);
	if (number_behind(text, "max capacity ", &q))
		put(p, &p->max, &q);
	for (size_t k = 0; k < sizeof(taken) / sizeof(*taken); k++)
		if (number_behind(text, taken[k], &q)) {
			put(p, &p->heap.committed[pool], &q);
			break;
		}
	/* of eden and survivors only the share in use is printed: the generation tells it */
	if (pool >= MW_JVM_EDEN && pool <= MW_JVM_TO)
		p->heap.used[pool].state = MW_ABSENT;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct reader p = { .heap.rounding = MW_DOWN };
	struct mw_entity *jvm;
	uint64_t pid = mw_jvm_pid(b);
	int error = 0;

	for (size_t i = 0; i < b->lines; i++) {
		struct slice text = slice_trim(mw_line_bare(mw_block_line(r, b, i)));

		if (!mw_jvm_pid_line(text, &pid))
			read_line(&p, text);
	}
	jvm = mw_jvm_row(r, pid);
	if (!jvm)
		return -ENOMEM;
	if (p.max.state == MW_OK)
		error = mw_reading_print(r, jvm, M_RT_HEAP_MAX, "heap max", p.max.v, p.heap.step,
					 MW_DOWN);
	if (p.collector)
		mw_set_text(r->s, jvm, M_RT_COLLECTOR, slice_of(p.collector));
	return error ? error : mw_jvm_set(r, jvm, &p.heap);
}

const struct mw_format mw_format_heap_info = {
	.id = "jvm-heap-info",
	.name = N_("the JVM's heap (jcmd GC.heap_info)"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
