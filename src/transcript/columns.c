/* Tables as tools print them. */
#include "transcript/format.h"

/* Where a text ends that begins in column n of a terminal, near enough: wide letters count as two. */
static uint32_t width(struct slice s, uint32_t n)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c == '\t')
			n = (n + 8) & ~7u;
		else if (c < 0x80 || c >= 0xc0)
			n += c >= 0xe3 ? 2 : 1;
	}
	return n;
}

size_t mw_columns_header(struct slice line, struct mw_columns *out)
{
	struct slice rest = line, word;
	uint32_t at = 0;

	out->count = 0;
	while (slice_token(&rest, &word)) {
		if (out->count == MW_COLUMNS)
			return out->count = 0;
		at = width((struct slice){ line.at, (size_t)(word.at - line.at) }, at);
		out->names[out->count] = word;
		out->start[out->count] = at;
		at = width(word, at);
		out->end[out->count++] = at;
		line = rest;
	}
	return out->count;
}

size_t mw_columns_find(const struct mw_columns *c, const char *name)
{
	size_t i = 0;

	while (i < c->count && !slice_is(c->names[i], name))
		i++;
	return i;
}

size_t mw_columns_row(const struct mw_columns *c, struct slice line, struct slice *out)
{
	size_t n = 0;

	for (; n < c->count; n++) {
		if (n + 1 == c->count) {
			out[n] = slice_trim(line);
			n += out[n].len > 0;
			break;
		}
		if (!slice_token(&line, &out[n]))
			break;
	}
	return n;
}

struct slice mw_columns_under(const struct mw_columns *c, size_t column, struct slice line)
{
	struct slice rest = line, word;
	uint32_t start, end = 0;

	while (column < c->count && slice_token(&rest, &word)) {
		start = width((struct slice){ line.at, (size_t)(word.at - line.at) }, end);
		end = width(word, start);
		if (start < c->end[column] && end > c->start[column])
			return word;
		line = rest;
	}
	return (struct slice){ "", 0 };
}
