/* JSON, written as it is made: a sink takes what has accumulated, so that ten thousand processes do
 * not stand in memory. Always valid UTF-8 and valid JSON; an error sticks and is told at the end. */
#ifndef MW_RENDER_JSON_H
#define MW_RENDER_JSON_H

#include "ledger/account.h"
#include "ledger/words.h"
#include "model/snapshot.h"

/** Takes text away. @return 0 or -errno, which ends the writing */
typedef int (*mw_sink_fn)(void *argument, struct slice text);

enum { MW_JSON_DEPTH = 128, MW_JSON_SCHEMA = 1 };

struct mw_json {
	struct buf *out;
	mw_sink_fn sink; /* NULL: everything stays in `out` */
	void *argument;
	bool pretty;
	int error;
	unsigned depth;
	bool filled[MW_JSON_DEPTH]; /* the object or array at that depth has a member */
	bool array[MW_JSON_DEPTH];
};

/** @out borrowed; emptied whenever the sink took it
 *  @pretty indented lines; otherwise one line: NDJSON */
void mw_json_init(struct mw_json *j, struct buf *out, mw_sink_fn sink, void *argument, bool pretty);
/** Close what is open, end the line, give all to the sink. More values may follow: one per line.
 *  @return 0 or the first error: -ENOMEM, -EFBIG, -E2BIG (too deep), the sink's */
int mw_json_finish(struct mw_json *j);

/* Values. `key` is program text, NULL in an array. */
void mw_json_object(struct mw_json *j, const char *key);
void mw_json_array(struct mw_json *j, const char *key);
/** Close the innermost object or array. */
void mw_json_end(struct mw_json *j);
/** Bytes from outside: what is not UTF-8 becomes U+FFFD, controls are escaped. */
void mw_json_string(struct mw_json *j, const char *key, struct slice text);
void mw_json_puts(struct mw_json *j, const char *key, const char *text);
void mw_json_u64(struct mw_json *j, const char *key, uint64_t v);
void mw_json_i64(struct mw_json *j, const char *key, int64_t v);
/** Nine significant digits; null when not finite. */
void mw_json_double(struct mw_json *j, const char *key, double v);
/** Likewise, but a whole number keeps all its digits. */
void mw_json_number(struct mw_json *j, const char *key, double v);
/** A decimal fraction. */
void mw_json_micro(struct mw_json *j, const char *key, uint64_t millionths);
void mw_json_bool(struct mw_json *j, const char *key, bool v);
/** "2026-11-20T03:14:07.123456789Z". @ns since 1970 */
void mw_json_time(struct mw_json *j, const char *key, int64_t ns);

#endif
