#include "diagnose/rule.h"
#include "ledger/sockets.h"

enum { LEAST, HEAVY };

static const struct mw_param params[] = {
	[LEAST] = { "least", 16777216.0, "bytes",
		    N_("more than is in flight to a program that keeps reading") },
	[HEAVY] = { "heavy", 268435456.0, "bytes", N_("kernel memory that can end a container") },
	{ 0 },
};

static const char *const explains[] = { "ctr-socket-memory", "node-tcp-memory", NULL };

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num bytes = mw_get(c->e, M_SK_RECV_QUEUE);

	/* of a listening socket it is the number of connections to be accepted */
	if (bytes.state != MW_OK || mw_sockets_is_part(c->e) || (double)bytes.v < c->p[LEAST] ||
	    !strcmp(c->e->name, "LISTEN"))
		return MW_CLEAR;
	c->f->entity = c->e->parent ? c->e->parent : c->node;
	if ((double)bytes.v >= c->p[HEAVY])
		mw_level(c, MW_WARNING);
	mw_cite_metric(c, "unread", c->e, M_SK_RECV_QUEUE,
		       c->p[(double)bytes.v >= c->p[HEAVY] ? HEAVY : LEAST]);
	mw_cite_text(c, "state", c->e->name, "net/tcp: st");
	mw_cite_metric(c, "sockets", c->e, M_SK_UNREAD, NAN);
	if (mw_get(c->e, M_SK_UNREAD).state == MW_OK)
		mw_detail(c, N_("in {sockets} sockets, {state}"));
	if (mw_get(c->e, M_SK_MEMORY).state == MW_OK) {
		mw_cite_metric(c, "memory", c->e, M_SK_MEMORY, NAN);
		mw_detail(c, N_("they take {memory} of the kernel's memory"));
	}
	if (mw_get_text(c->e, M_SK_PEER)) {
		mw_cite_metric(c, "peer", c->e, M_SK_PEER, NAN);
		mw_detail(c, N_("most of them are with {peer}"));
	}
	mw_doubt(c, MW_MEDIUM, N_("one look: bytes that are read a moment later look the same"));
	mw_advise(c, N_("find why the program does not read: a blocked thread, a queue without a "
			"bound behind it, a connection that is kept and forgotten"));
	mw_avoid(c, N_("larger socket buffers (tcp_rmem): they only hold more"));
	if (c->e->parent && c->e->parent->kind == MW_PROCESS)
		mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->parent->id);
	mw_ask(c, "memwhy sockets --sort recv");
	mw_ask(c, "ss -tnmp");
	return MW_FIRES;
}

const struct mw_rule mw_rule_proc_unread_sockets = {
	.id = "proc-unread-sockets",
	.level = MW_NOTICE,
	.kind = MW_SOCKETS,
	.params = params,
	.check = check,
	.title = N_("{entity} does not read: {unread} wait in its sockets"),
	.about = N_(
		"Bytes pile up in receive queues, in established connections too: kernel memory "
		"that no process' RSS shows."),
	.silent = N_("A few MiB in flight on a busy server."),
	.explains = explains,
};
