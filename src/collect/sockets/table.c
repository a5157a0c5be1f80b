#include "collect/sockets/table.h"
#include "collect/node/node.h"
#include "collect/tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { CLOSE_WAIT = 8, LISTEN = 10 };

/* What a capture may have, so that memory and sums have an end. */
enum { ROWS_MAX = 1 << 18 };

static const char *const names[MW_SOCKET_PROTOCOLS] = {
	[MW_SOCKET_TCP] = "tcp",         [MW_SOCKET_UDP] = "udp",       [MW_SOCKET_UNIX] = "unix",
	[MW_SOCKET_PIPE] = "pipe",       [MW_SOCKET_RAW] = "raw",       [MW_SOCKET_SCTP] = "sctp",
	[MW_SOCKET_NETLINK] = "netlink", [MW_SOCKET_PACKET] = "packet", [MW_SOCKET_VSOCK] = "vsock",
	[MW_SOCKET_MPTCP] = "mptcp",     [MW_SOCKET_OTHER] = "other",
};

/* Of what has no states: pipes, and what was only counted. */
static const char stateless[] = "OPEN";

enum mw_socket_protocol mw_socket_protocol_of(unsigned family, unsigned type, unsigned protocol)
{
	static const struct {
		unsigned key;
		enum mw_socket_protocol is;
	} families[] = { { AF_UNIX, MW_SOCKET_UNIX },
			 { AF_NETLINK, MW_SOCKET_NETLINK },
			 { AF_PACKET, MW_SOCKET_PACKET },
			 { AF_VSOCK, MW_SOCKET_VSOCK } },
	  inet[] = { { IPPROTO_TCP, MW_SOCKET_TCP },     { IPPROTO_UDP, MW_SOCKET_UDP },
		     { IPPROTO_UDPLITE, MW_SOCKET_UDP }, { IPPROTO_RAW, MW_SOCKET_RAW },
		     { IPPROTO_SCTP, MW_SOCKET_SCTP },   { IPPROTO_MPTCP, MW_SOCKET_MPTCP } };

	for (size_t i = 0; i < sizeof(families) / sizeof(*families); i++)
		if (families[i].key == family)
			return families[i].is;
	if (family != AF_INET && family != AF_INET6)
		return MW_SOCKET_OTHER;
	if (type == SOCK_RAW)
		return MW_SOCKET_RAW;
	for (size_t i = 0; i < sizeof(inet) / sizeof(*inet); i++)
		if (inet[i].key == protocol)
			return inet[i].is;
	return MW_SOCKET_OTHER;
}

uint64_t mw_socket_memory(uint64_t received, uint64_t sent, uint64_t queued, uint64_t backlog)
{
	/* what is with the device is part of what is queued; datagrams are only there */
	return received + (queued > sent ? queued : sent) + backlog;
}

/* --- filling ---------------------------------------------------------------------------------- */

static uint64_t hash_of(const struct mw_socket_key *k)
{
	uint64_t fields[] = { (uint64_t)k->netns << 32 | k->pid, k->group,
			      (uint64_t)k->protocol << 8 | k->state, 0, 0 };
	uint64_t hash = 0;

	memcpy(&fields[3], k->peer, sizeof(k->peer));
	/* one after the other: fields that are thrown together can be made to cancel out */
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		hash = hash_u64(hash ^ fields[i]);
	return hash;
}

static bool same(const struct mw_socket_key *a, const struct mw_socket_key *b)
{
	return a->pid == b->pid && a->state == b->state && a->protocol == b->protocol &&
	       a->netns == b->netns && a->group == b->group && a->has_queues == b->has_queues &&
	       a->has_memory == b->has_memory && !memcmp(a->peer, b->peer, sizeof(a->peer));
}

static bool is_key(uint32_t number, const void *key, const void *context)
{
	const struct mw_socket_table *t = context;

	return same(&t->at[number].key, key);
}

/* @return NULL: out of memory */
static struct mw_socket_sum *append(struct mw_socket_table *t, const struct mw_socket_key *key)
{
	if (t->count == t->room) {
		size_t room = t->room ? 2 * t->room : 64;
		void *at = reallocarray(t->at, room, sizeof(*t->at));

		if (!at)
			return NULL;
		t->at = at;
		t->room = room;
	}
	t->at[t->count] = (struct mw_socket_sum){ .key = *key };
	return &t->at[t->count++];
}

/* The sum of that key, made when it is new. */
static int find(struct mw_socket_table *t, const struct mw_socket_key *key)
{
	uint64_t hash;
	uint32_t number;

	if (t->count && same(&t->at[t->last].key, key))
		return 0;
	hash = hash_of(key);
	number = index_find(&t->index, hash, is_key, key, t);
	if (number != INDEX_NONE) {
		t->last = number;
		return 0;
	}
	number = (uint32_t)t->count;
	if (!append(t, key) || index_add(&t->index, hash, number))
		return -ENOMEM;
	t->last = number;
	return 0;
}

static void plus(struct mw_socket_sum *sum, const struct mw_socket_sum *x)
{
	sum->count += x->count;
	sum->shared += x->shared;
	sum->recv += x->recv;
	sum->send += x->send;
	sum->unread += x->unread;
	sum->unsent += x->unsent;
	sum->memory += x->memory;
	sum->room += x->room;
	sum->hidden |= x->hidden;
}

int mw_socket_add(struct mw_socket_table *t, const struct mw_socket_sum *x, size_t *at)
{
	struct mw_socket_sum one = *x;
	int error;

	if (one.key.state == LISTEN)
		one.recv = one.send = one.unread = one.unsent = 0;
	else if (one.count == 1 && one.key.state == CLOSE_WAIT && one.recv)
		one.recv--;
	if (one.count == 1) {
		one.unread = one.recv > 0;
		one.unsent = one.send > 0;
	}
	error = find(t, &one.key);
	if (error)
		return error;
	plus(&t->at[t->last], &one);
	if (at)
		*at = t->last;
	return 0;
}

void mw_socket_table_release(struct mw_socket_table *t)
{
	free(t->at);
	index_release(&t->index);
	*t = (struct mw_socket_table){ 0 };
}

/* --- rows ------------------------------------------------------------------------------------- */

static int by_owner(const void *left, const void *right)
{
	const struct mw_socket_key *a = &((const struct mw_socket_sum *)left)->key;
	const struct mw_socket_key *b = &((const struct mw_socket_sum *)right)->key;

#define ORDER(field)              \
	if (a->field != b->field) \
	return a->field < b->field ? -1 : 1
	ORDER(pid);
	ORDER(protocol);
	ORDER(state);
	ORDER(netns);
	ORDER(group);
#undef ORDER
	return memcmp(a->peer, b->peer, sizeof(a->peer));
}

static bool same_row(const struct mw_socket_key *a, const struct mw_socket_key *b)
{
	return a->pid == b->pid && a->protocol == b->protocol && a->state == b->state &&
	       a->netns == b->netns && a->group == b->group;
}

static bool has_peer(const struct mw_socket_key *k)
{
	static const uint8_t none[16], v4[16] = { [10] = 0xff, [11] = 0xff };

	return memcmp(k->peer, none, 16) != 0 && memcmp(k->peer, v4, 16) != 0;
}

static const char *peer_text(const struct mw_socket_key *k, char text[static INET6_ADDRSTRLEN])
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	bool mapped = !memcmp(k->peer, v4, sizeof(v4));

	return inet_ntop(mapped ? AF_INET : AF_INET6, mapped ? k->peer + 12 : k->peer, text,
			 INET6_ADDRSTRLEN);
}

static const char *state_name(const struct mw_socket_key *k)
{
	const char *name = mw_tcp_state_name(k->state);

	return name ? name : stateless;
}

static void set(struct mw_snapshot *s, struct mw_entity *e, const struct mw_socket_sum *sum)
{
	const struct mw_socket_key *k = &sum->key;

	mw_set_text(s, e, M_SK_PROTOCOL, slice_of(names[k->protocol]));
	mw_set(e, M_SK_COUNT, sum->count);
	mw_set(e, M_SK_SHARED, sum->shared);
	if (k->netns)
		mw_set(e, M_SK_NETNS, k->netns);
	if (k->has_queues && k->state != LISTEN) {
		mw_set(e, M_SK_RECV_QUEUE, sum->recv);
		mw_set(e, M_SK_SEND_QUEUE, sum->send);
		mw_set(e, M_SK_UNREAD, sum->unread);
		mw_set(e, M_SK_UNSENT, sum->unsent);
	}
	if (k->has_memory) {
		mw_set(e, M_SK_MEMORY, sum->memory);
		mw_set(e, M_SK_ROOM, sum->room);
	}
	if (has_peer(k)) {
		char text[INET6_ADDRSTRLEN];

		if (peer_text(k, text))
			mw_set_text(s, e, M_SK_PEER, slice_of(text));
	}
}

static void join(struct mw_socket_sum *all, const struct mw_socket_sum *x)
{
	plus(all, x);
	/* what is not known of one is not known of all */
	all->key.has_queues &= x->key.has_queues;
	all->key.has_memory &= x->key.has_memory;
}

/* What a capture says in parts, or pids that are of no use told apart. The table is in order. */
static void join_same(struct mw_socket_table *t)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++)
		if (kept && !by_owner(&t->at[kept - 1], &t->at[i]))
			join(&t->at[kept - 1], &t->at[i]);
		else
			t->at[kept++] = t->at[i];
	t->count = kept;
}

/* Sums of one row, which follow each other, as one; with the peer that more than half of them have. */
static struct mw_socket_sum together(const struct mw_socket_sum *at, size_t count)
{
	struct mw_socket_sum all = *at;
	const struct mw_socket_sum *most = at;

	for (size_t i = 1; i < count; i++) {
		join(&all, &at[i]);
		if (at[i].count > most->count)
			most = &at[i];
	}
	memset(all.key.peer, 0, sizeof(all.key.peer));
	if (2 * most->count > all.count)
		memcpy(all.key.peer, most->key.peer, sizeof(all.key.peer));
	return all;
}

/* The process that holds them; of those that nobody holds, the group that made them. */
static struct mw_entity *owner_of(struct mw_snapshot *s, const struct mw_socket_key *k)
{
	struct mw_entity *group;

	if (k->pid)
		return mw_snapshot_by_id(s, MW_PROCESS, k->pid);
	group = k->group ? mw_snapshot_by_id(s, MW_CGROUP, k->group) : NULL;
	/* sockets remember groups of the unified hierarchy; the root is nobody in particular */
	return group && group->parent && mw_get_or(group, M_CG_VERSION, 0) == 2 ? group : NULL;
}

static struct mw_entity *add_row(struct mw_snapshot *s, struct mw_entity *parent,
				 const struct mw_socket_sum *sum, uint64_t salt)
{
	const struct mw_socket_key *k = &sum->key;
	uint64_t birth = hash_u64((uint64_t)k->netns << 32 ^ k->group ^ salt) << 16 |
			 (uint64_t)k->protocol << 8 | k->state;
	struct mw_entity *e = mw_snapshot_add(s, MW_SOCKETS, parent, slice_of(state_name(k)),
					      k->pid, birth);

	if (e)
		set(s, e, sum);
	return e;
}

static int add_peers(struct mw_snapshot *s, struct mw_entity *row, const struct mw_socket_sum *at,
		     size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (has_peer(&at[i].key) && !add_row(s, row, &at[i], hash_of(&at[i].key)))
			return -ENOMEM;
	return 0;
}

/* Somebody whom we may not look at may hold what seems to be held by nobody. */
static void set_ownerless(struct mw_entity *e, const struct mw_socket_sum *sum)
{
	if (sum->hidden && !sum->key.pid)
		mw_set_state(e, M_SK_OWNERLESS, MW_DENIED);
	else
		mw_set(e, M_SK_OWNERLESS, sum->key.pid ? 0 : sum->count);
}

int mw_socket_rows(struct mw_snapshot *s, struct mw_socket_table *t, bool peers)
{
	bool owners = mw_snapshot_count(s, MW_PROCESS) > 0;
	size_t count;

	/* the index is of no more use: the numbers change */
	index_release(&t->index);
	for (size_t i = 0; !owners && i < t->count; i++)
		t->at[i].key.pid = 0;
	qsort(t->at, t->count, sizeof(*t->at), by_owner);
	join_same(t);
	for (size_t i = 0; i < t->count; i += count) {
		struct mw_socket_sum sum;
		struct mw_entity *e;
		int error;

		for (count = 1;
		     i + count < t->count && same_row(&t->at[i].key, &t->at[i + count].key);)
			count++;
		sum = together(&t->at[i], count);
		e = add_row(s, owner_of(s, &sum.key), &sum, 0);
		if (!e)
			return -ENOMEM;
		if (owners)
			set_ownerless(e, &sum);
		error = peers ? add_peers(s, e, &t->at[i], count) : 0;
		if (error)
			return error;
	}
	return 0;
}

/* --- in a capture ----------------------------------------------------------------------------- */

static void put(struct buf *out, bool known, uint64_t v)
{
	buf_char(out, ' ');
	if (known)
		buf_u64(out, v);
	else
		buf_char(out, '-');
}

void mw_socket_table_write(const struct mw_socket_table *t, struct buf *out)
{
	for (size_t i = 0; i < t->count; i++) {
		const struct mw_socket_sum *sum = &t->at[i];
		const struct mw_socket_key *k = &sum->key;
		char peer[INET6_ADDRSTRLEN];

		if (k->pid || !sum->hidden)
			buf_u64(out, k->pid);
		else
			buf_char(out, '-');
		put(out, k->netns, k->netns);
		put(out, k->group, k->group);
		buf_printf(out, " %s %s %s", names[k->protocol], state_name(k),
			   has_peer(k) && peer_text(k, peer) ? peer : "-");
		put(out, true, sum->count);
		put(out, true, sum->shared);
		put(out, k->has_queues, sum->unread);
		put(out, k->has_queues, sum->unsent);
		put(out, k->has_queues, sum->recv);
		put(out, k->has_queues, sum->send);
		put(out, k->has_memory, sum->memory);
		put(out, k->has_memory, sum->room);
		buf_char(out, '\n');
	}
}

/* A number, or - for none. @known  may be NULL. @return false: neither */
static bool take(struct slice *rest, uint64_t *out, bool *known)
{
	struct slice word;

	if (!slice_token(rest, &word))
		return false;
	if (slice_is(word, "-")) {
		if (known)
			*known = false;
		return true;
	}
	return slice_u64(&word, out) && !word.len;
}

static bool take_peer(struct slice *rest, uint8_t out[static 16])
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	char text[INET6_ADDRSTRLEN];
	struct slice word;

	if (!slice_token(rest, &word) || word.len >= sizeof(text))
		return false;
	if (slice_is(word, "-"))
		return true;
	memcpy(text, word.at, word.len);
	text[word.len] = '\0';
	if (inet_pton(AF_INET6, text, out) == 1)
		return true;
	memcpy(out, v4, sizeof(v4));
	return inet_pton(AF_INET, text, out + 12) == 1;
}

static bool take_kind(struct slice *rest, struct mw_socket_key *k)
{
	struct slice protocol, state;

	if (!slice_token(rest, &protocol) || !slice_token(rest, &state))
		return false;
	while (k->protocol < MW_SOCKET_PROTOCOLS && !slice_is(protocol, names[k->protocol]))
		k->protocol++;
	k->state = (uint8_t)mw_tcp_state(state);
	return k->protocol < MW_SOCKET_PROTOCOLS && (k->state || slice_is(state, stateless));
}

static bool parse_line(struct slice line, struct mw_socket_sum *x)
{
	struct mw_socket_key *k = &x->key;
	uint64_t pid = 0, netns = 0;
	bool owner = true;
	/* what one machine can have, so that no sum overflows */
	static const uint64_t most = (uint64_t)1 << 40;
	uint64_t *const numbers[] = { &x->count, &x->shared, &x->unread, &x->unsent,
				      &x->recv,  &x->send,   &x->memory, &x->room };
	bool *const known[] = { NULL,           NULL,           &k->has_queues, &k->has_queues,
				&k->has_queues, &k->has_queues, &k->has_memory, &k->has_memory };

	k->has_queues = k->has_memory = true;
	if (!take(&line, &pid, &owner) || !take(&line, &netns, NULL) ||
	    !take(&line, &k->group, NULL) || pid > UINT32_MAX || netns > UINT32_MAX ||
	    !take_kind(&line, k) || !take_peer(&line, k->peer))
		return false;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!take(&line, numbers[i], known[i]) || *numbers[i] > most)
			return false;
	k->pid = (uint32_t)pid;
	x->hidden = !owner;
	k->netns = (uint32_t)netns;
	return x->count > 0;
}

int mw_socket_table_read(struct mw_socket_table *t, struct slice text, struct mw_parse_error *at)
{
	struct slice line;
	int result = 0;

	for (uint32_t number = 1; slice_line(&text, &line); number++) {
		struct mw_socket_sum x = { 0 }, *sum;

		if (t->count == ROWS_MAX || !parse_line(line, &x)) {
			result = mw_parse_failed(at, result, number, N_("a line of sockets"));
			if (t->count == ROWS_MAX)
				break;
			continue;
		}
		sum = append(t, &x.key);
		if (!sum)
			return -ENOMEM;
		plus(sum, &x);
	}
	return result;
}
