/* memory.numa_stat of a control group: "anon N0=8192 N1=0" (v2), "hierarchical_anon=2 N0=2 N1=0"
 * (v1, pages). */
#include "base/buf.h"
#include "transcript/format.h"

#include <errno.h>

/* "N0=8192" */
static bool is_field(struct slice word)
{
	uint64_t v;

	return slice_word(&word, "N") && slice_u64(&word, &v) && slice_word(&word, "=") &&
	       slice_u64(&word, &v) && !word.len;
}

/* @version  which the line is of */
static bool take(struct slice line, int *version, struct slice *key)
{
	struct slice word, sum;
	uint64_t v;
	size_t fields = 0;

	if (!line.len || *line.at < 'a' || *line.at > 'z' || !slice_token(&line, &word))
		return false;
	sum = word;
	*version = slice_until(&sum, '=', key) ? 1 : 2;
	if (*version == 2)
		*key = word;
	else if (!slice_u64(&sum, &v) || sum.len)
		return false;
	for (; slice_token(&line, &word); fields++)
		if (!is_field(word))
			return false;
	return fields > 0;
}

struct run {
	int version;
	struct slice first;
};

/* Its first key again: another group's, or another moment. */
static bool is_next(void *context, const struct mw_paste_line *l)
{
	struct run *run = context;
	struct slice key;
	int version;

	if (!take(slice_trim(mw_line_bare(l)), &version, &key))
		return false;
	if (run->version)
		return version == run->version && !slice_equal(key, run->first);
	run->version = version;
	run->first = key;
	return true;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct run run = { .version = 0 };
	size_t lines = mw_block_run(paste, line, is_next, &run, b);

	b->variant = (uint32_t)run.version;
	b->certainty = MW_SURE;
	return lines;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	int version = b->variant == 1 ? 1 : 2;
	struct mw_entity *group = mw_reading_group_of(r, version, b->path);
	struct buf text = { 0 };
	struct mw_parse_error at;
	struct mw_keyed keyed;
	struct slice key;
	int error;

	if (!group)
		return -ENOMEM;
	for (size_t i = 0; i < b->lines; i++) {
		struct slice line = slice_trim(mw_line_bare(mw_block_line(r, b, i)));

		if (take(line, &version, &key)) {
			buf_add(&text, line);
			buf_char(&text, '\n');
		}
	}
	mw_keyed_init(&keyed,
		      b->variant == 1 ? "cgroup1/memory.numa_stat" : "cgroup2/memory.numa_stat");
	error = text.error ? text.error
			   : mw_group_numa_parse(&keyed, buf_slice(&text), r->s, group, &at);
	buf_release(&text);
	return error;
}

const struct mw_format mw_format_numa_stat = {
	.id = "memory.numa_stat",
	.name = N_("memory.numa_stat"),
	.rank = MW_RANK_KERNEL,
	.recognise = recognise,
	.read = read,
};
