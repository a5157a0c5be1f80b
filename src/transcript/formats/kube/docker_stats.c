/* docker stats, podman stats, crictl stats. docker takes inactive file pages off and writes MiB,
 * podman on cgroup v1 shows the usage as it is and writes MB, crictl has the working set and no limit. */
#include "transcript/format.h"

#include <errno.h>

/* By the words of the header that the others do not have. */
static const struct {
	const char *words[2];
	enum mw_metric metric;
	bool limit;
} tools[] = {
	{ { "USAGE", "I/O" }, M_CG_WORKING_SET, true },
	{ { "USAGE", "IO" }, M_CG_USAGE, true },
	{ { "INODES", "DISK" }, M_CG_WORKING_SET, false },
};

enum { TOOLS = sizeof(tools) / sizeof(*tools) };

static bool has_word(struct slice line, const char *word)
{
	struct slice w;

	while (slice_token(&line, &w))
		if (slice_is(w, word))
			return true;
	return false;
}

static size_t tool_of(struct slice line)
{
	struct slice rest = line;
	size_t i = 0;

	if (!slice_after(&rest, "CPU") || !has_word(line, "MEM") || !has_word(line, "CPU"))
		return TOOLS;
	while (i < TOOLS &&
	       !(has_word(line, tools[i].words[0]) && has_word(line, tools[i].words[1])))
		i++;
	return i;
}

struct row {
	struct slice name;
	struct mw_quantity usage, limit;
};

static bool size(struct slice word, struct mw_quantity *q)
{
	return mw_quantity_parse(word, 1000, q) && q->unit && q->unit != '%' && q->unit != 'm';
}

/* "55150e0bf370 web1 0.00% 20.23MiB / 64MiB 31.61% …" */
static bool take_row(struct slice line, size_t tool, struct row *out)
{
	struct slice words[MW_COLUMNS];
	size_t n = 0, i = 0;
	struct row row = { .name = { "", 0 } };

	while (n < MW_COLUMNS && slice_token(&line, &words[n]))
		n++;
	while (i < n && !size(words[i], &row.usage))
		i++;
	/* id, name, share of the cpu; old ones had no name */
	if (i < 2 || i + 2 >= n || (tools[tool].limit && !slice_is(words[i + 1], "/")) ||
	    (tools[tool].limit && !size(words[i + 2], &row.limit)))
		return false;
	row.name = i > 2 ? words[1] : words[0];
	*out = row;
	return true;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t tool = tool_of(mw_line_bare(&paste->lines[line])), end = line;

	if (tool == TOOLS || paste->lines[line].kind != MW_LINE_TEXT)
		return 0;
	for (size_t at = line + 1; at < paste->count; at++) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct row row;

		if (l->file != paste->lines[line].file || l->kind == MW_LINE_PROMPT)
			break;
		b->cut |= l->kind == MW_LINE_ELLIPSIS;
		if (l->kind != MW_LINE_TEXT)
			continue;
		if (!take_row(mw_line_bare(l), tool, &row))
			break;
		b->keys++;
		end = at + 1;
	}
	b->variant = (uint32_t)tool;
	b->certainty = MW_SURE;
	return b->keys ? end - line : 0;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	size_t tool = b->variant;
	int error = 0;

	for (size_t i = 1; i < b->lines && !error; i++) {
		struct mw_entity *e;
		struct row row;

		if (!take_row(mw_line_bare(mw_block_line(r, b, i)), tool, &row))
			continue;
		e = mw_reading_group(r, 0, row.name);
		if (!e)
			return -ENOMEM;
		mw_set_text(r->s, e, M_CG_CONTAINER, row.name);
		error = mw_reading_print(r, e, tools[tool].metric, "MEM USAGE", row.usage.value,
					 row.usage.step, MW_NEAREST);
		/* without a limit of its own it is the machine's memory, which limits it too */
		if (!error && tools[tool].limit)
			error = mw_reading_print(r, e, M_CG_LIMIT, "LIMIT", row.limit.value,
						 row.limit.step, MW_NEAREST);
	}
	return error;
}

const struct mw_format mw_format_docker_stats = {
	.id = "docker-stats",
	.name = N_("docker stats"),
	.rank = MW_RANK_ROUNDED,
	.recognise = recognise,
	.read = read,
};
