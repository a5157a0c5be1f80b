/* jstat -gc, -gcutil, -gccapacity, -class and their likes: a header, and a row per sample. Numbers
 * and words are read as they come, wherever lines were broken. "-": this collector has no such thing.
 * (jdk.jcmd/share/classes/sun/tools/jstat/resources/jstat_options) */
#include "jvm.h"

#include <errno.h>

/* Its columns, with the metric that follows from one alone. */
static const struct {
	const char *name;
	enum mw_metric metric;
	enum { PLAIN, KIB, SECONDS, COUNT } kind;
} columns[] = {
	{ "Timestamp", MW_METRICS, PLAIN },
	{ "S0C", MW_METRICS, KIB },
	{ "S1C", MW_METRICS, KIB },
	{ "S0U", MW_METRICS, KIB },
	{ "S1U", MW_METRICS, KIB },
	{ "EC", MW_METRICS, KIB },
	{ "EU", MW_METRICS, KIB },
	{ "OC", MW_METRICS, KIB },
	{ "OU", MW_METRICS, KIB },
	{ "PC", MW_METRICS, KIB },
	{ "PU", MW_METRICS, KIB },
	{ "MC", MW_METRICS, KIB },
	{ "MU", MW_METRICS, KIB },
	{ "CCSC", MW_METRICS, KIB },
	{ "CCSU", MW_METRICS, KIB },
	{ "YGC", M_RT_GC_COUNT, COUNT },
	{ "YGCT", M_RT_GC_TIME, SECONDS },
	{ "FGC", M_RT_FULL_GC_COUNT, COUNT },
	{ "FGCT", M_RT_FULL_GC_TIME, SECONDS },
	{ "CGC", MW_METRICS, PLAIN },
	{ "CGCT", MW_METRICS, PLAIN },
	{ "GCT", MW_METRICS, PLAIN },
	{ "S0", MW_METRICS, PLAIN },
	{ "S1", MW_METRICS, PLAIN },
	{ "E", MW_METRICS, PLAIN },
	{ "O", MW_METRICS, PLAIN },
	{ "P", MW_METRICS, PLAIN },
	{ "M", MW_METRICS, PLAIN },
	{ "CCS", MW_METRICS, PLAIN },
	{ "NGCMN", MW_METRICS, KIB },
	{ "NGCMX", MW_METRICS, KIB },
	{ "NGC", MW_METRICS, KIB },
	{ "OGCMN", MW_METRICS, KIB },
	{ "OGCMX", MW_METRICS, KIB },
	{ "OGC", MW_METRICS, KIB },
	{ "PGCMN", MW_METRICS, KIB },
	{ "PGCMX", MW_METRICS, KIB },
	{ "PGC", MW_METRICS, KIB },
	{ "MCMN", MW_METRICS, KIB },
	{ "MCMX", MW_METRICS, KIB },
	{ "CCSMN", MW_METRICS, KIB },
	{ "CCSMX", MW_METRICS, KIB },
	{ "S0CMX", MW_METRICS, KIB },
	{ "S1CMX", MW_METRICS, KIB },
	{ "ECMX", MW_METRICS, KIB },
	{ "TT", MW_METRICS, PLAIN },
	{ "MTT", MW_METRICS, PLAIN },
	{ "DSS", MW_METRICS, PLAIN },
	{ "LGCC", MW_METRICS, PLAIN },
	{ "GCC", MW_METRICS, PLAIN },
	{ "Loaded", M_RT_CLASSES, COUNT },
	{ "Bytes", MW_METRICS, PLAIN },
	{ "Unloaded", MW_METRICS, PLAIN },
	{ "Time", MW_METRICS, PLAIN },
};

enum { COLUMNS = sizeof(columns) / sizeof(*columns), WIDTH = 32 };

static size_t column(struct slice name)
{
	size_t i = 0;

	while (i < COLUMNS && !slice_is(name, columns[i].name))
		i++;
	return i;
}

static bool has_text(size_t column)
{
	return !strcmp(columns[column].name, "LGCC") || !strcmp(columns[column].name, "GCC");
}

struct header {
	uint8_t at[WIDTH]; /* columns with numbers */
	size_t count;
};

/* A line of column names only. */
static bool take_names(struct slice line, struct header *h)
{
	struct slice word;
	size_t count = h->count, first = count;

	while (slice_token(&line, &word)) {
		size_t c = column(word);

		if (c == COLUMNS || count == WIDTH)
			return false;
		if (!has_text(c))
			h->at[count++] = (uint8_t)c;
	}
	h->count = count;
	return count > first;
}

/* A line of numbers and "-", with the causes behind them that -gccause prints. */
static size_t take_numbers(struct slice line, struct mw_quantity *out, bool *there, size_t room)
{
	struct slice word;
	size_t n = 0;

	while (n < room && slice_token(&line, &word)) {
		there[n] = mw_quantity_parse(word, 1024, &out[n]);
		if (there[n] ? out[n].unit != 0 : !slice_is(word, "-"))
			break;
		n++;
	}
	return n;
}

static bool decisive(const struct header *h)
{
	static const char *const names[] = { "OC",    "OU", "OGC", "EC",     "YGCT", "GCT",
					     "NGCMN", "O",  "M",   "Loaded", "MC",   NULL };
	size_t hits = 0;

	for (size_t i = 0; i < h->count; i++)
		for (const char *const *n = names; *n; n++)
			hits += !strcmp(columns[h->at[i]].name, *n);
	return h->count > 3 && hits;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct header h = { .count = 0 };
	size_t end = line, rows = 0;
	bool body = false;

	if (paste->lines[line].kind != MW_LINE_TEXT)
		return 0;
	for (size_t at = line; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct slice text = mw_line_bare(l);
		struct mw_quantity q[WIDTH];
		bool there[WIDTH];
		struct header again = { .count = 0 };

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		if (l->kind == MW_LINE_ELLIPSIS)
			b->cut = true;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (!body && take_names(text, &h))
			continue;
		if (!decisive(&h))
			return 0;
		body = true;
		/* -h N repeats the header; another one is another block */
		if (take_names(text, &again)) {
			if (again.count != h.count || memcmp(again.at, h.at, h.count) != 0)
				break;
			continue;
		}
		if (!take_numbers(text, q, there, WIDTH))
			break;
		rows++;
		end = at + 1;
	}
	b->keys = (uint32_t)h.count;
	/* -gc and -gcutil are different texts */
	b->variant = h.at[0] | (uint32_t)h.count << 8;
	b->certainty = MW_SURE;
	return rows ? end - line : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct sample {
	const struct header *header;
	struct mw_quantity values[WIDTH];
	bool there[WIDTH];
	size_t count;
};

static const struct mw_quantity *find(const struct sample *s, const char *name, bool *there)
{
	for (size_t i = 0; i < s->count; i++)
		if (!strcmp(columns[s->header->at[i]].name, name)) {
			*there = s->there[i];
			return &s->values[i];
		}
	return NULL;
}

static struct mw_num bytes_of(const struct sample *s, const char *name)
{
	bool there;
	const struct mw_quantity *q = find(s, name, &there);

	/* no thousandths of a number that is too large for them */
	if (!q || !there || (!q->micro && q->value) || q->micro > UINT64_MAX / 1024)
		return (struct mw_num){ 0, MW_ABSENT };
	return (struct mw_num){ q->micro * 1024 / 1000000, MW_OK };
}

static const struct {
	enum mw_jvm_pool pool;
	const char *used, *taken;
} pools[] = {
	{ MW_JVM_EDEN, "EU", "EC" }, { MW_JVM_FROM, "S0U", "S0C" }, { MW_JVM_TO, "S1U", "S1C" },
	{ MW_JVM_OLD, "OU", "OC" },  { MW_JVM_META, "PU", "PC" },   { MW_JVM_META, "MU", "MC" },
	{ MW_JVM_OLD, NULL, "OGC" }, { MW_JVM_YOUNG, NULL, "NGC" },
};

/* One range that both generations may fill, or one for each. */
static struct mw_num heap_max(const struct sample *s)
{
	struct mw_num young = bytes_of(s, "NGCMX"), old = bytes_of(s, "OGCMX");
	bool shared = bytes_of(s, "NGCMN").v == 0 || bytes_of(s, "S0C").state != MW_OK;

	if (old.state == MW_OK && young.state == MW_OK && !(shared && young.v == old.v) &&
	    old.v <= UINT64_MAX - young.v)
		old.v += young.v;
	return old;
}

static void set_counts(struct mw_entity *jvm, const struct sample *s)
{
	for (size_t i = 0; i < s->count; i++) {
		enum mw_metric metric = columns[s->header->at[i]].metric;

		if (s->there[i] && metric != MW_METRICS)
			mw_set(jvm, metric,
			       columns[s->header->at[i]].kind == SECONDS ? s->values[i].micro
									 : s->values[i].value);
	}
}

/* Collectors without generations have "-" for the young one: the old one is all. */
static void set_one_generation(const struct sample *s, struct mw_jvm_heap *heap)
{
	bool there;

	if (!find(s, "EC", &there) || there)
		return;
	heap->used[MW_JVM_HEAP] = heap->used[MW_JVM_OLD];
	heap->committed[MW_JVM_HEAP] = heap->committed[MW_JVM_OLD];
}

static int read_sample(struct mw_reading *r, const struct mw_block *b, const struct sample *s)
{
	struct mw_entity *jvm = mw_jvm_row(r, mw_jvm_pid(b));
	/* 0.1 KiB */
	struct mw_jvm_heap heap = { .step = 103 };
	struct mw_num max = heap_max(s);
	int error = 0;

	if (!jvm)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(pools) / sizeof(*pools); i++) {
		struct mw_num taken = bytes_of(s, pools[i].taken), used = { 0, MW_ABSENT };

		if (pools[i].used)
			used = bytes_of(s, pools[i].used);
		if (taken.state == MW_OK)
			heap.committed[pools[i].pool] = taken;
		if (used.state == MW_OK)
			heap.used[pools[i].pool] = used;
	}
	set_one_generation(s, &heap);
	set_counts(jvm, s);
	if (max.state == MW_OK)
		error = mw_reading_print(r, jvm, M_RT_HEAP_MAX, "heap max", max.v, heap.step,
					 MW_NEAREST);
	return error ? error : mw_jvm_set(r, jvm, &heap);
}

/* Rows may be broken in several lines; each that is whole is a moment of its own. */
static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct header h = { .count = 0 };
	struct sample s = { .header = &h };
	bool any = false, body = false;

	for (size_t i = 0; i < b->lines; i++) {
		struct slice line = mw_line_bare(mw_block_line(r, b, i));
		struct header again = { .count = 0 };
		int error;

		if (!line.len || mw_block_line(r, b, i)->kind != MW_LINE_TEXT)
			continue;
		if (take_names(line, body ? &again : &h))
			continue;
		body = true;
		s.count += take_numbers(line, s.values + s.count, s.there + s.count,
					h.count - s.count);
		if (s.count < h.count)
			continue;
		error = any ? mw_reading_moment(r) : 0;
		any = true;
		if (!error)
			error = read_sample(r, b, &s);
		if (error)
			return error;
		s.count = 0;
	}
	return any ? 0 : -EBADMSG;
}

const struct mw_format mw_format_jstat = {
	.id = "jstat",
	.name = N_("jstat"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
