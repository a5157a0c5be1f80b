/* An OCI bundle's config.json, as containerd, CRI-O and podman leave it: its annotations, its group,
 * its network namespace. And members of JSON text without making a tree of all of it. */
#ifndef MW_META_OWNERS_OCI_H
#define MW_META_OWNERS_OCI_H

#include "meta/owner.h"

/** The value of a member of the object that `json` is, as text: no tree is made, nesting costs no
 *  stack. @return false when it is not there, or the text is no JSON up to there */
bool mw_json_member(struct slice json, const char *name, struct slice *value);

/** The text of a JSON string, its escapes resolved, in the arena. @return false: no string, or not
 *  UTF-8 */
bool mw_json_text(struct arena *a, struct slice value, struct slice *out);

/** Call `fn` for each member of an object; both slices are raw JSON. @return 0, what `fn` returned when
 *  that was not 0, -EBADMSG */
typedef int (*mw_json_member_fn)(struct slice name, struct slice value, void *argument);
int mw_json_each(struct slice json, mw_json_member_fn fn, void *argument);
/** Likewise each element of an array; `name` is empty. */
int mw_json_elements(struct slice json, mw_json_member_fn fn, void *argument);

/** Facts of a bundle: annotations of CRI (io.kubernetes.cri.*), CRI-O (io.kubernetes.cri-o.*) and
 *  podman; the memory limit. Pure. @cgroups_path when there is one
 *  @return 0 or -EBADMSG */
int mw_oci_parse(struct slice json, struct mw_who *who, struct slice *cgroups_path);

#endif
