/* Names of groups, taken apart. Pure. */
#ifndef MW_META_PATH_H
#define MW_META_PATH_H

#include "base/slice.h"

enum { MW_ID_HEX = 64 };

/** The last part of a path, and the path above it: "/a/b" -> "b", "/a"; "/a" -> "a", "". */
struct slice mw_path_last(struct slice path, struct slice *above);

/** 64 hexadecimal digits: an id as container runtimes make them. */
bool mw_is_container_id(struct slice text);

/** "docker-ID.scope", "ID" -> ID. @prefix "docker-", used where there is a ".scope" or one is asked
 *  for by cgroupfs names ("crio-ID", "libpod-ID"). @return false when it is neither, or ID is no
 *  container's id */
bool mw_path_id(struct slice name, const char *prefix, struct slice *id);

/** systemd's escapes: "\x2d" -> "-". @out at most `size` bytes. @return the length; 0 when it does
 *  not fit or an escape is broken */
size_t mw_unit_unescape(struct slice name, char *out, size_t size);

#endif
