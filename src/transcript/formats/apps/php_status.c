/* PHP-FPM's status page (sapi/fpm/fpm/fpm_status.c): text, with `?full` a part per worker behind it;
 * `?json`, as it comes on one line or as jq prints it. */
#include "transcript/format.h"

#include <errno.h>

static const struct {
	const char *key;
	enum mw_metric metric;
} keys[] = {
	{ "pool", MW_METRICS },
	{ "process manager", MW_METRICS },
	{ "start time", MW_METRICS },
	{ "start since", MW_METRICS },
	{ "accepted conn", MW_METRICS },
	{ "listen queue", MW_METRICS },
	{ "max listen queue", MW_METRICS },
	{ "listen queue len", MW_METRICS },
	{ "idle processes", MW_METRICS },
	{ "active processes", M_RT_POOL_ACTIVE },
	{ "total processes", M_RT_POOL_WORKERS },
	{ "max active processes", M_RT_POOL_MAX_ACTIVE },
	{ "max children reached", M_RT_POOL_LIMIT_REACHED },
	{ "slow requests", MW_METRICS },
	{ "memory peak", MW_METRICS },
	/* of a worker */
	{ "pid", MW_METRICS },
	{ "state", MW_METRICS },
	{ "requests", MW_METRICS },
	{ "request duration", MW_METRICS },
	{ "request method", MW_METRICS },
	{ "request URI", MW_METRICS },
	{ "content length", MW_METRICS },
	{ "user", MW_METRICS },
	{ "script", MW_METRICS },
	{ "last request cpu", MW_METRICS },
	{ "last request memory", MW_METRICS },
};

enum { KEYS = sizeof(keys) / sizeof(*keys), PID = 15, JSON_LINES = 4096 };

/* "max children reached: 0". @return KEYS: no such line */
static size_t key_of(struct slice line, struct slice *value)
{
	struct slice rest = slice_trim(line), key;
	size_t i = 0;

	if (!slice_until(&rest, ':', &key))
		return KEYS;
	key = slice_trim(key);
	while (i < KEYS && !slice_is(key, keys[i].key))
		i++;
	*value = slice_trim(rest);
	return i;
}

static bool is_rule(struct slice line)
{
	return slice_begins(slice_trim(line), "********");
}

static size_t recognise_text(const struct mw_paste *p, size_t line, struct mw_block *b)
{
	struct slice value;
	size_t end = line;

	if (line + 1 >= p->count || key_of(p->lines[line].text, &value) != 0 ||
	    key_of(p->lines[line + 1].text, &value) != 1)
		return 0;
	for (size_t n = line; n < p->count; n++) {
		if (key_of(p->lines[n].text, &value) < KEYS &&
		    (n == line || !slice_begins(slice_trim(p->lines[n].text), "pool:"))) {
			end = n + 1;
			b->keys++;
		} else if (p->lines[n].kind != MW_LINE_BLANK &&
			   p->lines[n].kind != MW_LINE_ELLIPSIS && !is_rule(p->lines[n].text)) {
			break;
		}
	}
	return end - line;
}

/* Braces open behind a line; strings in them have none but in addresses of requests. */
static long depth_of(struct slice line, long depth)
{
	for (size_t i = 0; i < line.len; i++)
		depth += line.at[i] == '{' ? 1 : line.at[i] == '}' ? -1 : 0;
	return depth;
}

static bool has(struct slice line, const char *what)
{
	return slice_after(&line, what);
}

static size_t recognise_json(const struct mw_paste *p, size_t line, struct mw_block *b)
{
	bool pool = false, manager = false;
	long depth = 0;

	if (!slice_begins(slice_trim(p->lines[line].text), "{"))
		return 0;
	for (size_t n = line; n < p->count && n - line < JSON_LINES; n++) {
		pool |= has(p->lines[n].text, "\"pool\":");
		manager |= has(p->lines[n].text, "\"process manager\":");
		/* these are the first two */
		if (n - line >= 3 && !(pool && manager))
			return 0;
		depth = depth_of(p->lines[n].text, depth);
		b->keys++;
		if (depth <= 0)
			return pool && manager ? n + 1 - line : 0;
	}
	b->cut = pool && manager;
	return b->cut ? b->keys : 0;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	size_t lines = recognise_text(paste, line, b);

	b->certainty = MW_SURE;
	return lines ? lines : recognise_json(paste, line, b);
}

static int put(struct mw_reading *r, struct mw_entity *pool, size_t key, struct slice value)
{
	uint64_t v;

	if (keys[key].metric == MW_METRICS || !slice_u64(&value, &v))
		return 0;
	return mw_reading_print(r, pool, keys[key].metric, keys[key].key, v, 0, MW_NEAREST);
}

static int read_json_line(struct mw_reading *r, struct mw_entity *pool, struct slice line)
{
	struct slice key, before;
	int error = 0;

	while (!error && slice_until(&line, '"', &before) && slice_until(&line, '"', &key)) {
		if (!slice_word(&line, ":"))
			continue;
		for (size_t i = 0; i < PID && !error; i++)
			if (slice_is(key, keys[i].key))
				error = put(r, pool, i, line);
	}
	return error;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct mw_entity *pool = mw_reading_row(r, MW_RUNTIME, NULL, SLICE("php-fpm"), 0);
	bool json = slice_begins(slice_trim(mw_block_line(r, b, 0)->text), "{");
	int error = pool ? 0 : -ENOMEM;

	for (size_t i = 0; i < b->lines && !error; i++) {
		struct slice line = mw_block_line(r, b, i)->text, value, whole = line;
		size_t key = json ? KEYS : key_of(line, &value);

		/* workers come behind */
		if (key == PID)
			break;
		if (key < KEYS)
			error = put(r, pool, key, value);
		if (!json)
			continue;
		if (slice_after(&line, "\"processes\""))
			whole.len -= line.len;
		error = read_json_line(r, pool, whole);
		if (whole.len < mw_block_line(r, b, i)->text.len)
			break;
	}
	return error;
}

const struct mw_format mw_format_php_status = {
	.id = "php-fpm-status",
	.name = N_("PHP-FPM's status page"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
