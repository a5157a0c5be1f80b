/* Who holds it: the largest of a kind, cited with their numbers and told in one line. */
#ifndef MW_DIAGNOSE_OWNERS_H
#define MW_DIAGNOSE_OWNERS_H

#include "diagnose/rule.h"

struct mw_owners {
	/* MW_PROCESS, MW_CGROUP (those without groups in them), MW_SLAB, MW_FILE (those with a path) */
	enum mw_kind kind;
	enum mw_metric metric;
	bool rate;    /* by its change per second between two moments */
	bool part;    /* it is a part of what the finding is about: "most of it" */
	double least; /* smaller ones are not worth a word; in the metric's unit */
	const struct mw_entity *inside;           /* only those in this group; NULL = all */
	bool (*takes)(const struct mw_entity *e); /* only these; NULL = all */
};

/** Name up to three: cites {process1} and {process1_size}, {group1} …, {cache1} …, {file1} … by kind, adds a
 *  detail that lists them, and for the first the command that tells more.
 *  @first  the largest, or NULL when there is none; may be NULL
 *  @return how many were named */
size_t mw_name_owners(struct mw_check *c, const struct mw_owners *what,
		      const struct mw_entity **first);

/** Name files of a group that a page census found, largest first by `metric`, and say which command
 *  shows more; nothing where there was no census. @group NULL = of the machine. @shmem only tmpfs and
 *  shared memory, otherwise only files on disks */
void mw_name_files(struct mw_check *c, const struct mw_entity *group, enum mw_metric metric,
		   bool shmem);

/** Its title (model/title.h): "shop/web/php", "web1", else its path. */
void mw_cite_group(struct mw_check *c, const char *name, const struct mw_entity *group);

/** "memwhy container 'NAME'", whatever the name has in it (mw_group_word()). */
void mw_ask_about_group(struct mw_check *c, const struct mw_entity *group);

#endif
