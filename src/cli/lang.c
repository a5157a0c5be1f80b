#include "cli/lang.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <strings.h>

static const char *first_set(const char *one, const char *two, const char *three)
{
	const char *const names[] = { one, two, three };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return NULL;
}

const struct mw_language *mw_locale_language(const char *locale, const char *list)
{
	const struct mw_language *own = locale ? mw_language_find(locale) : NULL;
	bool plain = !locale || *locale == 'C' || !strcmp(locale, "POSIX");

	while (!plain && list && *list) {
		size_t len = strcspn(list, ":");
		char name[16] = "";
		const struct mw_language *found;

		memcpy(name, list, len < sizeof(name) ? len : sizeof(name) - 1);
		found = mw_language_find(name);
		if (found)
			return found;
		list += len + (list[len] == ':');
	}
	return own;
}

/* The locale may be named although this machine does not have it: a shell in a container is given
 * its user's. */
static bool named_utf8(const char *locale)
{
	const char *codeset = locale ? strchr(locale, '.') : NULL;

	return codeset && (!strncasecmp(codeset, ".utf-8", 6) || !strncasecmp(codeset, ".utf8", 5));
}

/* The argument of --lang, or NULL. */
static const char *asked_for(int argc, char **argv)
{
	static const char option[] = "--lang";
	size_t len = sizeof(option) - 1;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strncmp(argv[i], option, len) != 0)
			continue;
		if (argv[i][len] == '=')
			return argv[i] + len + 1;
		if (!argv[i][len] && i + 1 < argc)
			return argv[i + 1];
	}
	return NULL;
}

void mw_locale_init(int argc, char **argv, struct mw_locale *out)
{
	const char *option = asked_for(argc, argv);
	const struct mw_language *asked = option ? mw_language_find(option) : NULL;
	const char *charset = first_set("LC_ALL", "LC_CTYPE", "LANG");

	setlocale(LC_CTYPE, "");
	*out = (struct mw_locale){
		.unicode = !strcmp(nl_langinfo(CODESET), "UTF-8"),
		.language = asked,
	};
	if (!out->unicode && (named_utf8(charset) || (asked && mw_language_translates(asked)))) {
		/* for the widths of characters; render/text.c does without, too */
		setlocale(LC_CTYPE, "C.UTF-8");
		out->unicode = true;
	}
	if (!asked && out->unicode)
		out->language = mw_locale_language(first_set("LC_ALL", "LC_MESSAGES", "LANG"),
						   getenv("LANGUAGE"));
}
