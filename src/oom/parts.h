/* What the files of this room share: a report while its lines come in. */
#ifndef MW_OOM_PARTS_H
#define MW_OOM_PARTS_H

#include "oom/envelope.h"
#include "oom/log.h"

/* Kinds of messages, in the order in which the kernel writes them. */
enum mw_oom_kind {
	MW_OOM_L_NONE,
	MW_OOM_L_INVOKED,
	MW_OOM_L_CPUSET,
	MW_OOM_L_WHO,
	MW_OOM_L_GROUPS,
	MW_OOM_L_USAGE,
	MW_OOM_L_USAGE_SWAP,
	MW_OOM_L_USAGE_KMEM,
	MW_OOM_L_STATS,
	MW_OOM_L_STAT,
	MW_OOM_L_MEMINFO,
	MW_OOM_L_INFO,
	MW_OOM_L_SLABS,
	MW_OOM_L_SLAB,
	MW_OOM_L_HEADER,
	MW_OOM_L_ROW,
	MW_OOM_L_SUMMARY,
	MW_OOM_L_CHOSEN,
	MW_OOM_L_GROUP,
	MW_OOM_L_KILLED,
	MW_OOM_L_NOBODY,
	MW_OOM_L_PANIC,
	MW_OOM_L_REAPED,
	MW_OOM_L_FAILURE, /* page allocation failure: its Mem-Info is not ours */
	MW_OOM_L_LOST,    /* "Missed 12 kernel messages" */
};

enum {
	MW_OOM_COLUMNS = 24,
	MW_OOM_LONG_TIME =
		600, /* s, from a report's line to its next: a slow console takes minutes */
};

/* A report being read. Numbers of tasks and of Mem-Info are in pages until it is finished. */
struct mw_oom_building {
	struct mw_oom_report r;
	struct mw_oom_building *next;
	uint32_t stream, caller;
	enum mw_oom_kind stage;
	uint64_t head_hash;   /* of the line that began it */
	uint64_t last_uptime; /* of its latest line */
	int64_t last_time;
	unsigned idle; /* lines of its stream since that were none of its own */

	uint8_t columns[MW_OOM_COLUMNS];
	uint32_t column_count;
	struct mw_oom_row *rows; /* heap */
	uint32_t row_count, row_room;
	bool pruned;               /* some rows were left out */
	bool pt_bytes;             /* page tables are in bytes */
	bool old_adj;              /* an oom_adj of -17 … 15: not the badness known today */
	struct mw_oom_row *killed; /* heap */
	uint32_t killed_count;
	struct mw_oom_zone *zones; /* heap */
	uint32_t zone_count;
	uint32_t named;      /* pid that was announced */
	bool began;          /* its first line was seen */
	bool total_stats;    /* hierarchical numbers were seen */
	bool mixed;          /* lines of another report may be among its own */
	bool lost;           /* lines are missing */
	bool table_cut;      /* a row that was not understood */
	uint32_t page_size;  /* 0 = not told */
	uint64_t swap_total; /* bytes, from the rule */
};

/* --- lines.c: what single messages say. `text` is the whole message. */
/** @open  a report is: only then its inner lines are looked for */
enum mw_oom_kind mw_oom_classify(struct slice text, bool open);
/** @return false: not of that form after all */
bool mw_oom_read_invoked(struct arena *a, struct mw_oom_building *b, struct slice text);
bool mw_oom_read_cpuset(struct arena *a, struct mw_oom_building *b, struct slice text);
bool mw_oom_read_who(struct arena *a, struct mw_oom_building *b, struct slice text);
bool mw_oom_read_groups(struct arena *a, struct mw_oom_building *b, struct slice text);
bool mw_oom_read_usage(struct mw_oom_building *b, struct slice text);
bool mw_oom_read_summary(struct arena *a, struct mw_oom_building *b, struct slice text);
/** "Kill process …" and "Killed process …", whatever stands before. */
struct mw_oom_death {
	struct mw_oom_row task;
	bool done;    /* "Killed", not only chosen */
	bool memcg;   /* "Memory cgroup out of memory" */
	bool machine; /* "Out of memory" */
	bool asked;   /* oom_kill_allocating_task */
	uint32_t score;
	uint64_t pgtables_unit; /* bytes of what it calls kB */
};
bool mw_oom_read_death(struct slice text, struct mw_oom_death *out);
/** "oom_reaper: reaped process 12 (name), now anon-rss:0kB, …" */
bool mw_oom_read_reaped(struct slice text, uint32_t *pid, uint64_t *left);
void mw_oom_name(char out[20], struct slice name);

/* --- stats.c: a group's numbers */
bool mw_oom_read_stats(struct arena *a, struct mw_oom_building *b, struct slice text);
bool mw_oom_read_stat(struct mw_oom_building *b, struct slice text);

/* --- meminfo.c: the machine's. @return 0, -ENOMEM, or 1: no line of Mem-Info */
int mw_oom_read_meminfo(struct mw_oom_building *b, struct slice text);
bool mw_oom_read_slab(struct mw_oom_building *b, struct slice text);

/* --- tables.c: the table of tasks */
bool mw_oom_read_header(struct mw_oom_building *b, struct slice text);
/** @return 0, -ENOMEM, or 1: no row */
int mw_oom_read_row(struct mw_oom_building *b, struct slice text);
/** Pages to bytes, the worst rows into the arena. @return 0 or -ENOMEM */
int mw_oom_finish_table(struct arena *a, struct mw_oom_building *b);

/* --- explain.c: what follows from the numbers of a finished report */
void mw_oom_explain(struct mw_oom_building *b);
/** Pages against which adj counts, from what has been read so far; MW_OOM_NOT_TOLD. In pages. */
uint64_t mw_oom_totalpages(const struct mw_oom_building *b);

/* --- which.c: which of the open reports a message belongs to */
/** Somebody was killed, or nobody could be: what follows is the end. */
bool mw_oom_ended(const struct mw_oom_building *b);
/** Nothing more is to come, as the line with this envelope shows. */
bool mw_oom_is_over(const struct mw_oom_building *b, const struct mw_envelope *e);
/** A second or less lies between them, as far as that is known. */
bool mw_oom_same_moment(const struct mw_oom_building *b, const struct mw_envelope *e);
bool mw_oom_has_killed(const struct mw_oom_building *b, uint32_t pid);
/** @open  the oldest of them
 *  @pid  whose death it is, or 0
 *  @return the open report whose next message that may be, or NULL */
struct mw_oom_building *mw_oom_find(struct mw_oom_building *open, uint32_t stream,
				    const struct mw_envelope *e, enum mw_oom_kind kind,
				    uint32_t pid);

/* --- finish.c: a report whose last line was read */
/** Numbers in bytes, arrays into the arena. @return 0 or -ENOMEM */
int mw_oom_finish(struct arena *a, const struct mw_oom_rule *rule, struct mw_oom_building *b);

/* --- same.c: reports that tell of one kill become one. @return how many are left */
size_t mw_oom_join(struct mw_oom_report **reports, size_t count);

/* --- journal.c: records of several lines (journalctl -o verbose, -o export) */
struct mw_oom_journal {
	struct buf message, host;
	int64_t time;
	uint64_t uptime;
	bool open, export_form, kernel, has_message, in_message, raw_message;
};

/** Whether the record that is open ends before this line: flush it, then feed the line. */
bool mw_oom_journal_over(const struct mw_oom_journal *j, struct slice line,
			 const struct mw_stamp_rule *rule);
/** Feed a line. @return whether it belongs to a record */
bool mw_oom_journal_line(struct mw_oom_journal *j, struct slice line,
			 const struct mw_stamp_rule *rule);
/** The record that is open; `out` points into the journal. @return false: nothing */
bool mw_oom_journal_flush(struct mw_oom_journal *j, struct mw_envelope *out);
void mw_oom_journal_release(struct mw_oom_journal *j);

#endif
