#include "collect/collect.h"

#include <errno.h>
#include <stdio.h>

static int noted(struct mw_collect *c, const char *path, int error)
{
	if (error && mw_state_of(error) != MW_ABSENT)
		mw_snapshot_problem(c->snapshot, slice_of(path), 0, error, NULL);
	return error;
}

int mw_collect_read(struct mw_collect *c, const char *path)
{
	struct mw_dir root = mw_root(c->source);

	return noted(c, path, mw_read(&root, path, &c->text));
}

int mw_collect_read_record(struct mw_collect *c, const char *path)
{
	struct mw_dir root = mw_root(c->source);

	return noted(c, path, mw_read_record(&root, path, &c->text));
}

static int problem(struct mw_collect *c, const char *prefix, const char *file, int error,
		   const char *what)
{
	char path[4352];
	int len = snprintf(path, sizeof(path), "%s%s%s", prefix, *prefix ? "/" : "", file);

	if (len >= (int)sizeof(path))
		len = sizeof(path) - 1;
	mw_snapshot_problem(c->snapshot, (struct slice){ path, (size_t)len }, error == -EBADMSG,
			    error, what);
	return error;
}

/* Read a small file; the reason for a failure becomes the metric's state. */
static int read_small(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		      const char *file, struct mw_entity *e, enum mw_metric metric)
{
	struct mw_dir root = mw_root(c->source);
	int error = mw_read_record(dir ? dir : &root, file, &c->text);

	if (!error)
		return 0;
	mw_set_state(e, metric, mw_state_of(error));
	if (mw_state_of(error) != MW_ABSENT)
		problem(c, prefix, file, error, NULL);
	return error;
}

int mw_value_parse(struct slice text, uint32_t page_size, struct mw_entity *e,
		   enum mw_metric metric)
{
	uint64_t v;

	text = slice_trim(text);
	if (slice_is(text, "max")) {
		mw_set_state(e, metric, MW_UNLIMITED);
		return 0;
	}
	if (slice_is(text, "Y") || slice_is(text, "N")) {
		mw_set(e, metric, *text.at == 'Y');
		return 0;
	}
	if (!slice_u64(&text, &v) || text.len) {
		mw_set_state(e, metric, MW_MALFORMED);
		return -EBADMSG;
	}
	mw_set_unit(e, metric, v, mw_metric_info(metric)->unit, page_size);
	return mw_get(e, metric).state == MW_OK ? 0 : -EBADMSG;
}

int mw_collect_value(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		     const char *file, struct mw_entity *e, enum mw_metric metric)
{
	int error = read_small(c, dir, prefix, file, e, metric);

	if (error)
		return error;
	error = mw_value_parse(buf_slice(&c->text), mw_snapshot_machine(c->snapshot)->page_size, e,
			       metric);
	return error ? problem(c, prefix, file, error, "a number") : 0;
}

int mw_collect_text(struct mw_collect *c, const struct mw_dir *dir, const char *prefix,
		    const char *file, struct mw_entity *e, enum mw_metric metric)
{
	int error = read_small(c, dir, prefix, file, e, metric);

	if (!error)
		mw_set_text(c->snapshot, e, metric, slice_trim(buf_slice(&c->text)));
	return error;
}

int mw_collect_kept(struct mw_collect *c, const char *path)
{
	struct mw_dir root = mw_root(mw_unrecorded(c->source));
	int error = mw_read(&root, path, &c->text);

	return error ? error : mw_keep(c->source, path, buf_slice(&c->text));
}
