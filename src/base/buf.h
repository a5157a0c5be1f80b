/* A byte buffer that grows up to a bound and is reused: in the steady state nothing is allocated.
 * Its text is always followed by a NUL that `len` does not count. An error sticks, so that a series
 * of additions is checked once, at the end. */
#ifndef MW_BASE_BUF_H
#define MW_BASE_BUF_H

#include "base/slice.h"

struct buf {
	char *at;
	size_t len, cap;
	size_t limit; /* most bytes it may hold; 0 = BUF_LIMIT */
	int error;    /* 0, -ENOMEM, or -EFBIG past the limit */
};

#define BUF_LIMIT ((size_t)64 << 20)

/** Room for `extra` more bytes and a NUL. @return 0, -ENOMEM, -EFBIG */
int buf_reserve(struct buf *b, size_t extra);
void buf_add(struct buf *b, struct slice text);
void buf_puts(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Empty it and forget an error; the memory stays for the next use. */
void buf_clear(struct buf *b);
void buf_release(struct buf *b);

static inline struct slice buf_slice(const struct buf *b)
{
	return (struct slice){ b->at ? b->at : "", b->len };
}

#endif
