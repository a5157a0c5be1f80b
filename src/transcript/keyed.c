/* Blocks of "key value" lines, as the kernel wrote them and as people left them. */
#include "base/scoped.h"
#include "transcript/format.h"

#include <errno.h>

enum { KEYS_SEEN = 512, LOOK_AHEAD = 64 };

static bool key_byte(char c, bool first)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       (!first && ((c >= '0' && c <= '9') || c == '(' || c == ')' || c == '.'));
}

/* A remark in brackets, behind a dash, or in another script. */
static bool rest_is_remark(struct slice rest)
{
	bool blank = rest.len && slice_blank(*rest.at);

	slice_skip_blanks(&rest);
	return !rest.len || (unsigned char)*rest.at >= 0x80 || strchr("(#/<;,\\", *rest.at) ||
	       (blank && slice_begins(rest, "- "));
}

bool mw_key_line(struct slice line, struct slice *key, struct mw_quantity *value)
{
	struct mw_quantity q;
	size_t n = 0;

	line = slice_trim(line);
	while (n < line.len && key_byte(line.at[n], n == 0))
		n++;
	if (!n || n == line.len)
		return false;
	*key = (struct slice){ line.at, n };
	line = slice_skip(line, n);
	if (!slice_blank(*line.at) && *line.at != ':' && *line.at != '=')
		return false;
	slice_skip_blanks(&line);
	if (slice_word(&line, ":") || slice_word(&line, "="))
		slice_skip_blanks(&line);
	if (!mw_quantity_take(&line, 1024, true, &q) || !rest_is_remark(line))
		return false;
	*value = q;
	return true;
}

/* "memory.stat:total_cache 1", "/sys/…/memory.stat:total_cache 1": what grep puts in front. */
static struct slice unprefixed(struct slice line, struct slice *path)
{
	struct slice rest = slice_trim(line), before;

	if (slice_until(&rest, ':', &before) && rest.len && key_byte(*rest.at, true) &&
	    (memchr(before.at, '/', before.len) || slice_begins(before, "memory."))) {
		*path = before;
		return rest;
	}
	return line;
}

const struct mw_place *mw_key_place(const char *file, struct slice key)
{
	size_t n;
	const struct mw_place *places = mw_places(&n);

	for (size_t i = 0; i < n; i++)
		if (places[i].key_len == key.len && places[i].key && places[i].file &&
		    !memcmp(places[i].key, key.at, key.len) && !strcmp(places[i].file, file))
			return &places[i];
	return NULL;
}

bool mw_key_known(const struct mw_key_set *set, struct slice key)
{
	if (set->begins && slice_begins(key, set->begins))
		return true;
	for (const char *const *w = set->others; w && *w && key.len; w++)
		if (**w == *key.at && slice_is(key, *w))
			return true;
	return mw_key_place(set->file, key);
}

/* A line of the block. A key alone with its number alone on the next line was broken in two by a
 * mail program. @return lines taken, 0 = it is none */
static size_t take_line(const struct mw_paste *p, size_t at, struct slice *key,
			struct mw_quantity *value, struct slice *path)
{
	struct slice line = unprefixed(mw_line_bare(&p->lines[at]), path), word;

	if (p->lines[at].kind != MW_LINE_TEXT)
		return 0;
	if (mw_key_line(line, key, value))
		return 1;
	line = slice_trim(line);
	for (size_t i = 0; i < line.len; i++)
		if (!key_byte(line.at[i], i == 0) && (line.at[i] != ':' || i + 1 < line.len))
			return 0;
	if (!line.len || at + 1 >= p->count || p->lines[at + 1].file != p->lines[at].file)
		return 0;
	word = mw_line_bare(&p->lines[at + 1]);
	if (!mw_quantity_parse(word, 1024, value))
		return 0;
	*key = line;
	if (slice_ends(*key, ":"))
		key->len--;
	return 2;
}

struct seen {
	struct slice keys[KEYS_SEEN];
	size_t count;
};

static bool again(struct seen *seen, struct slice key)
{
	for (size_t i = 0; i < seen->count; i++)
		if (slice_equal(seen->keys[i], key))
			return true;
	if (seen->count < KEYS_SEEN)
		seen->keys[seen->count++] = key;
	return false;
}

bool mw_key_may_begin(const struct mw_paste_line *l, const struct mw_key_set *keys)
{
	struct slice text = l->text;

	if (l->keyed)
		return true;
	slice_skip_blanks(&text);
	/* a path in front */
	if (slice_begins(text, "/") || slice_begins(text, ".") || slice_begins(text, "memory.") ||
	    (keys->begins && slice_begins(text, keys->begins)))
		return true;
	for (const char *const *w = keys->others; w && *w; w++)
		if (text.len && **w == *text.at && slice_begins(text, *w))
			return true;
	return false;
}

size_t mw_block_keyed(const struct mw_paste *paste, size_t line, const struct mw_key_set *keys,
		      struct mw_block *b)
{
	struct seen seen;
	size_t at = line, end = line;
	uint32_t known = 0;
	bool cut = false;

	if (!mw_key_may_begin(&paste->lines[line], keys))
		return 0;
	/* not the rest of it: it is large */
	seen.count = 0;
	while (at < paste->count && paste->lines[at].file == paste->lines[line].file) {
		const struct mw_paste_line *l = &paste->lines[at];
		struct slice key, path = { "", 0 };
		struct mw_quantity value;
		size_t taken;
		bool ours;

		if (at > line && (l->kind == MW_LINE_BLANK || l->kind == MW_LINE_REMARK ||
				  l->kind == MW_LINE_ELLIPSIS)) {
			cut |= l->kind == MW_LINE_ELLIPSIS;
			at++;
			continue;
		}
		taken = take_line(paste, at, &key, &value, &path);
		if (!taken || at - end > LOOK_AHEAD ||
		    (at > line && path.len && !slice_equal(path, b->path)))
			break;
		ours = mw_key_known(keys, key);
		if ((!ours && at == line) || again(&seen, key))
			break;
		if (path.len)
			b->path = path;
		known += ours;
		/* unknown words count only when a known one follows */
		at += taken;
		if (ours)
			end = at;
	}
	if (end > line && at < paste->count && at > end &&
	    paste->lines[end].kind == MW_LINE_ELLIPSIS)
		cut = true;
	b->keys = known;
	b->cut = cut;
	return end - line;
}

static enum mw_unit unit_of(const struct mw_key_set *keys, struct slice key)
{
	const struct mw_place *place = mw_key_place(keys->file, key);

	return place ? place->unit : MW_COUNT;
}

int mw_reading_keyed(struct mw_reading *r, const struct mw_key_set *keys, const char *rename,
		     struct mw_entity *e)
{
	scoped_buf struct buf text = { 0 };
	/* large, and needed no longer than this */
	scoped_free struct mw_keyed *keyed = malloc(sizeof(*keyed));
	struct mw_parse_error at;
	const struct mw_block *b = r->block;

	if (!keyed || !e)
		return -ENOMEM;
	for (size_t i = 0; i < b->lines;) {
		struct slice key, path;
		struct mw_quantity value;
		size_t taken = take_line(r->paste, b->line + i, &key, &value, &path);

		i += taken ? taken : 1;
		if (!taken)
			continue;
		/* "1.2G" where the kernel writes KiB; its own "kB" is that already */
		if (unit_of(keys, key) == MW_KIB && value.unit)
			value.value /= 1024;
		buf_printf(&text, "%s%.*s %llu\n", rename ? rename : "", SLICE_ARG(key),
			   (unsigned long long)value.value);
	}
	if (text.error)
		return text.error;
	mw_keyed_init(keyed, keys->file);
	return mw_keyed_parse(keyed, buf_slice(&text), mw_snapshot_machine(r->s)->page_size, e,
			      &at);
}
