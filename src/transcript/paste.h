/* Pasted text as lines and the commands between them. What mail programs, terminals, web pages and
 * people added (quotes, fences, colours, line numbers, remarks) is taken off here once, so that the
 * formats see what the program wrote. Pure: text in memory, no files, no clock. */
#ifndef MW_TRANSCRIPT_PASTE_H
#define MW_TRANSCRIPT_PASTE_H

#include "base/arena.h"

#include <sys/types.h>

/* The most that is kept; what lies behind is counted. Kernel logs and mappings of a large file are
 * read as they come and do not count. */
enum {
	MW_PASTE_BYTES = 32 << 20,
	MW_PASTE_LINES = 1 << 19,
	MW_PASTE_LINE = 64 << 10,
	MW_PASTE_COMMANDS = 1 << 16,
	MW_PASTE_WHOLE = 8 << 20, /* a larger file is not looked at for quoted-printable */
};

enum mw_line_kind {
	MW_LINE_TEXT,
	MW_LINE_BLANK,
	MW_LINE_PROMPT, /* a prompt, with or without a command */
	MW_LINE_REMARK, /* "# …", "// …", Markdown's fences and headings; formats may still claim it */
	MW_LINE_ELLIPSIS, /* "...", "…", "......": lines were left out here */
	MW_LINE_LOG,      /* lines of a kernel log: `text` is empty */
	MW_LINE_MAPS,     /* lines of smaps in a large file: `text` is empty */
};

struct mw_paste_line {
	struct slice text;    /* cleaned; no newline */
	uint32_t bare;        /* length of the text without a remark at its end, and trimmed */
	uint32_t file;        /* which of the files */
	uint32_t first, last; /* lines of that file, 1…; several where one was broken in two */
	uint32_t command;     /* 1 + index of the command that printed it; 0 = not shown */
	bool keyed;           /* its first word is a key of a file of the metric table */
	enum mw_line_kind kind;
};

enum { MW_COMMAND_PATHS = 16 };

/* A command as it was typed. All slices may be empty: not shown. */
struct mw_paste_command {
	struct slice host, user, cwd; /* from the prompt; the host also from `ssh HOST` */
	struct slice text;            /* the whole command line */
	struct slice program;         /* "cat", without path, sudo, time, kubectl exec … */
	struct slice arguments;       /* behind the program, up to a pipe or `;` */
	struct slice filter;          /* behind the first pipe: "grep total_", "head -3" */
	struct slice pod, pod_namespace, container; /* kubectl -n NS exec POD -c C, docker exec C */
	struct slice paths[MW_COMMAND_PATHS]; /* what it reads; absolute where the cwd is known */
	size_t path_count;
	uint64_t pid; /* of /proc/PID/…, -p PID, or the number behind jstat, pmap …; 0 = none */
	uint32_t line; /* index of its line */
	bool inside;   /* run in a container: exec, nsenter, or a prompt that says so */
};

struct mw_paste {
	const struct mw_paste_line *lines;
	size_t count;
	const struct mw_paste_command *commands;
	size_t command_count;
	const char *const *files;   /* names, as given */
	const uint32_t *file_lines; /* how many lines each of them has */
	size_t file_count;
	uint64_t bytes_skipped; /* behind the limits above */
	struct arena *arena;    /* holds all of it; formats may take from it */
};

struct mw_paste_file {
	const char *name;  /* must outlive the paste */
	struct slice text; /* any bytes; must outlive the paste */
	/** Where the text comes from when it is not in memory: up to `room` bytes of it.
	 *  @return how many, 0 = the end, or -errno, which ends the reading of all */
	ssize_t (*more)(void *context, char *to, size_t room);
	void *context;
};

/* Who takes lines out before they are kept. */
struct mw_paste_taker {
	/** @line   cleaned
	 *  @large  of a file larger than MW_PASTE_WHOLE
	 *  @return MW_LINE_TEXT: not taken; MW_LINE_LOG, MW_LINE_MAPS: it need not be kept */
	enum mw_line_kind (*take)(void *context, struct slice line, const char *file,
				  uint32_t number, bool large);
	void *context;
};

/** Clean and cut into lines, and find the commands. Linear in the text.
 *  @taker  or NULL
 *  @return 0, -ENOMEM, or what a file's `more` returned; @out then untouched */
int mw_paste_read(struct arena *a, const struct mw_paste_file *files, size_t count,
		  const struct mw_paste_taker *taker, struct mw_paste *out);

/** The command that printed a line, or NULL. */
const struct mw_paste_command *mw_paste_command_of(const struct mw_paste *p, size_t line);

/** A line without the remark at its end. */
static inline struct slice mw_line_bare(const struct mw_paste_line *l)
{
	return (struct slice){ l->text.at, l->bare };
}

/* --- the steps, for tests and the fuzzer ------------------------------------------------------ */

/** A text decoded as quoted-printable when it shows that it is ("=3D", soft breaks "=\n"), else the
 *  text itself. Soft breaks become the byte 0x1f and a newline, so that lines keep their numbers.
 *  @return false: out of memory */
bool mw_paste_unquote(struct arena *a, struct slice text, struct slice *out);

/** One raw line without BOM, escapes, carriage returns, quotes, emphasis, odd blanks.
 *  @room  at least `line.len` bytes, used when something had to be taken out
 *  @return the line, in place or in `room` */
struct slice mw_line_clean(struct slice line, char *room);

/** Where the remark behind a value begins; `line.len` when there is none. */
size_t mw_line_remark(struct slice line);

struct mw_prompt {
	struct slice host, user, cwd, command;
	bool root; /* "#" */
};

/** Take a prompt apart. A mere "# remark" is none. @return false, untouched, when it is none */
bool mw_prompt_parse(struct slice line, struct mw_prompt *out);

/** Does a line look like a command that stands without a prompt? */
bool mw_command_likely(struct slice line);

/** Fill everything but host, user, cwd (which are read) from a command line.
 *  @return 0 or -ENOMEM */
int mw_command_parse(struct arena *a, struct slice text, struct mw_paste_command *c);

#endif
