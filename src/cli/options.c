#include "cli/options.h"

#include <errno.h>
#include <getopt.h>

static const struct mw_command commands[] = {
#define COMMAND(id, symbol, name, operand, summary, details, examples) \
	{ name, operand, summary, details, examples },
#include "cli/commands.def"
#undef COMMAND
};

#define BIT(id) (1u << MW_CMD_##id)
#define EVERY   ((1u << MW_COMMANDS) - 1)
#define LIVE    (EVERY & ~BIT(CAPTURE) & ~BIT(HELP) & ~BIT(RULES) & ~BIT(EXPLAIN))
#define SHOWING (LIVE | BIT(EXPLAIN))
#define LISTING (BIT(CONTAINERS) | BIT(PODS) | BIT(PS) | BIT(FILES) | BIT(SOCKETS) | BIT(CENSUS))
#define OPENING (BIT(EXPLAIN) | BIT(OVERVIEW) | BIT(NODE) | BIT(CONTAINER) | BIT(POD) | BIT(PID))
#define JUDGING                                                                            \
	(BIT(EXPLAIN) | BIT(OVERVIEW) | BIT(NODE) | BIT(CONTAINER) | BIT(POD) | BIT(PID) | \
	 BIT(SOCKETS))
#define COSTLY (BIT(CONTAINER) | BIT(POD) | BIT(PS) | BIT(PID) | BIT(CAPTURE))

static const struct mw_option options[] = {
#define FLAG     MW_FLAG
#define TEXT     MW_WORD
#define COUNT    MW_NUMBER
#define SIZE     MW_SIZE
#define SECONDS  MW_SECONDS
#define LIST     MW_LIST
#define COLOUR   MW_COLOUR
#define LANGUAGE MW_LANGUAGE
#define OPTION(field, letter, name, argument, type, where, help) \
	{ letter, name, argument, type, where, offsetof(struct mw_options, field), help },
#include "cli/options.def"
#undef OPTION
#undef FLAG
#undef TEXT
#undef COUNT
#undef SIZE
#undef SECONDS
#undef LIST
#undef COLOUR
#undef LANGUAGE
};

enum { OPTION_COUNT = sizeof(options) / sizeof(*options), LONG_BASE = 256, MOST_GIVEN = 256 };

const struct mw_command *mw_command(enum mw_command_id id)
{
	return &commands[id];
}

const struct mw_option *mw_options_table(size_t *count)
{
	*count = OPTION_COUNT;
	return options;
}

enum mw_command_id mw_command_find(const char *name)
{
	enum mw_command_id id = 0;

	while (id < MW_COMMANDS && strcmp(commands[id].name, name) != 0)
		id++;
	return id;
}

/* --- suggestions ------------------------------------------------------------------------------ */

enum { LONGEST_WORD = 40 };

/* Letters to change, add, leave out or swap. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[3][LONGEST_WORD + 1];
	size_t m = strlen(a), n = strlen(b);

	if (m > LONGEST_WORD || n > LONGEST_WORD)
		return LONGEST_WORD;
	for (size_t j = 0; j <= n; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= m; i++) {
		unsigned *now = row[i % 3], *up = row[(i - 1) % 3], *upper = row[(i + 1) % 3];

		now[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned best = up[j - 1] + (a[i - 1] != b[j - 1]);

			best = up[j] + 1 < best ? up[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    upper[j - 2] + 1 < best)
				best = upper[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[m % 3][n];
}

const char *mw_suggest(const char *word, const char *(*next)(size_t i, const void *context),
		       const void *context)
{
	const char *best = NULL, *name;
	unsigned least = (unsigned)(strlen(word) / 3) + 1;
	size_t len = strlen(word);

	for (size_t i = 0; (name = next(i, context)); i++) {
		unsigned d = distance(word, name);

		/* a beginning is a better guess than a typing error of the same size */
		if (len >= 2 && !strncmp(word, name, len))
			d = 0;
		if (*name && (d < least || (d == least && !best))) {
			least = d;
			best = name;
		}
	}
	return best;
}

static const char *command_name(size_t i, const void *context)
{
	return i < MW_COMMANDS ? commands[i].name : NULL;
}

const char *mw_command_like(const char *name)
{
	return mw_suggest(name, command_name, NULL);
}

/* --- values ----------------------------------------------------------------------------------- */

/* A decimal number with up to six digits behind its point, in millionths. */
static bool take_micro(struct slice *text, uint64_t *out)
{
	struct slice rest = *text;
	uint64_t whole, fraction = 0, unit = 1000000;

	if (!rest.len || (unsigned char)(*rest.at - '0') > 9 || !slice_u64(&rest, &whole) ||
	    whole > UINT64_MAX / 1000000 - 1)
		return false;
	if (rest.len && *rest.at == '.') {
		rest = slice_skip(rest, 1);
		while (rest.len && (unsigned char)(*rest.at - '0') < 10) {
			unit /= 10;
			fraction += (uint64_t)(*rest.at - '0') * unit;
			rest = slice_skip(rest, 1);
		}
	}
	*text = rest;
	*out = whole * 1000000 + fraction;
	return true;
}

bool mw_parse_size(struct slice text, uint64_t *out)
{
	static const char letters[] = "kmgtp";
	unsigned shift = 0;
	uint64_t micro, whole, fraction;

	if (!take_micro(&text, &micro))
		return false;
	if (text.len) {
		const char *letter = strchr(letters, *text.at | 0x20);

		if (letter && *letter) {
			shift = 10 * (unsigned)(letter - letters + 1);
			text = slice_skip(text, 1);
			if (slice_is(text, "iB") || slice_is(text, "B") || slice_is(text, "i"))
				text.len = 0;
		} else if (slice_is(text, "B")) {
			text.len = 0;
		}
	}
	whole = micro / 1000000;
	fraction = micro % 1000000;
	if (text.len || (shift && whole >> (64 - shift)) || (!shift && fraction))
		return false;
	/* a fraction of less than a million in units of up to 2^50 needs more than 64 bits */
	*out = (whole << shift) + (uint64_t)((double)fraction / 1e6 * (double)(1ull << shift));
	return true;
}

bool mw_parse_seconds(struct slice text, uint64_t *out)
{
	static const struct {
		const char *name;
		uint64_t ns; /* of a millionth */
	} units[] = { { "", 1000 },     { "s", 1000 },    { "m", 60000 },
		      { "min", 60000 }, { "h", 3600000 }, { "ms", 1 } };
	const uint64_t year = 366ull * 86400 * 1000000000;
	uint64_t micro;

	if (!take_micro(&text, &micro))
		return false;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (!slice_is(text, units[i].name))
			continue;
		if (micro > year / units[i].ns || micro * units[i].ns < 10000000)
			return false;
		*out = micro * units[i].ns;
		return true;
	}
	return false;
}

static bool set_number(const char *text, uint64_t *out)
{
	struct slice rest = slice_of(text);
	uint64_t v;

	if (!rest.len || (unsigned char)(*rest.at - '0') > 9 || !slice_u64(&rest, &v) || rest.len ||
	    v == MW_NOT_GIVEN)
		return false;
	*out = v;
	return true;
}

static bool set_colour(const char *text, enum mw_colour_when *out)
{
	static const char *const names[] = { "auto", "always", "never" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(text, names[i])) {
			*out = (enum mw_colour_when)i;
			return true;
		}
	return false;
}

static bool set_language(const char *text, const struct mw_language **out)
{
	const struct mw_language *language = mw_language_find(text);

	if (!language)
		return false;
	*out = language;
	return true;
}

static bool add_users(struct mw_options *o, const char *text)
{
	if (o->users_text.len)
		buf_char(&o->users_text, ',');
	buf_puts(&o->users_text, text);
	o->users = buf_slice(&o->users_text);
	return *text && !o->users_text.error;
}

static bool set_option(struct mw_options *o, const struct mw_option *option, const char *text)
{
	void *field = (char *)o + option->offset;

	switch (option->type) {
	case MW_FLAG: *(bool *)field = true; return true;
	case MW_WORD: *(const char **)field = text; return *text != '\0';
	case MW_NUMBER: return set_number(text, field);
	case MW_SIZE: return mw_parse_size(slice_of(text), field);
	case MW_SECONDS: return mw_parse_seconds(slice_of(text), field);
	case MW_LIST: return add_users(o, text);
	case MW_COLOUR: return set_colour(text, field);
	case MW_LANGUAGE: return set_language(text, field);
	}
	return false;
}

/* --- the command line ------------------------------------------------------------------------- */

/* One option as it was given: it is known what it means once the command is known. */
struct given {
	int value; /* letter, or LONG_BASE + row */
	const char *text;
};

/* For getopt. The leading colon makes it tell a missing argument from an unknown option. */
static void letters_of(char letters[2 * OPTION_COUNT + 2])
{
	char *p = letters;

	*p++ = ':';
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		*p = '\0';
		if (!options[i].letter || strchr(letters, options[i].letter))
			continue;
		*p++ = options[i].letter;
		if (options[i].argument)
			*p++ = ':';
	}
	*p = '\0';
}

static const char *option_name(size_t i, const void *context)
{
	return i < OPTION_COUNT ? options[i].name : NULL;
}

static int unknown_option(const char *word, int letter, const struct mw_language *language,
			  struct buf *problem)
{
	const char *like;

	if (letter && letter < LONG_BASE) {
		buf_printf(problem,
			   mw_language_text(language, "unknown option -%c; try memwhy --help"),
			   letter);
		return -EINVAL;
	}
	like = strncmp(word, "--", 2) ? NULL : mw_suggest(word + 2, option_name, NULL);
	buf_printf(problem, mw_language_text(language, "unknown option %s; "), word);
	if (like)
		buf_printf(problem, mw_language_text(language, "did you mean --%s?"), like);
	else
		buf_puts(problem, mw_language_text(language, "try memwhy --help"));
	return -EINVAL;
}

static int scan(int argc, char **argv, const struct mw_language *language, struct given *given,
		size_t *count, struct buf *problem)
{
	char letters[2 * OPTION_COUNT + 2] = "";
	struct option table[OPTION_COUNT + 1] = { 0 };
	int value;

	letters_of(letters);
	for (size_t i = 0; i < OPTION_COUNT; i++)
		table[i] = (struct option){ options[i].name,
					    options[i].argument ? required_argument : no_argument,
					    NULL, LONG_BASE + (int)i };
	optind = 0; /* start anew, also in a program that has parsed before */
	opterr = 0;
	while ((value = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		if (value == ':') {
			buf_printf(problem,
				   mw_language_text(language, "%s needs an argument; see --help"),
				   argv[optind - 1]);
			return -EINVAL;
		}
		if (value == '?' && optopt >= LONG_BASE) {
			buf_printf(problem, mw_language_text(language, "--%s takes no argument"),
				   options[optopt - LONG_BASE].name);
			return -EINVAL;
		}
		if (value == '?')
			return unknown_option(argv[optind - 1], optopt, language, problem);
		if (*count == MOST_GIVEN) {
			buf_puts(problem, mw_language_text(language, "too many options"));
			return -E2BIG;
		}
		given[(*count)++] = (struct given){ value, optarg };
	}
	return 0;
}

/* The command and its operand, from what is left of argv. */
static int scan_command(int argc, char **argv, const struct mw_language *language,
			struct mw_options *o, struct buf *problem)
{
	const struct mw_command *command;
	int at = optind;

	o->command = MW_CMD_OVERVIEW;
	if (at < argc) {
		const char *name = argv[at++];
		const char *like;

		o->command = *name ? mw_command_find(name) : MW_COMMANDS;
		if (o->command == MW_COMMANDS) {
			like = mw_command_like(name);
			buf_printf(problem, mw_language_text(language, "unknown command '%s'; "),
				   name);
			if (like)
				buf_printf(problem,
					   mw_language_text(language, "did you mean '%s'?"), like);
			else
				buf_puts(problem, mw_language_text(language, "try memwhy --help"));
			return -EINVAL;
		}
	}
	command = &commands[o->command];
	o->operands = (const char *const *)argv + at;
	while (at < argc && command->operand &&
	       (!o->operand_count || strstr(command->operand, "...")))
		o->operand_count++, at++;
	if (o->operand_count)
		o->operand = o->operands[0];
	if (at < argc) {
		buf_printf(
			problem,
			mw_language_text(language, "'%s' is one argument too many for memwhy %s"),
			argv[at], command->name);
		return -EINVAL;
	}
	return 0;
}

static const struct mw_option *option_of(int value, enum mw_command_id command)
{
	const struct mw_option *other = NULL;

	if (value >= LONG_BASE)
		return &options[value - LONG_BASE];
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options[i].letter != value)
			continue;
		if (options[i].commands & 1u << command)
			return &options[i];
		other = &options[i];
	}
	return other;
}

static const char *const expected[] = {
	[MW_FLAG] = "",
	[MW_WORD] = N_("a name"),
	[MW_NUMBER] = N_("a number"),
	[MW_SIZE] = N_("a size, as 100M or 1.5G"),
	[MW_SECONDS] = N_("a number of seconds (0.01 or more)"),
	[MW_LIST] = N_("a name"),
	[MW_COLOUR] = N_("auto, always or never"),
	[MW_LANGUAGE] = N_("a language of this build; memwhy --version -v lists them"),
};

static int apply(struct mw_options *o, const struct given *given,
		 const struct mw_language *language, struct buf *problem)
{
	const struct mw_option *option = option_of(given->value, o->command);
	const char *name = commands[o->command].name;

	if (!(option->commands & 1u << o->command)) {
		buf_printf(
			problem,
			mw_language_text(language,
					 "--%s does not go with memwhy%s%s; see memwhy %s%s--help"),
			option->name, *name ? " " : "", name, name, *name ? " " : "");
		return -EINVAL;
	}
	if (set_option(o, option, given->text))
		return 0;
	buf_printf(problem, mw_language_text(language, "--%s: '%s' is not %s"), option->name,
		   given->text, mw_language_text(language, expected[option->type]));
	return -EINVAL;
}

/* What does not go together. */
static int check(const struct mw_options *o, const struct mw_language *language,
		 struct buf *problem)
{
	const struct mw_command *command = &commands[o->command];

	if (o->help || o->version)
		return 0;
	if (o->verbose)
		buf_puts(problem, mw_language_text(language, "--verbose goes with --version"));
	else if (command->operand && *command->operand != '[' && !o->operand)
		buf_printf(problem,
			   mw_language_text(language, "memwhy %s needs a %s; see memwhy %s --help"),
			   command->name, command->operand, command->name);
	else if (o->count != MW_NOT_GIVEN && o->interval == MW_NOT_GIVEN)
		buf_puts(problem, mw_language_text(language, "--count goes with --interval"));
	else if (o->save && o->interval != MW_NOT_GIVEN)
		buf_puts(problem,
			 mw_language_text(
				 language,
				 "--save keeps one moment; it does not go with --interval"));
	else if (o->count == 0)
		buf_puts(problem, mw_language_text(language, "--count: 0 times is nothing to do"));
	return problem->len ? -EINVAL : 0;
}

int mw_options_parse(int argc, char **argv, const struct mw_language *language,
		     struct mw_options *out, struct buf *problem)
{
	struct given given[MOST_GIVEN];
	size_t count = 0;
	int error;

	*out = (struct mw_options){ .rows = MW_NOT_GIVEN,
				    .depth = MW_NOT_GIVEN,
				    .count = MW_NOT_GIVEN,
				    .min = MW_NOT_GIVEN,
				    .interval = MW_NOT_GIVEN };
	error = scan(argc, argv, language, given, &count, problem);
	if (!error)
		error = scan_command(argc, argv, language, out, problem);
	for (size_t i = 0; !error && i < count; i++)
		error = apply(out, &given[i], language, problem);
	return error ? error : check(out, language, problem);
}

void mw_options_release(struct mw_options *o)
{
	buf_release(&o->users_text);
}
