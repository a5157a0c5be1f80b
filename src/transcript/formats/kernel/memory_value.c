/* The files of a control group that hold one number, or "max": memory.usage_in_bytes, memory.max …
 * A number alone says nothing: the command that printed it, the path that head or grep puts in front,
 * or a name ("memory.max: 1073741824") does. */
#include "transcript/format.h"

#include <errno.h>

/* The metric of a file "memory.max", in either version. */
static enum mw_metric metric_of(struct slice name, int *version)
{
	size_t n;
	const struct mw_place *places = mw_places(&n);

	for (size_t i = 0; i < n; i++) {
		struct slice file = slice_of(places[i].file ? places[i].file : "");

		if (places[i].key || !slice_begins(file, "cgroup") ||
		    mw_metric_is_text(places[i].metric))
			continue;
		*version = slice_begins(file, "cgroup1/") ? 1 : 2;
		if (slice_equal(slice_skip(file, strlen("cgroup1/")), name) &&
		    slice_begins(name, "memory."))
			return places[i].metric;
	}
	return MW_METRICS;
}

static struct slice base(struct slice path)
{
	return slice_last(path, '/');
}

static bool one_value(struct slice text)
{
	struct mw_quantity q;

	text = slice_trim(text);
	return slice_is(text, "max") || mw_quantity_parse(text, 1024, &q);
}

/* "memory.max: 1", "/sys/…/memory.max:1", "memory.max = max", "memory.max 1" */
static bool named(struct slice line, struct slice *path, struct slice *value)
{
	struct slice rest = slice_trim(line), word;
	int version;

	if (!slice_begins(rest, "memory.") && !slice_begins(rest, "/") && !slice_begins(rest, "."))
		return false;
	if (!slice_until(&rest, ':', &word) && !slice_token(&rest, &word))
		return false;
	word = slice_trim(word);
	slice_skip_blanks(&rest);
	if (slice_word(&rest, "="))
		slice_skip_blanks(&rest);
	if (metric_of(base(word), &version) == MW_METRICS || !one_value(rest))
		return false;
	*path = word;
	*value = slice_trim(rest);
	return true;
}

/* "==> /sys/fs/cgroup/memory.max <==", and the number on the line behind it */
static bool headed(const struct mw_paste *p, size_t line, struct slice *path, struct slice *value)
{
	struct slice head = slice_trim(p->lines[line].text);
	int version;

	if (line + 1 >= p->count || !slice_word(&head, "==> ") || !slice_ends(head, " <=="))
		return false;
	head.len -= strlen(" <==");
	if (metric_of(base(head), &version) == MW_METRICS ||
	    !one_value(mw_line_bare(&p->lines[line + 1])))
		return false;
	*path = head;
	*value = slice_trim(mw_line_bare(&p->lines[line + 1]));
	return true;
}

/* Which of a command's files a line of numbers is from: they come in its order. */
static bool commanded(const struct mw_paste *p, size_t line, const struct mw_paste_command *c,
		      struct slice *path, struct slice *value)
{
	size_t nth = 0;
	int version;

	*value = slice_trim(mw_line_bare(&p->lines[line]));
	if (!c || !c->path_count || !one_value(*value))
		return false;
	for (size_t i = c->line + 1; i < line; i++) {
		if (!one_value(mw_line_bare(&p->lines[i])))
			return false;
		nth++;
	}
	/* a loop prints its file again and again */
	*path = c->paths[nth % c->path_count];
	return metric_of(base(*path), &version) != MW_METRICS;
}

static bool take(const struct mw_paste *p, size_t line, const struct mw_paste_command *c,
		 struct slice *path, struct slice *value, size_t *lines)
{
	*lines = 1;
	if (named(mw_line_bare(&p->lines[line]), path, value))
		return true;
	if (headed(p, line, path, value)) {
		*lines = 2;
		return true;
	}
	return commanded(p, line, c, path, value);
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice value;
	size_t lines;

	if (!take(paste, line, hint, &b->path, &value, &lines))
		return 0;
	b->keys = 1;
	b->certainty = lines == 2 ? MW_SURE : MW_LIKELY;
	return lines;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct slice path, value;
	struct mw_quantity q;
	struct mw_entity *e;
	enum mw_metric metric;
	size_t lines;
	int version = 0;

	if (!take(r->paste, b->line, b->command, &path, &value, &lines))
		return -EBADMSG;
	metric = metric_of(base(path), &version);
	e = mw_reading_group_of(r, version, path);
	if (!e)
		return -ENOMEM;
	if (slice_is(value, "max"))
		mw_set_state(e, metric, MW_UNLIMITED);
	else if (mw_quantity_parse(value, 1024, &q))
		mw_set(e, metric, q.value);
	if (version == 1)
		mw_cgroup1_finish(e);
	return 0;
}

const struct mw_format mw_format_memory_value = {
	.id = "memory-value",
	.name = N_("a control group's memory.*"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
