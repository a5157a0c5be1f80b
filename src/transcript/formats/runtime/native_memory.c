/* jcmd VM.native_memory, summary, detail or the difference to a baseline
 * (share/services/memReporter.cpp). Kinds of memory that the model has no metric for are kept as
 * printed. */
#include "jvm.h"

#include <errno.h>

static bool number_behind(struct slice text, const char *word, struct mw_quantity *q)
{
	return slice_after(&text, word) && mw_quantity_take(&text, 1024, false, q);
}

/* "-      Java Heap (reserved=204800KB, committed=204800KB)" */
static bool take_kind(struct slice text, struct slice *name, struct mw_quantity *committed)
{
	if (!slice_word(&text, "-") || !slice_until(&text, '(', name) ||
	    !slice_word(&text, "reserved=") || !number_behind(text, "committed=", committed))
		return false;
	*name = slice_trim(*name);
	return name->len > 0;
}

static bool is_total(struct slice text)
{
	struct mw_quantity q;

	return slice_begins(text, "Total: reserved=") && number_behind(text, "committed=", &q);
}

static bool is_other(struct slice text)
{
	static const char *const begins[] = { "Native Memory Tracking:",
					      "(Omitting categories",
					      "malloc: ",
					      "malloc=",
					      "mmap: ",
					      "mmap=",
					      "(",
					      "arena=",
					      NULL };

	for (const char *const *b = begins; *b; b++)
		if (slice_begins(text, *b))
			return true;
	return false;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t at = mw_jvm_behind_pid(paste, line), end = line;
	bool total = false;

	if (paste->lines[line].kind != MW_LINE_TEXT || at == paste->count)
		return 0;
	for (; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct slice text = slice_trim(mw_line_bare(l)), name;
		struct mw_quantity q;

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		if (l->kind == MW_LINE_ELLIPSIS)
			b->cut = true;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (is_total(text) || take_kind(text, &name, &q)) {
			if (is_total(text) && total)
				break;
			total |= is_total(text);
			b->keys++;
		} else if (!is_other(text) ||
			   (!b->keys && !slice_begins(text, "Native Memory Tracking:") &&
			    !slice_begins(text, "(Omitting categories"))) {
			break;
		}
		end = at + 1;
	}
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

static const struct {
	const char *kind;
	enum mw_metric metric;
} kinds[] = {
	{ "Java Heap", M_RT_HEAP_COMMITTED },
	{ "Code", M_RT_CODE_COMMITTED },
};

struct reader {
	struct mw_reading *r;
	struct mw_entity *jvm;
	struct slice kind;
	struct mw_num metaspace_used, metaspace_taken;
	bool in_class;
};

static int read_kind(struct reader *p, const struct mw_quantity *q)
{
	const char *what = arena_copy(p->r->arena, p->kind);
	enum mw_metric metric = MW_METRICS;

	if (!what)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (slice_is(p->kind, kinds[i].kind))
			metric = kinds[i].metric;
	return mw_reading_print(p->r, p->jvm, metric, what, q->value, q->step, MW_NEAREST);
}

static void add(struct mw_num *to, uint64_t v)
{
	if (to->v > UINT64_MAX - v)
		return;
	mw_jvm_put(to, to->v + v);
}

/* Behind "( Metadata: )" and "( Class space:)" come the parts of metaspace. */
static void read_detail(struct reader *p, struct slice text)
{
	struct mw_quantity q;
	uint64_t threads;

	if (slice_word(&text, "(thread #") && slice_u64(&text, &threads))
		mw_set(p->jvm, M_RT_THREADS, threads);
	if (slice_begins(text, "(  Metadata:") || slice_begins(text, "(  Class space:"))
		p->in_class = slice_is(p->kind, "Class");
	if (!p->in_class)
		return;
	if (number_behind(text, "(    used=", &q))
		add(&p->metaspace_used, q.value);
	else if (slice_begins(text, "(    reserved=") && number_behind(text, "committed=", &q))
		add(&p->metaspace_taken, q.value);
}

static int read_total(struct reader *p, struct slice text)
{
	struct mw_quantity q;
	int error = 0;

	if (number_behind(text, "reserved=", &q))
		error = mw_reading_print(p->r, p->jvm, M_RT_NATIVE_RESERVED, "reserved", q.value,
					 q.step, MW_NEAREST);
	if (!error && number_behind(text, "committed=", &q))
		error = mw_reading_print(p->r, p->jvm, M_RT_NATIVE_COMMITTED, "committed", q.value,
					 q.step, MW_NEAREST);
	return error;
}

static int read_line(struct reader *p, struct slice text)
{
	struct mw_quantity q;
	struct slice name;

	if (is_total(text))
		return read_total(p, text);
	if (take_kind(text, &name, &q)) {
		p->kind = name;
		p->in_class = false;
		return read_kind(p, &q);
	}
	read_detail(p, text);
	return 0;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct reader p = { .r = r, .kind = { "", 0 } };
	uint64_t pid = mw_jvm_pid(b);
	int error = 0;

	mw_jvm_pid_line(mw_block_line(r, b, 0)->text, &pid);
	p.jvm = mw_jvm_row(r, pid);
	if (!p.jvm)
		return -ENOMEM;
	for (size_t i = 0; i < b->lines && !error; i++)
		/* "#20" is no remark here */
		error = read_line(&p, slice_trim(mw_block_line(r, b, i)->text));
	if (p.metaspace_used.state == MW_OK)
		mw_set(p.jvm, M_RT_METASPACE_USED, p.metaspace_used.v);
	if (p.metaspace_taken.state == MW_OK)
		mw_set(p.jvm, M_RT_METASPACE_COMMITTED, p.metaspace_taken.v);
	return error;
}

const struct mw_format mw_format_native_memory = {
	.id = "jvm-native-memory",
	.name = N_("the JVM's native memory tracking (jcmd VM.native_memory)"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
