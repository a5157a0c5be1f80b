#include "render/json.h"
#include "render/number.h"
#include "render/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <time.h>

enum { FLUSH_AT = 32768 };

void mw_json_init(struct mw_json *j, struct buf *out, mw_sink_fn sink, void *argument, bool pretty)
{
	*j = (struct mw_json){ .out = out, .sink = sink, .argument = argument, .pretty = pretty };
}

static void flush(struct mw_json *j)
{
	if (!j->error)
		j->error = j->out->error;
	if (!j->sink || !j->out->len)
		return;
	if (!j->error)
		j->error = j->sink(j->argument, buf_slice(j->out));
	buf_clear(j->out);
}

static void new_line(struct mw_json *j)
{
	if (!j->pretty)
		return;
	buf_char(j->out, '\n');
	for (unsigned i = 0; i < j->depth; i++)
		buf_puts(j->out, "  ");
}

static size_t plain_ascii(struct slice text)
{
	size_t n = 0;

	while (n < text.len && text.at[n] >= ' ' && text.at[n] <= '~' && text.at[n] != '"' &&
	       text.at[n] != '\\')
		n++;
	return n;
}

static void put_escape(struct buf *out, uint32_t c)
{
	if (c > 0xffff)
		buf_printf(out, "\\u%04x\\u%04x", 0xd7c0 + (c >> 10), 0xdc00 + (c & 0x3ff));
	else
		buf_printf(out, "\\u%04x", c);
}

static void put_text(struct buf *out, struct slice text)
{
	buf_char(out, '"');
	while (text.len) {
		size_t n = plain_ascii(text);
		uint32_t c;

		if (n) {
			buf_add(out, (struct slice){ text.at, n });
		} else if (*text.at == '"' || *text.at == '\\') {
			buf_char(out, '\\');
			buf_char(out, *text.at);
			n = 1;
		} else if (!(n = mw_utf8_decode(text, &c))) {
			buf_puts(out, "\xef\xbf\xbd");
			n = 1;
		} else if (mw_char_hidden(c)) {
			/* more than JSON asks for: it is looked at on terminals, too */
			put_escape(out, c);
		} else {
			buf_add(out, (struct slice){ text.at, n });
		}
		text = slice_skip(text, n);
	}
	buf_char(out, '"');
}

/* Comma, line and key in front of a value. @return false: nothing more can be written */
static bool begin_value(struct mw_json *j, const char *key)
{
	if (j->out->len >= FLUSH_AT)
		flush(j);
	if (j->error)
		return false;
	if (j->depth) {
		if (j->filled[j->depth - 1])
			buf_char(j->out, ',');
		j->filled[j->depth - 1] = true;
		new_line(j);
	}
	if (key) {
		put_text(j->out, slice_of(key));
		buf_puts(j->out, j->pretty ? ": " : ":");
	}
	return true;
}

static void open_level(struct mw_json *j, const char *key, bool array)
{
	if (j->depth == MW_JSON_DEPTH && !j->error)
		j->error = -E2BIG;
	if (!begin_value(j, key))
		return;
	buf_char(j->out, array ? '[' : '{');
	j->filled[j->depth] = false;
	j->array[j->depth++] = array;
}

void mw_json_object(struct mw_json *j, const char *key)
{
	open_level(j, key, false);
}

void mw_json_array(struct mw_json *j, const char *key)
{
	open_level(j, key, true);
}

void mw_json_end(struct mw_json *j)
{
	if (j->error || !j->depth)
		return;
	j->depth--;
	if (j->filled[j->depth])
		new_line(j);
	buf_char(j->out, j->array[j->depth] ? ']' : '}');
}

int mw_json_finish(struct mw_json *j)
{
	while (j->depth && !j->error)
		mw_json_end(j);
	buf_char(j->out, '\n');
	flush(j);
	return j->error;
}

void mw_json_string(struct mw_json *j, const char *key, struct slice text)
{
	if (begin_value(j, key))
		put_text(j->out, text);
}

void mw_json_puts(struct mw_json *j, const char *key, const char *text)
{
	mw_json_string(j, key, slice_of(text));
}

void mw_json_u64(struct mw_json *j, const char *key, uint64_t v)
{
	if (begin_value(j, key))
		buf_u64(j->out, v);
}

void mw_json_i64(struct mw_json *j, const char *key, int64_t v)
{
	if (begin_value(j, key))
		mw_number_i64(j->out, v);
}

void mw_json_number(struct mw_json *j, const char *key, double v)
{
	/* beyond it a double has no fractions, and an integer may not hold it */
	if (fabs(v) < 1e15 && v == floor(v))
		mw_json_i64(j, key, (int64_t)v);
	else
		mw_json_double(j, key, v);
}

void mw_json_double(struct mw_json *j, const char *key, double v)
{
	char text[40];

	if (!begin_value(j, key))
		return;
	if (!isfinite(v)) {
		buf_puts(j->out, "null");
		return;
	}
	snprintf(text, sizeof(text), "%.9g", v);
	/* the locale's decimal point, whatever it is, is the one byte that JSON does not have */
	for (char *p = text; *p; p++)
		if (!strchr("0123456789+-e", *p))
			*p = '.';
	buf_puts(j->out, text);
}

void mw_json_micro(struct mw_json *j, const char *key, uint64_t millionths)
{
	if (begin_value(j, key))
		mw_number_micro(j->out, millionths);
}

void mw_json_bool(struct mw_json *j, const char *key, bool v)
{
	if (begin_value(j, key))
		buf_puts(j->out, v ? "true" : "false");
}

void mw_json_time(struct mw_json *j, const char *key, int64_t ns)
{
	static const int64_t second = 1000000000;
	int64_t part = ns % second;
	time_t seconds = (time_t)((ns - part) / second - (part < 0));
	struct tm tm = { .tm_mday = 1 };
	char text[80];

	part += part < 0 ? second : 0;
	gmtime_r(&seconds, &tm);
	snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02d.%09dZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (int)part);
	mw_json_puts(j, key, text);
}
