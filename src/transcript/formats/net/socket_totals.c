/* `ss -s`:
 *
 *	Total: 55
 *	TCP:   65 (estab 38, closed 24, orphaned 0, timewait 24)
 *
 *	Transport Total     IP        IPv6
 *	TCP	  41        38        3
 *
 * Until iproute2 4.20 "Total: 55 (kernel 60)" and "timewait 24/0), ports 0". `estab` counts those in
 * CLOSE-WAIT too (TCP_MIB_CURRESTAB). */
#include "transcript/format.h"

#include <errno.h>

static const struct {
	const char *what;
	enum mw_metric metric;
} words[] = {
	{ "estab", MW_METRICS },   { "closed", MW_METRICS }, { "orphaned", M_TCP_ORPHAN },
	{ "synrecv", MW_METRICS }, { "timewait", M_TCP_TW },
};

static const struct {
	const char *name;
	enum mw_metric v4, v6;
} rows[] = {
	{ "*", MW_METRICS, MW_METRICS },      { "RAW", M_RAW_INUSE, M_RAW6_INUSE },
	{ "UDP", M_UDP_INUSE, M_UDP6_INUSE }, { "TCP", M_TCP_INUSE, M_TCP6_INUSE },
	{ "INET", MW_METRICS, MW_METRICS },   { "FRAG", M_FRAG_INUSE, M_FRAG6_INUSE },
};

enum { WORDS = sizeof(words) / sizeof(*words), ROWS = sizeof(rows) / sizeof(*rows) };

/* "TCP:   65 (estab 38" */
static bool is_tcp(struct slice line, uint64_t *total, struct slice *rest)
{
	line = slice_trim(line);
	if (!slice_word(&line, "TCP:") || !slice_u64(&line, total))
		return false;
	slice_skip_blanks(&line);
	if (!slice_word(&line, "(estab "))
		return false;
	*rest = (struct slice){ line.at - strlen("estab "), line.len + strlen("estab ") };
	return true;
}

static bool is_total(struct slice line, uint64_t *total)
{
	line = slice_trim(line);
	return slice_word(&line, "Total:") && slice_u64(&line, total) &&
	       (!line.len || slice_begins(line, " (kernel"));
}

static bool is_title(struct slice line)
{
	line = slice_trim(line);
	return slice_word(&line, "Transport ") && slice_ends(line, "IPv6");
}

/* @return which row; ROWS: none */
static size_t row_of(struct slice line, uint64_t numbers[3])
{
	struct slice name;
	size_t i = 0;

	if (!slice_token(&line, &name))
		return ROWS;
	while (i < ROWS && !slice_is(name, rows[i].name))
		i++;
	for (size_t k = 0; k < 3 && i < ROWS; k++)
		if (!slice_u64(&line, &numbers[k]) && i)
			return ROWS;
	return i;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice rest;
	uint64_t v, numbers[3];
	bool tcp = false, table = false;
	size_t end = line;

	for (size_t n = line; n < paste->count && n - end < 3; n++) {
		struct slice text = paste->lines[n].text;
		bool title = !table && is_title(text), row = table && row_of(text, numbers) < ROWS;

		if (paste->lines[n].kind == MW_LINE_BLANK && n > line)
			continue;
		if (is_tcp(text, &v, &rest) ? tcp
					    : !(n == line && is_total(text, &v)) && !title && !row)
			break;
		tcp |= is_tcp(text, &v, &rest);
		table |= title;
		b->keys++;
		end = n + 1;
	}
	b->certainty = MW_SURE;
	return tcp ? end - line : 0;
}

static int put(struct mw_reading *r, enum mw_metric metric, const char *what, uint64_t v)
{
	return mw_reading_print(r, mw_reading_node(r), metric, what, v, 0, MW_NEAREST);
}

/* "estab 38, closed 24, orphaned 0, timewait 24)" */
static int read_tcp(struct mw_reading *r, uint64_t total, struct slice rest)
{
	uint64_t v, timewait = 0, syns = 0;
	struct slice word;
	int error = put(r, MW_METRICS, "TCP", total);
	bool old = slice_after(&(struct slice){ rest.at, rest.len }, "synrecv");

	while (!error && slice_token(&rest, &word)) {
		for (size_t i = 0; i < WORDS && !error; i++) {
			if (!slice_is(word, words[i].what) || !slice_u64(&rest, &v))
				continue;
			error = put(r, words[i].metric, words[i].what, v);
			if (words[i].metric == M_TCP_TW)
				timewait = v;
			else if (slice_is(word, "synrecv"))
				syns = v;
		}
	}
	/* what is not allocated as a socket was added */
	v = old ? syns : timewait;
	if (error || v > total)
		return error;
	return mw_reading_derive(r, mw_reading_node(r), M_TCP_ALLOC, total - v,
				 old ? N_("TCP total - synrecv") : N_("TCP total - timewait"));
}

static int read_row(struct mw_reading *r, size_t row, const uint64_t numbers[3])
{
	int error = 0;

	if (rows[row].v4 == MW_METRICS)
		return 0;
	error = put(r, rows[row].v4, rows[row].name, numbers[1]);
	return error ? error : put(r, rows[row].v6, rows[row].name, numbers[2]);
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	bool table = false;
	int error = 0;

	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice text = mw_block_line(r, b, i)->text, rest;
		uint64_t v, numbers[3];
		size_t row;

		if (is_total(text, &v))
			error = put(r, M_SOCKETS_USED, "Total", v);
		else if (is_tcp(text, &v, &rest))
			error = read_tcp(r, v, rest);
		else if (is_title(text))
			table = true;
		else if (table && (row = row_of(text, numbers)) < ROWS)
			error = read_row(r, row, numbers);
	}
	return error;
}

const struct mw_format mw_format_socket_totals = {
	.id = "ss-s",
	.name = N_("ss -s"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
