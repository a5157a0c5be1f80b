/* Names of groups, taken apart. Pure. */
#ifndef MW_META_PATH_H
#define MW_META_PATH_H

#include "base/buf.h"
#include "base/slice.h"

enum { MW_ID_HEX = 64 };

/** The last part of a path, and the path above it: "/a/b" -> "b", "/a"; "/a" -> "a", "".
 *  @above  may be NULL */
struct slice mw_path_last(struct slice path, struct slice *above);

/** The next part of a path: "/a/b" -> "a", then "b". @return false at its end */
bool mw_path_part(struct slice *path, struct slice *part);

/** Whose slice a group is, or is in: "/user.slice/user-1000.slice/x" -> 1000. @return false, untouched:
 *  nobody's */
bool mw_path_user(struct slice path, uint32_t *uid);

/** Whether it is that user's. @user NULL: everybody's is */
static inline bool mw_path_is_of(struct slice path, const uint32_t *user)
{
	uint32_t uid;

	return !user || (mw_path_user(path, &uid) && uid == *user);
}

/** Whether it can stand in a path as the name of one file, and of none that is hidden. */
bool mw_is_file_name(struct slice text);

/** 64 hexadecimal digits: an id as container runtimes make them. */
bool mw_is_container_id(struct slice text);

/** "docker-ID.scope", "crio-ID" -> ID. @prefix "docker-". @return false, `id` untouched, when it is
 *  something else, or ID is no container's id */
bool mw_path_id(struct slice name, const char *prefix, struct slice *id);

/** The unit's name without its type: "a.slice" -> "a". @return false, untouched, for another type */
bool mw_path_unit(struct slice name, const char *type, struct slice *stem);

/** Where a slice stands below the root: "a-b.slice" -> "/a.slice/a-b.slice"; "-.slice" -> "".
 *  Added to `out`. @return false when it is no slice's name */
bool mw_path_of_slice(struct slice name, struct buf *out);

/** systemd's escapes: "\x2d" -> "-". @out at most `size` bytes. @return the length; 0 when it does
 *  not fit, an escape is broken, or means a control character or "/" */
size_t mw_unit_unescape(struct slice name, char *out, size_t size);

#endif
