/* What more than one screen shows. */
#include "cli/cli.h"
#include "model/title.h"
#include "render/account.h"

int mw_cli_account(struct mw_cli *cli, struct mw_sample *x, const struct mw_account *account,
		   const char *title, unsigned depth, struct buf *out)
{
	const struct mw_account_options options = {
		.title = title,
		.depth = mw_cli_depth(cli, depth),
		.how = cli->options.how,
	};

	return mw_account_write(account, &options, &cli->style, &x->notes, out);
}

void mw_cli_account_json(struct mw_json *j, const struct mw_account *account)
{
	mw_json_array(j, "accounts");
	mw_json_account(j, account, 0);
	mw_json_end(j);
}

int mw_words_write(struct mw_cli *cli, struct mw_sample *x, const struct mw_word *words,
		   size_t count, uint64_t limit, struct buf *out)
{
	const struct mw_column columns[] = {
		{ .title = N_("the same memory in everybody's words") },
		{ .title = "", .align = MW_RIGHT },
		{ .title = limit ? N_("of limit") : NULL,
		  .align = MW_RIGHT,
		  .drop = MW_DROP_SHARE },
		{ .title = N_("formula"), .flex = MW_FLEX_END, .min = 36 },
		{ .title = "", .flex = MW_FLEX_END, .min = 44, .drop = MW_DROP_BAR },
	};
	scoped_table struct mw_table t = { 0 };

	mw_table_init(&t, &cli->style, columns, sizeof(columns) / sizeof(*columns));
	for (size_t i = 0; i < count; i++) {
		const struct mw_word *w = &words[i];
		struct buf *share;

		mw_table_row(&t, 0);
		mw_cell_puts(&t, MW_TONE_PLAIN, w->tool);
		mw_number_num(mw_cell(&t, MW_TONE_PLAIN), &cli->style,
			      (struct mw_num){ w->bytes, w->state }, &x->notes);
		share = mw_cell(&t, MW_TONE_PLAIN);
		if (limit && w->state == MW_OK) {
			mw_number_percent(share, &cli->style, (int64_t)w->bytes, limit);
			buf_puts(share, " %");
		}
		if (w->differs) {
			struct buf *cell = mw_cell(&t, MW_TONE_WARNING);

			buf_puts(cell, mw_tr(&cli->style, "differs: memwhy makes it "));
			mw_number_size(cell, &cli->style, w->own.v);
		} else if (w->formula && strchr(w->formula, ' '))
			/* a single word is the kernel's name of a counter */
			mw_cell_puts(&t, MW_TONE_PLAIN, w->formula);
		else
			mw_cell_name(&t, MW_TONE_PLAIN, slice_of(w->formula ? w->formula : ""));
		mw_cell_puts(&t, MW_TONE_DIM, w->why ? w->why : "");
	}
	return mw_table_write(&t, out);
}

void mw_amount(const struct mw_cli *cli, struct buf *out, const char *between, uint64_t bytes,
	       const char *what)
{
	if (!bytes)
		return;
	buf_puts(out, between);
	mw_number_size(out, &cli->style, bytes);
	buf_char(out, ' ');
	buf_puts(out, mw_tr(&cli->style, what));
}

void mw_heading(const struct mw_cli *cli, struct buf *out, const char *title)
{
	buf_puts(out, "\n  ");
	mw_tone_puts(out, &cli->style, MW_TONE_TITLE, title);
	buf_char(out, '\n');
}

struct buf *mw_fact(struct mw_cli *cli, struct buf *out, const char *label)
{
	return mw_fact_named(cli, out, mw_tr(&cli->style, label));
}

struct buf *mw_fact_named(struct mw_cli *cli, struct buf *out, const char *name)
{
	size_t width = mw_text_width(slice_of(name));

	buf_puts(out, "  ");
	mw_tone_begin(out, &cli->style, MW_TONE_DIM);
	buf_puts(out, name);
	mw_tone_end(out, &cli->style, MW_TONE_DIM);
	do
		buf_char(out, ' ');
	while (++width < MW_FACT_WIDTH - 2);
	return out;
}

const char *mw_command_about(struct mw_sample *x, const char *command,
			     const struct mw_entity *group)
{
	const char *word = mw_group_word(&x->arena, x->snapshot, group);

	return word ? arena_printf(&x->arena, "%s %s", command, word) : NULL;
}

void mw_next(const struct mw_cli *cli, struct buf *out, const char *const *commands)
{
	size_t used = 8, room = cli->style.width ? cli->style.width : 100;

	buf_puts(out, "\n  ");
	mw_tone_puts(out, &cli->style, MW_TONE_DIM, "more");
	for (size_t i = 0; commands[i]; i++) {
		size_t width = mw_text_width(slice_of(commands[i])) + 2;

		if (i && used + width > room) {
			buf_puts(out, "\n      ");
			used = 8;
		}
		used += width;
		buf_puts(out, "  ");
		mw_text_safe(out, slice_of(commands[i]), cli->style.unicode);
	}
	buf_char(out, '\n');
}
