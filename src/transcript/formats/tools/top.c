/* The first lines of top, by which it tells of the machine; its rows are those of ps.c.
 *
 *	top - 10:42:07 up 41 days,  2:11,  1 user,  load average: 0.52, 0.58, 0.59
 *	Tasks: 211 total,   1 running, 210 sleeping,   0 stopped,   0 zombie
 *	%Cpu(s):  2.3 us,  0.7 sy,  0.0 ni, 97.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st
 *	MiB Mem :  15986.4 total,    345.1 free,   7987.0 used,   7654.3 buff/cache
 *	MiB Swap:   8192.0 total,   7877.9 free,    314.1 used.   3891.2 avail Mem
 *
 * before 3.3.10 "Mem:  16370088k total, 16016704k used,   353384k free,   312340k buffers" */
#include "transcript/format.h"

static const struct {
	const char *unit;
	uint64_t bytes;
} units[] = {
	{ "KiB ", 1 << 10 },    { "MiB ", 1 << 20 }, { "GiB ", 1 << 30 },
	{ "TiB ", 1ull << 40 }, { "", 1 << 10 },
};

/* "MiB Mem : …" → its numbers. */
static bool memory_line(struct slice line, uint64_t *unit, bool *swap, struct slice *rest)
{
	line = slice_trim(line);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		struct slice s = line;

		if (!slice_word(&s, units[i].unit))
			continue;
		*swap = slice_begins(s, "Swap");
		if (!slice_word(&s, "Mem") && !slice_word(&s, "Swap"))
			return false;
		slice_skip_blanks(&s);
		if (!slice_word(&s, ":"))
			return false;
		*unit = units[i].bytes;
		*rest = s;
		return true;
	}
	return false;
}

/* "15986.4 total," */
static bool take(struct slice *rest, struct mw_quantity *q, struct slice *word)
{
	struct slice number;

	if (!slice_token(rest, &number) || !mw_quantity_parse(number, 1024, q) ||
	    !slice_token(rest, word))
		return false;
	while (word->len && strchr(",.", word->at[word->len - 1]))
		word->len--;
	return true;
}

static const struct {
	const char *word;
	bool swap;
	const char *what;
	enum mw_metric metric;
} numbers[] = {
	{ "total", false, "total", M_MEM_TOTAL },
	{ "free", false, "free", M_MEM_FREE },
	{ "used", false, "used", MW_METRICS },
	{ "buff/cache", false, "buff/cache", MW_METRICS },
	{ "buffers", false, "buffers", M_BUFFERS },
	{ "total", true, "swap total", M_SWAP_TOTAL },
	{ "free", true, "swap free", M_SWAP_FREE },
	{ "used", true, "swap used", MW_METRICS },
	{ "cached", true, "cached", M_CACHED },
	{ "avail", true, "avail Mem", M_MEM_AVAILABLE },
};

static bool is_ours(struct slice line)
{
	static const char *const begins[] = { "top - ", "Tasks:", "%Cpu", "Cpu(s)", "Threads:" };

	line = slice_trim(line);
	for (size_t i = 0; i < sizeof(begins) / sizeof(*begins); i++)
		if (slice_begins(line, begins[i]))
			return true;
	return false;
}

static bool is_numbered(struct slice line)
{
	struct slice rest, word;
	struct mw_quantity q;
	uint64_t unit;
	bool swap;

	/* free's rows have numbers without words */
	return memory_line(line, &unit, &swap, &rest) && take(&rest, &q, &word) &&
	       slice_is(word, "total");
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t n = line;

	for (; n < paste->count; n++) {
		struct slice text = paste->lines[n].text;

		if (is_numbered(text))
			b->keys++;
		else if (!is_ours(text) || (n > line && slice_begins(slice_trim(text), "top - ")))
			break;
	}
	b->certainty = MW_SURE;
	return b->keys ? n - line : 0;
}

static int read_line(struct mw_reading *r, struct slice line)
{
	struct mw_entity *node = mw_reading_node(r);
	struct slice rest, word;
	struct mw_quantity q;
	uint64_t unit;
	bool swap;
	int error = 0;

	if (!memory_line(line, &unit, &swap, &rest))
		return 0;
	while (!error && take(&rest, &q, &word))
		for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers) && !error; i++) {
			uint64_t value = q.value, step = q.step;

			if (numbers[i].swap != swap || !slice_is(word, numbers[i].word))
				continue;
			if (!q.unit) {
				/* decimals are of the unit in front of the line */
				value = (uint64_t)((double)q.micro / 1e6 * (double)unit);
				step = q.micro % 1000000 || unit > 1024 ? unit / 10 : 0;
			}
			error = mw_reading_print(r, node, numbers[i].metric, numbers[i].what, value,
						 step, MW_NEAREST);
		}
	return error;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	int error = 0;

	for (size_t i = 0; i < b->lines && !error; i++)
		error = read_line(r, mw_block_line(r, b, i)->text);
	return error;
}

const struct mw_format mw_format_top = {
	.id = "top",
	.name = N_("top, summary"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
