/* The parts of the JSON contract (schema/memwhy.schema.json), each from what the rooms below hold.
 * A command opens one object, writes the sections it has, and closes it. */
#ifndef MW_RENDER_DOCUMENT_H
#define MW_RENDER_DOCUMENT_H

#include "model/view.h"
#include "render/json.h"

/** "memwhy". @version of the program */
void mw_json_program(struct mw_json *j, const char *version);
/** "memwhy" and "source". */
void mw_json_header(struct mw_json *j, const struct mw_snapshot *s, const char *version);

/** The members of an entity's object: who it is, its metrics, and "states". The caller opens and
 *  closes the object and may add keys of its own, but no "states".
 *  A cell that is ok is a member named as in the metric table. Any other state goes into "states",
 *  except absent: a cell that this kernel does not have is listed only when the contract promises
 *  its key (usage_bytes of a container, …), so that a reader can tell "no such thing here" from a
 *  number that was forgotten, without a hundred lines about other kernels' keys.
 *  A process's start_time is in seconds after boot. */
void mw_json_entity(struct mw_json *j, const struct mw_entity *e);

/** "rates": change per second of every counter and of every gauge in bytes; negative where it fell.
 *  What has no rate (new since, reset, not read) is left out. */
void mw_json_rates(struct mw_json *j, const struct mw_view *v, const struct mw_entity *e);

/** "node": the machine and, in arrays, what it consists of: numa, zones, hugepage_pools, thp_sizes,
 *  slabs, swap_devices, zram_devices, vmalloc_callers, capabilities; those that the snapshot has. */
void mw_json_node(struct mw_json *j, const struct mw_snapshot *s);

/** What adds up of a heading's rows (MW_CGROUP or MW_POD), and their smallest headroom, into its open
 *  object. */
void mw_json_sums(struct mw_json *j, const struct mw_entity *sum);
/** All of a row of a listing, into its open object: mw_json_entity(), "volumes_in_memory" of a pod, and
 *  mw_json_rates() where the view has two moments. */
void mw_json_row(struct mw_json *j, const struct mw_view *v, const struct mw_entity *e);
/** An array of entities: "containers", "processes"; "regions" of a process and "numa" of a container
 *  stand in their objects. */
void mw_json_entities(struct mw_json *j, const char *key, struct mw_entity *const *entities,
		      size_t count);

/** One account, its parts down to `depth` levels (0 = as many as fit into MW_JSON_DEPTH, about 60). In an array. */
void mw_json_account(struct mw_json *j, const struct mw_account *account, unsigned depth);

/** What tools print for `entity` ("node", "container:ID"). In the array "words". */
void mw_json_words(struct mw_json *j, const char *entity, const struct mw_word *words,
		   size_t count);

/** "collectors" and "problems". */
void mw_json_runs(struct mw_json *j, const struct mw_snapshot *s);

/** "EACCES"; "E1234" for an unknown number. Static or in `room`. */
const char *mw_error_name(int error, char room[16]);

#endif
