/* YAML of two levels, as most configuration is: what stands deeper is passed over, and aliases are not
 * followed. Pure. */
#ifndef MW_META_ASK_YAML_H
#define MW_META_ASK_YAML_H

#include "base/slice.h"

/* A mapping's members: `key` and its `value`; those of a mapping or list in it with `key` set to its
 * name and `member` to theirs, empty in a list. A mapping or list begins with neither. */
enum mw_yaml_kind { MW_YAML_SCALAR, MW_YAML_BEGIN, MW_YAML_MEMBER };

/** @return 0 to go on, anything else ends it and is returned */
typedef int (*mw_yaml_fn)(enum mw_yaml_kind kind, struct slice key, struct slice member,
			  struct slice value, void *argument);

/** Read the first document. An alias is told as the value "*", what a member of a mapping in the mapping
 *  nests as "".
 *  @line  where, with -EBADMSG and what `fn` returned
 *  @return 0, what `fn` returned; -EBADMSG: no YAML, no mapping, nested too deep, or too long;
 *  -ENOSYS: built without libyaml; -ENOMEM */
int mw_yaml_read(struct slice text, mw_yaml_fn fn, void *argument, uint32_t *line);

#endif
