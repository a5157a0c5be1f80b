/* Build time: the completions and the manual's tables, from commands.def, options.def and
 * metrics.def. gen_docs bash|zsh|fish, gen_docs man TEMPLATE. */
#include "base/scoped.h"
#include "cli/list/columns.h"
#include "cli/options.h"
#include "model/metrics.h"

static const struct mw_option *options;
static size_t option_count;

/* --- what completions know -------------------------------------------------------------------- */

static bool takes(const struct mw_option *o, enum mw_command_id id)
{
	return o->commands & 1u << id;
}

/* What may stand as an option's argument. */
enum values { NO_VALUES, FILES, COLUMNS_OF, COLOURS, LANGUAGES, USERS, CONTAINERS };

static enum values values_of(const struct mw_option *o)
{
	static const struct {
		const char *name;
		enum values values;
	} known[] = {
		{ "root", FILES },         { "save", FILES },           { "output", FILES },
		{ "columns", COLUMNS_OF }, { "sort", COLUMNS_OF },      { "color", COLOURS },
		{ "user", USERS },         { "container", CONTAINERS }, { "lang", LANGUAGES },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (!strcmp(known[i].name, o->name))
			return known[i].values;
	return NO_VALUES;
}

static enum mw_kind kind_of(enum mw_command_id id)
{
	return id == MW_CMD_PS           ? MW_PROCESS
	       : id == MW_CMD_CONTAINERS ? MW_CGROUP
	       : id == MW_CMD_PODS       ? MW_POD
	       : id == MW_CMD_CENSUS     ? MW_OWNER
					 : MW_KINDS;
}

static void print_columns(enum mw_kind kind)
{
	const char *name;

	for (size_t i = 0; (name = mw_column_name(kind, i)); i++)
		printf("%s%s", i ? " " : "", name);
}

/* Text in single quotes of a shell; `also` is escaped with a backslash. */
static void print_quoted(const char *text, const char *also)
{
	putchar('\'');
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", stdout);
		else if (strchr(also, *text))
			printf("\\%c", *text);
		else
			putchar(*text);
	}
	putchar('\'');
}

#define for_each_command(id) for (enum mw_command_id id = 0; (id) < MW_COMMANDS; (id)++)
#define for_each_option(o, id)                                                         \
	for (const struct mw_option *o = options; (o) < options + option_count; (o)++) \
		if (takes(o, id))

static const char groups_command[] =
	"memwhy containers --no-pager --color never -n 0 -o name --sort name 2>/dev/null";
static const char pods_command[] =
	"memwhy pods --no-pager --color never -n 0 -o name --sort name 2>/dev/null";

/* --- bash ------------------------------------------------------------------------------------- */

static void bash(void)
{
	puts("# bash completion for memwhy. Generated from its tables of commands and options.\n"
	     "_memwhy_words() { mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\"); }\n"
	     "_memwhy_groups() {\n"
	     "\tlocal IFS=$'\\n'\n"
	     "\tmapfile -t COMPREPLY < <(compgen -W \"$(memwhy containers --no-pager --color never"
	     " -n 0 -o usage,name 2>/dev/null | awk 'NR > 1 { print $NF }')\" -- \"$cur\")\n"
	     "}\n"
	     "_memwhy_pods() {\n"
	     "\tlocal IFS=$'\\n'");
	printf("\tmapfile -t COMPREPLY < <(compgen -W \"$(%s | awk 'NR > 1 { print $NF }')\" -- "
	       "\"$cur\")\n",
	       pods_command);
	puts("}\n"
	     "_memwhy() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= word i\n"
	     "\tCOMPREPLY=()\n"
	     "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	     "\t\tword=${COMP_WORDS[i]}\n"
	     "\t\tcase $word in");
	printf("\t\t");
	for_each_command(id) if (*mw_command(id)->name)
		printf("%s%s", id > 1 ? "|" : "", mw_command(id)->name);
	puts(") command=$word; break ;;\n"
	     "\t\tesac\n"
	     "\tdone\n"
	     "\tcase $prev in");
	for (size_t i = 0; i < option_count; i++) {
		enum values v = values_of(&options[i]);

		if (!options[i].argument || v == COLUMNS_OF)
			continue;
		printf("\t--%s%s) ", options[i].name, "");
		if (v == FILES)
			puts("mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;");
		else if (v == USERS)
			puts("mapfile -t COMPREPLY < <(compgen -u -- \"$cur\"); return ;;");
		else if (v == COLOURS)
			puts("_memwhy_words 'auto always never'; return ;;");
		else if (v == LANGUAGES)
			puts("_memwhy_words 'zh en'; return ;;");
		else if (v == CONTAINERS)
			puts("_memwhy_groups; return ;;");
		else
			puts("return ;;");
	}
	puts("\tesac\n"
	     "\tcase $command:$prev in");
	for_each_command(id)
	{
		if (kind_of(id) == MW_KINDS)
			continue;
		printf("\t%s:-o|%s:--columns|%s:--sort)\n\t\tlocal before=\n"
		       "\t\t[[ $cur == *,* ]] && before=${cur%%,*},\n\t\tcur=${cur##*,}\n"
		       "\t\t_memwhy_words '",
		       mw_command(id)->name, mw_command(id)->name, mw_command(id)->name);
		print_columns(kind_of(id));
		puts("'\n\t\tCOMPREPLY=(\"${COMPREPLY[@]/#/$before}\")\n\t\treturn ;;");
	}
	puts("\tcapture:-o) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n"
	     "\tcontainer:container) [[ $cur == -* ]] || { _memwhy_groups; return; } ;;\n"
	     "\tpod:pod) [[ $cur == -* ]] || { _memwhy_pods; return; } ;;\n"
	     "\tpid:pid) [[ $cur == -* ]] || { _memwhy_words \"$(cd /proc && echo [0-9]*)\"; return; } ;;\n"
	     "\tesac\n"
	     "\tcase $command in");
	for_each_command(id)
	{
		printf("\t%s) _memwhy_words '",
		       *mw_command(id)->name ? mw_command(id)->name : "''");
		if (!*mw_command(id)->name || id == MW_CMD_HELP)
			for_each_command(other) printf("%s ", mw_command(other)->name);
		for_each_option(o, id) printf("--%s ", o->name);
		puts("' ;;");
	}
	puts("\tesac\n"
	     "}\n"
	     "complete -F _memwhy memwhy");
}

/* --- zsh -------------------------------------------------------------------------------------- */

static void zsh_option(const struct mw_option *o, enum mw_command_id id)
{
	static const char *const actions[] = {
		[NO_VALUES] = "",        [FILES] = "_files", [COLOURS] = "(auto always never)",
		[LANGUAGES] = "(zh en)", [USERS] = "_users", [CONTAINERS] = "_memwhy_groups",
	};
	scoped_buf struct buf text = { 0 };
	enum values v = values_of(o);

	printf("\t\t\t");
	if (o->letter)
		printf("'(-%c --%s)'{-%c,--%s%s}", o->letter, o->name, o->letter, o->name,
		       o->argument ? "=" : "");
	else
		printf("--%s%s", o->name, o->argument ? "=" : "");
	buf_printf(&text, "[%s]", o->help);
	print_quoted(text.at, ":");
	if (o->argument && v == COLUMNS_OF) {
		printf("':column:_values -s , column ");
		print_columns(kind_of(id));
		printf("'");
	} else if (o->argument) {
		printf("':%s:%s'", o->argument, actions[v]);
	}
	puts(" \\");
}

static void zsh(void)
{
	puts("#compdef memwhy\n"
	     "# zsh completion for memwhy. Generated from its tables of commands and options.\n"
	     "_memwhy_groups() {\n"
	     "\tlocal -a groups");
	printf("\tgroups=(${(f)\"$(%s | awk 'NR > 1 { print $NF }')\"})\n", groups_command);
	puts("\tcompadd -a groups\n"
	     "}\n"
	     "_memwhy_pods() {\n"
	     "\tlocal -a pods");
	printf("\tpods=(${(f)\"$(%s | awk 'NR > 1 { print $NF }')\"})\n", pods_command);
	puts("\tcompadd -a pods\n"
	     "}\n"
	     "_memwhy() {\n"
	     "\tlocal command=\n"
	     "\tlocal -a commands\n"
	     "\tcommands=(");
	for_each_command(id)
	{
		scoped_buf struct buf text = { 0 };

		if (!*mw_command(id)->name)
			continue;
		buf_printf(&text, "%s:%s", mw_command(id)->name, mw_command(id)->summary);
		printf("\t\t");
		print_quoted(text.at, "");
		putchar('\n');
	}
	puts("\t)\n"
	     "\tlocal word\n"
	     "\tfor word in ${words[2,CURRENT-1]}; do\n"
	     "\t\tif (( ${commands[(I)$word:*]} )); then command=$word; break; fi\n"
	     "\tdone\n"
	     "\tcase $command in");
	for_each_command(id)
	{
		static const char *const operands[MW_COMMANDS] = {
			[MW_CMD_OVERVIEW] = "'1:command:{_describe command commands}'",
			[MW_CMD_CONTAINER] = "'*:group:_memwhy_groups'",
			[MW_CMD_POD] = "'*:pod:_memwhy_pods'",
			[MW_CMD_PID] = "'*:process:_pids'",
			[MW_CMD_HELP] = "'*:command:{_describe command commands}'",
		};

		printf("\t%s)\n\t\t_arguments -s \\\n",
		       *mw_command(id)->name ? mw_command(id)->name : "''");
		for_each_option(o, id) zsh_option(o, id);
		printf("\t\t\t%s\n\t\t;;\n", operands[id] ? operands[id] : "'*: :'");
	}
	puts("\tesac\n"
	     "}\n"
	     "_memwhy \"$@\"");
}

/* --- fish ------------------------------------------------------------------------------------- */

static void fish_option(const struct mw_option *o)
{
	static const char *const values[] = {
		[NO_VALUES] = "-x",
		[FILES] = "-rF",
		[COLOURS] = "-xa 'auto always never'",
		[LANGUAGES] = "-xa 'zh en'",
		[USERS] = "-xa '(__fish_complete_users)'",
		[CONTAINERS] = "-xa '(__memwhy_groups)'",
	};
	enum values v = values_of(o);

	for_each_command(id)
	{
		if (!takes(o, id) || (v != COLUMNS_OF && id > 0 && takes(o, 0) && o->letter != 'n'))
			continue;
		printf("complete -c memwhy -l %s", o->name);
		if (o->letter)
			printf(" -s %c", o->letter);
		if (v == COLUMNS_OF || !takes(o, 0) || o->letter == 'n')
			printf(" -n '%s%s'",
			       id ? "__fish_seen_subcommand_from " : "__fish_use_subcommand",
			       mw_command(id)->name);
		if (v == COLUMNS_OF) {
			printf(" -xa '");
			print_columns(kind_of(id));
			printf("'");
		} else if (o->argument) {
			printf(" %s", values[v]);
		}
		printf(" -d ");
		print_quoted(o->help, "");
		putchar('\n');
	}
}

static void fish(void)
{
	puts("# fish completion for memwhy. Generated from its tables of commands and options.\n"
	     "function __memwhy_groups");
	printf("\t%s | awk 'NR > 1 { print $NF }'\nend\n", groups_command);
	puts("function __memwhy_pods");
	printf("\t%s | awk 'NR > 1 { print $NF }'\nend\n", pods_command);
	puts("complete -c memwhy -f");
	for_each_command(id)
	{
		if (!*mw_command(id)->name)
			continue;
		printf("complete -c memwhy -n __fish_use_subcommand -a %s -d ",
		       mw_command(id)->name);
		print_quoted(mw_command(id)->summary, "");
		putchar('\n');
	}
	puts("complete -c memwhy -n '__fish_seen_subcommand_from container' -a "
	     "'(__memwhy_groups)'\n"
	     "complete -c memwhy -n '__fish_seen_subcommand_from pod' -a '(__memwhy_pods)'\n"
	     "complete -c memwhy -n '__fish_seen_subcommand_from pid' -a '(__fish_complete_pids)'");
	for (size_t i = 0; i < option_count; i++)
		fish_option(&options[i]);
}

/* --- the manual ------------------------------------------------------------------------------- */

static void man_word(struct slice word, bool first)
{
	if (first && (*word.at == '.' || *word.at == '\''))
		fputs("\\&", stdout);
	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] == '\\')
			fputs("\\e", stdout);
		else if (slice_begins(slice_skip(word, i), "…") && (i += 2))
			fputs("...", stdout);
		else if (slice_begins(slice_skip(word, i), "-- ") && ++i)
			fputs("-\\&-", stdout); /* a command's own, no dash of a sentence */
		else
			putchar(word.at[i]);
	}
}

/* Text for mdoc: short lines, each sentence on lines of its own. */
static void man_text(const char *text)
{
	struct slice rest = slice_of(text), word;
	size_t used = 0;
	bool ended = false;

	while (slice_token(&rest, &word)) {
		bool first = !used || ended || used + 1 + word.len > 78;

		if (used)
			putchar(first ? '\n' : ' ');
		man_word(word, first);
		used = first ? word.len : used + 1 + word.len;
		ended = strchr(".?!", word.at[word.len - 1]) != NULL;
	}
	putchar('\n');
}

static void man_commands(void)
{
	puts(".Bl -tag -width Ds");
	for_each_command(id)
	{
		const struct mw_command *c = mw_command(id);
		struct slice rest = slice_of(c->examples), line, example;

		printf(".It Nm");
		if (*c->name)
			printf(" Cm %s", c->name);
		if (c->operand)
			printf(*c->operand == '[' ? " Op Ar %.*s" : " Ar %.*s",
			       (int)(*c->operand == '[' ? strlen(c->operand) - 2
							: strlen(c->operand)),
			       c->operand + (*c->operand == '['));
		puts("");
		man_text(c->summary);
		if (c->details) {
			puts(".Pp");
			man_text(c->details);
		}
		puts(".Bl -item -compact -offset indent");
		while (slice_line(&rest, &line)) {
			slice_until(&line, '\t', &example);
			fputs(".It\n.Li \"", stdout);
			man_word(example, false);
			printf("\"\n.br\n%.*s\n", SLICE_ARG(line));
		}
		puts(".El");
	}
	puts(".El");
}

static void man_options(void)
{
	puts(".Bl -tag -width Ds");
	for (size_t i = 0; i < option_count; i++) {
		const struct mw_option *o = &options[i];
		bool all = (o->commands | 1u << MW_CMD_HELP | 1u << MW_CMD_CAPTURE) ==
			   (1u << MW_COMMANDS) - 1;

		printf(".It ");
		if (o->letter)
			printf("Fl %c , ", o->letter);
		printf("Fl -%s", o->name);
		if (o->argument)
			printf(" Ar %s", o->argument);
		puts("");
		man_text(o->help);
		if (all)
			continue;
		printf("With\n");
		for_each_command(id) if (takes(o, id)) printf(
			".Nm%s%s ,\n", *mw_command(id)->name ? " Cm " : "", mw_command(id)->name);
		puts("only.");
	}
	puts(".El");
}

static void man_metrics(enum mw_kind kind)
{
	puts(".Bl -tag -width Ds -compact");
	for (enum mw_metric m = mw_metric_first(kind); m < mw_metric_end(kind); m++) {
		const struct mw_metric_info *info = mw_metric_info(m);

		printf(".It Cm %s", info->name);
		if (strcmp(info->name, info->json) != 0)
			printf(" Pq Li %s", info->json);
		puts("");
		man_text(info->help);
		if (info->type == MW_COUNTER)
			puts("(counter)");
		printf(".br\n");
		if (info->file)
			printf(".Pa %s%s%s\n", info->file, info->key ? " : " : "",
			       info->key ? info->key : "");
		else
			puts("computed");
	}
	puts(".El");
}

static void man_all_metrics(void)
{
	for (enum mw_kind kind = 0; kind < MW_KINDS; kind++) {
		printf(".Ss %s\n", mw_kind_name(kind));
		man_metrics(kind);
	}
}

static int man(const char *path)
{
	static const struct {
		const char *mark;
		void (*print)(void);
	} marks[] = {
		{ "@COMMANDS@\n", man_commands },
		{ "@OPTIONS@\n", man_options },
		{ "@METRICS@\n", man_all_metrics },
	};
	scoped_file FILE *file = fopen(path, "r");
	char line[4096];

	if (!file)
		return 1;
	while (fgets(line, sizeof(line), file)) {
		bool marked = false;

		for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++)
			if (!strcmp(line, marks[i].mark)) {
				marks[i].print();
				marked = true;
			}
		if (!marked)
			fputs(line, stdout);
	}
	return ferror(file);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} shells[] = { { "bash", bash }, { "zsh", zsh }, { "fish", fish } };

	options = mw_options_table(&option_count);
	for (size_t i = 0; argc == 2 && i < sizeof(shells) / sizeof(*shells); i++)
		if (!strcmp(argv[1], shells[i].name)) {
			shells[i].print();
			return fflush(stdout) ? 1 : 0;
		}
	if (argc == 3 && !strcmp(argv[1], "man"))
		return man(argv[2]);
	fputs("usage: gen_docs bash|zsh|fish, gen_docs man TEMPLATE\n", stderr);
	return 2;
}
