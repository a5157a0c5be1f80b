#include "collect/tcp.h"
#include "collect/node/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

/* include/net/tcp_states.h, called as ss calls them. */
static const char *const names[MW_TCP_STATES] = {
	[1] = "ESTAB",      [2] = "SYN-SENT",  [3] = "SYN-RECV", [4] = "FIN-WAIT-1",
	[5] = "FIN-WAIT-2", [6] = "TIME-WAIT", [7] = "UNCONN",   [8] = "CLOSE-WAIT",
	[9] = "LAST-ACK",   [10] = "LISTEN",   [11] = "CLOSING", [12] = "NEW-SYN-RECV",
};

enum { CLOSE_WAIT = 8, LISTEN = 10 };

/* What netstat writes otherwise than with '_' for '-'. */
static const struct {
	const char *name;
	unsigned state;
} others[] = {
	{ "ESTABLISHED", 1 }, { "SYN_RECEIVED", 3 }, { "FIN_WAIT1", 4 },
	{ "FIN_WAIT2", 5 },   { "CLOSE", 7 },
};

unsigned mw_tcp_state(struct slice name)
{
	char text[16];

	if (!name.len || name.len >= sizeof(text))
		return 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (slice_is(name, others[i].name))
			return others[i].state;
	for (size_t i = 0; i < name.len; i++)
		text[i] = (char)(name.at[i] == '_' ? '-' : name.at[i]);
	for (unsigned state = 1; state < MW_TCP_STATES; state++)
		if (slice_is((struct slice){ text, name.len }, names[state]))
			return state;
	return 0;
}

const char *mw_tcp_state_name(unsigned state)
{
	return state < MW_TCP_STATES ? names[state] : NULL;
}

static bool parse_peer(struct slice text, bool v6, uint32_t *out)
{
	static const uint32_t mapped[] = { 0, 0, 0xffff0000u, 0 };
	size_t words = v6 ? 4 : 1;
	struct slice digits;

	if (!slice_until(&text, ':', &digits) || digits.len != words * 8)
		return false;
	memcpy(out, mapped, sizeof(mapped));
	for (size_t i = 0; i < words; i++) {
		struct slice word = { digits.at + i * 8, 8 };
		uint64_t v;

		if (!slice_hex(&word, &v) || word.len)
			return false;
		out[v6 ? i : 3] = (uint32_t)v;
	}
	return true;
}

/* "   0: 0100007F:BF49 00000000:0000 0A 00000000:00000000 00:00000000 00000000  0  0 1952515 1 …" */
static bool parse_socket(struct slice line, bool v6, struct mw_tcp_socket *out)
{
	struct slice words[10], half;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!slice_token(&line, &words[i]))
			return false;
	return slice_ends(words[0], ":") && parse_peer(words[2], v6, out->peer) &&
	       slice_hex(&words[3], &out->state) && !words[3].len && out->state &&
	       out->state < MW_TCP_STATES && slice_until(&words[4], ':', &half) &&
	       slice_hex(&half, &out->send) && !half.len && slice_hex(&words[4], &out->recv) &&
	       !words[4].len && slice_u64(&words[9], &out->inode) && !words[9].len;
}

static int compare(const void *key, const void *item)
{
	uint64_t a = *(const uint64_t *)key, b = *(const uint64_t *)item;

	return (a > b) - (a < b);
}

static void vote(struct mw_tcp_sum *sum, const uint32_t *peer)
{
	bool same = sum->votes && !memcmp(sum->peer, peer, sizeof(sum->peer));

	if (!sum->votes) {
		memcpy(sum->peer, peer, sizeof(sum->peer));
		sum->seen = 0;
		same = true;
	}
	sum->seen += same;
	sum->votes = same ? sum->votes + 1 : sum->votes - 1;
}

void mw_tcp_add(struct mw_tcp_sum *sums, const struct mw_tcp_socket *x)
{
	struct mw_tcp_sum *sum = &sums[x->state];
	/* the end of the stream counts as a byte to be read */
	uint64_t recv = x->state == CLOSE_WAIT && x->recv ? x->recv - 1 : x->recv;

	sum->count++;
	sum->recv += recv;
	sum->send += x->send;
	sum->unread += recv > 0;
	sum->memory += x->memory;
	sum->has_memory |= x->has_memory;
	vote(sum, x->peer);
}

int mw_tcp_each(struct slice text, bool v6, mw_tcp_fn fn, void *argument, struct mw_parse_error *at)
{
	struct slice line;
	int result = 0;

	for (uint32_t number = 1; slice_line(&text, &line); number++) {
		struct mw_tcp_socket x = { .has_memory = false };
		int error;

		if (number == 1 && slice_after(&line, "sl "))
			continue;
		if (!parse_socket(line, v6, &x)) {
			result = mw_parse_failed(at, result, number, N_("a socket"));
			continue;
		}
		error = fn(&x, argument);
		if (error)
			return error;
	}
	return result;
}

struct chosen {
	const uint64_t *inodes;
	size_t count;
	struct mw_tcp_sum *sums;
};

static int add_chosen(const struct mw_tcp_socket *x, void *argument)
{
	const struct chosen *c = argument;

	if (!c->inodes || bsearch(&x->inode, c->inodes, c->count, sizeof(*c->inodes), compare))
		mw_tcp_add(c->sums, x);
	return 0;
}

int mw_tcp_parse(struct slice text, bool v6, const uint64_t *inodes, size_t count,
		 struct mw_tcp_sum *sums, struct mw_parse_error *at)
{
	struct chosen chosen = { inodes, count, sums };

	return mw_tcp_each(text, v6, add_chosen, &chosen, at);
}

static void set_peer(struct mw_snapshot *s, struct mw_entity *e, const struct mw_tcp_sum *sum)
{
	static const uint32_t mapped[] = { 0, 0, 0xffff0000u }, unknown[4];
	bool v4 = !memcmp(sum->peer, mapped, sizeof(mapped));
	char text[INET6_ADDRSTRLEN];

	if (2 * sum->seen <= sum->count || !memcmp(sum->peer, unknown, sizeof(unknown)))
		return;
	if (inet_ntop(v4 ? AF_INET : AF_INET6, v4 ? &sum->peer[3] : sum->peer, text, sizeof(text)))
		mw_set_text(s, e, M_SK_PEER, slice_of(text));
}

int mw_tcp_rows(struct mw_snapshot *s, struct mw_entity *owner, const struct mw_tcp_sum *sums)
{
	/* 0 is no state */
	for (size_t state = 1; state < MW_TCP_STATES; state++) {
		struct mw_entity *e;

		if (!sums[state].count || !names[state])
			continue;
		e = mw_snapshot_add(s, MW_SOCKETS, owner, slice_of(names[state]),
				    owner ? owner->id : 0, state);
		if (!e)
			return -ENOMEM;
		mw_set_text(s, e, M_SK_PROTOCOL, SLICE("tcp"));
		mw_set(e, M_SK_COUNT, sums[state].count);
		/* of those that listen: connections to be accepted, and how many may be */
		if (state == LISTEN)
			continue;
		mw_set(e, M_SK_RECV_QUEUE, sums[state].recv);
		mw_set(e, M_SK_SEND_QUEUE, sums[state].send);
		mw_set(e, M_SK_UNREAD, sums[state].unread);
		if (sums[state].has_memory)
			mw_set(e, M_SK_MEMORY, sums[state].memory);
		set_peer(s, e, &sums[state]);
	}
	return 0;
}
