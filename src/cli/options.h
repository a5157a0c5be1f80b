/* The command line, driven by commands.def and options.def. Pure: reads no environment. */
#ifndef MW_CLI_OPTIONS_H
#define MW_CLI_OPTIONS_H

#include "base/buf.h"
#include "language/language.h"

enum mw_command_id {
#define COMMAND(id, symbol, name, operand, summary, details, examples) MW_CMD_##id,
#include "cli/commands.def"
#undef COMMAND
	MW_COMMANDS,
};

struct mw_command {
	const char *name; /* "" = what runs without a command */
	const char *operand;
	const char *summary;
	const char *details; /* or NULL */
	const char *examples;
};

enum mw_option_type {
	MW_FLAG,
	MW_WORD,
	MW_NUMBER,
	MW_SIZE,
	MW_SECONDS,
	MW_LIST,
	MW_COLOUR,
	MW_LANGUAGE,
};

struct mw_option {
	char letter; /* 0 = none */
	const char *name;
	const char *argument; /* NULL = takes none */
	enum mw_option_type type;
	uint32_t commands; /* 1 << enum mw_command_id */
	size_t offset;     /* in struct mw_options */
	const char *help;
};

enum mw_colour_when { MW_COLOUR_AUTO, MW_COLOUR_ALWAYS, MW_COLOUR_NEVER };

/* What was given on the command line; texts point into argv. */
struct mw_options {
	enum mw_command_id command;
	const char *operand;         /* the first, or NULL */
	const char *const *operands; /* all, in argv */
	size_t operand_count;
	bool show_recognised, next, json, bytes, no_pager, exact, how, version, verbose, help;
	bool offline, kube_insecure;
	const char *columns, *sort, *root, *save, *output, *container, *fail_on, *rules;
	const char *folder, *by, *role, *bpf, *sample;
	const char *kubelet, *kube_api, *kube_node, *kube_token, *kube_ca;
	struct slice users;          /* all of --user, joined by commas; the parser's memory */
	uint64_t rows, depth, count; /* MW_NOT_GIVEN, or the number */
	uint64_t min;                /* bytes, or MW_NOT_GIVEN */
	uint64_t interval;           /* ns, or MW_NOT_GIVEN */
	enum mw_colour_when colour;
	const struct mw_language *language; /* NULL = not given */
	struct buf users_text;
};

#define MW_NOT_GIVEN UINT64_MAX

/** Parse a command line. argv may be reordered.
 *  @language of what is said in `problem`
 *  @out released with mw_options_release(), also after an error
 *  @problem what is wrong, one line without "memwhy: "
 *  @return 0 or -EINVAL */
int mw_options_parse(int argc, char **argv, const struct mw_language *language,
		     struct mw_options *out, struct buf *problem);
void mw_options_release(struct mw_options *o);

const struct mw_command *mw_command(enum mw_command_id id);
/** @return MW_COMMANDS when there is none of that name */
enum mw_command_id mw_command_find(const char *name);
/** The command whose name is most like it, or NULL. */
const char *mw_command_like(const char *name);
const struct mw_option *mw_options_table(size_t *count);
/** The nearest of `names` to a mistyped word, when it is near enough to be meant.
 *  @next gives name i, NULL at the end */
const char *mw_suggest(const char *word, const char *(*next)(size_t i, const void *context),
		       const void *context);

/** "100M", "1.5G", "4096", "64KiB": powers of 1024. @return false, *out untouched, when not one */
bool mw_parse_size(struct slice text, uint64_t *out);
/** "5", "0.5", "2m", "100ms" as nanoseconds; at least 10 ms and at most a year. */
bool mw_parse_seconds(struct slice text, uint64_t *out);

#endif
