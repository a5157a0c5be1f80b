/* For the tests of formats: paste a text, look at numbers.
 *
 *   scoped_transcript struct mw_transcript t = paste("Mem: …\n");
 *   EXPECT_EQ(cell(node(&t), M_MEM_TOTAL), 1024); */
#ifndef MW_TESTS_TRANSCRIPT_PASTE_H
#define MW_TESTS_TRANSCRIPT_PASTE_H

#include "test.h"

#include "transcript/transcript.h"

#include <stdio.h>

#define scoped_transcript SCOPED(mw_transcript_release)

static inline struct mw_transcript paste_slice(struct slice text)
{
	struct mw_paste_file file = { "paste", text };
	struct mw_transcript t;

	assert_int_equal(mw_transcript_read(&file, 1, &t), 0);
	return t;
}

/** The text must outlive the transcript: a literal does. */
static inline struct mw_transcript paste(const char *text)
{
	return paste_slice(slice_of(text));
}

/* Files of the fuzzer's corpus, which are whole pastes; kept until the next call. */
static inline struct mw_transcript paste_files(const char *const *names, size_t count)
{
	static struct buf texts[8];
	struct mw_paste_file files[8];
	struct mw_transcript t;
	char path[256];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "../fuzz/corpus/transcript-whole/%s", names[i]);
		buf_release(&texts[i]);
		texts[i] = fixture_text(path);
		files[i] = (struct mw_paste_file){ names[i], buf_slice(&texts[i]) };
	}
	assert_int_equal(mw_transcript_read(files, count, &t), 0);
	return t;
}

#define PASTE_FILES(...)                                  \
	paste_files((const char *const[]){ __VA_ARGS__ }, \
		    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

/** What a host has, all moments together. */
static inline struct mw_snapshot *now_of(const struct mw_transcript *t, size_t host)
{
	assert_true(host < t->host_count);
	return t->hosts[host].moments[t->hosts[host].now];
}

static inline struct mw_snapshot *now(const struct mw_transcript *t)
{
	return now_of(t, 0);
}

static inline struct mw_entity *node(const struct mw_transcript *t)
{
	return mw_snapshot_node(now(t));
}

/** The group of that name; NULL = the only one. */
static inline struct mw_entity *group(const struct mw_transcript *t, const char *name)
{
	struct mw_entity *e = name ? mw_snapshot_by_name(now(t), MW_CGROUP, slice_of(name))
				   : mw_snapshot_at(now(t), MW_CGROUP, 0);

	assert_non_null(e);
	if (!name)
		assert_int_equal(mw_snapshot_count(now(t), MW_CGROUP), 1);
	return e;
}

static inline struct mw_entity *process(const struct mw_transcript *t, uint64_t pid)
{
	struct mw_entity *e = mw_snapshot_by_id(now(t), MW_PROCESS, pid);

	assert_non_null(e);
	return e;
}

/** A number that must be there. */
static inline uint64_t cell(const struct mw_entity *e, enum mw_metric metric)
{
	assert_int_equal(mw_get(e, metric).state, MW_OK);
	return mw_get(e, metric).v;
}

/** The only block of a format, or the nth. */
static inline const struct mw_block *block(const struct mw_transcript *t, const char *format,
					   size_t nth)
{
	for (size_t i = 0; i < t->block_count; i++)
		if (!strcmp(mw_block_format(&t->blocks[i]), format) && !nth--)
			return &t->blocks[i];
	fail_msg("no block of %s", format);
	return NULL;
}

/** The number that a tool printed under a word; fails when there is none. */
static inline const struct mw_printed *printed(const struct mw_transcript *t, const char *tool,
					       const char *what)
{
	for (size_t i = 0; i < t->printed_count; i++)
		if (!strcmp(t->printed[i].tool, tool) && !strcmp(t->printed[i].what, what))
			return &t->printed[i];
	fail_msg("%s printed no %s", tool, what);
	return NULL;
}

#endif
