/* Tables of processes: ps in all its forms, and the rows of top. What a column is, its title says:
 *
 *	USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND
 *	root           1  0.0  0.1 168084 11404 ?        Ss   Nov20   0:03 /sbin/init
 *
 * `ps -ef | grep java` and `ps aux | grep java` have none: then the command tells. */
#include "transcript/format.h"

#include <errno.h>

enum { MOST_COMM = 15 };

enum value { AS_TEXT, AS_KIB, AS_COUNT, AS_PID, AS_COMM, AS_COMMAND };

static const struct {
	const char *title;
	enum value as;
	enum mw_metric metric; /* MW_METRICS: only tells that this is a table of processes */
} titles[] = {
	{ "PID", AS_PID, MW_METRICS },
	{ "PPID", AS_COUNT, M_P_PPID },
	{ "VSZ", AS_KIB, M_P_VSS },
	{ "VSIZE", AS_KIB, M_P_VSS },
	{ "VIRT", AS_KIB, M_P_VSS },
	{ "RSS", AS_KIB, M_P_RSS },
	{ "RSZ", AS_KIB, M_P_RSS },
	{ "RES", AS_KIB, M_P_RSS },
	{ "SHR", AS_KIB, M_P_RSS_SHARED },
	{ "SWAP", AS_KIB, M_P_SWAP },
	{ "PSS", AS_KIB, M_P_PSS },
	{ "USS", AS_KIB, M_P_USS },
	{ "NLWP", AS_COUNT, M_P_THREADS },
	{ "THCNT", AS_COUNT, M_P_THREADS },
	{ "MAJFL", AS_COUNT, M_P_MAJFLT },
	{ "MAJFLT", AS_COUNT, M_P_MAJFLT },
	{ "MINFL", AS_COUNT, M_P_MINFLT },
	{ "MINFLT", AS_COUNT, M_P_MINFLT },
	{ "COMMAND", AS_COMMAND, MW_METRICS },
	{ "CMD", AS_COMMAND, MW_METRICS },
	{ "ARGS", AS_COMMAND, MW_METRICS },
	{ "Command", AS_COMMAND, MW_METRICS },
	{ "COMM", AS_COMM, MW_METRICS },
	{ "USER", AS_TEXT, MW_METRICS },
	{ "UID", AS_TEXT, MW_METRICS },
	{ "%MEM", AS_TEXT, MW_METRICS },
	{ "%CPU", AS_TEXT, MW_METRICS },
	{ "TTY", AS_TEXT, MW_METRICS },
	{ "STAT", AS_TEXT, MW_METRICS },
	{ "TIME", AS_TEXT, MW_METRICS },
	{ "TIME+", AS_TEXT, MW_METRICS },
};

enum { TITLES = sizeof(titles) / sizeof(*titles) };

static size_t title_of(struct slice word)
{
	size_t i = 0;

	while (i < TITLES && !slice_is(word, titles[i].title))
		i++;
	return i;
}

/* --- headers ---------------------------------------------------------------------------------- */

static bool is_header(struct slice line, struct mw_columns *c)
{
	size_t known = 0, pid;

	if (!mw_columns_header(line, c))
		return false;
	pid = mw_columns_find(c, "PID");
	for (size_t i = 0; i < c->count; i++)
		known += title_of(c->names[i]) < TITLES;
	/* two words of a sentence are no header */
	return pid < c->count && known >= 2 && known * 2 >= c->count;
}

static bool is_number(struct slice word)
{
	uint64_t v;

	return slice_u64(&word, &v) && !word.len;
}

/* The rows that grep left of "ps -ef" or "ps aux". */
static bool is_bare(const struct mw_paste_command *c, struct slice line, struct mw_columns *out)
{
	static const struct {
		struct slice header;
		size_t numbers[3]; /* cells that are numbers, by their place */
	} forms[] = {
		{ SLICE("UID PID PPID C STIME TTY TIME CMD"), { 1, 2, 3 } },
		{ SLICE("USER PID %CPU %MEM VSZ RSS TTY STAT START TIME COMMAND"), { 1, 4, 5 } },
	};
	struct slice cells[MW_COLUMNS];

	if (!c || !slice_is(c->program, "ps"))
		return false;
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		bool fits;

		mw_columns_header(forms[i].header, out);
		fits = mw_columns_row(out, line, cells) == out->count;
		for (size_t k = 0; k < 3 && fits; k++)
			fits = is_number(cells[forms[i].numbers[k]]);
		if (fits)
			return true;
	}
	return false;
}

static bool is_row(const struct mw_columns *c, struct slice line, struct slice *cells)
{
	size_t pid = mw_columns_find(c, "PID"), got = mw_columns_row(c, line, cells);

	/* the last cell may be empty: a command that was cut */
	return got + 1 >= c->count && pid < got && is_number(cells[pid]);
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice cells[MW_COLUMNS];
	struct mw_columns c;
	bool header = is_header(paste->lines[line].text, &c);
	size_t end = line, n = line + header;

	if (!header && !is_bare(hint, paste->lines[line].text, &c))
		return 0;
	for (; n < paste->count; n++) {
		if (is_row(&c, paste->lines[n].text, cells)) {
			end = n + 1;
			b->keys++;
		} else if (paste->lines[n].kind == MW_LINE_ELLIPSIS) {
			b->cut = true;
		} else {
			break;
		}
	}
	b->certainty = header ? MW_SURE : MW_LIKELY;
	return b->keys ? end - line : 0;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* "/usr/bin/java -jar x" is java, "nginx: master process" nginx, "[kworker/0:1]" kworker/0:1. */
static struct slice comm_of(struct slice command)
{
	struct slice word;

	/* ps f and top V draw a tree in front */
	while (command.len && strchr(" |\\_`-", *command.at))
		command = slice_skip(command, 1);
	if (!slice_token(&command, &word))
		return (struct slice){ "", 0 };
	if (slice_word(&word, "[")) {
		if (slice_ends(word, "]"))
			word.len--;
		return word;
	}
	if (slice_ends(word, ":"))
		word.len--;
	word = slice_last(word, '/');
	if (word.len > MOST_COMM)
		word.len = MOST_COMM;
	return word;
}

static int set_size(struct mw_reading *r, struct mw_entity *e, size_t title, struct slice cell)
{
	struct mw_quantity q;
	bool rounded;

	if (!mw_quantity_parse(cell, 1024, &q) || (!q.unit && q.value > UINT64_MAX >> 10))
		return 0;
	/* top: "1.2g"; without a unit KiB */
	rounded = q.unit != 0;
	return mw_reading_print(r, e, titles[title].metric, titles[title].title,
				rounded ? q.value : q.value << 10, rounded ? q.step : 0,
				MW_NEAREST);
}

static int set(struct mw_reading *r, struct mw_entity *e, size_t title, struct slice cell)
{
	uint64_t v;

	switch (titles[title].as) {
	case AS_KIB: return set_size(r, e, title, cell);
	case AS_COUNT:
		if (slice_u64(&cell, &v) && !cell.len)
			mw_set(e, titles[title].metric, v);
		return 0;
	case AS_COMMAND:
		/* top and ps -o comm show the name alone */
		if (slice_after(&(struct slice){ cell.at, cell.len }, " "))
			mw_set_text(r->s, e, M_P_CMDLINE, slice_trim(cell));
		return 0;
	default: return 0;
	}
}

static int read_row(struct mw_reading *r, const struct mw_columns *c, const struct slice *cells)
{
	struct slice pid = cells[mw_columns_find(c, "PID")], name = { "", 0 };
	struct mw_entity *e;
	uint64_t id;
	int error = 0;

	for (size_t i = 0; i < c->count; i++) {
		size_t title = title_of(c->names[i]);

		if (title < TITLES && titles[title].as == AS_COMM)
			name = slice_trim(cells[i]);
		else if (title < TITLES && titles[title].as == AS_COMMAND && !name.len)
			name = comm_of(cells[i]);
	}
	if (!slice_u64(&pid, &id))
		return 0;
	e = mw_reading_process(r, id, name);
	if (!e)
		return -ENOMEM;
	for (size_t i = 0; i < c->count && !error; i++) {
		size_t title = title_of(c->names[i]);

		if (title < TITLES)
			error = set(r, e, title, cells[i]);
	}
	return error;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct slice first = mw_block_line(r, b, 0)->text, cells[MW_COLUMNS];
	struct mw_columns c;
	int error = 0;

	if (!is_header(first, &c) && !is_bare(b->command, first, &c))
		return -EBADMSG;
	for (size_t i = 0; i < b->lines && !error; i++) {
		memset(cells, 0, sizeof(cells));
		if (is_row(&c, mw_block_line(r, b, i)->text, cells))
			error = read_row(r, &c, cells);
	}
	return error;
}

const struct mw_format mw_format_ps = {
	.id = "ps",
	.name = N_("processes (ps, top)"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
