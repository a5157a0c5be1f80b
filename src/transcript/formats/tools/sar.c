/* sar -r, -S, -B, -W (sysstat): a table of moments, in any locale.
 *
 *	09:40:23 PM kbmemfree   kbavail kbmemused  %memused kbbuffers  kbcached  kbcommit …
 *	09:40:24 PM  21763168  23655012    659380      2.67     41076   1909844    136536 …
 *	Average:     21770290  23662134    652308      2.64     41076   1909844    136536 …
 *
 * Averages belong to no moment, and rates are kept as printed. */
#include "transcript/format.h"

enum { MOST_ROWS = 256, MOST_WORDS = 32, MOST_TIME = 2 };

/* With which a table begins. */
static const char *const begins[] = { "kbmemfree", "kbswpfree", "pgpgin/s", "pswpin/s" };

static const struct {
	const char *name;
	enum mw_metric metric;
} columns[] = {
	{ "kbmemfree", M_MEM_FREE },   { "kbavail", M_MEM_AVAILABLE },
	{ "kbmemused", MW_METRICS },   { "kbbuffers", M_BUFFERS },
	{ "kbcached", M_CACHED },      { "kbcommit", M_COMMITTED },
	{ "kbactive", M_ACTIVE },      { "kbinact", M_INACTIVE },
	{ "kbdirty", M_DIRTY },        { "kbanonpg", M_ANON },
	{ "kbslab", M_SLAB },          { "kbkstack", M_KERNEL_STACK },
	{ "kbpgtbl", M_PAGE_TABLES },  { "kbvmused", M_VMALLOC_USED },
	{ "kbswpfree", M_SWAP_FREE },  { "kbswpused", MW_METRICS },
	{ "kbswpcad", M_SWAP_CACHED }, { "pswpin/s", MW_METRICS },
	{ "pswpout/s", MW_METRICS },   { "pgpgin/s", MW_METRICS },
	{ "pgpgout/s", MW_METRICS },   { "fault/s", MW_METRICS },
	{ "majflt/s", MW_METRICS },    { "pgscank/s", MW_METRICS },
	{ "pgscand/s", MW_METRICS },   { "pgsteal/s", MW_METRICS },
};

enum { TABLES = sizeof(begins) / sizeof(*begins) };

static size_t table_of(struct slice word)
{
	size_t i = 0;

	while (i < TABLES && !slice_is(word, begins[i]))
		i++;
	return i;
}

struct words {
	struct slice at[MOST_WORDS];
	size_t count;
	size_t time; /* words of it that stood in front */
};

static bool split(struct slice line, struct words *out)
{
	out->count = 0;
	while (out->count < MOST_WORDS && slice_token(&line, &out->at[out->count]))
		out->count++;
	return !slice_trim(line).len;
}

/* "09:40:23", "09:40:23 PM", "09时40分23秒", "下午 09:40:23" */
static bool is_time(const struct words *w, size_t count)
{
	bool digit = false;

	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < w->at[i].len; k++)
			digit |= w->at[i].at[k] >= '0' && w->at[i].at[k] <= '9';
	return digit;
}

/* The column titles alone. */
static bool take_header(struct slice line, struct words *out)
{
	unsigned char c = line.len ? (unsigned char)*line.at : 0;
	struct words w;
	size_t time = 0;

	/* most lines are no such thing */
	if (!(c >= '0' && c <= '9') && c < 0x80 && c != 'k' && c != 'p')
		return false;
	if (!slice_after(&(struct slice){ line.at, line.len }, "kb") &&
	    !slice_after(&(struct slice){ line.at, line.len }, "/s"))
		return false;
	if (!split(line, &w))
		return false;
	while (time < w.count && time <= MOST_TIME && table_of(w.at[time]) == TABLES)
		time++;
	if (time > MOST_TIME || w.count < time + 2 || (time && !is_time(&w, time)))
		return false;
	out->count = w.count - time;
	out->time = time;
	memcpy(out->at, w.at + time, out->count * sizeof(*w.at));
	return true;
}

/* "1234", "12.34", "12,34" of other locales, "21.0G" of --human */
static bool number(struct slice word, struct mw_quantity *q)
{
	if (word.len > 3 && word.at[word.len - 3] == ',')
		word.len -= 3;
	return mw_quantity_parse(word, 1024, q);
}

/* Cells of a row, in the header's order.
 * @average  set: it is of no moment */
static bool take_row(const struct words *header, struct slice line, struct words *out,
		     bool *average)
{
	struct mw_quantity q;
	struct words w;
	size_t time;

	if (!split(line, &w) || w.count < header->count)
		return false;
	time = w.count - header->count;
	if (time > MOST_TIME)
		return false;
	for (size_t i = time; i < w.count; i++)
		if (!number(w.at[i], &q))
			return false;
	*average = time && !is_time(&w, time);
	if (*average ? !slice_ends(w.at[time - 1], ":") && !slice_ends(w.at[time - 1], "：")
		     : time != header->time)
		return false;
	out->count = header->count;
	memcpy(out->at, w.at + time, out->count * sizeof(*w.at));
	return true;
}

static bool same(const struct words *a, const struct words *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!slice_equal(a->at[i], b->at[i]))
			return false;
	return true;
}

/* "Linux 6.18.0 (box) \t11/21/26 \t_x86_64_\t(2 CPU)" */
static bool is_banner(struct slice line)
{
	return slice_begins(line, "Linux ") && slice_ends(line, " CPU)");
}

struct run {
	struct words header;
	bool banner;
	size_t rows;
};

static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct run *run = context;
	struct slice line = slice_trim(mw_line_bare(l)), rest = line;
	struct words words;
	bool average;

	if (take_header(line, &words)) {
		if (!run->header.count)
			run->header = words;
		return same(&run->header, &words);
	}
	if (!run->header.count) {
		bool first = !run->banner;

		run->banner = true;
		return first && is_banner(line);
	}
	if (take_row(&run->header, line, &words, &average)) {
		run->rows++;
		return true;
	}
	return slice_after(&rest, "LINUX RESTART");
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct run run = { .banner = false };
	size_t lines = mw_block_run(paste, line, is_next, &run, b);

	b->certainty = MW_SURE;
	/* tables of other columns are no series with this one */
	b->variant = lines ? (uint32_t)table_of(run.header.at[0]) : 0;
	return run.rows ? lines : 0;
}

static int read_row(struct mw_reading *r, const struct words *header, const struct words *cells)
{
	struct mw_entity *node = mw_reading_node(r);
	int error = 0;

	for (size_t i = 0; i < header->count && !error; i++) {
		bool kib = slice_begins(header->at[i], "kb");
		struct mw_quantity q;
		size_t c = 0;

		while (c < sizeof(columns) / sizeof(*columns) &&
		       !slice_is(header->at[i], columns[c].name))
			c++;
		if (c == sizeof(columns) / sizeof(*columns) || !number(cells->at[i], &q) ||
		    (kib && !q.unit && q.value > UINT64_MAX / 1024))
			continue;
		if (kib && !q.unit)
			q = (struct mw_quantity){ .value = q.value * 1024 };
		error = mw_reading_print(r, node, columns[c].metric, columns[c].name, q.value,
					 q.step, kib ? MW_NEAREST : MW_DOWN);
	}
	return error;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct words header, words;
	size_t rows = 0;
	int error = 0;

	header.count = 0;
	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice line = slice_trim(mw_line_bare(mw_block_line(r, b, i)));
		bool average;

		if (take_header(line, &words)) {
			header = words;
			continue;
		}
		if (!header.count || !take_row(&header, line, &words, &average) || average ||
		    rows++ >= MOST_ROWS)
			continue;
		if (rows > 1)
			error = mw_reading_moment(r);
		if (!error)
			error = read_row(r, &header, &words);
	}
	return error;
}

const struct mw_format mw_format_sar = {
	.id = "sar",
	.name = N_("sar"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
