/* What a format is, and what it may use. A format knows one kind of text: memory.stat of cgroup v1,
 * the output of `free`. It is two functions:
 *
 *   recognise  do lines from here on look like mine, and how many? By content; the command that
 *              printed them is only a hint, for most pastes have none.
 *   read       the numbers of such a block into rows of a snapshot that is empty but for the
 *              machine's row. The engine then merges it with what other blocks gave: a format never
 *              asks what else there is.
 *
 * To add one: formats/FOLDER/NAME.c that defines `const struct mw_format mw_format_NAME`, and the
 * word NAME in that folder's list in meson.build. Kernel text goes through the collectors' parsers
 * (mw_reading_text(), mw_block_keyed_…); see formats/kernel/memory_stat.c and meminfo.c. Text of a
 * tool goes through the columns and quantities below; numbers that the tool rounded are also kept as
 * printed (mw_reading_print()). */
#ifndef MW_TRANSCRIPT_FORMAT_H
#define MW_TRANSCRIPT_FORMAT_H

#include "collect/cgroup/files.h"
#include "collect/keyed.h"
#include "language/language.h"
#include "model/quantity.h"
#include "transcript/paste.h"
#include "transcript/transcript.h"

/* Whose number is taken when two texts have the same one. */
enum mw_rank {
	MW_RANK_KERNEL,  /* the kernel's own text */
	MW_RANK_EXACT,   /* a tool that prints what it read: ps, free -k, jcmd, a pod's YAML */
	MW_RANK_ROUNDED, /* a tool that rounds or computes: free -h, kubectl top, docker stats */
};

/* How sure a recogniser is; the engine takes the longest block, then the surest. */
enum {
	MW_GUESS = 20,  /* fits, but so would other things: a number alone */
	MW_LIKELY = 50, /* the words fit */
	MW_SURE = 90,   /* a header line, or many words, that nothing else has */
};

struct mw_reading;

struct mw_format {
	const char *id;   /* "memory.stat-v1": stable, for JSON */
	const char *name; /* N_("memory.stat of cgroup v1"): for people */
	enum mw_rank rank;
	/** @hint  the command that printed the line, or NULL
	 *  @block  empty; set certainty, and whatever `read` wants to know
	 *  @return how many lines are its, from `line` on; 0 = none. Remarks and blank lines within it
	 *          count, those behind it do not. Must not look further than its block needs. */
	size_t (*recognise)(const struct mw_paste *paste, size_t line,
			    const struct mw_paste_command *hint, struct mw_block *block);
	/** @return 0, -EBADMSG: nothing could be read after all, or -ENOMEM */
	int (*read)(struct mw_reading *r, const struct mw_block *block);
};

/** All formats, ended by NULL. Generated from the lists in formats/FOLDER/meson.build. */
extern const struct mw_format *const mw_formats[];

/* --- reading ---------------------------------------------------------------------------------- */

/* One block being read. */
struct mw_reading {
	struct mw_snapshot *s; /* this block's rows only */
	const struct mw_paste *paste;
	struct mw_block *block;
	struct arena *arena; /* lives as long as the transcript */
	struct mw_notes *notes;
};

/** The block's lines without remarks at their ends, joined by newlines; remark and blank lines are
 *  left empty, so that line n of the text is line n of the block.
 *  @return empty: out of memory */
struct slice mw_reading_text(struct mw_reading *r);

/** Line i of the block. */
static inline const struct mw_paste_line *mw_block_line(const struct mw_reading *r,
							const struct mw_block *b, size_t i)
{
	return &r->paste->lines[b->line + i];
}

/** The machine's row. */
struct mw_entity *mw_reading_node(struct mw_reading *r);

/** The row of a control group.
 *  @version 1, 2; 0 = the text does not tell
 *  @path  of the group below the mount ("/kubepods/burstable/pod…"), a pod's or a container's name;
 *         "" = the container that the paste was made in: the engine finds its name
 *  @return NULL: out of memory, as all of these */
struct mw_entity *mw_reading_group(struct mw_reading *r, int version, struct slice path);
/** Likewise, from the path of a file in it, as b->path or a command has it:
 *  "/sys/fs/cgroup/memory/docker/ID/memory.stat" is "/docker/ID"; "" or the mount itself is the
 *  container that the paste was made in. */
struct mw_entity *mw_reading_group_of(struct mw_reading *r, int version, struct slice file);

/** A pod, or a container of it ("" = the pod itself). The name that people use is "POD" or
 *  "POD/CONTAINER"; a memory.stat that was read inside it becomes the same row. */
struct mw_entity *mw_reading_pod(struct mw_reading *r, struct slice pod_namespace, struct slice pod,
				 struct slice container);

/** A process. @comm "" = not known here (another block may know it) */
struct mw_entity *mw_reading_process(struct mw_reading *r, uint64_t pid, struct slice comm);

/** A process' command line as ps and pmap print it, and the name that follows from it: "java" of
 *  "/usr/bin/java -jar app.jar", "php-fpm" of "php-fpm: pool www". A mere "[kworker/0:1]" is a name
 *  without a command line. @return 0 or -ENOMEM */
int mw_reading_command_line(struct mw_reading *r, struct mw_entity *process, struct slice command);

/** Any other row: found by name and id among this block's, or added. */
struct mw_entity *mw_reading_row(struct mw_reading *r, enum mw_kind kind, struct mw_entity *parent,
				 struct slice name, uint64_t id);

/** From here on rows belong to a later moment than those so far: the second line of `vmstat 1`.
 *  Rows got before must not be used any more. @return 0 or -ENOMEM */
int mw_reading_moment(struct mw_reading *r);

/* How a tool came to its last digit. */
enum mw_rounding {
	MW_NEAREST, /* half a step either way; also when it is not known */
	MW_DOWN,    /* the true number is up to a step higher: free -m */
	MW_UP,      /* … lower: df, du */
};

/** Keep a number as the tool printed it, for "as pasted, and what memwhy makes of it".
 *  @metric  what it is in the model: the cell of `e` is set too, unless an earlier one of this block
 *           did; MW_METRICS = nothing in the model (`used` of free)
 *  @what    the tool's own word: "available", "MEMORY(bytes)"; static or from r->arena
 *  @step    one unit of its last digit, in the metric's unit; 0 = exact
 *  @return 0 or -ENOMEM */
int mw_reading_print(struct mw_reading *r, struct mw_entity *e, enum mw_metric metric,
		     const char *what, uint64_t value, uint64_t step, enum mw_rounding rounding);

/** A cell that no text has and that `read` worked out: `how` is N_() text for people, "rss + cache".
 *  @return 0 or -ENOMEM */
int mw_reading_derive(struct mw_reading *r, struct mw_entity *e, enum mw_metric metric,
		      uint64_t value, const char *how);

/* --- runs of lines ---------------------------------------------------------------------------- */

/** Lines of one shape, from `line` on; remarks, blank lines and "..." within do not end the run.
 *  Counts them in b->keys, sets b->cut.
 *  @mine  asked for each line in turn; the first "no" is the end
 *  @return lines, 0 when the first is none */
size_t mw_block_run(const struct mw_paste *paste, size_t line,
		    bool (*mine)(void *context, const struct mw_paste_line *l), void *context,
		    struct mw_block *b);

/* --- tables ----------------------------------------------------------------------------------- */

enum { MW_COLUMNS = 64 };

struct mw_columns {
	struct slice names[MW_COLUMNS];
	uint32_t start[MW_COLUMNS], end[MW_COLUMNS]; /* in columns of a terminal */
	size_t count;
};

/** A header line: words between blanks. @return how many; 0 when there are too many */
size_t mw_columns_header(struct slice line, struct mw_columns *out);
/** The column of that name; `c->count` when there is none. */
size_t mw_columns_find(const struct mw_columns *c, const char *name);
/** Cut a row at blanks; the last column takes all that is left.
 *  @out  room for c->count
 *  @return how many columns there were; less than c->count: a row that is cut or has empty cells */
size_t mw_columns_row(const struct mw_columns *c, struct slice line, struct slice *out);
/** The word that stands under (touches) a header's word: for tables with empty cells.
 *  @return empty when nothing stands there */
struct slice mw_columns_under(const struct mw_columns *c, size_t column, struct slice line);

/* --- "key value" texts ------------------------------------------------------------------------ */

/* The words of one keyed file: those of the metric table and others that the kernel writes. */
struct mw_key_set {
	const char *file;          /* as in the metric table: "proc/meminfo" */
	const char *const *others; /* known words that are no metric, ended by NULL; or NULL */
	const char *begins;        /* words that begin so are known too: "total_"; or NULL */
};

/** Where the metric table has a key of a file; NULL: it has not. */
const struct mw_place *mw_key_place(const char *file, struct slice key);
/** Is it a word of the set? */
bool mw_key_known(const struct mw_key_set *set, struct slice key);

/** A cheap look: most lines begin with none of the words, nor with a path. */
bool mw_key_may_begin(const struct mw_paste_line *l, const struct mw_key_set *keys);

/** Recognise a block of such lines: any order, unknown words between known ones, remarks, `:` or `=`
 *  in between, thousands separators, units that a human wrote, path or "file:" in front (grep). It
 *  ends where a key comes again, or where something else begins. b->keys says how many known words
 *  there were, b->cut whether lines are missing.
 *  @return lines, 0 when the first is none */
size_t mw_block_keyed(const struct mw_paste *paste, size_t line, const struct mw_key_set *keys,
		      struct mw_block *b);

/** Read such a block into a row through mw_keyed_parse(), after bringing each line into the form that
 *  the kernel writes. @rename put in front of each key ("total_"), or NULL
 *  @return 0, -EBADMSG, -ENOMEM */
int mw_reading_keyed(struct mw_reading *r, const struct mw_key_set *keys, const char *rename,
		     struct mw_entity *e);

/** Take a line apart: "key 1", "key: 1 kB", "key = 1,024", "Key:\t1". @return false: no such line */
bool mw_key_line(struct slice line, struct slice *key, struct mw_quantity *value);

#endif
