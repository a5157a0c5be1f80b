#include "collect/sockets/diag.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>

/* linux/inet_diag.h, since Linux 5.8 */
enum { CGROUP_ID = 21 };

enum { SYN_RECV = 3, FIN_WAIT2 = 5, TIME_WAIT = 6 };

size_t mw_diag_request(const struct mw_diag_query *q, unsigned char out[static MW_DIAG_REQUEST])
{
	struct nlmsghdr head = { .nlmsg_type = SOCK_DIAG_BY_FAMILY,
				 .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
				 .nlmsg_seq = q->number };
	const struct inet_diag_req_v2 inet = { .sdiag_family = q->family,
					       .sdiag_protocol = q->protocol,
					       .idiag_ext = 1 << (INET_DIAG_SKMEMINFO - 1),
					       .idiag_states = q->states ? q->states : UINT32_MAX };
	const struct unix_diag_req local = { .sdiag_family = q->family,
					     .udiag_states = q->states ? q->states : UINT32_MAX,
					     .udiag_show = UDIAG_SHOW_RQLEN | UDIAG_SHOW_MEMINFO };
	const struct inet_diag_req both = { .idiag_ext = inet.idiag_ext,
					    .idiag_states = inet.idiag_states };
	const void *request = &inet;
	size_t size = sizeof(inet);

	if (q->family == AF_UNIX) {
		request = &local;
		size = sizeof(local);
	} else if (q->family == AF_UNSPEC) {
		head.nlmsg_type = TCPDIAG_GETSOCK;
		request = &both;
		size = sizeof(both);
	}
	_Static_assert(NLMSG_HDRLEN + sizeof(both) <= MW_DIAG_REQUEST, "the longest request");
	head.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + size);
	memset(out, 0, MW_DIAG_REQUEST);
	memcpy(out, &head, sizeof(head));
	memcpy(out + NLMSG_HDRLEN, request, size);
	return head.nlmsg_len;
}

/* --- attributes ------------------------------------------------------------------------------- */

/* Take the next attribute. @return false at the end, also of what is cut */
static bool next_attribute(struct slice *rest, unsigned *type, struct slice *value)
{
	struct nlattr head;

	if (rest->len < sizeof(head))
		return false;
	memcpy(&head, rest->at, sizeof(head));
	if (head.nla_len < NLA_HDRLEN || head.nla_len > rest->len)
		return false;
	*type = head.nla_type & NLA_TYPE_MASK;
	*value = (struct slice){ rest->at + NLA_HDRLEN, head.nla_len - (size_t)NLA_HDRLEN };
	*rest = slice_skip(*rest, NLA_ALIGN(head.nla_len));
	return true;
}

static void take_memory(struct slice value, struct mw_socket_sum *sum)
{
	uint32_t v[SK_MEMINFO_VARS] = { 0 };

	/* older kernels have fewer */
	memcpy(v, value.at, value.len < sizeof(v) ? value.len : sizeof(v));
	sum->key.has_memory = true;
	sum->memory = mw_socket_memory(v[SK_MEMINFO_RMEM_ALLOC], v[SK_MEMINFO_WMEM_ALLOC],
				       v[SK_MEMINFO_WMEM_QUEUED], v[SK_MEMINFO_BACKLOG]);
	sum->room = (uint64_t)v[SK_MEMINFO_RCVBUF] + v[SK_MEMINFO_SNDBUF];
}

/* --- one socket ------------------------------------------------------------------------------- */

static void take_peer(const struct inet_diag_msg *m, uint8_t out[static 16])
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };

	if (m->idiag_family == AF_INET6) {
		memcpy(out, m->id.idiag_dst, 16);
		return;
	}
	memcpy(out, v4, sizeof(v4));
	memcpy(out + 12, m->id.idiag_dst, 4);
}

static int parse_inet(const struct mw_diag_query *q, struct slice bytes, struct mw_diag_socket *x)
{
	struct mw_socket_key *k = &x->sum.key;
	struct inet_diag_msg m;
	struct slice value;
	unsigned type;

	if (bytes.len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, bytes.at, sizeof(m));
	bytes = slice_skip(bytes, NLMSG_ALIGN(sizeof(m)));
	k->protocol = (uint8_t)mw_socket_protocol_of(m.idiag_family, 0, q->protocol);
	k->state = m.idiag_state;
	k->has_queues = true;
	x->v6 = m.idiag_family == AF_INET6;
	take_peer(&m, k->peer);
	x->inode = m.idiag_inode;
	x->sum.recv = m.idiag_rqueue;
	x->sum.send = m.idiag_wqueue;
	while (next_attribute(&bytes, &type, &value)) {
		if (type == INET_DIAG_SKMEMINFO)
			take_memory(value, &x->sum);
		x->whole |= type == INET_DIAG_SKMEMINFO;
		if (type == CGROUP_ID && value.len == sizeof(k->group))
			memcpy(&k->group, value.at, sizeof(k->group));
	}
	/* small structures without queues stand for connections that begin or end */
	k->has_memory |= m.idiag_state == SYN_RECV || m.idiag_state == FIN_WAIT2 ||
			 m.idiag_state == TIME_WAIT;
	return 0;
}

static int parse_unix(struct slice bytes, struct mw_diag_socket *x)
{
	struct mw_socket_key *k = &x->sum.key;
	struct unix_diag_rqlen queues;
	struct unix_diag_msg m;
	struct slice value;
	unsigned type;

	if (bytes.len < sizeof(m))
		return -EBADMSG;
	memcpy(&m, bytes.at, sizeof(m));
	bytes = slice_skip(bytes, NLMSG_ALIGN(sizeof(m)));
	k->protocol = MW_SOCKET_UNIX;
	k->state = m.udiag_state;
	x->inode = m.udiag_ino;
	while (next_attribute(&bytes, &type, &value)) {
		if (type == UNIX_DIAG_MEMINFO)
			take_memory(value, &x->sum);
		if (type != UNIX_DIAG_RQLEN || value.len < sizeof(queues))
			continue;
		memcpy(&queues, value.at, sizeof(queues));
		k->has_queues = true;
		x->sum.recv = queues.udiag_rqueue;
		x->sum.send = queues.udiag_wqueue;
	}
	return 0;
}

/* The number in front of an answer that ends a dump; 0 and counts are no errors. */
static int error_in(struct slice bytes)
{
	int32_t error = 0;

	if (bytes.len >= sizeof(error))
		memcpy(&error, bytes.at, sizeof(error));
	return error < 0 && error > -4096 ? error : 0;
}

/* @return 0, or why it ended; @done as in mw_diag_parse() */
static int parse_message(const struct mw_diag_query *q, unsigned type, struct slice bytes,
			 mw_diag_fn fn, void *argument, bool *done)
{
	struct mw_diag_socket x = { .sum.count = 1 };
	int error;

	if (type == NLMSG_DONE) {
		*done = true;
		return error_in(bytes);
	}
	if (type == NLMSG_ERROR)
		return error_in(bytes) ? error_in(bytes) : -EBADMSG;
	if (type != SOCK_DIAG_BY_FAMILY && type != TCPDIAG_GETSOCK)
		return 0;
	error = q->family == AF_UNIX ? parse_unix(bytes, &x) : parse_inet(q, bytes, &x);
	return error ? error : fn(&x, argument);
}

int mw_diag_parse(const struct mw_diag_query *q, struct slice bytes, mw_diag_fn fn, void *argument,
		  bool *done)
{
	int error = 0;

	while (!error && !*done && bytes.len) {
		struct nlmsghdr head;

		if (bytes.len < sizeof(head))
			return -EBADMSG;
		memcpy(&head, bytes.at, sizeof(head));
		if (head.nlmsg_len < NLMSG_HDRLEN || head.nlmsg_len > bytes.len)
			return -EBADMSG;
		/* what is left of a dump that was given up is none of this one */
		if (head.nlmsg_seq == q->number)
			error = parse_message(
				q, head.nlmsg_type,
				(struct slice){ bytes.at + NLMSG_HDRLEN,
						head.nlmsg_len - (size_t)NLMSG_HDRLEN },
				fn, argument, done);
		bytes = slice_skip(bytes, NLMSG_ALIGN(head.nlmsg_len));
	}
	return error;
}
