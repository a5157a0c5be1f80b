/* The .mo format (gettext manual, "The Format of GNU MO Files"): a header of numbers, two tables of
 * {length, offset}, the texts with a NUL behind each, sorted by the original. An original with a
 * plural is "one\0many", so comparing up to the first NUL finds it. */
#include "language/language.h"

enum { MAGIC = 0, REVISION = 4, COUNT = 8, ORIGINALS = 12, TRANSLATIONS = 16, ENTRY = 8 };

static bool number(struct slice mo, uint64_t at, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)mo.at + at;

	if (mo.len < 4 || at > mo.len - 4)
		return false;
	*out = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
	return true;
}

/* Text i of the table at `table`. */
static const char *text(struct slice mo, uint32_t table, uint32_t i)
{
	uint64_t entry = table + (uint64_t)i * ENTRY;
	uint32_t len, at;

	if (!number(mo, entry, &len) || !number(mo, entry + 4, &at))
		return NULL;
	if ((uint64_t)at + len >= mo.len || mo.at[(size_t)at + len] != '\0')
		return NULL;
	return mo.at + at;
}

const char *mw_catalogue_find(struct slice mo, const char *english)
{
	uint32_t magic, revision, count, originals, translations, low = 0;

	/* the empty original is the catalogue's own header */
	if (!*english || !number(mo, MAGIC, &magic) || magic != 0x950412de ||
	    !number(mo, REVISION, &revision) || revision >> 16 || !number(mo, COUNT, &count) ||
	    !number(mo, ORIGINALS, &originals) || !number(mo, TRANSLATIONS, &translations))
		return NULL;
	while (low < count) {
		uint32_t middle = low + (count - low) / 2;
		const char *original = text(mo, originals, middle);
		int order = original ? strcmp(english, original) : 0;

		if (!original)
			return NULL;
		if (order == 0)
			return text(mo, translations, middle);
		if (order > 0)
			low = middle + 1;
		else
			count = middle;
	}
	return NULL;
}
