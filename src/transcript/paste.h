/* Pasted text as lines and the commands between them. What mail programs, terminals, web pages and
 * people added (quotes, fences, colours, line numbers, remarks) is taken off here once, so that the
 * formats see what the program wrote. Pure: text in memory, no files, no clock. */
#ifndef MW_TRANSCRIPT_PASTE_H
#define MW_TRANSCRIPT_PASTE_H

#include "base/arena.h"

/* The most that is looked at; what lies behind is counted, not read. */
enum { MW_PASTE_BYTES = 64 << 20, MW_PASTE_LINES = 4 << 20, MW_PASTE_LINE = 64 << 10 };

enum mw_line_kind {
	MW_LINE_TEXT,
	MW_LINE_BLANK,
	MW_LINE_PROMPT, /* a prompt, with or without a command */
	MW_LINE_REMARK, /* "# …", "// …", Markdown's fences and headings; formats may still claim it */
	MW_LINE_ELLIPSIS, /* "...", "…", "......": lines were left out here */
};

struct mw_paste_line {
	struct slice text;    /* cleaned; no newline */
	uint32_t bare;        /* length of the text without a remark at its end, and trimmed */
	uint32_t file;        /* which of the files */
	uint32_t first, last; /* lines of that file, 1…; several where one was broken in two */
	uint32_t command;     /* 1 + index of the command that printed it; 0 = not shown */
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
	const char *name;
	struct slice text; /* any bytes; must outlive the paste */
};

/** Clean and cut into lines, and find the commands. Linear in the text.
 *  @return 0 or -ENOMEM, @out then untouched */
int mw_paste_read(struct arena *a, const struct mw_paste_file *files, size_t count,
		  struct mw_paste *out);

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

/** Fill everything but host, user, cwd (which are read) from a command line.
 *  @return 0 or -ENOMEM */
int mw_command_parse(struct arena *a, struct slice text, struct mw_paste_command *c);

#endif
