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

static bool key_is(const struct mw_place *p, struct slice line)
{
	return line.len > p->key_len && memcmp(line.at, p->key, p->key_len) == 0 &&
	       (line.at[p->key_len] == ' ' || line.at[p->key_len] == ':' ||
		line.at[p->key_len] == '\t');
}

/* The place of a line's key, or k->count when it is none of ours. */
static uint16_t place_of(struct mw_keyed *k, struct slice line, size_t number)
{
	size_t slots = sizeof(k->guess) / sizeof(*k->guess);
	uint16_t *guess = number < slots ? &k->guess[number] : NULL;
	uint16_t at;

	if (guess && *guess && *guess <= k->count && key_is(k->places[*guess - 1], line))
		return *guess - 1;
	for (at = 0; at < k->count && !key_is(k->places[at], line); at++)
		;
	if (guess)
		*guess = at + 1;
	return at;
}

static int parse_line(const struct mw_place *p, struct slice line, uint32_t page_size,
		      struct mw_entity *e)
{
	struct slice value = slice_skip(line, p->key_len);
	struct mw_num old = mw_get(e, p->metric);
	uint64_t v;

	slice_word(&value, ":");
	if (old.state == MW_OK || !slice_u64(&value, &v)) {
		mw_set_state(e, p->metric, MW_MALFORMED);
		return -EBADMSG;
	}
	mw_set_unit(e, p->metric, v, p->unit, page_size);
	return mw_get(e, p->metric).state == MW_OK ? 0 : -EBADMSG;
}

int mw_keyed_parse(struct mw_keyed *k, struct slice text, uint32_t page_size, struct mw_entity *e,
		   struct mw_parse_error *error)
{
	struct slice line;
	size_t number = 0;
	int result = 0;

	for (; slice_line(&text, &line); number++) {
		uint16_t at = place_of(k, line, number);

		if (at == k->count || !parse_line(k->places[at], line, page_size, e))
			continue;
		if (!result)
			*error = (struct mw_parse_error){ (uint32_t)number + 1,
							  k->places[at]->key };
		result = -EBADMSG;
	}
	return result;
}
