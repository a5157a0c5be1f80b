#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 4096 };

int buf_reserve(struct buf *b, size_t extra)
{
	size_t limit = b->limit ? b->limit : BUF_LIMIT;
	size_t cap = b->cap ? b->cap : FIRST_CAPACITY;
	char *at;

	if (b->error)
		return b->error;
	if (extra > limit - b->len)
		return b->error = -EFBIG;
	if (b->len + extra + 1 <= b->cap)
		return 0;
	while (cap < b->len + extra + 1)
		cap *= 2;
	at = realloc(b->at, cap);
	if (!at)
		return b->error = -ENOMEM;
	b->at = at;
	b->cap = cap;
	return 0;
}

void buf_add(struct buf *b, struct slice text)
{
	if (buf_reserve(b, text.len))
		return;
	if (text.len)
		memcpy(b->at + b->len, text.at, text.len);
	b->len += text.len;
	b->at[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *text)
{
	buf_add(b, slice_of(text));
}

void buf_char(struct buf *b, char c)
{
	buf_add(b, (struct slice){ &c, 1 });
}

void buf_u64(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	buf_add(b, (struct slice){ digits + at, sizeof(digits) - at });
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0 || buf_reserve(b, (size_t)len))
		return;
	va_start(args, format);
	vsnprintf(b->at + b->len, (size_t)len + 1, format, args);
	va_end(args);
	b->len += (size_t)len;
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->error = 0;
	if (b->at)
		*b->at = '\0';
}

void buf_release(struct buf *b)
{
	free(b->at);
	*b = (struct buf){ .limit = b->limit };
}
