/* In which character set and language to speak. */
#ifndef MW_CLI_LANG_H
#define MW_CLI_LANG_H

#include "language/language.h"

struct mw_locale {
	bool unicode;                       /* UTF-8 may be written */
	const struct mw_language *language; /* NULL = English */
};

/** Set the C library's locale and choose the language: --lang wins; otherwise what LC_ALL,
 *  LC_MESSAGES, LANG and LANGUAGE name, as far as the character set is UTF-8. The arguments are only
 *  looked at, so that a complaint about them is in the right language too. */
void mw_locale_init(int argc, char **argv, struct mw_locale *out);

/** The language that the environment asks for. @locale what LC_ALL, LC_MESSAGES or LANG says
 *  @list LANGUAGE: "zh_CN:en", before the locale's own unless that is C. NULL = not set */
const struct mw_language *mw_locale_language(const char *locale, const char *list);

#endif
