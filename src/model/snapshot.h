/* One moment: every number that was read, with its state, belonging to entities. A snapshot is
 * filled by collectors, sealed, then shared read-only and freed whole. */
#ifndef MW_MODEL_SNAPSHOT_H
#define MW_MODEL_SNAPSHOT_H

#include "base/arena.h"
#include "model/metrics.h"
#include "source/source.h"

/* Why a number is or is not there. Zero is a number. */
enum mw_state {
	MW_ABSENT, /* this kernel, configuration or capture does not have it */
	MW_OK,
	MW_UNLIMITED, /* a limit that is not set */
	MW_DENIED,    /* there, but not for this reader */
	MW_VANISHED,  /* its process or group went away while it was read */
	MW_MALFORMED, /* text this build does not understand; a problem names path and line */
	MW_SKIPPED,   /* not read, because reading costs its owner; --exact reads it */
	MW_STATES,
};

/** "ok", "unlimited", …: as in JSON's "states". */
const char *mw_state_name(enum mw_state state);

/** The state that an -errno of reading means: ENOENT absent, EACCES/EPERM denied,
 *  ESRCH/ENODEV vanished, ECANCELED skipped, anything else malformed. */
enum mw_state mw_state_of(int error);

struct mw_num {
	uint64_t v; /* valid when state is MW_OK */
	enum mw_state state;
};

struct mw_entity {
	enum mw_kind kind;
	uint16_t first;           /* mw_metric_first(kind) */
	uint32_t index;           /* its row number within its kind */
	struct mw_entity *parent; /* or NULL */
	const char *name;         /* raw bytes as the kernel gave them: hostile */
	uint64_t id, birth;       /* together they tell a reused id from the same entity */
	uint64_t *values;         /* by metric - first */
	uint8_t *states;
};

struct mw_problem {
	const char *path; /* below the root */
	const char *what; /* what was expected, or NULL */
	uint32_t line;    /* 1…, 0 = the whole file */
	int error;        /* positive errno; EBADMSG = text not understood */
	uint32_t count;   /* how many files of this name met it; path is the first */
	uint32_t again;   /* seconds until it is tried again; 0 = with the next sweep */
};

/* How one collector fared. */
struct mw_run {
	const char *name;
	int status;       /* 0, or -errno when it gave nothing */
	int64_t duration; /* ns */
	uint32_t problems;
};

struct mw_snapshot;
struct mw_oom_report;

/** @machine is copied. @return NULL: out of memory */
struct mw_snapshot *mw_snapshot_new(const struct mw_machine *machine);
void mw_snapshot_free(struct mw_snapshot *s);
/** From here on everything that it points to is read-only memory. */
void mw_snapshot_seal(struct mw_snapshot *s);

const struct mw_machine *mw_snapshot_machine(const struct mw_snapshot *s);
/** The snapshot's own memory, for strings that live as long as it. */
struct arena *mw_snapshot_arena(struct mw_snapshot *s);

/** A new row. The pointer stays valid. @return NULL: out of memory */
struct mw_entity *mw_snapshot_add(struct mw_snapshot *s, enum mw_kind kind,
				  struct mw_entity *parent, struct slice name, uint64_t id,
				  uint64_t birth);
size_t mw_snapshot_count(const struct mw_snapshot *s, enum mw_kind kind);
struct mw_entity *mw_snapshot_at(const struct mw_snapshot *s, enum mw_kind kind, size_t row);
/** The machine's row: always there. */
struct mw_entity *mw_snapshot_node(const struct mw_snapshot *s);
/** By id, or by name; NULL when there is none. Constant time for groups and pods, and for processes by id.
 */
struct mw_entity *mw_snapshot_by_id(const struct mw_snapshot *s, enum mw_kind kind, uint64_t id);
/** The row of the same file of the same group as `file`, a row of any snapshot; or NULL. Constant time. */
struct mw_entity *mw_snapshot_file(const struct mw_snapshot *s, const struct mw_entity *file);
struct mw_entity *mw_snapshot_by_name(const struct mw_snapshot *s, enum mw_kind kind,
				      struct slice name);

#define mw_for_each(entity, snapshot, kind)                                \
	for (size_t row_##entity = 0;                                      \
	     row_##entity < mw_snapshot_count(snapshot, kind) &&           \
	     ((entity) = mw_snapshot_at(snapshot, kind, row_##entity), 1); \
	     row_##entity++)

/** @value in the metric's canonical unit: bytes, microseconds, count, millionths */
static inline void mw_set(struct mw_entity *e, enum mw_metric metric, uint64_t value)
{
	size_t column = (size_t)metric - e->first;

	e->values[column] = value;
	e->states[column] = MW_OK;
}

static inline void mw_set_state(struct mw_entity *e, enum mw_metric metric, enum mw_state state)
{
	e->states[(size_t)metric - e->first] = (uint8_t)state;
}

/** A number in the kernel's unit, converted; MW_MALFORMED when it overflows. */
void mw_set_unit(struct mw_entity *e, enum mw_metric metric, uint64_t value, enum mw_unit unit,
		 uint32_t page_size);
/** Text is copied into the snapshot. */
void mw_set_text(struct mw_snapshot *s, struct mw_entity *e, enum mw_metric metric,
		 struct slice text);

static inline struct mw_num mw_get(const struct mw_entity *e, enum mw_metric metric)
{
	size_t column = (size_t)metric - e->first;

	return (struct mw_num){ e->values[column], e->states[column] };
}

/** @return the text, or NULL when its state is not MW_OK */
static inline const char *mw_get_text(const struct mw_entity *e, enum mw_metric metric)
{
	struct mw_num n = mw_get(e, metric);

	return n.state == MW_OK ? (const char *)(uintptr_t)n.v : NULL;
}

/** The value, or `otherwise` when its state is not MW_OK. */
static inline uint64_t mw_get_or(const struct mw_entity *e, enum mw_metric metric,
				 uint64_t otherwise)
{
	struct mw_num n = mw_get(e, metric);

	return n.state == MW_OK ? n.v : otherwise;
}

/** Note what went wrong with a file; the same error on files of the same name is counted, not
 * listed.
 *  @path below the root; copied. @what static or NULL. @error -errno */
void mw_snapshot_problem(struct mw_snapshot *s, struct slice path, uint32_t line, int error,
			 const char *what);
/** Likewise of a socket or URL that is left alone for so many seconds. */
void mw_snapshot_problem_again(struct mw_snapshot *s, struct slice path, int error,
			       const char *what, uint32_t seconds);
size_t mw_snapshot_problems(const struct mw_snapshot *s, const struct mw_problem **out);

/** The kernel log: records as /dev/kmsg has them, a line each. @text lives as long as the snapshot */
void mw_snapshot_set_klog(struct mw_snapshot *s, enum mw_state state, struct slice text);
/** @return MW_ABSENT also when nobody wanted it; `text` is set when MW_OK */
enum mw_state mw_snapshot_klog(const struct mw_snapshot *s, struct slice *text);
/** The kills that it tells of (model/oom.h), oldest first, in the snapshot's memory. */
void mw_snapshot_set_ooms(struct mw_snapshot *s, const struct mw_oom_report *const *reports,
			  size_t count);
size_t mw_snapshot_ooms(const struct mw_snapshot *s, const struct mw_oom_report *const **out);

/** Where the inodes of MW_FILE's rows were in the kernel, by row, for who names them; no output has
 *  them. @at in the snapshot's memory */
void mw_snapshot_set_inodes(struct mw_snapshot *s, const uint64_t *at, size_t count);
/** @return 0: not known */
uint64_t mw_snapshot_inode(const struct mw_snapshot *s, const struct mw_entity *file);

/** Open and close the account of one collector; problems noted between belong to it. */
struct mw_run *mw_snapshot_run_begin(struct mw_snapshot *s, const char *name, int64_t clock);
void mw_snapshot_run_end(struct mw_snapshot *s, struct mw_run *run, int status, int64_t clock);
size_t mw_snapshot_runs(const struct mw_snapshot *s, const struct mw_run **out);

#endif
