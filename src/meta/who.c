#include "meta/who.h"

#include <ctype.h>

void mw_who_init(struct mw_who *who, struct arena *arena, struct slice path)
{
	*who = (struct mw_who){ .arena = arena, .path = path, .watch = SLICE("") };
	who->labels.limit = MW_WHO_LABELS;
}

void mw_who_release(struct mw_who *who)
{
	buf_release(&who->labels);
}

static void set_text(struct mw_who *who, size_t fact, struct slice text)
{
	const char *copy;

	text.len = text.len < MW_WHO_TEXT ? text.len : MW_WHO_TEXT;
	copy = arena_copy(who->arena, text);
	if (!copy)
		return;
	/* what others take for a text with an end has none inside */
	who->text[fact] = slice_of(copy);
	who->known[fact] = who->text[fact].len;
}

void mw_who_text(struct mw_who *who, enum mw_metric metric, struct slice text)
{
	if (text.len && !mw_who_knows(who, metric))
		set_text(who, metric - MW_WHO_FIRST, text);
}

void mw_who_replace(struct mw_who *who, enum mw_metric metric, struct slice text)
{
	if (text.len)
		set_text(who, metric - MW_WHO_FIRST, text);
}

void mw_who_forget(struct mw_who *who, enum mw_metric metric)
{
	who->known[metric - MW_WHO_FIRST] = false;
}

void mw_who_replace_number(struct mw_who *who, enum mw_metric metric, uint64_t value)
{
	who->number[metric - MW_WHO_FIRST] = value;
	who->known[metric - MW_WHO_FIRST] = true;
}

void mw_who_number(struct mw_who *who, enum mw_metric metric, uint64_t value)
{
	if (!mw_who_knows(who, metric))
		mw_who_replace_number(who, metric, value);
}

bool mw_who_knows(const struct mw_who *who, enum mw_metric metric)
{
	return who->known[metric - MW_WHO_FIRST];
}

struct slice mw_who_get(const struct mw_who *who, enum mw_metric metric)
{
	return mw_who_knows(who, metric) ? who->text[metric - MW_WHO_FIRST] : SLICE("");
}

bool mw_who_is(const struct mw_who *who, enum mw_metric metric, const char *text)
{
	return mw_who_knows(who, metric) && slice_is(who->text[metric - MW_WHO_FIRST], text);
}

/* A label is a line: its own newlines, and a "=" in its key, would make two of it. */
static void put_part(struct buf *out, struct slice text, bool key)
{
	for (size_t i = 0; i < text.len; i++)
		buf_char(out, iscntrl((unsigned char)text.at[i]) || (key && text.at[i] == '=')
				      ? ' '
				      : text.at[i]);
}

void mw_who_label(struct mw_who *who, struct slice key, struct slice value)
{
	static const char *const projects[] = { "com.docker.compose.project",
						"io.podman.compose.project", NULL };

	for (const char *const *p = projects; *p; p++)
		if (slice_is(key, *p))
			mw_who_text(who, M_CG_PROJECT, value);
	if (!key.len || who->labels.len + key.len + value.len + 2 > MW_WHO_LABELS)
		return;
	put_part(&who->labels, key, true);
	buf_char(&who->labels, '=');
	put_part(&who->labels, value, false);
	buf_char(&who->labels, '\n');
}
