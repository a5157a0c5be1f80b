#include "collect/keyed.h"

#include <errno.h>

void mw_keyed_init(struct mw_keyed *k, const char *file)
{
	size_t n;
	const struct mw_place *all = mw_places(&n);

	*k = (struct mw_keyed){ .file = file };
	for (size_t i = 0; i < n && k->count < MW_KEYED_MAX; i++)
		if (all[i].key && all[i].file && !strcmp(all[i].file, file))
			k->places[k->count++] = &all[i];
}

static bool ends_key(char c)
{
	return c == ' ' || c == ':' || c == '\t';
}

static bool key_is(const struct mw_place *p, struct slice line)
{
	return line.len > p->key_len && memcmp(line.at, p->key, p->key_len) == 0 &&
	       ends_key(line.at[p->key_len]);
}

/* Most lines of status or vmstat are not ours: without this each would be compared with all keys. */
static void learn_foreign(struct mw_keyed_line *l, struct slice line)
{
	uint8_t len = 0;

	while (len < line.len && len < sizeof(l->key) && !ends_key(line.at[len]))
		len++;
	l->foreign = len < line.len && len < sizeof(l->key) ? len + 1 : 0;
	memcpy(l->key, line.at, l->foreign);
}

/* The table lists keys in the kernel's order: look behind the last hit first. */
static uint16_t search(struct mw_keyed *k, struct slice line)
{
	for (uint16_t i = 0; i < k->count; i++) {
		uint16_t at = (uint16_t)((k->next + i) % k->count);

		if (!key_is(k->places[at], line))
			continue;
		k->next = at + 1;
		return at;
	}
	return k->count;
}

/* The place of a line's key, or k->count when it is none of ours. */
static uint16_t place_of(struct mw_keyed *k, struct slice line, size_t number)
{
	struct mw_keyed_line *l = number < MW_KEYED_LINES ? &k->lines[number] : NULL;
	uint16_t at;

	if (l && l->place && l->place <= k->count && key_is(k->places[l->place - 1], line))
		return l->place - 1;
	if (l && l->place > k->count && l->foreign && line.len >= l->foreign &&
	    !memcmp(line.at, l->key, l->foreign))
		return k->count;
	at = search(k, line);
	if (!l)
		return at;
	l->place = at + 1;
	if (at == k->count)
		learn_foreign(l, line);
	return at;
}

static int parse_line(const struct mw_place *p, struct slice line, uint32_t page_size,
		      struct mw_entity *e)
{
	struct slice value = slice_skip(line, p->key_len);
	struct mw_num old = mw_get(e, p->metric);
	uint64_t v;

	slice_word(&value, ":");
	slice_skip_blanks(&value);
	if (old.state == MW_ABSENT && slice_begins(value, "unlimited")) {
		mw_set_state(e, p->metric, MW_UNLIMITED);
		return 0;
	}
	if (old.state == MW_OK || old.state == MW_UNLIMITED || !slice_u64(&value, &v)) {
		mw_set_state(e, p->metric, MW_MALFORMED);
		return -EBADMSG;
	}
	mw_set_unit(e, p->metric, v, p->unit, page_size);
	return mw_get(e, p->metric).state == MW_OK ? 0 : -EBADMSG;
}

int mw_keyed_line(struct mw_keyed *k, struct slice line, size_t number, uint32_t page_size,
		  struct mw_entity *e, const char **what)
{
	uint16_t at = place_of(k, line, number);

	if (at == k->count)
		return -ENOENT;
	*what = k->places[at]->key;
	return parse_line(k->places[at], line, page_size, e);
}

int mw_keyed_parse(struct mw_keyed *k, struct slice text, uint32_t page_size, struct mw_entity *e,
		   struct mw_parse_error *error)
{
	struct slice line;
	const char *what;
	size_t number = 0;
	int result = 0;

	for (; slice_line(&text, &line); number++) {
		if (mw_keyed_line(k, line, number, page_size, e, &what) != -EBADMSG)
			continue;
		if (!result)
			*error = (struct mw_parse_error){ (uint32_t)number + 1, what };
		result = -EBADMSG;
	}
	return result;
}
