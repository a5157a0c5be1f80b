/* A number alone that a pipe left of a keyed file: `grep total_rss memory.stat | awk '{print $2}'`.
 * With a pattern in the path it is a sum over groups: kept as printed, no group has it. */
#include "transcript/format.h"

#include <errno.h>

static const struct mw_key_set files[] = {
	{ "cgroup1/memory.stat", NULL, NULL },
	{ "cgroup2/memory.stat", NULL, NULL },
	{ "proc/meminfo", NULL, NULL },
	{ "status", NULL, NULL },
};

enum { V1, V2, MEMINFO, STATUS };

static bool word_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_';
}

/* The only word of a pipe that is a key of one of the files. @return false: none, or several */
static bool find_key(struct slice text, struct slice *key, uint32_t *file)
{
	bool found = false;

	while (text.len) {
		struct slice word = { text.at, 0 };

		while (word.len < text.len && word_byte(text.at[word.len]))
			word.len++;
		for (uint32_t i = 0; word.len && i < sizeof(files) / sizeof(*files); i++)
			if (mw_key_known(&files[i], word)) {
				if (found && !slice_equal(*key, word))
					return false;
				found = true;
				*key = word;
				*file = i;
				break;
			}
		text = slice_skip(text, word.len + 1);
	}
	return found;
}

/* Only a program that picks a column leaves a number alone. */
static bool picks(const struct mw_paste_command *c)
{
	struct slice text = c->text;

	return slice_after(&text, "awk") || slice_after(&text, "cut ") ||
	       slice_after(&text, "grep -o") || slice_after(&text, "sed ");
}

static bool number(struct slice line, struct mw_quantity *q)
{
	return mw_quantity_parse(line, 1024, q);
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice key;
	struct mw_quantity q;

	if (!hint || hint->line + 1 != line || !picks(hint) ||
	    !number(mw_line_bare(&paste->lines[line]), &q) ||
	    !find_key(hint->text, &key, &b->variant))
		return 0;
	b->path = hint->path_count ? hint->paths[0] : (struct slice){ "", 0 };
	b->keys = 1;
	b->cut = true;
	b->certainty = MW_LIKELY;
	return 1;
}

static struct mw_entity *row_of(struct mw_reading *r, const struct mw_block *b)
{
	switch (b->variant) {
	case V1: return mw_reading_group_of(r, 1, b->path);
	case V2: return mw_reading_group_of(r, 2, b->path);
	case STATUS: return mw_reading_process(r, b->command->pid, (struct slice){ "", 0 });
	default: return mw_reading_node(r);
	}
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	bool several = memchr(b->path.at, '*', b->path.len) || b->command->path_count > 1;
	struct slice key;
	struct mw_quantity q;
	uint32_t file;
	const struct mw_place *place;
	struct mw_entity *e;
	char *what;

	if (!find_key(b->command->text, &key, &file) ||
	    !number(mw_line_bare(mw_block_line(r, b, 0)), &q))
		return -EBADMSG;
	place = mw_key_place(files[b->variant].file, key);
	what = arena_copy(r->arena, key);
	e = several ? mw_reading_node(r) : row_of(r, b);
	if (!what || !e || !place)
		return -ENOMEM;
	if (place->unit == MW_KIB)
		q.value *= q.unit ? 1 : 1024;
	return mw_reading_print(r, e, several ? MW_METRICS : place->metric, what, q.value, 0,
				MW_NEAREST);
}

const struct mw_format mw_format_key_extract = {
	.id = "extract",
	.name = N_("a number that a pipe left"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
