/* Pasted text as the same snapshots that sweeps of a live machine make: which parts of the text were
 * recognised, whose they are, and the moments that they show. */
#ifndef MW_TRANSCRIPT_TRANSCRIPT_H
#define MW_TRANSCRIPT_TRANSCRIPT_H

#include "model/oom.h"
#include "model/snapshot.h"
#include "transcript/paste.h"

struct mw_format;

/* One recognised piece of the text. */
struct mw_block {
	const struct mw_format *format; /* id and name: mw_block_format(), mw_block_name() */
	const struct mw_paste_command *command; /* that printed it; NULL = not shown */
	size_t line, lines;                     /* of the paste */
	/* what the recogniser found */
	uint32_t certainty;
	uint32_t variant; /* the format's own: others are no series with this one */
	uint32_t keys;    /* known words */
	bool cut;         /* lines are missing: "...", head, grep */
	bool no_totals;   /* v1: only the group's own figures, taken for those with its children */
	struct slice
		path; /* of the file, as the command, "==> FILE <==" or grep says; "" = unknown */
	/* what the engine found */
	uint32_t file, first_line, last_line; /* where in the files, 1… */
	uint32_t host;                        /* index */
	const char
		*subject; /* "web-7", "/docker/ID", "process 69": whose numbers; NULL = machine */
	enum mw_kind subject_kind;
	uint64_t subject_id;
	size_t cells;  /* numbers it gave */
	size_t used;   /* of them, in the host's `now` */
	size_t moment; /* index in the host's moments; its `now` when it is part of that */
	size_t series; /* at how many moments there is the same text of the same subject */
	int error;     /* 0, or what reading it met: -EBADMSG */
	bool differs;  /* its printed numbers are of another moment than the kernel text's */
	struct mw_cells *rows;
};

/* A number as a tool printed it. The true one lies within [low, high]. */
struct mw_printed {
	const char *tool; /* the block's format id */
	const char *what; /* the tool's word: "used" */
	uint64_t value, low, high;
	enum mw_metric metric; /* MW_METRICS: nothing in the model */
	enum mw_kind kind;
	const struct mw_entity *entity; /* in `now`; NULL: the block is not part of it */
	struct mw_num now;              /* the same quantity in `now`, when another text gave it */
	uint32_t block;
	bool agrees; /* `now` lies within [low, high], or there is none to compare with */
};

/* A cell that no text held. */
struct mw_derived {
	const struct mw_entity *entity; /* in the host's `now` */
	enum mw_metric metric;
	const char *how; /* for people, to be translated: "rss + cache" */
	uint32_t host;
};

struct mw_transcript_host {
	const char *name;             /* of the prompt; "" = not shown */
	struct mw_snapshot **moments; /* in order of appearance; not sealed, no computed metrics */
	size_t count;                 /* at least 1 */
	size_t now;                   /* the one that has everything; others hold what came twice */
	size_t blocks;
};

/* Lines of a file that no format knew. */
struct mw_line_range {
	uint32_t file, first, last; /* 1… */
};

struct mw_transcript {
	struct arena arena;
	struct mw_paste paste;
	struct mw_block *blocks; /* in order of appearance */
	size_t block_count;
	struct mw_transcript_host *hosts; /* in order of appearance; at least one */
	size_t host_count;
	struct mw_printed *printed;
	size_t printed_count;
	struct mw_derived *derived;
	size_t derived_count;
	struct mw_line_range *unrecognised;
	size_t unrecognised_count;
	size_t unrecognised_lines;
	/* kills in the kernel logs among it; each host's `now` has its own too */
	const struct mw_oom_report *const *ooms;
	size_t oom_count;
};

/** Read pasted text. Missing things are no errors: a text without anything known has no blocks.
 *  Bounded: kernel logs and mappings of any size are read as they come, of the rest MW_PASTE_BYTES.
 *  @files  names and texts must outlive the transcript
 *  @out  released with mw_transcript_release(); zeroed on failure
 *  @return 0, -ENOMEM, or what a file's `more` returned */
int mw_transcript_read(const struct mw_paste_file *files, size_t count, struct mw_transcript *out);
/** Frees its snapshots too. */
void mw_transcript_release(struct mw_transcript *t);

/** "memory.stat-v1" */
const char *mw_block_format(const struct mw_block *b);
/** For people, to be translated: "memory.stat of cgroup v1". */
const char *mw_block_name(const struct mw_block *b);

#endif
