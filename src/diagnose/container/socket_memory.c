#include "diagnose/container/group.h"
#include "ledger/sockets.h"

enum { LEAST, OF_LIMIT, OF_USAGE };

static const struct mw_param params[] = {
	[LEAST] = { "least", 67108864, "bytes", N_("busy servers have as much in flight") },
	[OF_LIMIT] = { "of_limit", 0.1, "ratio",
		       N_("from this share of the limit on it is missing elsewhere") },
	[OF_USAGE] = { "of_usage", 0.25, "ratio", N_("without a limit: of the usage") },
	{ 0 },
};

/* What its sockets hold, as far as they are known, and those that hold most. v1 charges TCP buffers
 * to no usage. */
static double known_queues(const struct mw_check *c, const struct mw_entity **most)
{
	const struct mw_entity *k;
	double sum = 0, largest = 0;

	*most = NULL;
	mw_for_each (k, c->now, MW_SOCKETS) {
		double queue = (double)mw_get_or(k, M_SK_RECV_QUEUE, 0) +
			       (double)mw_get_or(k, M_SK_SEND_QUEUE, 0);

		if (!k->parent || mw_sockets_is_part(k) || !mw_inside(k, c->e))
			continue;
		/* what holds the bytes is larger than they are */
		queue = fmax(queue, (double)mw_get_or(k, M_SK_MEMORY, 0));
		sum += queue;
		if (queue > largest && k->parent->kind == MW_PROCESS) {
			largest = queue;
			*most = k;
		}
	}
	return sum;
}

static void say_sockets(struct mw_check *c, const struct mw_entity *most)
{
	mw_cite_text(c, "state", most->name, "/proc/PID/net/tcp");
	mw_cite_metric(c, "sockets", most, M_SK_COUNT, NAN);
	mw_cite_metric(c, "received", most, M_SK_RECV_QUEUE, NAN);
	mw_cite_metric(c, "sent", most, M_SK_SEND_QUEUE, NAN);
	mw_cite_process(c, "process", most->parent);
	mw_ask(c, "memwhy pid %llu", (unsigned long long)most->parent->id);
	if (mw_get_or(most, M_SK_RECV_QUEUE, 0) > mw_get_or(most, M_SK_SEND_QUEUE, 0)) {
		mw_detail(c,
			  N_("{process} has {received} in {state} sockets that it does not read"));
		mw_advise(c, N_("look for a reader that hangs, or connections nobody closes"));
	} else {
		mw_detail(c,
			  N_("{process} has {sent} in {state} sockets that the other side does not "
			     "take"));
		mw_advise(c, N_("look at the receivers, and bound what is sent ahead"));
	}
}

/* v1 charges unix sockets' buffers as kernel memory, but TCP's to no usage. */
static bool is_tcp_of_v1(const struct mw_entity *group, const struct mw_entity *most)
{
	const char *protocol = most ? mw_get_text(most, M_SK_PROTOCOL) : NULL;

	return protocol && !strcmp(protocol, "tcp") && mw_get_or(group, M_CG_VERSION, 2) == 1;
}

static enum mw_verdict check(struct mw_check *c)
{
	double limit = mw_value(c->e, M_CG_EFFECTIVE_LIMIT), usage = mw_value(c->e, M_CG_USAGE);
	double charged = mw_value(c->e, M_CG_SOCK), queues = 0;
	enum mw_metric metric = M_CG_SOCK;
	const struct mw_entity *most = NULL;

	if (isnan(charged)) {
		metric = M_CG_TCP_USAGE;
		charged = mw_value(c->e, metric);
	}
	if (!(charged >= c->p[LEAST]) && !mw_snapshot_count(c->now, MW_SOCKETS))
		return MW_CLEAR;
	queues = known_queues(c, &most);
	if (!(charged >= queues))
		charged = queues;
	if (charged < c->p[LEAST] ||
	    !(charged >= c->p[OF_LIMIT] * limit || charged >= c->p[OF_USAGE] * usage) ||
	    mw_group_is_machine(c->e) || mw_group_is_shell(c, metric, false))
		return MW_CLEAR;
	mw_cite_over(c, "sock", MW_FORM_BYTES, charged,
		     charged > queues ? mw_source_of(c, c->e, metric) : "/proc/PID/net/tcp",
		     c->p[LEAST]);
	mw_cite_metric(c, "usage", c->e, M_CG_USAGE, NAN);
	if (most)
		say_sockets(c, most);
	else
		mw_advise(c,
			  N_("find sockets with long queues: the reader hangs, or the other side "
			     "does"));
	if (metric == M_CG_TCP_USAGE || is_tcp_of_v1(c->e, most))
		mw_detail(c, N_("cgroup v1 counts these buffers outside of the usage: they are the "
				"machine's memory"));
	mw_avoid(c, N_("raise tcp_mem or the buffers: a reader that does not read fills any size"));
	mw_ask(c, "memwhy sockets --by container");
	mw_ask(c, "ss -tmnp");
	mw_ask_group(c);
	return MW_FIRES;
}

const struct mw_rule mw_rule_ctr_socket_memory = {
	.id = "ctr-socket-memory",
	.level = MW_NOTICE,
	.kind = MW_CGROUP,
	.params = params,
	.check = check,
	.title = N_("{sock} of network buffers wait in the sockets of {entity}"),
	.about = N_(
		"Bytes that were received and not read, or sent and not taken, are kernel memory "
		"of the group; no process's RSS shows them. Unix sockets' bytes belong to the "
		"sender's group, and are kernel memory."),
	.silent = N_("A busy server with some tens of MiB in flight."),
};
