#include "render/account.h"
#include "base/scoped.h"
#include "render/text.h"

enum { NAME, BAR, AMOUNT, SHARE, NOTE, COLUMNS, BAR_WIDTH = 20 };

struct writer {
	struct mw_table table;
	const struct mw_account_options *options;
	const struct mw_style *style;
	const struct mw_scale *scale;
	struct mw_notes *notes;
	uint64_t whole; /* 100 %; 0 = unknown */
	unsigned depth;
};

static void put_amount(struct writer *w, enum mw_tone tone, int64_t bytes)
{
	mw_number_scaled(mw_cell(&w->table, tone), w->scale, bytes);
	if (w->whole)
		mw_number_percent(mw_cell(&w->table, tone), w->style, bytes, w->whole);
	else
		mw_cell_skip(&w->table, 1);
}

/* The next smaller part than `last` that can be seen in this scale, NULL = none. */
static const struct mw_account *next_largest(const struct writer *w,
					     const struct mw_account *account,
					     const struct mw_account *last)
{
	const struct mw_account *best = NULL;
	bool behind = !last;

	mw_for_each_part (part, account) {
		/* equal ones come in their order */
		bool left = !last || part->bytes < last->bytes ||
			    (part->bytes == last->bytes && behind);

		if (part == last) {
			behind = true;
			continue;
		}
		if (part->state == MW_OK && !part->outside && left &&
		    !mw_number_scaled_zero(w->scale, (int64_t)part->bytes) &&
		    (!best || part->bytes > best->bytes))
			best = part;
	}
	return best;
}

static void put_text(const struct writer *w, struct buf *out, const struct mw_account *account,
		     const char *text)
{
	scoped_buf struct buf whole = { 0 };

	mw_account_text(&whole, account, mw_tr(w->style, text));
	mw_text_safe(out, buf_slice(&whole), w->style->unicode);
}

static void put_label(const struct writer *w, struct buf *out, const struct mw_account *part)
{
	if (part->foreign)
		mw_text_safe(out, slice_of(part->name), w->style->unicode);
	else
		put_text(w, out, part, part->name);
}

/* In place of parts that are not opened: the largest of them. */
static void put_digest(struct writer *w, const struct mw_account *account)
{
	enum { SHOWN = 3 };
	struct buf *out = &w->table.text;
	const struct mw_account *part = NULL;

	/* an account by owner says more than one by kind */
	mw_for_each_part (view, account) {
		if (view->aside && view->parts)
			account = view;
	}
	for (unsigned i = 0; (part = next_largest(w, account, part)); i++) {
		if (i == SHOWN) {
			buf_puts(out, w->style->unicode ? ", …" : ", ...");
			return;
		}
		buf_puts(out, i ? ", " : "");
		put_label(w, out, part);
		buf_char(out, ' ');
		mw_number_scaled(out, w->scale, (int64_t)part->bytes);
	}
}

/* Amount, share and remark of an account. */
static void put_numbers(struct writer *w, const struct mw_account *account, enum mw_tone tone,
			bool opened)
{
	const char *note = account->note, *how = account->how;
	struct buf *text;

	if (account->state == MW_OK) {
		put_amount(w, tone, (int64_t)account->bytes);
	} else {
		mw_number_state(mw_cell(&w->table, tone), w->style, account->state, w->notes);
		mw_cell_skip(&w->table, 1);
	}
	text = mw_cell(&w->table, tone);
	if (note)
		put_text(w, text, account, note);
	if (w->options->how && how) {
		buf_puts(text, note ? "; = " : "= ");
		/* a single word is the kernel's name of a counter */
		buf_puts(text, strchr(how, ' ') ? mw_tr(w->style, how) : how);
	} else if (!note && !opened) {
		put_digest(w, account);
	}
}

/* The remainder; inside the account only where it can be seen. */
static void put_unexplained(struct writer *w, const struct mw_account *account, unsigned indent)
{
	if (!account->balanced || (indent && mw_number_scaled_zero(w->scale, account->unexplained)))
		return;
	mw_table_row(&w->table, indent);
	mw_cell_puts(&w->table, MW_TONE_DIM, N_("unexplained"));
	mw_cell_skip(&w->table, 1);
	put_amount(w, MW_TONE_DIM, account->unexplained);
	if (account->rest)
		mw_cell_puts(&w->table, MW_TONE_DIM, account->rest);
}

/* What an aside is to the account it stands in; one with parts is another view of it. */
static const char *relation(const struct mw_account *part)
{
	return !part->aside    ? NULL
	       : part->outside ? N_("besides: ")
	       : part->parts   ? NULL
			       : N_("of which ");
}

static void put_name(struct writer *w, const struct mw_account *part, enum mw_tone tone)
{
	struct buf *out = mw_cell(&w->table, tone);

	if (relation(part))
		buf_puts(out, mw_tr(w->style, relation(part)));
	put_label(w, out, part);
}

static void put_parts(struct writer *w, const struct mw_account *account, unsigned level,
		      unsigned indent)
{
	mw_for_each_part (part, account) {
		enum mw_tone tone = part->aside ? MW_TONE_DIM : MW_TONE_PLAIN;
		bool opened = level + 1 < w->depth;

		mw_table_row(&w->table, indent + part->aside);
		put_name(w, part, tone);
		if (part->aside || part->state != MW_OK)
			mw_cell_skip(&w->table, 1);
		else
			mw_cell_bar(&w->table, MW_TONE_PLAIN, part->bytes, w->whole);
		put_numbers(w, part, tone, opened);
		if (opened)
			put_parts(w, part, level + 1, indent + part->aside + 1);
	}
	put_unexplained(w, account, indent);
}

static uint64_t largest(const struct mw_account *account)
{
	uint64_t most = account->state == MW_OK ? account->bytes : 0;

	mw_for_each_part (part, account) {
		uint64_t bytes = part->state == MW_OK && !part->aside ? part->bytes : 0;

		most = bytes > most ? bytes : most;
	}
	return most;
}

int mw_account_write(const struct mw_account *account, const struct mw_account_options *options,
		     const struct mw_style *style, struct mw_notes *notes, struct buf *out)
{
	struct writer w = {
		.options = options,
		.style = style,
		.scale = mw_number_scale(style, largest(account)),
		.notes = notes,
		.whole = account->state == MW_OK ? account->bytes : 0,
		.depth = options->depth ? options->depth : 1,
	};
	const struct mw_column columns[COLUMNS] = {
		[NAME] = { .title = options->title ? options->title : account->name,
			   .verbatim = !options->title && account->foreign,
			   .flex = MW_FLEX_MIDDLE,
			   .min = 28 },
		[BAR] = { .drop = MW_DROP_BAR, .bar = BAR_WIDTH },
		[AMOUNT] = { .title = w.scale->name, .align = MW_RIGHT },
		[SHARE] = { .title = w.whole ? "%" : NULL,
			    .align = MW_RIGHT,
			    .drop = MW_DROP_SHARE },
		[NOTE] = { .flex = MW_FLEX_END, .min = 36 },
	};
	int error;

	mw_table_init(&w.table, style, columns, COLUMNS);
	put_parts(&w, account, 0, 0);
	mw_table_row(&w.table, 0);
	mw_cell_puts(&w.table, MW_TONE_BOLD, N_("total"));
	mw_cell_skip(&w.table, 1);
	put_numbers(&w, account, MW_TONE_BOLD, true);
	error = mw_table_write(&w.table, out);
	mw_table_release(&w.table);
	return error;
}
