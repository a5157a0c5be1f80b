/* /proc/swaps: swap devices and files. Needs no privilege. */
#include "base/index.h"
#include "collect/node/node.h"

#include <errno.h>

/* The kernel writes blanks, newlines and backslashes of names as three octal digits. */
static bool octal(struct slice s, char *out)
{
	unsigned v = 0;

	if (s.len < 4 || *s.at != '\\')
		return false;
	for (int i = 1; i < 4; i++) {
		if (s.at[i] < '0' || s.at[i] > '7')
			return false;
		v = v * 8 + (unsigned)(s.at[i] - '0');
	}
	*out = (char)v;
	return v > 0 && v < 256;
}

/* @out as large as `name` */
static struct slice unescape(struct slice name, char *out)
{
	size_t n = 0;

	while (name.len) {
		bool escaped = octal(name, &out[n]);

		if (!escaped)
			out[n] = *name.at;
		n++;
		name = slice_skip(name, escaped ? 4 : 1);
	}
	return (struct slice){ out, n };
}

static int parse_line(struct mw_snapshot *s, struct slice line)
{
	static const enum mw_metric numbers[] = { M_SW_SIZE, M_SW_USED };
	char plain[4352]; /* PATH_MAX and " (deleted)" */
	struct slice name, type, both, size, used, priority, check;
	struct mw_entity *e;
	int64_t v;
	bool deleted;

	if (!slice_token(&line, &name) || !slice_token(&line, &type) || name.len > sizeof(plain))
		return -EBADMSG;
	deleted = slice_ends(name, "\\040(deleted)");
	if (deleted)
		name.len -= strlen("\\040(deleted)");
	name = unescape(name, plain);
	e = mw_snapshot_add(s, MW_SWAP, NULL, name, hash_bytes(name), 0);
	if (!e)
		return -ENOMEM;
	mw_set_text(s, e, M_SW_TYPE, type);
	mw_set(e, M_SW_DELETED, deleted);
	both = line;
	if (!slice_token(&line, &size) || !slice_token(&line, &used) ||
	    !slice_token(&line, &priority)) {
		mw_node_state(e, "proc/swaps", MW_MALFORMED);
		return -EBADMSG;
	}
	both.len = (size_t)(used.at + used.len - both.at);
	check = priority;
	if (mw_parse_columns(both, 0, e, numbers, 2))
		return -EBADMSG;
	if (!slice_i64(&check, &v) || check.len) {
		mw_set_state(e, M_SW_PRIORITY, MW_MALFORMED);
		return -EBADMSG;
	}
	mw_set_text(s, e, M_SW_PRIORITY, priority);
	return 0;
}

int mw_parse_swaps(struct mw_snapshot *s, struct slice text, struct mw_parse_error *at)
{
	struct slice line;
	int result = 0;

	for (size_t number = 1; slice_line(&text, &line); number++) {
		int error;

		if (number == 1 && slice_begins(line, "Filename"))
			continue;
		error = parse_line(s, line);
		if (error == -ENOMEM)
			return error;
		if (error)
			result = mw_parse_failed(at, result, number,
						 "name type size used priority");
	}
	return result;
}

static int collect(struct mw_collect *c)
{
	return mw_node_read(c, "proc/swaps", MW_RECORDS, mw_parse_swaps);
}

const struct mw_collector mw_collect_swaps = {
	.name = "swaps",
	.want = MW_WANT_NODE,
	.collect = collect,
};
