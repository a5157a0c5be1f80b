/* What the tests of past kills share. */
#ifndef MW_TESTS_OOM_H
#define MW_TESTS_OOM_H

#include "test.h"

#include "oom/log.h"

#include <stdlib.h>

struct told {
	struct arena arena;
	const struct mw_oom_report *const *at;
	size_t count, lines, kernel_lines;
};

static inline void told_release(struct told *t)
{
	arena_release(&t->arena);
	free(t);
}

static inline void scoped_told_release(struct told **t)
{
	told_release(*t);
}
#define scoped_told SCOPED(scoped_told_release)

/* 2026-11-21 08:00 UTC */
#define NOW INT64_C(1795248000000000000)

static inline struct told *tell(struct slice text, const struct mw_oom_rule *given)
{
	static const struct mw_oom_rule usual = { .now = NOW };
	struct told *t = calloc(1, sizeof(*t));
	struct mw_oom_log *log;
	struct slice line;

	assert_non_null(t);
	log = mw_oom_log_new(&t->arena, given ? given : &usual);
	assert_non_null(log);
	while (slice_line(&text, &line)) {
		/* its own memory: what is kept of a line must be copied */
		char *copy = malloc(line.len ? line.len : 1);

		memcpy(copy, line.at, line.len);
		t->kernel_lines += mw_oom_log_line(log, (struct slice){ copy, line.len }, "log",
						   ++t->lines);
		free(copy);
	}
	assert_int_equal(mw_oom_log_finish(log, &t->at, &t->count), 0);
	mw_oom_log_free(log);
	return t;
}

static inline struct told *tell_file(const char *path, const struct mw_oom_rule *rule)
{
	scoped_buf struct buf text = fixture_text(path);

	return tell(buf_slice(&text), rule);
}

#endif
