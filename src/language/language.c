#include "language/language.h"

struct mw_language {
	const char *names[3]; /* as in front of a locale's "_"; the first is its code in ISO 639 */
	struct slice catalogue;
};

#ifdef MEMWHY_CATALOGUES
static const char zh[] = {
#include "language/zh_CN.inc"
};
#endif

static const struct mw_language languages[] = {
	{ .names = { "en", "C", "POSIX" } },
#ifdef MEMWHY_CATALOGUES
	{ .names = { "zh" }, .catalogue = { zh, sizeof(zh) } },
#endif
};

enum {
	LANGUAGES = sizeof(languages) / sizeof(*languages),
	NAMES = sizeof(languages->names) / sizeof(*languages->names),
};

const struct mw_language *mw_language_find(const char *name)
{
	struct slice code = { name, strcspn(name, "_.@-") };

	for (size_t i = 0; i < LANGUAGES; i++)
		for (size_t n = 0; n < NAMES && languages[i].names[n]; n++)
			if (slice_is(code, languages[i].names[n]))
				return &languages[i];
	return NULL;
}

bool mw_language_translates(const struct mw_language *language)
{
	return language && language->catalogue.len;
}

const char *mw_language_code(size_t i)
{
	return i < LANGUAGES ? languages[i].names[0] : NULL;
}

const char *mw_language_text(const struct mw_language *language, const char *english)
{
	const char *found = mw_language_translates(language)
				    ? mw_catalogue_find(language->catalogue, english)
				    : NULL;

	return found ? found : english;
}

const char *mw_language_plural(const struct mw_language *language, const char *one,
			       const char *many, uint64_t n)
{
	const char *found = mw_language_text(language, one);

	/* of the languages there are, only English has two forms */
	return found != one || n == 1 ? found : many;
}
