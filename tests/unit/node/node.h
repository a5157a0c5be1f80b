/* For the tests of the machine's parsers: parse a text, look at numbers. */
#ifndef MW_TESTS_NODE_NODE_H
#define MW_TESTS_NODE_NODE_H

#include "test.h"

#include "collect/node/node.h"

#include <errno.h>

static inline void scoped_snapshot_free(struct mw_snapshot **s)
{
	mw_snapshot_free(*s);
}
#define scoped_snapshot SCOPED(scoped_snapshot_free)

static inline struct mw_snapshot *new_snapshot(void)
{
	struct mw_machine machine = { .page_size = 4096 };

	return mw_snapshot_new(&machine);
}

/* A real kernel's text, which the fuzzer starts from too. */
static inline int parse_real(struct mw_snapshot *s, mw_node_parser parse, const char *file)
{
	struct mw_parse_error at = { 0 };
	char path[256];
	struct buf text;
	int error;

	snprintf(path, sizeof(path), "../fuzz/corpus/node-%s", file);
	text = fixture_text(path);
	error = parse(s, buf_slice(&text), &at);
	buf_release(&text);
	return error;
}

static inline uint64_t sum_of(struct mw_snapshot *s, enum mw_kind kind, enum mw_metric metric)
{
	struct mw_entity *e;
	uint64_t sum = 0;

	mw_for_each (e, s, kind)
		sum += mw_get_or(e, metric, 0);
	return sum;
}

static inline uint64_t node_value(struct mw_snapshot *s, enum mw_metric metric)
{
	EXPECT_EQ(mw_get(mw_snapshot_node(s), metric).state, MW_OK);
	return mw_get(mw_snapshot_node(s), metric).v;
}

static inline enum mw_state node_state(struct mw_snapshot *s, enum mw_metric metric)
{
	return mw_get(mw_snapshot_node(s), metric).state;
}

#define EXPECT_NODE(s, metric, value) EXPECT_EQ(node_value(s, metric), value)

#endif
