/* What people read, in their language. All text is written in English in the code; a catalogue that
 * is part of the program holds the translations: gettext's format and tools, but neither its
 * functions nor files beside the program, so that one copied binary speaks Chinese in a container
 * that has no locale. Nothing here allocates, reads the environment or has state. */
#ifndef MW_LANGUAGE_LANGUAGE_H
#define MW_LANGUAGE_LANGUAGE_H

#include "base/slice.h"

/* Marks text that a table or a struct holds until somebody shows it; xgettext finds it. */
#define N_(text) text

struct mw_language;

/** The language of a name as locales and people write it: "zh", "zh_CN.UTF-8", "en_GB", "C".
 *  @return static; NULL: this build does not know it */
const struct mw_language *mw_language_find(const char *name);
/** Whether anything is translated: not for English. */
bool mw_language_translates(const struct mw_language *language);
/** The languages of this build: "en", "zh"; NULL at the end. */
const char *mw_language_code(size_t i);

/** The translation of program text. NULL as a language is English.
 *  @return the translation, static, or `english` itself: there is none */
const char *mw_language_text(const struct mw_language *language, const char *english)
	__attribute__((format_arg(2)));
/** Likewise what stands behind the number n: "process", "processes". */
const char *mw_language_plural(const struct mw_language *language, const char *one,
			       const char *many, uint64_t n)
	__attribute__((format_arg(2), format_arg(3)));

/** What an error means: "No such file or directory". @error positive, an errno */
const char *mw_language_error(const struct mw_language *language, int error);

/** A text in a catalogue (.mo, little-endian). @return into the catalogue, with a NUL behind it;
 *  NULL: not there, or the catalogue is damaged */
const char *mw_catalogue_find(struct slice catalogue, const char *english);

#endif
