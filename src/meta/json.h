/* JSON text without a tree of it: files of containers are large, and a few members of them are
 * wanted. Texts are hostile: nesting costs no stack, each byte is looked at once, and nothing is
 * read past the slice. What is stepped over is only checked for its strings and brackets. Of members of
 * the same name the first is the one. Pure. */
#ifndef MW_META_JSON_H
#define MW_META_JSON_H

#include "base/arena.h"

/* How deep texts may nest: deeper ones are malformed. */
enum { MW_JSON_DEPTH = 512 };

/** The value of a member of the object that `json` is, as text.
 *  @return false, `value` untouched, when it is not there, or the text is no JSON up to there */
bool mw_json_member(struct slice json, const char *name, struct slice *value);

/** A string with its escapes resolved: a part of `value` where it has none, otherwise in the arena.
 *  @return false, `out` untouched: no string, or not UTF-8, or it holds a NUL */
bool mw_json_text(struct arena *a, struct slice value, struct slice *out);

/** A whole number that is not negative. @return false, `out` untouched: anything else */
bool mw_json_whole(struct slice value, uint64_t *out);

/** @return 0 to go on, anything else ends it and is returned */
typedef int (*mw_json_member_fn)(struct slice name, struct slice value, void *argument);

/** Call `fn` for each member of an object; both slices are raw JSON, the name without its quotes.
 *  @return 0, what `fn` returned when that was not 0, -EBADMSG */
int mw_json_each(struct slice json, mw_json_member_fn fn, void *argument);
/** Likewise each element of an array; `name` is empty. */
int mw_json_elements(struct slice json, mw_json_member_fn fn, void *argument);

#endif
