#include "render/table.h"
#include "base/scoped.h"
#include "model/title.h"
#include "render/text.h"
#include "base/utf8.h"

#include <errno.h>

enum { MAX_COLUMNS = 64, GAP = 2, MAX_INDENT = 40, MIN_FLEX = 24, LEAST_FLEX = 8 };

/* Where everything stands. */
struct layout {
	size_t width[MAX_COLUMNS];
	bool shown[MAX_COLUMNS];
};

void mw_table_init(struct mw_table *t, const struct mw_style *style,
		   const struct mw_column *columns, size_t count)
{
	*t = (struct mw_table){
		.style = style,
		.columns = columns,
		.column_count = count <= MAX_COLUMNS ? count : 0,
		.margin = 2,
		.next = count,
		.error = count <= MAX_COLUMNS ? 0 : -E2BIG,
	};
}

void mw_table_release(struct mw_table *t)
{
	buf_release(&t->text);
	arena_release(&t->arena);
}

/* --- filling ---------------------------------------------------------------------------------- */

static void close_cell(struct mw_table *t)
{
	if (t->open)
		t->open->len = (uint32_t)(t->text.len - t->open->at);
	t->open = NULL;
}

void mw_table_row(struct mw_table *t, unsigned indent)
{
	close_cell(t);
	t->next = t->column_count;
	if (t->error)
		return;
	if (t->rows == t->room) {
		size_t room = t->room ? t->room * 2 : 64;
		struct mw_cell *cells = arena_array(&t->arena, room * t->column_count,
						    sizeof(*cells));

		if (!cells) {
			t->error = -ENOMEM;
			return;
		}
		if (t->rows)
			memcpy(cells, t->cells, t->rows * t->column_count * sizeof(*cells));
		t->cells = cells;
		t->room = room;
	}
	t->rows++;
	t->next = 0;
	if (t->column_count)
		t->cells[(t->rows - 1) * t->column_count].indent = (uint8_t)(indent < MAX_INDENT
										     ? indent
										     : MAX_INDENT);
}

struct buf *mw_cell(struct mw_table *t, enum mw_tone tone)
{
	close_cell(t);
	if (t->next < t->column_count && t->text.len <= UINT32_MAX) {
		t->open = &t->cells[(t->rows - 1) * t->column_count + t->next++];
		t->open->at = (uint32_t)t->text.len;
		t->open->tone = (uint8_t)tone;
	}
	return &t->text;
}

void mw_cell_puts(struct mw_table *t, enum mw_tone tone, const char *text)
{
	buf_puts(mw_cell(t, tone), mw_tr(t->style, text));
}

void mw_cell_name(struct mw_table *t, enum mw_tone tone, struct slice text)
{
	mw_text_safe(mw_cell(t, tone), text, t->style->unicode);
}

void mw_cell_group(struct mw_table *t, enum mw_tone tone, const struct mw_entity *group)
{
	scoped_buf struct buf title = { 0 };

	if (group)
		mw_group_title(group, &title);
	mw_cell_name(t, tone, buf_slice(&title));
}

void mw_cell_bar(struct mw_table *t, enum mw_tone tone, uint64_t part, uint64_t whole)
{
	unsigned width = t->next < t->column_count ? t->columns[t->next].bar : 0;
	struct buf *out = mw_cell(t, tone);

	if (t->style->bars)
		mw_bar(out, t->style->unicode, width, part, whole);
}

void mw_cell_skip(struct mw_table *t, unsigned count)
{
	while (count--)
		mw_cell(t, MW_TONE_PLAIN);
}

void mw_bar(struct buf *out, bool unicode, unsigned width, uint64_t part, uint64_t whole)
{
	static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
	double fraction = whole ? (double)part / (double)whole : 0;
	unsigned steps = unicode ? 8 : 1;
	unsigned n = (unsigned)((fraction < 1 ? fraction : 1) * width * steps + 0.5);

	for (unsigned i = 0; i < n / steps; i++)
		buf_puts(out, unicode ? "█" : "#");
	buf_puts(out, eighths[n % steps]);
}

/* --- shortening ------------------------------------------------------------------------------- */

/* Bytes of the longest beginning within `width` columns, with what combines with its end. */
static size_t head_of(struct slice text, size_t width)
{
	size_t at = 0, used = 0;

	while (at < text.len) {
		uint32_t c = ' ';
		size_t n = mw_utf8_decode(slice_skip(text, at), &c);
		unsigned w = n ? mw_char_width(c) : 1;

		if (used + w > width)
			break;
		used += w;
		at += n ? n : 1;
	}
	return at;
}

/* Where the longest end within `width` columns begins; never at a combining character. */
static size_t tail_of(struct slice text, size_t width)
{
	size_t rest = mw_text_width(text), at = 0;
	bool combining = false;

	while (at < text.len && (rest > width || combining)) {
		uint32_t c = ' ';
		size_t n = mw_utf8_decode(slice_skip(text, at), &c);

		rest -= n ? mw_char_width(c) : 1;
		at += n ? n : 1;
		combining = at < text.len && mw_utf8_decode(slice_skip(text, at), &c) &&
			    mw_char_width(c) == 0;
	}
	return at;
}

void mw_text_shorten(struct buf *out, struct slice safe, size_t width, enum mw_flex flex,
		     bool unicode)
{
	const char *dots = unicode ? "…" : "...";
	size_t dots_width = unicode ? 1 : 3, room, tail;

	if (mw_text_width(safe) <= width) {
		buf_add(out, safe);
		return;
	}
	if (width <= dots_width) {
		buf_add(out, (struct slice){ safe.at, head_of(safe, width) });
		return;
	}
	room = width - dots_width;
	tail = flex == MW_FLEX_MIDDLE ? room / 2 : 0;
	buf_add(out, (struct slice){ safe.at, head_of(safe, room - tail) });
	buf_puts(out, dots);
	buf_add(out, slice_skip(safe, tail_of(safe, tail)));
}

/* --- layout ----------------------------------------------------------------------------------- */

static struct slice cell_text(const struct mw_table *t, const struct mw_cell *cell)
{
	return slice_skip((struct slice){ t->text.at, (size_t)cell->at + cell->len }, cell->at);
}

static struct slice title_of(const struct mw_table *t, const struct mw_column *column)
{
	if (!column->title)
		return SLICE("");
	return slice_of(column->verbatim ? column->title : mw_tr(t->style, column->title));
}

static void measure(const struct mw_table *t, struct layout *l)
{
	for (size_t c = 0; c < t->column_count; c++)
		l->width[c] = mw_text_width(title_of(t, &t->columns[c]));
	for (size_t i = 0; i < t->rows * t->column_count; i++) {
		size_t c = i % t->column_count;
		size_t width = mw_text_width(cell_text(t, &t->cells[i])) + 2 * t->cells[i].indent;

		if (t->cells[i].len && l->width[c] < width)
			l->width[c] = width;
	}
	for (size_t c = 0; c < t->column_count; c++) {
		l->shown[c] = l->width[c] > 0;
		if (t->columns[c].bar)
			l->width[c] = t->columns[c].bar;
		if (t->columns[c].bar && !t->style->bars)
			l->shown[c] = false;
	}
}

/* The width of a line when flexible columns give way, but not below their least. */
static size_t least_width(const struct mw_table *t, const struct layout *l, size_t floor,
			  size_t *least)
{
	size_t total = t->margin;
	bool any = false;

	for (size_t c = 0; c < t->column_count; c++) {
		const struct mw_column *column = &t->columns[c];
		size_t stop = floor ? floor : column->min ? column->min : MIN_FLEX;

		least[c] = column->flex && stop < l->width[c] ? stop : l->width[c];
		if (!l->shown[c])
			continue;
		total += least[c] + (any ? GAP : 0);
		any = true;
	}
	return total;
}

/* Take away the rightmost column of the highest drop rank. @return false: none left to take */
static bool drop_column(const struct mw_table *t, struct layout *l)
{
	size_t victim = t->column_count;
	unsigned rank = MW_DROP_LAST;

	for (size_t c = 0; c < t->column_count; c++) {
		if (!l->shown[c] || t->columns[c].drop < rank)
			continue;
		rank = t->columns[c].drop;
		victim = c;
	}
	if (victim == t->column_count)
		return false;
	l->shown[victim] = false;
	return true;
}

/* Give columns what they want beyond their least, from the left. @return the width of a line then */
static size_t grow(const struct mw_table *t, struct layout *l, const size_t *least, size_t total,
		   bool greedy)
{
	for (size_t c = 0; c < t->column_count; c++) {
		size_t wanted = l->width[c] - least[c];
		size_t spare = t->style->width > total ? t->style->width - total : 0;

		if (!l->shown[c] || t->columns[c].greedy != greedy)
			continue;
		wanted = wanted < spare ? wanted : spare;
		l->width[c] = least[c] + wanted;
		total += wanted;
	}
	return total;
}

static void fit(const struct mw_table *t, struct layout *l)
{
	size_t least[MAX_COLUMNS], room = t->style->width, total;

	if (!room)
		return;
	while ((total = least_width(t, l, 0, least)) > room)
		if (!drop_column(t, l))
			break;
	if (total > room)
		total = least_width(t, l, LEAST_FLEX, least);
	total = grow(t, l, least, total, true);
	grow(t, l, least, total, false);
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_blanks(struct buf *out, size_t count)
{
	while (count--)
		buf_char(out, ' ');
}

static void put_cell(const struct mw_table *t, struct buf *out, struct slice text, size_t c,
		     const struct layout *l, const struct mw_cell *cell)
{
	const struct mw_column *column = &t->columns[c];
	size_t indent = 2 * (size_t)cell->indent, room = l->width[c], used, pad, start;

	indent = indent < room / 2 ? indent : room / 2;
	room -= indent;
	used = mw_text_width(text);
	pad = used < room ? room - used : 0;
	put_blanks(out, indent + (column->align == MW_RIGHT ? pad : 0));
	mw_tone_begin(out, t->style, text.len ? cell->tone : MW_TONE_PLAIN);
	start = out->len;
	if (used > room && column->flex) {
		mw_text_shorten(out, text, room, column->flex, t->style->unicode);
		/* a wide character may not have fitted into the last column */
		pad = room - mw_text_width(slice_skip(buf_slice(out), start));
	} else {
		buf_add(out, text);
	}
	mw_tone_end(out, t->style, text.len ? cell->tone : MW_TONE_PLAIN);
	put_blanks(out, column->align == MW_LEFT ? pad : 0);
}

/* @row NULL = the titles */
static void put_row(const struct mw_table *t, struct buf *out, const struct layout *l,
		    const struct mw_cell *row)
{
	static const struct mw_cell title = { .tone = MW_TONE_TITLE };
	size_t start = out->len, blanks = t->margin;

	for (size_t c = 0; c < t->column_count; c++) {
		if (!l->shown[c])
			continue;
		put_blanks(out, blanks);
		blanks = GAP;
		put_cell(t, out, row ? cell_text(t, &row[c]) : title_of(t, &t->columns[c]), c, l,
			 row ? &row[c] : &title);
	}
	while (out->len > start && out->at[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

int mw_table_write(struct mw_table *t, struct buf *out)
{
	struct layout l = { 0 };
	bool titles = false;

	close_cell(t);
	if (t->error || t->text.error)
		return t->error ? t->error : t->text.error;
	if (!t->rows)
		return out->error;
	measure(t, &l);
	fit(t, &l);
	for (size_t c = 0; c < t->column_count; c++)
		titles |= l.shown[c] && title_of(t, &t->columns[c]).len;
	if (titles)
		put_row(t, out, &l, NULL);
	for (size_t row = 0; row < t->rows; row++)
		put_row(t, out, &l, &t->cells[row * t->column_count]);
	return out->error;
}
