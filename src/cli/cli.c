/* Arguments in, exit status out. */
#include "cli/cli.h"
#include "cli/findings.h"
#include "cli/output.h"

#include <errno.h>
#include <signal.h>

enum { FOUND = 1, FAILED = 2 };

static const struct mw_screen *const screens[] = {
#define COMMAND(id, symbol, name, operand, summary, details, examples) &mw_screen_##symbol,
#include "cli/commands.def"
#undef COMMAND
};

/* What text says that stands above a command's own work: help, version, names of columns.
 *  @return 1 when the command is to run */
static int preliminary(struct mw_cli *cli, struct buf *out)
{
	const struct mw_options *o = &cli->options;
	const char *columns = o->columns;

	if (o->help) {
		mw_help_write(o->command, &cli->style, out);
		return 0;
	}
	if (o->version)
		return mw_version_write(cli, out);
	if (columns && (!strcmp(columns, "list") || !strcmp(columns, "help")))
		return mw_columns_help(cli->screen->kind, &cli->style, out);
	return 1;
}

static int prepare_listing(struct mw_cli *cli)
{
	const struct mw_screen *screen = cli->screen;
	const struct mw_options *o = &cli->options;
	int error;

	if (screen->kind == MW_KINDS)
		return 0;
	error = mw_columns_parse(screen->kind, screen->columns, o->columns, cli->style.language,
				 &cli->columns, &cli->problem);
	if (error)
		return error;
	return mw_sorting_parse(screen->kind, o->sort ? o->sort : screen->sort, cli->style.language,
				&cli->sorting, &cli->problem);
}

static int run(struct mw_cli *cli)
{
	scoped_buf struct buf out = { 0 };
	int error = preliminary(cli, &out);

	if (error <= 0)
		return error ? error : mw_output_write(STDOUT_FILENO, buf_slice(&out));
	error = prepare_listing(cli);
	if (error)
		return error;
	error = mw_findings_init(cli);
	if (error)
		return error;
	if (cli->screen->run)
		return cli->screen->run(cli);
	error = mw_cli_open(cli, cli->options.save != NULL);
	return error ? error : mw_cli_run(cli);
}

/* The reader of a pipe may have had enough: no error, and nobody to tell it to. */
static int report(struct mw_cli *cli, int error)
{
	if (!error || (error == -EPIPE && !cli->problem.len))
		return cli->options.fail_on && cli->worst != MW_LEVELS && cli->worst >= cli->fail_on
			       ? FOUND
			       : 0;
	if (!cli->problem.len)
		buf_puts(&cli->problem, mw_language_error(cli->style.language, -error));
	mw_output_error(buf_slice(&cli->problem), cli->style.unicode);
	return FAILED;
}

int mw_cli_main(int argc, char **argv)
{
	struct mw_cli cli = { 0 };
	struct mw_locale locale;
	int error, status;

	mw_output_init();
	signal(SIGPIPE, SIG_IGN);
	mw_locale_init(argc, argv, &locale);
	error = mw_options_parse(argc, argv, locale.language, &cli.options, &cli.problem);
	cli.screen = screens[error ? MW_CMD_OVERVIEW : cli.options.command];
	mw_output_style(&cli.options, &locale, &cli.style, &cli.terminal, &cli.screen_rows);
	status = report(&cli, error ? error : run(&cli));
	mw_cli_close(&cli);
	mw_params_free(cli.params);
	mw_users_release(&cli.users);
	mw_options_release(&cli.options);
	buf_release(&cli.problem);
	return status;
}
