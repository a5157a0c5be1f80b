#include "ledger/sockets.h"
#include "base/index.h"
#include "model/title.h"

#include <errno.h>

struct heading {
	struct mw_entity *sum;
	const struct mw_entity
		*last; /* the process that was added last: they come one after the other */
};

struct grouping {
	enum mw_sockets_by by;
	struct arena *a;
	struct heading *at;
	size_t count;
	struct index index;
};

/* What rows have in common. */
struct key {
	const struct mw_entity *owner; /* a process or group; NULL = nobody */
	struct slice name, protocol;
};

bool mw_sockets_is_part(const struct mw_entity *row)
{
	return row->parent && row->parent->kind == MW_SOCKETS;
}

struct mw_entity *mw_sockets_owner(const struct mw_entity *row)
{
	return mw_sockets_is_part(row) ? row->parent->parent : row->parent;
}

static bool is_inside(const struct mw_entity *e, const struct mw_entity *group)
{
	while (e && e != group)
		e = e->parent;
	return e != NULL;
}

static struct slice text_of(const struct mw_entity *e, enum mw_metric metric)
{
	const char *text = mw_get_text(e, metric);

	return slice_of(text ? text : "");
}

/* The container that it is in, otherwise its group. */
static const struct mw_entity *where_is(const struct mw_entity *owner)
{
	const struct mw_entity *group = owner && owner->kind == MW_PROCESS ? owner->parent : owner;
	const struct mw_entity *container = group ? mw_group_container(group) : NULL;

	return container ? container : group;
}

static struct slice name_of(const struct mw_entity *owner)
{
	if (!owner)
		return SLICE("");
	return owner->kind == MW_PROCESS && mw_get_text(owner, M_P_COMM) ? text_of(owner, M_P_COMM)
									 : slice_of(owner->name);
}

static struct key key_of(enum mw_sockets_by by, const struct mw_entity *row)
{
	struct mw_entity *owner = mw_sockets_owner(row);
	struct key key = { 0 };

	switch (by) {
	case MW_SOCKETS_BY_STATE:
		key.name = slice_of(row->name);
		key.protocol = text_of(row, M_SK_PROTOCOL);
		break;
	case MW_SOCKETS_BY_PROCESS:
		key.owner = owner && owner->kind == MW_PROCESS ? owner : NULL;
		key.name = name_of(key.owner);
		break;
	case MW_SOCKETS_BY_CONTAINER:
		key.owner = where_is(owner);
		key.name = name_of(key.owner);
		break;
	case MW_SOCKETS_BY_PEER: key.name = text_of(row, M_SK_PEER); break;
	}
	return key;
}

static bool is_heading(uint32_t number, const void *wanted, const void *context)
{
	const struct grouping *g = context;
	const struct mw_entity *sum = g->at[number].sum;
	const struct key *key = wanted;

	return sum->parent == key->owner && slice_is(key->name, sum->name) &&
	       (g->by != MW_SOCKETS_BY_STATE ||
		slice_equal(text_of(sum, M_SK_PROTOCOL), key->protocol));
}

static struct mw_entity *new_sum(struct grouping *g, const struct key *key)
{
	size_t count = mw_metric_end(MW_SOCKETS) - mw_metric_first(MW_SOCKETS);
	struct mw_entity *e = arena_new(g->a, struct mw_entity);

	if (!e)
		return NULL;
	*e = (struct mw_entity){
		.kind = MW_SOCKETS,
		.first = (uint16_t)mw_metric_first(MW_SOCKETS),
		.index = (uint32_t)g->count,
		.parent = (struct mw_entity *)key->owner,
		.name = arena_copy(g->a, key->name),
		.id = key->owner && key->owner->kind == MW_PROCESS ? key->owner->id : 0,
		.values = arena_array(g->a, count, sizeof(*e->values)),
		.states = arena_array(g->a, count, sizeof(*e->states)),
	};
	if (!e->name || !e->values || !e->states)
		return NULL;
	memset(e->states, MW_ABSENT, count);
	mw_set(e, M_SK_CLOSE_WAIT, 0);
	mw_set(e, M_SK_PROCESSES, 0);
	return e;
}

/* Of what is text, what all have in common. */
static void set_common(struct mw_entity *sum, const struct mw_entity *row, enum mw_metric metric,
		       bool first)
{
	size_t at = metric - sum->first;

	if (first) {
		sum->values[at] = row->values[at];
		sum->states[at] = row->states[at];
	} else if (!slice_equal(text_of(sum, metric), text_of(row, metric))) {
		sum->states[at] = MW_ABSENT;
	}
}

static void add(struct heading *h, const struct mw_entity *row)
{
	static const enum mw_metric sums[] = { M_SK_COUNT,  M_SK_RECV_QUEUE, M_SK_SEND_QUEUE,
					       M_SK_UNREAD, M_SK_UNSENT,     M_SK_MEMORY,
					       M_SK_ROOM,   M_SK_SHARED,     M_SK_OWNERLESS };
	const struct mw_entity *owner = mw_sockets_owner(row);
	struct mw_entity *sum = h->sum;
	bool first = mw_get(sum, M_SK_COUNT).state != MW_OK;

	for (size_t i = 0; i < sizeof(sums) / sizeof(*sums); i++) {
		struct mw_num n = mw_get(row, sums[i]);

		/* of what somebody may hold who could not be looked at, no part is known */
		if (n.state == MW_DENIED)
			mw_set_state(sum, sums[i], MW_DENIED);
		else if (n.state == MW_OK && mw_get(sum, sums[i]).state != MW_DENIED)
			mw_set(sum, sums[i], mw_get_or(sum, sums[i], 0) + n.v);
	}
	if (!strcmp(row->name, "CLOSE-WAIT"))
		mw_set(sum, M_SK_CLOSE_WAIT,
		       mw_get_or(sum, M_SK_CLOSE_WAIT, 0) + mw_get_or(row, M_SK_COUNT, 0));
	set_common(sum, row, M_SK_PROTOCOL, first);
	set_common(sum, row, M_SK_PEER, first);
	if (owner && owner->kind == MW_PROCESS && owner != h->last) {
		h->last = owner;
		mw_set(sum, M_SK_PROCESSES, mw_get_or(sum, M_SK_PROCESSES, 0) + 1);
	}
}

static uint64_t hash_of(const struct key *key)
{
	return hash_u64(hash_bytes(key->name) ^ hash_bytes(key->protocol) ^
			(uint64_t)(uintptr_t)key->owner);
}

static int place(struct grouping *g, const struct mw_entity *row)
{
	struct key key = key_of(g->by, row);
	uint64_t hash = hash_of(&key);
	uint32_t number = index_find(&g->index, hash, is_heading, &key, g);

	if (number == INDEX_NONE) {
		struct mw_entity *sum = new_sum(g, &key);

		number = (uint32_t)g->count;
		if (!sum || index_add(&g->index, hash, number))
			return -ENOMEM;
		g->at[g->count++] = (struct heading){ sum, NULL };
	}
	add(&g->at[number], row);
	return 0;
}

int mw_sockets_group(const struct mw_snapshot *s, enum mw_sockets_by by,
		     const struct mw_entity *inside, struct arena *a, struct mw_socket_groups *out)
{
	size_t most = mw_snapshot_count(s, MW_SOCKETS);
	struct grouping g = { .by = by, .a = a, .at = arena_array(a, most + 1, sizeof(*g.at)) };
	struct mw_entity **at = arena_array(a, most + 1, sizeof(struct mw_entity *));
	const struct mw_entity *row;
	int error = g.at && at ? 0 : -ENOMEM;

	mw_for_each (row, s, MW_SOCKETS) {
		if (error)
			break;
		if (mw_sockets_is_part(row) != (by == MW_SOCKETS_BY_PEER) ||
		    (inside && !is_inside(mw_sockets_owner(row), inside)))
			continue;
		error = place(&g, row);
	}
	index_release(&g.index);
	for (size_t i = 0; !error && i < g.count; i++)
		at[i] = g.at[i].sum;
	if (!error)
		*out = (struct mw_socket_groups){ at, g.count };
	return error;
}

struct mw_entity *mw_sockets_sum(const struct mw_snapshot *s, const struct mw_entity *inside,
				 struct arena *a)
{
	struct grouping g = { .a = a };
	struct heading all = { new_sum(&g, &(struct key){ .name = SLICE("") }), NULL };
	const struct mw_entity *row;

	if (!all.sum)
		return NULL;
	mw_for_each (row, s, MW_SOCKETS)
		if (!mw_sockets_is_part(row) &&
		    (!inside || is_inside(mw_sockets_owner(row), inside)))
			add(&all, row);
	return all.sum;
}
