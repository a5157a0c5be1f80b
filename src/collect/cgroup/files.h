/* The files of a group, and the reader that the two versions' tables drive. */
#ifndef MW_COLLECT_CGROUP_FILES_H
#define MW_COLLECT_CGROUP_FILES_H

#include "collect/collect.h"
#include "collect/keyed.h"
#include "collect/psi.h"

struct mw_group_reader;
struct mw_group_file;

/** Set the metrics of `file` in `e` from c->text. @return 0 or -EBADMSG, @line and @what then set */
typedef int (*mw_group_parse_fn)(struct mw_group_reader *r, const struct mw_group_file *file,
				 struct mw_entity *e, struct mw_parse_error *error);

/* What is read of a group. */
enum {
	MW_FILES_BASIC = 1,
	MW_FILES_PROCESSES = 2, /* how many it has */
	MW_FILES_PRESSURE = 4,
	MW_FILES_DETAIL = 8, /* only when every file of a group is asked for */
	MW_FILES_USUAL = MW_FILES_BASIC | MW_FILES_PROCESSES,
};

struct mw_group_file {
	const char *name; /* with "cgroup1/" or "cgroup2/" in front: as in the metric table */
	mw_group_parse_fn parse; /* NULL: that it is there is all there is to know */
	uint8_t in;              /* MW_FILES_…; 0 = MW_FILES_BASIC */
	bool many;               /* not one record: see enum mw_shape */
	bool inherited;          /* not read where the parent has a 1 */
	struct mw_keyed *keyed;  /* set by the reader, for mw_group_keyed */
	enum mw_metric metric;   /* set by the reader: the one in the table without a key */
};

enum { MW_GROUP_FILES = 32, MW_GROUP_KEYED = 8, MW_GROUPS_MAX = 100000 };

struct mw_group_reader {
	struct mw_collect *c;
	struct mw_group_file files[MW_GROUP_FILES];
	size_t count;
	unsigned in; /* MW_FILES_…: of which it has any */
	struct mw_keyed keyed[MW_GROUP_KEYED];
	/* what a file's parser leaves to be put right when the group's files are all read */
	void (*finish)(struct mw_entity *e);
};

/* Parsers for the tables. */
int mw_group_value(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		   struct mw_parse_error *error);
int mw_group_text(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		  struct mw_parse_error *error);
int mw_group_keyed(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		   struct mw_parse_error *error);
int mw_group_lines(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		   struct mw_parse_error *error);
int mw_group_numa(struct mw_group_reader *r, const struct mw_group_file *file, struct mw_entity *e,
		  struct mw_parse_error *error);

/* The tables. The last two of MW_FILES_USUAL are what any group has: a group that lacks both is gone. */
extern const struct mw_group_file mw_cgroup1_files[], mw_cgroup2_files[];
void mw_cgroup1_finish(struct mw_entity *e);
void mw_cgroup2_finish(struct mw_entity *e);
/** What memory.pressure says. */
void mw_cgroup2_pressure(struct mw_entity *e, const struct mw_psi *psi);

/** Which files a sweep reads of each group: MW_FILES_…; 0 = the names alone.
 *  @want  MW_WANT_… */
unsigned mw_group_files(uint32_t want);

/** @version 1 or 2. The reader is large: not for the stack of a thread. */
void mw_group_reader_init(struct mw_group_reader *r, struct mw_collect *c, int version);

/** Read the files of one group.
 *  @path of `dir` below the root, for problems
 *  @which  files: MW_FILES_… */
void mw_group_read(struct mw_group_reader *r, const struct mw_dir *dir, struct slice path,
		   struct mw_entity *e, unsigned which);

/** memory.numa_stat into rows of kind MW_CGROUP_NUMA below `group`. Pure.
 *  "anon N0=8192 N1=0" in bytes (v2), "hierarchical_anon=2 N0=2 N1=0" in pages (v1); unknown keys
 *  are skipped.
 *  @keyed of the version's memory.numa_stat
 *  @return 0, -ENOMEM, or -EBADMSG */
int mw_group_numa_parse(struct mw_keyed *keyed, struct slice text, struct mw_snapshot *s,
			struct mw_entity *group, struct mw_parse_error *error);

#endif
