#include "collect/node/node.h"
#include "base/index.h"
#include "base/scoped.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

int mw_node_read(struct mw_collect *c, const char *path, enum mw_shape shape, mw_node_parser parse)
{
	struct mw_parse_error at = { 0 };
	int error = shape == MW_RECORD ? mw_collect_read_record(c, path) : mw_collect_read(c, path);

	if (error) {
		mw_node_state(mw_snapshot_node(c->snapshot), path, mw_state_of(error));
		return error;
	}
	error = parse(c->snapshot, buf_slice(&c->text), &at);
	if (error)
		mw_snapshot_problem(c->snapshot, slice_of(path), at.line, error, at.what);
	return error;
}

void mw_node_state(struct mw_entity *e, const char *file, enum mw_state state)
{
	for (enum mw_metric m = mw_metric_first(e->kind); m < mw_metric_end(e->kind); m++)
		if (mw_metric_info(m)->file && !strcmp(mw_metric_info(m)->file, file))
			mw_set_state(e, m, state);
}

static void choose(struct mw_collect *c, struct mw_entity *e, enum mw_metric metric)
{
	struct slice text = buf_slice(&c->text), chosen;

	if (slice_after(&text, "[") && slice_until(&text, ']', &chosen))
		mw_set_text(c->snapshot, e, metric, chosen);
}

static int value(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		 const char *file, struct mw_entity *e, enum mw_metric metric)
{
	int error;

	if (!mw_metric_is_text(metric))
		return mw_collect_value(c, dir, prefix, file, e, metric);
	error = mw_collect_text(c, dir, prefix, file, e, metric);
	if (!error)
		choose(c, e, metric);
	return error;
}

int mw_node_value(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		  struct mw_entity *e, enum mw_metric metric)
{
	return value(c, dir, prefix, mw_metric_info(metric)->file, e, metric);
}

/* A directory that may not be entered says it once, not for each of its files. */
static int denied(struct mw_collect *c, const char *path, int error)
{
	if (mw_state_of(error) != MW_ABSENT)
		mw_snapshot_problem(c->snapshot, slice_of(path), 0, error, NULL);
	return error;
}

int mw_node_values(struct mw_collect *c, const char *folder)
{
	struct mw_dir root = mw_root(c->source);
	struct mw_entity *node = mw_snapshot_node(c->snapshot);
	scoped_dir struct mw_dir dir = { 0 };
	size_t len = strlen(folder);
	int error = mw_open(&root, folder, &dir), result = error ? error : -ENOENT;

	for (enum mw_metric m = mw_metric_first(MW_NODE); m < mw_metric_end(MW_NODE); m++) {
		const struct mw_metric_info *info = mw_metric_info(m);

		if (!info->file || strncmp(info->file, folder, len) != 0 || info->file[len] != '/')
			continue;
		if (error)
			mw_set_state(node, m, mw_state_of(error));
		else if (value(c, &dir, folder, info->file + len + 1, node, m) != -ENOENT)
			result = 0;
	}
	return error ? denied(c, folder, error) : result;
}

int mw_node_directory(struct mw_collect *c, const char *path, struct mw_entity *e,
		      enum mw_metric first, enum mw_metric end)
{
	struct mw_dir root = mw_root(c->source);
	scoped_dir struct mw_dir dir = { 0 };
	int error = mw_open(&root, path, &dir);

	for (enum mw_metric m = first; m < end; m++)
		if (error)
			mw_set_state(e, m, mw_state_of(error));
		else
			mw_node_value(c, &dir, path, e, m);
	return error ? denied(c, path, error) : 0;
}

struct numbers {
	const char *before, *after;
	uint64_t *out;
	size_t count;
};

static int number_of(const struct mw_dirent *entry, void *argument)
{
	struct numbers *n = argument;
	struct slice name = slice_of(entry->name);
	uint64_t v;

	if (n->count < MW_NUMBERS_MAX && slice_word(&name, n->before) && slice_u64(&name, &v) &&
	    slice_is(name, n->after))
		n->out[n->count++] = v;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

int mw_node_numbers(struct mw_collect *c, const char *path, const char *before, const char *after,
		    uint64_t *out, size_t *count)
{
	struct mw_dir root = mw_root(c->source);
	scoped_dir struct mw_dir dir = { 0 };
	struct numbers n = { before, after, out, 0 };
	int error = mw_open(&root, path, &dir);

	if (!error)
		error = mw_list(&dir, number_of, &n);
	if (error)
		return denied(c, path, error);
	qsort(out, n.count, sizeof(*out), ascending);
	*count = n.count;
	return 0;
}

struct mw_entity *mw_numa_row(struct mw_snapshot *s, uint64_t node)
{
	char name[32];
	struct mw_entity *e = mw_snapshot_by_id(s, MW_NUMA, node);

	if (e || mw_snapshot_count(s, MW_NUMA) >= MW_NUMBERS_MAX)
		return e;
	snprintf(name, sizeof(name), "node%llu", (unsigned long long)node);
	return mw_snapshot_add(s, MW_NUMA, NULL, slice_of(name), node, 0);
}

int mw_zone_row(struct mw_snapshot *s, struct slice *line, struct mw_entity **out)
{
	enum { MOST_ZONES = 2048 };
	struct slice rest = *line, name;
	struct mw_entity *numa, *zone;
	uint64_t node, id;

	if (!slice_word(&rest, "Node") || !slice_u64(&rest, &node) ||
	    !slice_word(&rest, ", zone") || !slice_token(&rest, &name))
		return -ENOENT;
	if (slice_ends(name, ","))
		name.len--;
	/* zones have no numbers of their own that would outlive a newly added node */
	id = hash_bytes(name) ^ hash_u64(node + 1);
	zone = mw_snapshot_by_id(s, MW_ZONE, id);
	if (!zone) {
		if (mw_snapshot_count(s, MW_ZONE) >= MOST_ZONES)
			return -EBADMSG;
		numa = mw_numa_row(s, node);
		if (!numa)
			return -EBADMSG;
		zone = mw_snapshot_add(s, MW_ZONE, numa, name, id, 0);
	}
	if (!zone)
		return -ENOMEM;
	*line = rest;
	*out = zone;
	return 0;
}

int mw_parse_failed(struct mw_parse_error *at, int so_far, size_t line, const char *what)
{
	if (!so_far)
		*at = (struct mw_parse_error){ (uint32_t)line, what };
	return -EBADMSG;
}

int mw_parse_columns(struct slice text, uint32_t page_size, struct mw_entity *e,
		     const enum mw_metric *metrics, size_t count)
{
	int result = 0;
	size_t i = 0;

	for (text = slice_trim(text); i < count && text.len; i++) {
		uint64_t v;

		if (!slice_u64(&text, &v) || (text.len && !slice_blank(*text.at)))
			break;
		mw_set_unit(e, metrics[i], v, mw_metric_info(metrics[i])->unit, page_size);
		if (mw_get(e, metrics[i]).state != MW_OK)
			result = -EBADMSG;
		slice_skip_blanks(&text);
	}
	if (i == 0 || (i < count && text.len)) {
		for (; i < count; i++)
			mw_set_state(e, metrics[i], MW_MALFORMED);
		return -EBADMSG;
	}
	return result;
}
