/* The kubelet's /stats/summary. */
#include "base/index.h"
#include "base/scoped.h"
#include "meta/ask/kubelet.h"
#include "meta/json.h"
#include "model/title.h"

#include <errno.h>
#include <time.h>

struct summary {
	struct mw_snapshot *s;
	int64_t now;
	struct index groups; /* by pod uid and container name */
	struct arena arena;
	struct slice uid; /* of the pod at hand */
	bool any;
};

/* --- times ------------------------------------------------------------------------------------ */

/* Two digits or four. */
static bool number(struct slice *s, size_t digits, int *out)
{
	struct slice part = { s->at, digits };
	uint64_t v;

	if (s->len < digits || !slice_u64(&part, &v) || part.len || slice_blank(*s->at))
		return false;
	*s = slice_skip(*s, digits);
	*out = (int)v;
	return true;
}

static bool date(struct slice *s, struct tm *t)
{
	return number(s, 4, &t->tm_year) && slice_word(s, "-") && number(s, 2, &t->tm_mon) &&
	       slice_word(s, "-") && number(s, 2, &t->tm_mday) && slice_word(s, "T") &&
	       number(s, 2, &t->tm_hour) && slice_word(s, ":") && number(s, 2, &t->tm_min) &&
	       slice_word(s, ":") && number(s, 2, &t->tm_sec) && t->tm_year >= 1970 &&
	       t->tm_year < 2200 && t->tm_mon >= 1 && t->tm_mon <= 12 && t->tm_mday >= 1 &&
	       t->tm_mday <= 31 && t->tm_hour < 24 && t->tm_min < 60 && t->tm_sec <= 60;
}

/* "Z", "+02:00" */
static bool zone(struct slice s, int64_t *seconds)
{
	int hours, minutes, sign = 1;

	*seconds = 0;
	if (slice_is(s, "Z"))
		return true;
	if (slice_word(&s, "-"))
		sign = -1;
	else if (!slice_word(&s, "+"))
		return false;
	if (!number(&s, 2, &hours) || !slice_word(&s, ":") || !number(&s, 2, &minutes) || s.len)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool mw_rfc3339(struct slice text, int64_t *ns)
{
	int64_t fraction = 0, scale = 100000000, offset;
	struct tm t = { 0 };

	if (!date(&text, &t))
		return false;
	if (slice_word(&text, "."))
		for (; text.len && *text.at >= '0' && *text.at <= '9'; text = slice_skip(text, 1)) {
			fraction += (*text.at - '0') * scale;
			scale /= 10;
		}
	if (!zone(text, &offset))
		return false;
	t.tm_year -= 1900;
	t.tm_mon--;
	*ns = ((int64_t)timegm(&t) - offset) * 1000000000 + fraction;
	return true;
}

/* --- groups ----------------------------------------------------------------------------------- */

/* Of a pod's own group the name is empty. */
struct key {
	struct slice uid, container;
};

static uint64_t hash(struct key k)
{
	return hash_u64(hash_bytes(k.uid) ^ hash_bytes(k.container) << 1);
}

/* @return false: neither a pod's nor a container's */
static bool key_of(const struct mw_entity *e, struct key *out)
{
	const char *uid = mw_get_text(e, M_CG_POD_UID), *name = mw_get_text(e, M_CG_CONTAINER);
	bool pod = mw_group_role_is(e, MW_ROLE_POD);

	if (!uid || (!pod && (!name || !mw_group_role_is(e, MW_ROLE_CONTAINER))))
		return false;
	*out = (struct key){ slice_of(uid), pod ? SLICE("") : slice_of(name) };
	return true;
}

static bool is_key(uint32_t row, const void *wanted, const void *context)
{
	const struct key *k = wanted;
	struct key of;

	return key_of(mw_snapshot_at(context, MW_CGROUP, row), &of) &&
	       slice_equal(of.uid, k->uid) && slice_equal(of.container, k->container);
}

static int index_groups(struct summary *x)
{
	struct mw_entity *e;
	struct key k;
	int error = 0;

	/* of a container's former groups none is left: a key is one row */
	mw_for_each (e, x->s, MW_CGROUP) {
		if (key_of(e, &k))
			error = index_add(&x->groups, hash(k), e->index);
		if (error)
			return error;
	}
	return 0;
}

static struct mw_entity *find(const struct summary *x, struct slice container)
{
	struct key k = { x->uid, container };
	uint32_t row = index_find(&x->groups, hash(k), is_key, &k, x->s);

	return row == INDEX_NONE ? NULL : mw_snapshot_at(x->s, MW_CGROUP, row);
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* One object named "memory" and whose it is. */
struct memory {
	struct summary *x;
	struct mw_entity *e;
};

static int take_number(struct slice name, struct slice value, void *argument)
{
	static const struct {
		const char *name;
		enum mw_metric of_group, of_node; /* MW_METRICS = not kept */
	} numbers[] = {
		{ "workingSetBytes", M_CG_KUBELET_WORKING_SET, MW_METRICS },
		{ "usageBytes", M_CG_KUBELET_USAGE, MW_METRICS },
		{ "rssBytes", M_CG_KUBELET_RSS, MW_METRICS },
		{ "availableBytes", MW_METRICS, M_KUBELET_AVAILABLE },
	};
	const struct memory *m = argument;
	bool node = m->e->kind == MW_NODE;
	struct slice text;
	int64_t time;
	uint64_t v;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		enum mw_metric metric = node ? numbers[i].of_node : numbers[i].of_group;

		if (metric != MW_METRICS && slice_is(name, numbers[i].name) &&
		    mw_json_whole(value, &v))
			mw_set(m->e, metric, v);
	}
	if (!node && slice_is(name, "time") && mw_json_text(&m->x->arena, value, &text) &&
	    mw_rfc3339(text, &time))
		mw_set(m->e, M_CG_KUBELET_AGE,
		       m->x->now > time ? (uint64_t)(m->x->now - time) / 1000 : 0);
	return 0;
}

static int put(struct summary *x, struct mw_entity *e, struct slice object)
{
	struct memory m = { x, e };
	struct slice value;

	if (!e || !mw_json_member(object, "memory", &value) || slice_is(value, "null"))
		return 0;
	return mw_json_each(value, take_number, &m);
}

static int take_container(struct slice name, struct slice value, void *argument)
{
	struct summary *x = argument;
	struct slice text;

	if (!mw_json_member(value, "name", &text) || !mw_json_text(&x->arena, text, &text) ||
	    !text.len)
		return 0;
	return put(x, find(x, text), value);
}

static int take_pod(struct slice name, struct slice value, void *argument)
{
	struct summary *x = argument;
	struct slice reference, uid, containers;
	int error;

	/* nothing of the pod before it */
	arena_release(&x->arena);
	if (!mw_json_member(value, "podRef", &reference) ||
	    !mw_json_member(reference, "uid", &uid) || !mw_json_text(&x->arena, uid, &x->uid))
		return 0;
	error = put(x, find(x, SLICE("")), value);
	if (error || !mw_json_member(value, "containers", &containers) ||
	    slice_is(containers, "null"))
		return error;
	return mw_json_elements(containers, take_container, x);
}

static int take(struct slice name, struct slice value, void *argument)
{
	struct summary *x = argument;

	if (slice_is(name, "node")) {
		x->any = true;
		return put(x, mw_snapshot_node(x->s), value);
	}
	if (!slice_is(name, "pods") || slice_is(value, "null"))
		return 0;
	x->any = true;
	return mw_json_elements(value, take_pod, x);
}

int mw_kubelet_summary_parse(struct slice json, int64_t now, struct mw_snapshot *s)
{
	struct summary x = { .s = s, .now = now };
	int error = index_groups(&x);

	if (!error)
		error = mw_json_each(json, take, &x);
	index_release(&x.groups);
	arena_release(&x.arena);
	return error ? error : x.any ? 0 : -EBADMSG;
}
