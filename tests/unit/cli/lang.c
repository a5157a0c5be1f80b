/* Which language the environment asks for. */
#include "cli/lang.h"
#include "test.h"

TEST(the_environment)
{
	static const struct {
		const char *locale, *list;
		const char *wanted; /* NULL: none that is known */
	} table[] = {
		{ NULL, NULL, NULL },
		{ "zh_CN.UTF-8", NULL, "zh" },
		{ "zh_TW.UTF-8", NULL, "zh" },
		{ "zh", "", "zh" },
		{ "en_US.UTF-8", NULL, "en" },
		{ "fr_FR.UTF-8", NULL, NULL },
		/* LANGUAGE goes first… */
		{ "en_US.UTF-8", "zh_CN:en", "zh" },
		{ "zh_CN.UTF-8", "en", "en" },
		{ "fr_FR.UTF-8", "it:de:zh", "zh" },
		{ "fr_FR.UTF-8", "a-very-long-name-that-is-none:zh", "zh" },
		{ "zh_CN.UTF-8", "it::", "zh" },
		/* … but counts for nothing in the C locale, as in gettext() */
		{ "C", "zh", "en" },
		{ "C.UTF-8", "zh", "en" },
		{ "POSIX", "zh", "en" },
		{ NULL, "zh", NULL },
	};

	if (!mw_language_find("zh"))
		skip();
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		const struct mw_language *got = mw_locale_language(table[i].locale, table[i].list);

		EXPECT(got == (table[i].wanted ? mw_language_find(table[i].wanted) : NULL));
	}
}
