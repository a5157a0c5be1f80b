/* For the tests of rules: a machine made by hand, one moment or several, and what one rule says of
 * it. */
#ifndef MW_TESTS_DIAGNOSE_WORLD_H
#define MW_TESTS_DIAGNOSE_WORLD_H

#include "test.h"

#include "diagnose/diagnose.h"

enum { KIB = 1 << 10, MIB = 1 << 20, MOMENTS = 32 };
#define GIB ((uint64_t)1 << 30)

struct world {
	struct mw_snapshot *at[MOMENTS]; /* the oldest first */
	size_t count;
	struct mw_snapshot *s; /* the last */
	struct mw_entity *node;
	struct arena arena;
	struct mw_diagnosis d; /* of the last world_says() */
	const struct mw_oom_report *const *ooms;
	size_t oom_count;
	bool oom_log;
};

/** One moment: 16 GiB, 8 available, no swap. Released by world_release(). */
struct world world_new(void);
/** Begin the next moment, `seconds` later, with the same machine and nothing in it. */
void world_later(struct world *w, double seconds);
void world_release(struct world *w);
#define scoped_world SCOPED(world_release)

/** A group; its name is its path, its parent the group above it if there is one. v2 unless the last
 *  argument is 1; no limit, no usage yet. */
struct mw_entity *world_group(struct world *w, const char *path, unsigned version);
/** A process of `rss` bytes, all anonymous, in a group or NULL. */
struct mw_entity *world_process(struct world *w, uint64_t pid, const char *name,
				struct mw_entity *group, uint64_t rss);
struct mw_entity *world_add(struct world *w, enum mw_kind kind, struct mw_entity *parent,
			    const char *name, uint64_t id);
/** usage, anon, inactive_file and active_file of a group, consistent with one another. */
void world_charge(struct mw_entity *group, uint64_t anon, uint64_t inactive_file,
		  uint64_t active_file);

/** Compute headroom and the like, seal, apply all rules. Fails the test when a sentence of any
 *  finding, in any language, has a {placeholder} that nothing fills, or a next command does not
 *  begin with the name of a program. */
void world_diagnose(struct world *w);
/** The finding of that rule about that entity (NULL = any), after world_diagnose(); or NULL. */
const struct mw_finding *world_finding(const struct world *w, const char *id,
				       const struct mw_entity *e);
const struct mw_cannot_tell *world_unknown(const struct world *w, const char *id);
/** A cited value; fails the test when it is not cited. */
double cited(const struct mw_finding *f, const char *name);
const char *cited_text(const struct mw_finding *f, const char *name);

#endif
