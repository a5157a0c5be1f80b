/* TCP's buffers against the limit that all network namespaces share. */
#include "diagnose/node/node.h"

enum { NOTICE, CRITICAL, UNKNOWN_LIMIT };

static const struct mw_param params[] = {
	[NOTICE] = { "notice", 0.8, "ratio",
		     N_("of the pressure mark; above the mark itself it is a warning: TCP shrinks "
			"windows then") },
	[CRITICAL] = { "critical", 0.95, "ratio",
		       N_("of the maximum: beyond it packets are dropped and sockets killed") },
	[UNKNOWN_LIMIT] = { "unknown_limit", 0.04, "ratio",
			    N_("of RAM, where the limits are not to be seen: the kernel's default "
			       "mark is 6 %") },
	{ 0 },
};

static void say_who(struct mw_check *c)
{
	const struct mw_entity *queue = mw_largest(c->now, MW_SOCKETS, NULL, M_SK_RECV_QUEUE);

	mw_name_owners(c,
		       &(struct mw_owners){ .kind = MW_PROCESS,
					    .metric = M_P_SOCKET_MEMORY,
					    .part = true,
					    .least = 1 << 20 },
		       NULL);
	if (queue && queue->parent && queue->parent->kind == MW_PROCESS) {
		mw_cite_process(c, "reader", queue->parent);
		mw_cite_metric(c, "unread", queue, M_SK_RECV_QUEUE, NAN);
		mw_detail(c, N_("{reader} has {unread} that it did not read"));
		mw_ask(c, "memwhy pid %llu", (unsigned long long)queue->parent->id);
	}
	mw_name_owners(c, &(struct mw_owners){ .kind = MW_CGROUP, .metric = M_CG_SOCK }, NULL);
	if (mw_get_or(c->node, M_TCP_ORPHAN, 0)) {
		mw_cite_metric(c, "orphans", c->node, M_TCP_ORPHAN, NAN);
		mw_detail(
			c,
			N_("{orphans} sockets have no process any more and wait to be rid of their "
			   "data"));
	}
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num used = mw_get(c->node, M_TCP_MEM), most = mw_get(c->node, M_TCP_MEM_MAX);
	struct mw_num mark = mw_get(c->node, M_TCP_MEM_PRESSURE);
	bool pressed, full;

	if (used.state != MW_OK)
		return MW_CLEAR;
	if (mark.state != MW_OK || most.state != MW_OK)
		return mw_of_ram(c, (double)used.v) >= c->p[UNKNOWN_LIMIT]
			       ? mw_unknown(
					 c,
					 N_("net.ipv4.tcp_mem of the machine: whether TCP's buffers "
					    "are near their limit"),
					 "cat /proc/sys/net/ipv4/tcp_mem")
			       : MW_CLEAR;
	if ((double)used.v < c->p[NOTICE] * (double)mark.v)
		return MW_CLEAR;
	pressed = used.v >= mark.v;
	full = (double)used.v >= c->p[CRITICAL] * (double)most.v;
	mw_level(c, full ? MW_CRITICAL : pressed ? MW_WARNING : MW_NOTICE);
	mw_cite_metric(c, "tcp", c->node, M_TCP_MEM,
		       full ? c->p[CRITICAL] * (double)most.v
			    : (pressed ? 1 : c->p[NOTICE]) * (double)mark.v);
	mw_cite_metric(c, "mark", c->node, M_TCP_MEM_PRESSURE, NAN);
	mw_cite_metric(c, "most", c->node, M_TCP_MEM_MAX, NAN);
	say_who(c);
	mw_advise(c,
		  N_("find who does not read what it receives, or cannot send what it wrote: that "
		     "program is the fix"));
	mw_advise(c, N_("if all of it is traffic that is meant to be, raise net.ipv4.tcp_mem"));
	mw_ask(c, "memwhy sockets");
	mw_ask(c, "ss -tanmp");
	return MW_FIRES;
}

const struct mw_rule mw_rule_node_tcp_memory = {
	.id = "node-tcp-memory",
	.level = MW_WARNING,
	.kind = MW_NODE,
	.params = params,
	.check = check,
	.title = N_(
		"TCP buffers hold {tcp}; from {mark} on TCP throttles everybody, at {most} it drops"),
	.about = N_(
		"The buffers of all TCP sockets together come near net.ipv4.tcp_mem. Then every "
		"connection of the machine slows down, whoever caused it."),
	.silent = N_("Many connections with empty queues."),
};
