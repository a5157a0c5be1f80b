#include "meta/local.h"
#include "base/index.h"
#include "base/scoped.h"
#include "meta/owners/oci.h"

#include <errno.h>
#include <stdlib.h>

void mw_local_recognise(struct mw_who *who, struct arena *arena, struct slice path)
{
	mw_who_init(who, arena, path);
	for (const struct mw_owner *const *o = mw_owners; *o; o++)
		if ((*o)->recognise)
			(*o)->recognise(who);
}

/* --- claims ----------------------------------------------------------------------------------- */

struct claim {
	const struct mw_owner *owner;
	struct slice path, id;
};

struct claims {
	struct arena *arena;
	struct claim *at;
	size_t count, room;
};

static void claim(void *argument, const struct mw_owner *owner, struct slice path, struct slice id)
{
	struct claims *all = argument;

	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 64;
		struct claim *more = realloc(all->at, room * sizeof(*more));

		if (!more)
			return;
		all->at = more;
		all->room = room;
	}
	all->at[all->count++] = (struct claim){
		owner,
		{ arena_copy(all->arena, path), path.len },
		{ arena_copy(all->arena, id), id.len },
	};
}

static int by_path(const void *a, const void *b)
{
	const struct claim *x = a, *y = b;
	size_t least = x->path.len < y->path.len ? x->path.len : y->path.len;
	int order = memcmp(x->path.at, y->path.at, least);

	return order ? order : (x->path.len > y->path.len) - (x->path.len < y->path.len);
}

bool mw_local_may_be_claimed(const struct mw_who *who)
{
	return !mw_who_knows(who, M_CG_RUNTIME_ID) &&
	       (!mw_who_knows(who, M_CG_ROLE) || mw_who_is(who, M_CG_ROLE, MW_ROLE_SCOPE));
}

static void settle(struct mw_who *who, const struct claim *c)
{
	if (!c->path.at || !c->id.at || mw_who_knows(who, M_CG_RUNTIME_ID))
		return;
	mw_who_forget(who, M_CG_NAME);
	mw_who_replace(who, M_CG_ROLE, SLICE(MW_ROLE_CONTAINER));
	mw_who_replace(who, M_CG_RUNTIME, slice_of(c->owner->name));
	mw_who_text(who, M_CG_RUNTIME_ID, c->id);
}

void mw_local_claims(struct mw_inquiry *q, struct mw_who *const *groups, size_t count)
{
	struct claims all = { .arena = &q->arena };
	bool unknown = false;

	for (size_t i = 0; i < count; i++)
		unknown |= mw_local_may_be_claimed(groups[i]);
	for (const struct mw_owner *const *o = mw_owners; *o && unknown; o++)
		if ((*o)->claims)
			(*o)->claims(q, *o, claim, &all);
	if (all.count)
		qsort(all.at, all.count, sizeof(*all.at), by_path);
	for (size_t i = 0; i < count && all.count; i++) {
		const struct claim key = { .path = groups[i]->path };
		const struct claim *c = bsearch(&key, all.at, all.count, sizeof(key), by_path);

		if (c)
			settle(groups[i], c);
	}
	free(all.at);
}

/* --- files ------------------------------------------------------------------------------------ */

static bool may_be_whose(const struct mw_owner *o, const struct mw_who *who)
{
	return o->read &&
	       (!mw_who_knows(who, M_CG_RUNTIME) || mw_who_is(who, M_CG_RUNTIME, o->name));
}

int mw_local_read(struct mw_inquiry *q, struct mw_who *who)
{
	int error = -ENOENT;

	if (!mw_who_knows(who, M_CG_RUNTIME_ID))
		return 0;
	for (const struct mw_owner *const *o = mw_owners; *o && error; o++) {
		if (!may_be_whose(*o, who))
			continue;
		error = (*o)->read(q, who);
		if (!error)
			mw_who_text(who, M_CG_RUNTIME, slice_of((*o)->name));
	}
	/* it has ended, or its bundle is not for us to read */
	if (error && mw_who_is(who, M_CG_ROLE, MW_ROLE_CONTAINER) &&
	    mw_who_knows(who, M_CG_POD_UID))
		mw_pod_link(q, who);
	return error;
}

/* --- pods' groups ----------------------------------------------------------------------------- */

static bool is_pod_of(uint32_t number, const void *key, const void *context)
{
	struct mw_who *const *groups = context;

	return slice_equal(mw_who_get(groups[number], M_CG_POD_UID), *(const struct slice *)key);
}

static void name_pod(struct mw_who *pod, const struct mw_who *in)
{
	static const enum mw_metric facts[] = { M_CG_POD, M_CG_NAMESPACE, M_CG_POD_UID, M_CG_QOS,
						M_CG_OWNER };

	for (size_t f = 0; f < sizeof(facts) / sizeof(*facts); f++)
		mw_who_text(pod, facts[f], mw_who_get(in, facts[f]));
}

int mw_local_name_pods(struct mw_who *const *groups, size_t count)
{
	struct index pods = { 0 };
	int error = 0;

	for (size_t i = 0; i < count && !error; i++) {
		struct slice uid = mw_who_get(groups[i], M_CG_POD_UID);

		if (uid.len && mw_who_is(groups[i], M_CG_ROLE, MW_ROLE_POD))
			error = index_add(&pods, hash_bytes(uid), (uint32_t)i);
	}
	for (size_t i = 0; i < count && !error; i++) {
		struct slice uid = mw_who_get(groups[i], M_CG_POD_UID);
		uint32_t at = uid.len ? index_find(&pods, hash_bytes(uid), is_pod_of, &uid, groups)
				      : INDEX_NONE;

		if (at != INDEX_NONE && at != i)
			name_pod(groups[at], groups[i]);
	}
	index_release(&pods);
	return error;
}
