#include "render/eviction.h"

static void put(struct mw_json *j, const char *key, struct mw_num n)
{
	if (n.state == MW_OK)
		mw_json_u64(j, key, n.v);
}

static void put_signal(struct mw_json *j, const struct mw_eviction_signal *s)
{
	mw_json_object(j, NULL);
	mw_json_puts(j, "name", s->name);
	mw_json_puts(j, "formula", s->how);
	put(j, "available_bytes", s->available);
	put(j, "hard_bytes", s->hard);
	put(j, "soft_bytes", s->soft);
	put(j, "left_bytes", s->left);
	put(j, "left_soft_bytes", s->left_soft);
	mw_json_bool(j, "assumed", s->assumed);
	mw_json_end(j);
}

static void put_pod(struct mw_json *j, const struct mw_eviction *e)
{
	const char *uid = mw_get_text(e->pod, M_PD_UID), *by = mw_eviction_by_name(e->by);

	mw_json_object(j, NULL);
	mw_json_string(j, "pod", slice_of(e->pod->name));
	if (uid)
		mw_json_string(j, "uid", slice_of(uid));
	mw_json_puts(j, "standing", mw_eviction_standing_name(e->standing));
	if (e->first) {
		mw_json_u64(j, "first", e->first);
		mw_json_u64(j, "last", e->last);
		mw_json_i64(j, "above_bytes", e->above);
	}
	if (by)
		mw_json_puts(j, "before_next_by", by);
	if (e->priority_known)
		mw_json_i64(j, "priority", e->priority);
	put(j, "working_set_bytes", e->working_set);
	put(j, "request_bytes", e->request);
	if (e->request_error)
		mw_json_u64(j, "request_error_bytes", e->request_error);
	mw_json_end(j);
}

void mw_json_eviction(struct mw_json *j, const struct mw_eviction_signal *signals,
		      size_t signal_count, const struct mw_eviction *order, size_t count)
{
	if (!signal_count && !count)
		return;
	mw_json_object(j, "eviction");
	if (signal_count)
		mw_json_array(j, "signals");
	for (size_t i = 0; i < signal_count; i++)
		put_signal(j, &signals[i]);
	if (signal_count)
		mw_json_end(j);
	if (count)
		mw_json_array(j, "order");
	for (size_t i = 0; i < count; i++)
		put_pod(j, &order[i]);
	if (count)
		mw_json_end(j);
	mw_json_end(j);
}
