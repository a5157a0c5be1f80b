#include "model/view.h"

struct mw_view mw_view_of(const struct mw_snapshot *before, const struct mw_snapshot *now)
{
	struct mw_view v = { .before = before, .now = now };

	if (before)
		v.elapsed = mw_snapshot_machine(now)->clock - mw_snapshot_machine(before)->clock;
	return v;
}

const struct mw_entity *mw_view_before(const struct mw_view *v, const struct mw_entity *e)
{
	const struct mw_entity *old;

	if (!v->before)
		return NULL;
	if (e->kind == MW_FILE)
		return mw_snapshot_file(v->before, e);
	if (e->kind == MW_CGROUP)
		old = mw_snapshot_by_name(v->before, e->kind, slice_of(e->name));
	else
		old = mw_snapshot_by_id(v->before, e->kind, e->id);
	/* a reused pid has another start time, a group made again another inode */
	return old && old->id == e->id && old->birth == e->birth ? old : NULL;
}

enum mw_state mw_view_rate(const struct mw_view *v, const struct mw_entity *e,
			   enum mw_metric metric, double *out)
{
	const struct mw_entity *old = mw_view_before(v, e);
	struct mw_num now = mw_get(e, metric), then;

	if (now.state != MW_OK)
		return now.state;
	if (!old || v->elapsed <= 0)
		return MW_ABSENT;
	then = mw_get(old, metric);
	if (then.state != MW_OK)
		return then.state;
	if (mw_metric_info(metric)->type == MW_COUNTER && now.v < then.v)
		return MW_ABSENT;
	*out = ((double)now.v - (double)then.v) * 1e9 / (double)v->elapsed;
	return MW_OK;
}
