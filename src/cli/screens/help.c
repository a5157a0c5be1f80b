/* --help, memwhy help: from the tables that drive the parser. */
#include "cli/cli.h"
#include "cli/output.h"

#include <errno.h>

enum { LABEL = 26, EXAMPLE = 44, USUAL_WIDTH = 100, WIDEST = 120 };

/* Program text, translated and broken into lines; the first begins at column `margin` too. */
static void put_wrapped(struct buf *out, const struct mw_style *style, const char *text,
			size_t margin)
{
	size_t room = style->width ? style->width : USUAL_WIDTH;

	mw_text_wrap(out, slice_of(mw_tr(style, text)), margin, room < WIDEST ? room : WIDEST);
	buf_char(out, '\n');
}

/* "  label     text", the text's further lines below its first. */
static void put_entry(struct buf *out, const struct mw_style *style, const char *label,
		      unsigned column, const char *text)
{
	size_t at = strlen(label) + 2;

	buf_puts(out, "  ");
	mw_tone_begin(out, style, MW_TONE_BOLD);
	buf_puts(out, label);
	mw_tone_end(out, style, MW_TONE_BOLD);
	if (at + 2 > column) {
		buf_char(out, '\n');
		at = 0;
	}
	for (; at < column; at++)
		buf_char(out, ' ');
	put_wrapped(out, style, text, column);
}

static void put_options(enum mw_command_id command, const struct mw_style *style, struct buf *out)
{
	size_t count;
	const struct mw_option *options = mw_options_table(&count);
	scoped_buf struct buf label = { 0 };

	mw_tone_puts(out, style, MW_TONE_TITLE, "\noptions\n");
	for (size_t i = 0; i < count; i++) {
		const struct mw_option *o = &options[i];

		if (!(o->commands & 1u << command))
			continue;
		buf_clear(&label);
		if (o->letter)
			buf_printf(&label, "-%c, ", o->letter);
		buf_printf(&label, "--%s", o->name);
		if (o->argument)
			buf_printf(&label, " %s", o->argument);
		put_entry(out, style, label.at, LABEL, o->help);
	}
}

static void put_examples(const struct mw_command *command, const struct mw_style *style,
			 struct buf *out)
{
	struct slice rest = slice_of(mw_tr(style, command->examples)), line, example;

	mw_tone_puts(out, style, MW_TONE_TITLE, "\nexamples\n");
	while (slice_line(&rest, &line)) {
		if (!slice_until(&line, '\t', &example))
			continue;
		buf_puts(out, "  ");
		buf_add(out, example);
		if (example.len > EXAMPLE - 4)
			buf_char(out, '\n');
		for (size_t at = example.len > EXAMPLE - 4 ? 0 : example.len + 2; at < EXAMPLE;
		     at++)
			buf_char(out, ' ');
		mw_tone_begin(out, style, MW_TONE_DIM);
		buf_add(out, line);
		mw_tone_end(out, style, MW_TONE_DIM);
		buf_char(out, '\n');
	}
}

static void put_commands(const struct mw_style *style, struct buf *out)
{
	scoped_buf struct buf label = { 0 };

	mw_tone_puts(out, style, MW_TONE_TITLE, "\ncommands\n");
	for (enum mw_command_id id = 0; id < MW_COMMANDS; id++) {
		const struct mw_command *c = mw_command(id);

		buf_clear(&label);
		buf_printf(&label, "memwhy%s%s%s%s", *c->name ? " " : "", c->name,
			   c->operand ? " " : "", c->operand ? c->operand : "");
		put_entry(out, style, label.at, LABEL, c->summary);
	}
}

void mw_help_write(enum mw_command_id command, const struct mw_style *style, struct buf *out)
{
	const struct mw_command *c = mw_command(command);

	buf_printf(out, mw_tr(style, "usage: memwhy %s%s[options]%s%s\n\n"), c->name,
		   *c->name ? " " : "", c->operand ? " " : "", c->operand ? c->operand : "");
	put_wrapped(out, style, c->details ? c->details : c->summary, 0);
	if (command == MW_CMD_OVERVIEW)
		put_commands(style, out);
	put_options(command, style, out);
	put_examples(c, style, out);
	if (command == MW_CMD_OVERVIEW)
		buf_puts(out,
			 mw_tr(style, "\nmemwhy COMMAND --help says more about one; the manual is "
				      "memwhy(1).\n"));
}

static int run(struct mw_cli *cli)
{
	scoped_buf struct buf out = { 0 };
	const char *name = cli->options.operand, *like;
	enum mw_command_id id = name && *name ? mw_command_find(name) : MW_CMD_OVERVIEW;

	if (id == MW_COMMANDS) {
		like = mw_command_like(name);
		buf_printf(&cli->problem, mw_tr(&cli->style, "unknown command '%s'; "), name);
		if (like)
			buf_printf(&cli->problem, mw_tr(&cli->style, "did you mean '%s'?"), like);
		else
			buf_puts(&cli->problem, mw_tr(&cli->style, "try memwhy --help"));
		return -EINVAL;
	}
	mw_help_write(id, &cli->style, &out);
	return mw_output_write(STDOUT_FILENO, buf_slice(&out));
}

const struct mw_screen mw_screen_help = { .kind = MW_KINDS, .run = run };
