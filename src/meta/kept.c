#include "meta/kept.h"
#include "base/scoped.h"
#include "source/capture.h"

#include <errno.h>

enum {
	MOST = 4096
}; /* titles and volumes of a capture that are read: each looks at all before it */

void mw_kept_release(struct mw_kept *kept)
{
	buf_release(&kept->titles);
}

void mw_kept_title(struct mw_kept *kept, struct slice path, struct slice title)
{
	if (mw_kept_find(kept, path).len)
		return;
	buf_puts(&kept->titles, "title ");
	mw_capture_escape(&kept->titles, path);
	buf_char(&kept->titles, ' ');
	mw_capture_escape(&kept->titles, title);
	buf_char(&kept->titles, '\n');
}

/* --- writing ---------------------------------------------------------------------------------- */

static void put_fact(struct buf *out, const struct mw_entity *e, enum mw_metric metric)
{
	if (mw_get(e, metric).state != MW_OK)
		return;
	buf_printf(out, "%s ", mw_metric_info(metric)->json);
	if (mw_metric_is_text(metric))
		mw_capture_escape(out, slice_of(mw_get_text(e, metric)));
	else
		buf_u64(out, mw_get(e, metric).v);
	buf_char(out, '\n');
}

static void put_facts(struct buf *out, const struct mw_entity *e, enum mw_metric first,
		      enum mw_metric end)
{
	for (enum mw_metric m = first; m < end; m++)
		put_fact(out, e, m);
}

int mw_kept_write(const struct mw_kept *kept, const struct mw_snapshot *s, struct buf *out)
{
	const struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP) {
		if (mw_get(e, M_CG_ROLE).state != MW_OK)
			continue;
		buf_puts(out, "group ");
		mw_capture_escape(out, slice_of(e->name));
		buf_char(out, '\n');
		put_facts(out, e, MW_WHO_FIRST, MW_WHO_ASKED_END);
	}
	mw_for_each (e, s, MW_VOLUME) {
		buf_puts(out, "volume ");
		mw_capture_escape(out, slice_of(e->name));
		buf_char(out, '\n');
		put_facts(out, e, mw_metric_first(MW_VOLUME), mw_metric_end(MW_VOLUME));
	}
	buf_puts(out, "node\n");
	put_facts(out, mw_snapshot_node(s), M_KUBELET_CONFIG, M_KUBELET_AVAILABLE + 1);
	buf_add(out, buf_slice(&kept->titles));
	return out->error;
}

/* --- reading ---------------------------------------------------------------------------------- */

/* A word and the rest of the line, unescaped. @return 0, -EBADMSG, -ENOMEM */
static int take(struct slice line, struct slice *key, struct buf *value)
{
	int error;

	buf_clear(value);
	if (!slice_until(&line, ' ', key)) {
		*key = line;
		return 0;
	}
	error = mw_capture_unescape(value, line);
	return error ? error : value->error;
}

static struct mw_entity *pod_group(struct mw_snapshot *s, const char *uid)
{
	struct mw_entity *e;

	mw_for_each (e, s, MW_CGROUP) {
		const char *role = mw_get_text(e, M_CG_ROLE), *of = mw_get_text(e, M_CG_POD_UID);

		if (role && !strcmp(role, MW_ROLE_POD) && of && !strcmp(of, uid))
			return e;
	}
	return NULL;
}

static int set_fact(struct mw_snapshot *s, struct mw_entity *e, struct slice key,
		    struct slice value)
{
	char name[64];
	enum mw_metric metric;
	uint64_t number;

	if (key.len >= sizeof(name))
		return 0;
	memcpy(name, key.at, key.len);
	name[key.len] = '\0';
	metric = mw_metric_find(e->kind, name);
	/* facts only: the kernel's numbers are in the capture themselves */
	if (metric == MW_METRICS || mw_metric_info(metric)->file)
		return 0;
	if (mw_metric_is_text(metric)) {
		mw_set_text(s, e, metric, value);
	} else {
		if (!slice_u64(&value, &number) || value.len)
			return -EBADMSG;
		mw_set(e, metric, number);
	}
	if (metric == M_VO_POD_UID && !e->parent)
		e->parent = pod_group(s, mw_get_text(e, metric));
	return 0;
}

static int read_title(struct mw_kept *kept, struct slice line)
{
	struct slice key, path;
	scoped_buf struct buf name = { 0 }, title = { 0 };
	int error;

	slice_until(&line, ' ', &key);
	if (!slice_until(&line, ' ', &path))
		return -EBADMSG;
	error = mw_capture_unescape(&name, path);
	if (!error)
		error = mw_capture_unescape(&title, line);
	if (!error)
		mw_kept_title(kept, buf_slice(&name), buf_slice(&title));
	return error ? error : kept->titles.error;
}

int mw_kept_read(struct mw_kept *kept, struct slice text, struct mw_snapshot *s, uint32_t *line)
{
	scoped_buf struct buf value = { 0 };
	struct mw_entity *e = NULL;
	struct slice row, key;
	uint32_t number = 0, titles = 0, volumes = 0;
	int error = 0;

	while (!error && slice_line(&text, &row)) {
		number++;
		if (slice_begins(row, "title ")) {
			error = titles++ < MOST ? read_title(kept, row) : 0;
			continue;
		}
		error = take(row, &key, &value);
		if (error)
			break;
		if (slice_is(key, "group")) {
			e = mw_snapshot_by_name(s, MW_CGROUP, buf_slice(&value));
		} else if (slice_is(key, "volume")) {
			e = volumes < MOST
				    ? mw_snapshot_add(s, MW_VOLUME, NULL, buf_slice(&value), 0, 0)
				    : NULL;
			error = e || volumes == MOST ? 0 : -ENOMEM;
			volumes += volumes < MOST;
		} else if (slice_is(key, "node")) {
			e = mw_snapshot_node(s);
		} else if (e) {
			error = set_fact(s, e, key, buf_slice(&value));
		}
	}
	if (error == -EBADMSG)
		*line = number;
	return error;
}

struct slice mw_kept_find(const struct mw_kept *kept, struct slice path)
{
	scoped_buf struct buf wanted = { 0 };
	struct slice rest = buf_slice(&kept->titles), line;

	buf_puts(&wanted, "title ");
	mw_capture_escape(&wanted, path);
	buf_char(&wanted, ' ');
	while (!wanted.error && slice_line(&rest, &line))
		if (slice_begins(line, wanted.at))
			return slice_skip(line, wanted.len);
	return SLICE("");
}
