/* A root directory of a test's own: files in it, groups of a snapshot, owners asked about them. */
#ifndef MW_TESTS_META_TREE_H
#define MW_TESTS_META_TREE_H

#include "meta/owner.h"
#include "test.h"

struct tree {
	char path[64];
	struct mw_source *source;
	struct mw_snapshot *snapshot;
	struct mw_inquiry q;
};

struct tree tree_new(void);
/** Removes it. */
void tree_free(struct tree *t);
#define scoped_tree SCOPED(tree_free)

/** The snapshot of another moment, and another round. */
void tree_again(struct tree *t);

/** Write a file, and the folders above it. */
void tree_put(struct tree *t, const char *path, struct slice text);
/** Copy tests/fixtures/meta/FIXTURE. */
void tree_copy(struct tree *t, const char *path, const char *fixture);
void tree_remove(struct tree *t, const char *path);

/** What all owners say of a path, their files included, as src/meta asks them. Released by the caller. */
struct mw_who tree_who(struct tree *t, const char *path);
/** What they say of it by its shape. */
struct mw_who who_of(struct arena *arena, const char *path);

/** "role=container pod_uid=11-22 …": what is known, in the metrics' order and by their JSON keys. */
void expect_who(const struct mw_who *who, const char *wanted);

#endif
