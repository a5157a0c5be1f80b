/* What the commands share: one run of the program, one sample of it, and the screens. */
#ifndef MW_CLI_CLI_H
#define MW_CLI_CLI_H

#include "base/scoped.h"
#include "bpf/capability.h"
#include "cli/list/columns.h"
#include "cli/options.h"
#include "cli/list/users.h"
#include "diagnose/diagnose.h"
#include "engine/engine.h"
#include "ledger/account.h"
#include "render/document.h"
#include "render/number.h"
#include "render/text.h"

struct mw_screen;

/* One run of the program. */
struct mw_cli {
	struct mw_options options;
	const struct mw_screen *screen;
	struct mw_source *source; /* what is read; a recorder with --save and capture */
	struct mw_source *inner;  /* behind the recorder, or NULL */
	struct mw_bpf *bpf;       /* the running kernel's fast readers, or NULL */
	struct mw_meta *meta;     /* who groups are; lives as long as the source */
	struct mw_style style;
	bool terminal;        /* standard output is one */
	unsigned screen_rows; /* its lines; 0 = unknown */
	struct mw_users users;
	struct mw_columns columns; /* listings */
	struct mw_sorting sorting;
	struct mw_params *params; /* thresholds in force */
	enum mw_level fail_on;    /* where options.fail_on is given */
	enum mw_level worst;      /* among all findings shown; MW_LEVELS = none yet */
	int64_t pss_measured;     /* when PSS of all rows was, on the source's clock, ns */
	struct buf problem;       /* what went wrong, for people: one line */
};

/* One moment of it, with what the screens make of it. */
struct mw_sample {
	struct mw_snapshot *snapshot;
	struct mw_view view;
	struct arena arena;       /* accounts, row lists */
	struct mw_rows rows;      /* what a listing shows */
	struct mw_entity *target; /* what a command is about, or NULL */
	struct mw_evidence evidence;
	struct mw_diagnosis diagnosis; /* of a screen that has findings */
	struct mw_notes notes;         /* marks that stand instead of numbers */
	struct mw_files_found asked;   /* of files, where there was no census */
	const char *folder;            /* that --dir names, as files of a census are called */
};

/* A command. Each function returns 0 or -errno; when it filled cli->problem, that is what is
 * printed. NULL = nothing to do. */
struct mw_screen {
	uint32_t want;              /* MW_WANT_… of its sweep */
	enum mw_kind kind;          /* of a listing's rows; MW_KINDS = not a listing */
	const char *columns, *sort; /* a listing's usual ones */
	bool findings;              /* rules are applied to what was read */
	/** What the options make it want beyond that. */
	uint32_t (*more)(const struct mw_cli *cli);
	/** Between the sweep and the computed metrics: read more, for what will be shown. */
	int (*read)(struct mw_cli *cli, struct mw_sample *x);
	/** After them, before either form is written: choose what is shown. */
	int (*choose)(struct mw_cli *cli, struct mw_sample *x);
	int (*text)(struct mw_cli *cli, struct mw_sample *x, struct buf *out);
	/** The sections of the contract that the command has. */
	int (*json)(struct mw_cli *cli, struct mw_sample *x, struct mw_json *j);
	/** Instead of all this. */
	int (*run)(struct mw_cli *cli);
};

#define COMMAND(id, symbol, name, operand, summary, details, examples) \
	extern const struct mw_screen mw_screen_##symbol;
#include "cli/commands.def"
#undef COMMAND

/** The whole program. @return its exit status: 0, or 2 after a usage error or when it cannot run */
int mw_cli_main(int argc, char **argv);

/* --- run.c */
/** Open the source that the options name. */
int mw_cli_open(struct mw_cli *cli, bool record);
void mw_cli_close(struct mw_cli *cli);
/** Repeat a screen as often as the options say. */
int mw_cli_run(struct mw_cli *cli);
/** A whole screen to standard output, paged where it is longer than the terminal. */
int mw_cli_print(const struct mw_cli *cli, struct slice text);
/** Show a finished sample as the options say. */
int mw_cli_show(struct mw_cli *cli, struct mw_sample *x);
void mw_sample_release(struct mw_sample *x);
/** What reading PSS and mappings may cost: `normal`, or without bounds for --exact and captures. */
struct mw_budget mw_cli_budget(const struct mw_cli *cli, struct mw_budget normal);
/** --depth, or `usual`. */
unsigned mw_cli_depth(const struct mw_cli *cli, unsigned usual);

/* --- help.c, version.c */
void mw_help_write(enum mw_command_id command, const struct mw_style *style, struct buf *out);
int mw_version_write(struct mw_cli *cli, struct buf *out);

/* --- oom_next.c: memwhy oom --next */
extern const struct mw_screen mw_screen_oom_next;

/* --- pieces.c: what more than one screen shows */
/** "the same memory in everybody's words". @limit 0 = no share of it */
int mw_words_write(struct mw_cli *cli, struct mw_sample *x, const struct mw_word *words,
		   size_t count, uint64_t limit, struct buf *out);
/** An account as the options want it, and its JSON form in "accounts". */
int mw_cli_account(struct mw_cli *cli, struct mw_sample *x, const struct mw_account *account,
		   const char *title, unsigned depth, struct buf *out);
void mw_cli_account_json(struct mw_json *j, const struct mw_account *account);
/** A line of "label   text", the label (program text) dim and padded: the text begins at column MW_FACT_WIDTH. */
enum { MW_FACT_WIDTH = 26 };
struct buf *mw_fact(struct mw_cli *cli, struct buf *out, const char *label);
/** Likewise with a name of the program's own, as of a parameter, that people type: not translated. */
struct buf *mw_fact_named(struct mw_cli *cli, struct buf *out, const char *name);
/** "1.20 GiB active" behind what stands before it, with `between`: nothing when there are none.
 *  @what  program text */
void mw_amount(const struct mw_cli *cli, struct buf *out, const char *between, uint64_t bytes,
	       const char *what);
/** An empty line, then a title: program text. */
void mw_heading(const struct mw_cli *cli, struct buf *out, const char *title);
/** "memwhy container 'shop/order-7d9f'": for mw_next(). @return NULL: out of memory */
const char *mw_command_about(struct mw_sample *x, const char *command,
			     const struct mw_entity *group);
/** "  more   command   command", the last line of every screen. @commands ended by NULL */
void mw_next(const struct mw_cli *cli, struct buf *out, const char *const *commands);

#endif
