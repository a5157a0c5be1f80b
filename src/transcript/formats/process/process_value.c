/* The files of a process that hold numbers alone: oom_score, oom_score_adj, statm. Only a path tells
 * what they are, and whose. */
#include "collect/process/stat.h"
#include "transcript/formats/process/proc_file.h"

#include <errno.h>

static int set_count(struct mw_entity *e, struct slice text, enum mw_metric metric)
{
	int64_t v;

	if (!slice_i64(&text, &v) || slice_trim(text).len)
		return -EBADMSG;
	/* a negative one as its complement, as the collector has it */
	if (e)
		mw_set(e, metric, (uint64_t)v);
	return 0;
}

static int set_statm(struct mw_entity *e, struct slice text, enum mw_metric ignored)
{
	enum { PAGE = 4096 };
	struct slice rest = text;
	uint64_t size, resident, shared;

	if (!slice_u64(&rest, &size) || mw_proc_statm_parse(text, &resident, &shared))
		return -EBADMSG;
	if (e) {
		mw_set_unit(e, M_P_VSS, size, MW_PAGES, PAGE);
		mw_set_unit(e, M_P_RSS, resident, MW_PAGES, PAGE);
		mw_set_unit(e, M_P_RSS_SHARED, shared, MW_PAGES, PAGE);
	}
	return 0;
}

static const struct {
	const char *name;
	enum mw_metric metric;
	/** @e  NULL: only look whether it fits */
	int (*set)(struct mw_entity *e, struct slice text, enum mw_metric metric);
} files[] = {
	{ "oom_score", M_P_OOM_SCORE, set_count },
	{ "oom_score_adj", M_P_OOM_SCORE_ADJ, set_count },
	{ "statm", M_P_RSS, set_statm },
};

enum { FILES = sizeof(files) / sizeof(*files) };

/* Which file of a known process a path is. */
static size_t file_of(struct slice path)
{
	struct slice name;
	uint64_t pid;
	size_t i = 0;

	if (!mw_proc_file_split(path, &pid, &name) || !pid)
		return FILES;
	while (i < FILES && !slice_is(name, files[i].name))
		i++;
	return i;
}

/* "==> /proc/69/statm <==" above the value */
static bool is_headed(const struct mw_paste *p, size_t line, struct slice *path)
{
	struct slice head = slice_trim(p->lines[line].text);

	if (line + 1 >= p->count || !slice_word(&head, "==> ") || !slice_ends(head, " <=="))
		return false;
	head.len -= strlen(" <==");
	*path = head;
	return true;
}

/* A command prints its files in their order, a line each. */
static bool is_printed(const struct mw_paste *p, size_t line, const struct mw_paste_command *c,
		       struct slice *path)
{
	size_t nth;

	if (!c || line <= c->line)
		return false;
	nth = line - c->line - 1;
	if (nth >= c->path_count || file_of(c->paths[nth]) == FILES)
		return false;
	*path = c->paths[nth];
	return true;
}

static size_t take(const struct mw_paste *p, size_t line, const struct mw_paste_command *c,
		   struct slice *path, struct slice *value, uint32_t *file)
{
	size_t lines = 1;

	*value = mw_line_bare(&p->lines[line]);
	if (is_headed(p, line, path)) {
		*value = mw_line_bare(&p->lines[line + 1]);
		lines = 2;
	} else if (!mw_proc_file_prefix(value, path) && !is_printed(p, line, c, path)) {
		return 0;
	}
	*file = (uint32_t)file_of(*path);
	return *file < FILES && !files[*file].set(NULL, *value, files[*file].metric) ? lines : 0;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice value;

	b->keys = 1;
	b->certainty = MW_LIKELY;
	return take(paste, line, hint, &b->path, &value, &b->variant);
}

static int read_block(struct mw_reading *r, const struct mw_block *b)
{
	struct mw_entity *process = mw_proc_file_process(r, b);
	struct slice path, value;
	uint32_t file;

	if (!process)
		return -ENOMEM;
	if (!take(r->paste, b->line, b->command, &path, &value, &file))
		return -EBADMSG;
	return files[file].set(process, value, files[file].metric);
}

const struct mw_format mw_format_process_value = {
	.id = "process-value",
	.name = N_("/proc/PID/oom_score, oom_score_adj, statm"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read_block,
};
