/* Listings: columns by name, rows filtered and sorted. Every metric of the rows' kind is a column;
 * what is not a number of theirs (pid, user, container) is one too. */
#ifndef MW_CLI_COLUMNS_H
#define MW_CLI_COLUMNS_H

#include "cli/list/users.h"
#include "model/view.h"
#include "render/table.h"

enum mw_listed_as {
	MW_AS_METRIC,
	MW_AS_PID,
	MW_AS_NAME,
	MW_AS_USER,
	MW_AS_CONTAINER,
	MW_AS_PATH, /* of a file */
};

struct mw_listed {
	enum mw_listed_as as;
	enum mw_metric metric; /* of MW_AS_METRIC; what the others are sorted by otherwise */
	const char *name;      /* what -o calls it, and its title. Static */
	uint8_t drop;          /* render/table.h: rank in which a narrow screen loses it */
};

enum { MW_MOST_COLUMNS = 60 };

struct mw_columns {
	struct mw_listed at[MW_MOST_COLUMNS];
	size_t count;
};

struct mw_sorting {
	struct mw_listed by;
	bool descending;
};

/* Rows below a heading (grouping.h). */
struct mw_row_group {
	struct mw_entity *sum; /* the heading: its name, and what adds up */
	struct mw_entity **at;
	size_t count;
	size_t place; /* of its first row */
};

struct mw_rows {
	struct mw_entity **at;       /* in the arena */
	size_t count;                /* shown */
	size_t total;                /* with those that -n leaves out */
	struct mw_row_group *groups; /* or NULL: no headings */
	size_t group_count, group_total;
};

/* What a listing leaves out. */
struct mw_filter {
	const uint32_t *uids;              /* of these users only */
	size_t uid_count;                  /* 0 = of all */
	const struct mw_entity *container; /* NULL = all */
	const char *role;                  /* groups that are this only; NULL = all… */
	bool sandboxes;                    /* …and also pause containers, which nobody asks for */
	const struct mw_listed *min_by;
	uint64_t min; /* 0 = none */
	size_t most;  /* rows; 0 = all */
};

/** A column by name: a metric's name or JSON key, a short name, pid, name, user, container. */
bool mw_column_find(enum mw_kind kind, struct slice name, struct mw_listed *out);
/** Name i of a kind's columns: the short ones, then the metrics'; NULL at the end. */
const char *mw_column_name(enum mw_kind kind, size_t i);
/** Parse "a,b" (these) or "+a,b" (the usual ones and these). @usual with drop ranks as "name:3"
 *  @return 0, or -EINVAL with what is wrong in `problem`, in `language` */
int mw_columns_parse(enum mw_kind kind, const char *usual, const char *list,
		     const struct mw_language *language, struct mw_columns *out,
		     struct buf *problem);
/** Parse "column" or "-column": the other way round than it is usual for this column. */
int mw_sorting_parse(enum mw_kind kind, const char *text, const struct mw_language *language,
		     struct mw_sorting *out, struct buf *problem);
/** All names with their help, as -o list prints them. */
int mw_columns_help(enum mw_kind kind, const struct mw_style *style, struct buf *out);
/** Whether any column needs smaps_rollup. */
bool mw_columns_cost(const struct mw_columns *columns, const struct mw_sorting *sorting);

/** The rows of a kind that pass, sorted. Sorting by a counter means its rate when there is one.
 *  @return 0 or -ENOMEM */
int mw_rows_choose(const struct mw_view *v, enum mw_kind kind, const struct mw_filter *filter,
		   const struct mw_sorting *sorting, struct arena *a, struct mw_rows *out);

/** The same of rows that are given, which may be in no snapshot. */
int mw_rows_choose_of(const struct mw_view *v, struct mw_entity *const *from, size_t count,
		      const struct mw_filter *filter, const struct mw_sorting *sorting,
		      struct arena *a, struct mw_rows *out);

/** Append a table of the rows. Counters show their rate when the view has two moments, and the
 *  sort column, when it is a gauge, its change in a column of its own.
 *  @nested names are indented below their parents' when these are rows too
 *  @return 0, -ENOMEM, … */
int mw_rows_write(const struct mw_view *v, const struct mw_rows *rows,
		  const struct mw_columns *columns, const struct mw_sorting *sorting,
		  const struct mw_users *users, const struct mw_style *style, bool nested,
		  struct mw_notes *notes, struct buf *out);

/** Whether `e` is `group`, in it, or below it. */
bool mw_is_within(const struct mw_entity *e, const struct mw_entity *group);

#endif
