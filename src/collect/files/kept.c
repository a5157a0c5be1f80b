#include "base/scoped.h"
#include "collect/files/files.h"
#include "source/capture.h"

#include <errno.h>
#include <sys/sysmacros.h>

/* --- writing ---------------------------------------------------------------------------------- */

static void put_cells(const struct mw_entity *e, struct buf *out)
{
	for (enum mw_metric m = mw_metric_first(MW_FILE); m < mw_metric_end(MW_FILE); m++) {
		if (mw_get(e, m).state != MW_OK)
			continue;
		buf_printf(out, "%s ", mw_metric_info(m)->json);
		if (mw_metric_is_text(m))
			mw_capture_escape(out, slice_of(mw_get_text(e, m)));
		else
			buf_u64(out, mw_get(e, m).v);
		buf_char(out, '\n');
	}
}

int mw_files_write(const struct mw_snapshot *s, struct buf *out)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_FILE) {
		if (mw_get(e, M_F_PATH).state != MW_OK)
			continue;
		buf_printf(out, "file %llu %u:%u ", (unsigned long long)e->id, major(e->birth),
			   minor(e->birth));
		if (e->parent)
			mw_capture_escape(out, slice_of(e->parent->name));
		else
			buf_char(out, '-');
		/* removed groups are rows of the group above them */
		if (mw_get(e, M_F_GROUP).state == MW_OK)
			buf_printf(out, " %llu", (unsigned long long)mw_get(e, M_F_GROUP).v);
		buf_char(out, '\n');
		put_cells(e, out);
	}
	return out->error;
}

/* --- reading ---------------------------------------------------------------------------------- */

enum { ROWS_MAX = 1 << 18 }; /* as a census has at most */

struct key {
	uint64_t inode, device;
	const struct mw_entity *group;
	uint64_t counted; /* id of the group that pays, which may be gone; 0 = not told */
};

struct reader {
	struct mw_snapshot *snapshot;
	struct index rows;
	struct buf text; /* unescaped */
};

static bool is_row(uint32_t number, const void *key, const void *context)
{
	const struct mw_entity *e = mw_snapshot_at(context, MW_FILE, number);
	const struct key *k = key;

	return e->id == k->inode && e->birth == k->device && e->parent == k->group &&
	       mw_get_or(e, M_F_GROUP, 0) == k->counted;
}

static uint64_t hash_of(const struct key *k)
{
	uint64_t hash = hash_u64(hash_u64(hash_u64(k->inode) + k->device) + k->counted);

	return hash_u64(hash + (k->group ? k->group->index + 1ULL : 0));
}

static int index_row(struct reader *r, const struct mw_entity *e)
{
	const struct key key = { e->id, e->birth, e->parent, mw_get_or(e, M_F_GROUP, 0) };

	return index_add(&r->rows, hash_of(&key), e->index);
}

static int unescape(struct reader *r, struct slice text)
{
	int error;

	buf_clear(&r->text);
	error = mw_capture_unescape(&r->text, text);
	return error ? error : r->text.error;
}

/* "1703941 8:1 /docker/55150e 4711" */
static int read_row(struct reader *r, struct slice line, struct mw_entity **out)
{
	uint64_t high, low;
	struct key key = { 0 };
	struct slice name;
	uint32_t at;
	int error;

	if (!slice_u64(&line, &key.inode) || !slice_u64(&line, &high) || !slice_word(&line, ":") ||
	    !slice_u64(&line, &low) || !slice_word(&line, " ") || high > UINT32_MAX ||
	    low > UINT32_MAX)
		return -EBADMSG;
	key.device = makedev((unsigned)high, (unsigned)low);
	if (!slice_until(&line, ' ', &name))
		name = line;
	else if (!slice_u64(&line, &key.counted))
		return -EBADMSG;
	error = unescape(r, name);
	if (error)
		return error;
	if (!slice_is(buf_slice(&r->text), "-"))
		key.group = mw_snapshot_by_name(r->snapshot, MW_CGROUP, buf_slice(&r->text));
	at = index_find(&r->rows, hash_of(&key), is_row, &key, r->snapshot);
	if (at != INDEX_NONE) {
		*out = mw_snapshot_at(r->snapshot, MW_FILE, at);
		return 0;
	}
	if (mw_snapshot_count(r->snapshot, MW_FILE) >= ROWS_MAX)
		return -EBADMSG;
	*out = mw_snapshot_add(r->snapshot, MW_FILE, (struct mw_entity *)key.group, SLICE(""),
			       key.inode, key.device);
	if (!*out)
		return -ENOMEM;
	if (key.counted)
		mw_set(*out, M_F_GROUP, key.counted);
	return index_row(r, *out);
}

static int read_cell(struct reader *r, struct slice key, struct slice value, struct mw_entity *e)
{
	char name[64];
	enum mw_metric metric;
	uint64_t number;
	int error;

	if (key.len >= sizeof(name))
		return 0;
	memcpy(name, key.at, key.len);
	name[key.len] = '\0';
	metric = mw_metric_find(MW_FILE, name);
	if (metric == MW_METRICS)
		return 0;
	if (!mw_metric_is_text(metric)) {
		if (!slice_u64(&value, &number) || value.len)
			return -EBADMSG;
		mw_set(e, metric, number);
		return 0;
	}
	error = unescape(r, value);
	if (!error)
		mw_set_text(r->snapshot, e, metric, buf_slice(&r->text));
	return error;
}

static int read_line(struct reader *r, struct slice line, struct mw_entity **e)
{
	struct slice key;

	if (!line.len)
		return 0;
	if (!slice_until(&line, ' ', &key))
		return -EBADMSG;
	if (slice_is(key, "file"))
		return read_row(r, line, e);
	return *e ? read_cell(r, key, line, *e) : -EBADMSG;
}

int mw_files_parse(struct slice text, struct mw_snapshot *s, uint32_t *line)
{
	struct reader r = { .snapshot = s };
	struct mw_entity *e = NULL;
	struct slice row;
	uint32_t number = 0;
	int error = 0;

	mw_for_each (e, s, MW_FILE)
		if (!error)
			error = index_row(&r, e);
	e = NULL;
	while (!error && slice_line(&text, &row)) {
		number++;
		error = read_line(&r, row, &e);
	}
	if (error == -EBADMSG)
		*line = number;
	index_release(&r.rows);
	buf_release(&r.text);
	return error;
}
