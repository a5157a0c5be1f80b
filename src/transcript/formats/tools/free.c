/* procps' and busybox' free, in all its units and layouts:
 *
 *	              total        used        free      shared  buff/cache   available
 *	Mem:            15G        7.8G        345M        1.6G        7.4G        3.8G
 *
 * before 3.3.10 "buffers" and "cached" and a line "-/+ buffers/cache:"; -w both. The words of the
 * header may be in the user's language. */
#include "transcript/format.h"

#include <errno.h>

enum { CELLS = 12 };

enum role {
	TOTAL,
	USED,
	FREE,
	SHARED,
	BUFF_CACHE,
	BUFFERS,
	CACHED, /* without reclaimable slab: before 3.3.10 */
	CACHE,  /* with it: -w */
	AVAILABLE,
	OTHER,
};

static const struct {
	const char *what, *swap_what; /* the English words */
	enum mw_metric metric, swap_metric;
} roles[] = {
	[TOTAL] = { "total", "swap total", M_MEM_TOTAL, M_SWAP_TOTAL },
	[USED] = { "used", "swap used", MW_METRICS, MW_METRICS },
	[FREE] = { "free", "swap free", M_MEM_FREE, M_SWAP_FREE },
	[SHARED] = { "shared", NULL, M_SHMEM, MW_METRICS },
	[BUFF_CACHE] = { "buff/cache", NULL, MW_METRICS, MW_METRICS },
	[BUFFERS] = { "buffers", NULL, M_BUFFERS, MW_METRICS },
	[CACHED] = { "cached", NULL, M_CACHED, MW_METRICS },
	[CACHE] = { "cache", NULL, MW_METRICS, MW_METRICS },
	[AVAILABLE] = { "available", NULL, M_MEM_AVAILABLE, MW_METRICS },
};

static const struct {
	const char *word;
	enum role role;
} words[] = {
	{ "total", TOTAL },
	{ "used", USED },
	{ "free", FREE },
	{ "shared", SHARED },
	{ "buff/cache", BUFF_CACHE },
	{ "buffers", BUFFERS },
	{ "cached", CACHED },
	{ "cache", CACHE },
	{ "available", AVAILABLE },
	/* 中文 */
	{ "总计", TOTAL },
	{ "总共", TOTAL },
	{ "已用", USED },
	{ "空闲", FREE },
	{ "可用", AVAILABLE },
	{ "共享", SHARED },
	{ "缓冲/缓存", BUFF_CACHE },
	{ "缓冲", BUFFERS },
	{ "缓存", CACHE },
	/* Deutsch, français, español, italiano, português, polski, 日本語, русский */
	{ "gesamt", TOTAL },
	{ "benutzt", USED },
	{ "belegt", USED },
	{ "frei", FREE },
	{ "gemns.", SHARED },
	{ "gemeinsam", SHARED },
	{ "Puffer/Cache", BUFF_CACHE },
	{ "verfügbar", AVAILABLE },
	{ "utilisé", USED },
	{ "libre", FREE },
	{ "partagé", SHARED },
	{ "tamp/cache", BUFF_CACHE },
	{ "disponible", AVAILABLE },
	{ "usado", USED },
	{ "compartido", SHARED },
	{ "búf/caché", BUFF_CACHE },
	{ "totale", TOTAL },
	{ "usati", USED },
	{ "usata", USED },
	{ "livre", FREE },
	{ "compart.", SHARED },
	{ "disponível", AVAILABLE },
	{ "razem", TOTAL },
	{ "użyte", USED },
	{ "wolne", FREE },
	{ "合計", TOTAL },
	{ "使用", USED },
	{ "空き", FREE },
	{ "共有", SHARED },
	{ "利用可能", AVAILABLE },
	{ "всего", TOTAL },
	{ "занято", USED },
	{ "свободно", FREE },
	{ "общая", SHARED },
	{ "буф./врем.", BUFF_CACHE },
	{ "доступно", AVAILABLE },
};

static enum role role_of(struct slice word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_is(word, words[i].word))
			return words[i].role;
	return OTHER;
}

enum row { NO_ROW, MEM, SWAP, OTHER_ROW };

static const struct {
	const char *label;
	enum row row;
} labels[] = {
	{ "Mem", MEM },         { "Mem.", MEM },       { "内存", MEM },
	{ "Speicher", MEM },    { "Memoria", MEM },    { "Mémoire", MEM },
	{ "Pamięć", MEM },      { "メモリ", MEM },     { "Память", MEM },
	{ "Swap", SWAP },       { "交换", SWAP },      { "交換", SWAP },
	{ "Échange", SWAP },    { "Partition", SWAP }, { "Подкачка", SWAP },
	{ "スワップ", SWAP },   { "Low", OTHER_ROW },  { "High", OTHER_ROW },
	{ "Total", OTHER_ROW }, { "Comm", OTHER_ROW }, { "-/+ buffers/cache", OTHER_ROW },
};

/* "Mem:   1 2 3" → the numbers. A wide colon is written in Chinese. */
static enum row row_of(struct slice line, struct slice *numbers)
{
	line = slice_trim(line);
	for (size_t i = 0; i < sizeof(labels) / sizeof(*labels); i++) {
		struct slice rest = line;

		if (slice_word(&rest, labels[i].label) &&
		    (slice_word(&rest, ":") || slice_word(&rest, "："))) {
			*numbers = rest;
			return labels[i].row;
		}
	}
	return NO_ROW;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool option(const struct mw_paste_command *c, const char *name)
{
	struct slice rest = c ? c->arguments : (struct slice){ "", 0 }, word;

	while (slice_token(&rest, &word)) {
		if (slice_is(word, name))
			return true;
		/* "-wm" */
		if (strlen(name) == 2 && word.len > 2 && word.at[0] == '-' && word.at[1] != '-' &&
		    memchr(word.at + 1, name[1], word.len - 1))
			return true;
	}
	return false;
}

static const struct {
	const char *name;
	uint64_t unit;
} units[] = {
	{ "-b", 1 },        { "--bytes", 1 },      { "-k", 1 << 10 },        { "--kibi", 1 << 10 },
	{ "--kilo", 1000 }, { "-m", 1 << 20 },     { "--mebi", 1 << 20 },    { "--mega", 1000000 },
	{ "-g", 1 << 30 },  { "--gibi", 1 << 30 }, { "--giga", 1000000000 },
};

/* What a number without a unit counts. Without the command it is KiB, unless the machine would then
 * have less than 64 MiB or more than 8 TiB. */
static uint64_t unit_of(const struct mw_paste_command *c, uint64_t total)
{
	if (c && slice_is(c->program, "free"))
		for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
			if (option(c, units[i].name))
				return units[i].unit;
	return total < 1 << 16 ? 1 << 20 : total > (uint64_t)8 << 30 ? 1 : 1 << 10;
}

static size_t numbers_of(struct slice text, unsigned kilo, struct mw_quantity *out)
{
	struct slice word;
	size_t n = 0;

	while (n < CELLS && slice_token(&text, &word) && mw_quantity_parse(word, kilo, &out[n]))
		n++;
	return n;
}

/* --- the format ------------------------------------------------------------------------------- */

/* The header's roles, in their order. @return how many; 0: no header of free */
static size_t header_of(struct slice line, enum role *out)
{
	struct slice word;
	size_t n = 0, known = 0;

	while (slice_token(&line, &word)) {
		if (n == CELLS)
			return 0;
		out[n] = role_of(word);
		known += out[n++] != OTHER;
		if (known + 1 < n)
			return 0;
	}
	return known >= 3 ? n : 0;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	bool headed, mem = false;
	enum role roles_[CELLS];
	struct slice numbers;
	size_t n = line, end = line;

	headed = header_of(mw_line_bare(&paste->lines[line]), roles_) > 0;
	for (n += headed; n < paste->count; n++) {
		struct mw_quantity q[CELLS];
		enum row row = row_of(mw_line_bare(&paste->lines[n]), &numbers);

		if (row == NO_ROW || !numbers_of(numbers, 1024, q) || (row == MEM && mem))
			break;
		mem |= row == MEM;
		end = n + 1;
		b->keys++;
	}
	/* a header that was left out is the usual one */
	if (!mem || (!headed && !(hint && slice_is(hint->program, "free"))))
		return 0;
	b->certainty = MW_SURE;
	return end - line;
}

static int put(struct mw_reading *r, struct mw_entity *node, enum row row, enum role role,
	       const struct mw_quantity *q, uint64_t unit)
{
	const char *what = row == MEM ? roles[role].what : roles[role].swap_what;
	enum mw_metric metric = row == MEM ? roles[role].metric : roles[role].swap_metric;
	uint64_t value = q->value, step = q->step;
	/* "7.8G" is rounded to the nearest, "15G" and whole units are cut off */
	enum mw_rounding rounding = q->micro % 1000000 ? MW_NEAREST : MW_DOWN;

	if (!what)
		return 0;
	if (!q->unit) {
		if (value > UINT64_MAX / unit)
			return 0;
		value *= unit;
		/* KiB are what the kernel itself counts in */
		step = unit > 1024 ? unit : 0;
	}
	return mw_reading_print(r, node, metric, what, value, step, rounding);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	static const enum role usual[] = { TOTAL, USED, FREE, SHARED, BUFF_CACHE, AVAILABLE };
	unsigned kilo = option(b->command, "--si") ? 1000 : 1024;
	struct mw_entity *node = mw_reading_node(r);
	enum role header[CELLS];
	size_t columns = header_of(mw_line_bare(mw_block_line(r, b, 0)), header);
	uint64_t unit = 0;
	int error = 0;

	if (!columns) {
		memcpy(header, usual, sizeof(usual));
		columns = sizeof(usual) / sizeof(*usual);
	}
	for (size_t i = 0; i < b->lines && !error; i++) {
		struct mw_quantity q[CELLS];
		struct slice numbers;
		enum row row = row_of(mw_line_bare(mw_block_line(r, b, i)), &numbers);
		size_t n = row == MEM || row == SWAP ? numbers_of(numbers, kilo, q) : 0;

		if (n && !unit)
			unit = unit_of(b->command, q[0].value);
		for (size_t k = 0; k < n && k < columns && !error; k++)
			if (header[k] != OTHER)
				error = put(r, node, row, header[k], &q[k], unit);
	}
	return error;
}

const struct mw_format mw_format_free = {
	.id = "free",
	.name = N_("free (procps)"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
