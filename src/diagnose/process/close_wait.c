#include "diagnose/rule.h"
#include "ledger/sockets.h"

#include "model/want.h"

enum { MANY };

static const struct mw_param params[] = {
	[MANY] = { "many", 100, "count",
		   N_("a program that closes leaves this state within microseconds: so many at "
		      "once are kept") },
	{ 0 },
};

static const char *const explains[] = { "proc-fd-growth", "proc-unread-sockets",
					"ctr-socket-memory", "node-tcp-memory", NULL };

/* Reading /proc/net/tcp takes milliseconds even when there is little in it. */
static uint32_t more(const struct mw_snapshot *s)
{
	const struct mw_entity *node = mw_snapshot_node(s);
	uint64_t sockets = mw_get_or(node, M_TCP_INUSE, 0) + mw_get_or(node, M_TCP6_INUSE, 0);
	uint64_t memory = mw_get_or(node, M_TCP_MEM, 0),
		 pressure = mw_get_or(node, M_TCP_MEM_PRESSURE, UINT64_MAX);

	return sockets >= 1000 || mw_get_or(node, M_SOCKETS_USED, 0) >= 2000 ||
			       memory >= pressure / 2 || memory >= 64 << 20
		       ? MW_WANT_SOCKETS
		       : 0;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num count = mw_get(c->e, M_SK_COUNT);

	if (strcmp(c->e->name, "CLOSE-WAIT") != 0 || mw_sockets_is_part(c->e) ||
	    count.state != MW_OK || (double)count.v < c->p[MANY])
		return MW_CLEAR;
	c->f->entity = c->e->parent ? c->e->parent : c->node;
	mw_cite_metric(c, "count", c->e, M_SK_COUNT, c->p[MANY]);
	if (mw_get_or(c->e, M_SK_RECV_QUEUE, 0)) {
		mw_cite_metric(c, "unread", c->e, M_SK_RECV_QUEUE, NAN);
		mw_detail(c, N_("{unread} in them were received and never read"));
	}
	if (mw_get_text(c->e, M_SK_PEER)) {
		mw_cite_metric(c, "peer", c->e, M_SK_PEER, NAN);
		mw_detail(c, N_("most of them are with {peer}"));
	}
	mw_advise(c,
		  N_("close the socket when read() returns 0 and on every error path: the peer has "
		     "closed, the program has not"));
	mw_advise(c, N_("for a client library, set an idle timeout on its connection pool"));
	mw_avoid(c, N_("tuning tcp_fin_timeout or keepalive: neither ends CLOSE-WAIT, only close() "
		       "does"));
	if (c->e->parent && c->e->parent->kind == MW_PROCESS)
		mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->parent->id);
	mw_ask(c, "memwhy sockets --by peer --sort close_wait");
	mw_ask(c, "ss -tnp state close-wait");
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_close_wait = {
	.id = "proc-close-wait",
	.level = MW_WARNING,
	.kind = MW_SOCKETS,
	.params = params,
	.check = check,
	.title = N_("{entity} keeps {count} sockets open whose peers have closed"),
	.about = N_("Many sockets in CLOSE-WAIT: the other side has ended the connection and the "
		    "program never calls close(). Descriptors and kernel memory leak, the process' "
		    "RSS does not show it."),
	.silent = N_("A few sockets in CLOSE-WAIT between the end and close()."),
	.explains = explains,
	.more = more,
};
