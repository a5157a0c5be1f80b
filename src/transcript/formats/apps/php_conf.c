/* Settings of PHP and PHP-FPM that bear on memory: pool files, php.ini, `php-fpm -tt`, and what grep
 * left of them.
 *
 *	[www]
 *	pm.max_children = 50
 *	php_admin_value[memory_limit] = 128M
 *
 * A master may have several pools: their workers add up. */
#include "transcript/format.h"

#include <errno.h>

enum { LOOK_AHEAD = 64 };

enum setting { NOTHING, PHP, MAX_CHILDREN, MAX_REQUESTS, MEMORY_LIMIT, POOL_MEMORY_LIMIT };

/* `whole`: else keys that begin so. */
static const struct {
	const char *key;
	enum setting setting;
	bool whole;
} known[] = {
	{ "pm.max_children", MAX_CHILDREN, true },
	{ "pm.max_requests", MAX_REQUESTS, true },
	{ "memory_limit", MEMORY_LIMIT, true },
	{ "php_admin_value[memory_limit]", POOL_MEMORY_LIMIT, true },
	{ "php_value[memory_limit]", POOL_MEMORY_LIMIT, true },
	{ "pm", PHP, true },
	{ "pm.", PHP, false },
	{ "php_", PHP, false },
	{ "request_", PHP, false },
	{ "listen", PHP, false },
	{ "user", PHP, true },
	{ "group", PHP, true },
	{ "slowlog", PHP, true },
	{ "opcache.", PHP, false },
	{ "max_execution_time", PHP, true },
	{ "max_input_time", PHP, true },
	{ "max_input_vars", PHP, true },
	{ "post_max_size", PHP, true },
	{ "upload_max_filesize", PHP, true },
};

/* "[www]". */
static bool is_section(struct slice line)
{
	static const char notice[] = "NOTICE: ";

	line = slice_trim(line);
	if (slice_after(&line, notice))
		line = slice_trim(line);
	return line.len > 2 && line.len < 64 && *line.at == '[' && slice_ends(line, "]") &&
	       !memchr(line.at, ' ', line.len);
}

/* Also the empty lines of php-fpm -tt. */
static bool is_remark(struct slice line)
{
	line = slice_trim(line);
	return slice_begins(line, ";") || slice_begins(line, "#") || slice_ends(line, "] NOTICE:");
}

/* "key = value ; remark". grep puts the file in front of it, php-fpm -tt the time. */
static bool is_assignment(struct slice line, struct slice *key, struct slice *value)
{
	struct slice rest = line, k, v;

	if (is_remark(line) || !slice_until(&rest, '=', &k))
		return false;
	k = slice_trim(slice_last(k, ':'));
	if (!k.len || memchr(k.at, ' ', k.len))
		return false;
	if (slice_until(&rest, ';', &v))
		rest = v;
	*key = k;
	*value = slice_trim(rest);
	return true;
}

static enum setting setting_of(struct slice key)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].whole ? slice_is(key, known[i].key) : slice_begins(key, known[i].key))
			return known[i].setting;
	return NOTHING;
}

static size_t recognise(const struct mw_paste *paste, size_t line,
			const struct mw_paste_command *hint, struct mw_block *b)
{
	struct slice key, value;
	bool ours = false;
	size_t end = line;

	for (size_t n = line; n < paste->count && n - (ours ? end : line) < LOOK_AHEAD &&
			      paste->lines[n].file == paste->lines[line].file;
	     n++) {
		struct slice text = paste->lines[n].text;
		enum setting setting;

		if (is_assignment(text, &key, &value)) {
			setting = setting_of(key);
			if (setting == NOTHING && n == line)
				return 0;
			ours |= setting > PHP;
			if (setting != NOTHING) {
				end = n + 1;
				b->keys++;
			}
		} else if (n == line ? !is_section(text) && !slice_begins(text, ";")
				     : !is_section(text) && !is_remark(text) &&
					       paste->lines[n].kind != MW_LINE_BLANK &&
					       paste->lines[n].kind != MW_LINE_ELLIPSIS) {
			break;
		}
	}
	b->certainty = MW_LIKELY;
	return ours ? end - line : 0;
}

/* --- reading ---------------------------------------------------------------------------------- */

struct settings {
	struct mw_num children, requests, limit, pool_limit;
	struct mw_num section; /* pm.max_children of the pool that is being read */
};

static struct mw_num size_of(struct slice text)
{
	struct mw_quantity q;

	if (slice_is(text, "-1"))
		return (struct mw_num){ 0, MW_UNLIMITED };
	if (!mw_quantity_parse(text, 1024, &q))
		return (struct mw_num){ 0, MW_ABSENT };
	return (struct mw_num){ q.value, MW_OK };
}

static void end_section(struct settings *x)
{
	if (x->section.state == MW_OK)
		x->children = (struct mw_num){ x->children.v + x->section.v, MW_OK };
	x->section = (struct mw_num){ 0, MW_ABSENT };
}

static void take(struct settings *x, enum setting setting, struct slice value)
{
	uint64_t v;
	bool number = slice_u64(&(struct slice){ value.at, value.len }, &v) && v <= UINT32_MAX;

	switch (setting) {
	case MAX_CHILDREN:
		if (number)
			x->section = (struct mw_num){ v, MW_OK };
		break;
	case MAX_REQUESTS:
		if (number)
			x->requests = (struct mw_num){ v, MW_OK };
		break;
	case MEMORY_LIMIT: x->limit = size_of(value); break;
	case POOL_MEMORY_LIMIT: x->pool_limit = size_of(value); break;
	default: break;
	}
}

static int put(struct mw_reading *r, struct mw_entity *pool, enum mw_metric metric,
	       const char *what, struct mw_num n)
{
	if (n.state == MW_OK)
		return mw_reading_print(r, pool, metric, what, n.v, 0, MW_NEAREST);
	if (n.state == MW_UNLIMITED)
		mw_set_state(pool, metric, MW_UNLIMITED);
	return 0;
}

static int read(struct mw_reading *r, const struct mw_block *b)
{
	struct mw_entity *pool = mw_reading_row(r, MW_RUNTIME, NULL, SLICE("php-fpm"), 0);
	struct settings x = { .section = { 0, MW_ABSENT } };
	int error = pool ? 0 : -ENOMEM;

	for (size_t i = 0; i < b->lines; i++) {
		struct slice line = mw_block_line(r, b, i)->text, key, value;

		if (is_assignment(line, &key, &value))
			take(&x, setting_of(key), value);
		else if (is_section(line))
			end_section(&x);
	}
	end_section(&x);
	if (x.pool_limit.state != MW_ABSENT)
		x.limit = x.pool_limit;
	if (!error)
		error = put(r, pool, M_RT_POOL_MAX_CHILDREN, "pm.max_children", x.children);
	if (!error)
		error = put(r, pool, M_RT_POOL_MAX_REQUESTS, "pm.max_requests", x.requests);
	return error ? error : put(r, pool, M_RT_MEMORY_LIMIT, "memory_limit", x.limit);
}

const struct mw_format mw_format_php_conf = {
	.id = "php-fpm-conf",
	.name = N_("settings of PHP-FPM and PHP"),
	.rank = MW_RANK_EXACT,
	.recognise = recognise,
	.read = read,
};
