#include "diagnose/growth.h"

enum { NEAR, AT, SUSPECT, WATCHED, LEAST };

static const struct mw_param params[] = {
	[NEAR] = { "near", 0.8, "ratio", N_("of RLIMIT_NOFILE: a busy hour is enough") },
	[AT] = { "at", 0.95, "ratio",
		 N_("of RLIMIT_NOFILE: the next accept() or open() may fail") },
	[SUSPECT] = { "suspect", 65536, "count",
		      N_("room in the descriptor table beyond which its limit is worth a look") },
	[WATCHED] = { "watched", 600, "seconds", N_("a burst of connections is no leak") },
	[LEAST] = { "least", 256, "count", N_("fewer are a pool that fills") },
	{ 0 },
};

static const char *const explains[] = { "ctr-kernel-heavy", "node-slab-unreclaimable", NULL };

static const struct {
	enum mw_metric metric;
	const char *name, *detail;
} kinds[] = {
	{ M_P_FD_SOCKETS, "sockets", N_("most of them are sockets: {sockets}") },
	{ M_P_FD_FILES, "files", N_("most of them are files: {files}") },
	{ M_P_FD_PIPES, "pipes", N_("most of them are pipes: {pipes}") },
	{ M_P_FD_OTHER, "other",
	  N_("most of them are eventfd, epoll, timers and the like: {other}") },
	{ M_P_FD_MEMFDS, "memfds", N_("most of them are memfd, which is memory: {memfds}") },
};

static void say_kind(struct mw_check *c)
{
	size_t most = 0;

	for (size_t i = 1; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (mw_get_or(c->e, kinds[i].metric, 0) > mw_get_or(c->e, kinds[most].metric, 0))
			most = i;
	if (!mw_get_or(c->e, kinds[most].metric, 0))
		return;
	mw_cite_metric(c, kinds[most].name, c->e, kinds[most].metric, NAN);
	mw_detail(c, kinds[most].detail);
}

/* In which state most of its sockets are, and with whom. */
static void say_sockets(struct mw_check *c)
{
	const struct mw_entity *most = mw_largest(c->now, MW_SOCKETS, c->e, M_SK_COUNT);

	if (!most || 2 * mw_get_or(most, M_SK_COUNT, 0) < mw_get_or(c->e, M_P_FD_SOCKETS, 1))
		return;
	mw_cite_metric(c, "held", most, M_SK_COUNT, NAN);
	mw_cite_text(c, "state", most->name, "net/tcp: st");
	mw_detail(c, N_("{held} of its sockets and pipes are {state}"));
	if (mw_get_text(most, M_SK_PEER)) {
		mw_cite_metric(c, "peer", most, M_SK_PEER, NAN);
		mw_detail(c, N_("most of them are with {peer}"));
	}
}

static enum mw_verdict tell(struct mw_check *c)
{
	say_kind(c);
	say_sockets(c);
	mw_advise(c,
		  N_("find what is opened and never closed; raising LimitNOFILE only buys time"));
	mw_ask(c, "memwhy pid %llu", (unsigned long long)c->e->id);
	mw_ask(c, "ls -l /proc/%llu/fd", (unsigned long long)c->e->id);
	return MW_FIRES;
}

static enum mw_verdict check(struct mw_check *c)
{
	struct mw_num fds = mw_get(c->e, M_P_FDS), limit = mw_get(c->e, M_P_FD_LIMIT);
	double share = mw_share(fds, limit);
	struct mw_trend t;

	if (!isnan(share) && share >= c->p[NEAR]) {
		bool at = share >= c->p[AT];

		mw_level(c, at ? MW_CRITICAL : MW_WARNING);
		mw_cite_metric(c, "fds", c->e, M_P_FDS, c->p[at ? AT : NEAR] * (double)limit.v);
		mw_cite_metric(c, "limit", c->e, M_P_FD_LIMIT, NAN);
		return tell(c);
	}
	if (c->evidence->series.count &&
	    mw_growth_of(c, c->e, M_P_FDS, c->p[WATCHED], c->p[LEAST], 0.1, &t)) {
		mw_growth_cite(c, c->e, M_P_FDS, &t);
		mw_title(c, N_("{entity} opens descriptors and does not close them: {first}, then "
			       "{last}"));
		mw_detail(c, N_("{growth} within {watched}"));
		return tell(c);
	}
	/* a sweep reads neither number; the table's room is the only hint that it has */
	if (fds.state != MW_ABSENT || mw_get_or(c->e, M_P_FDSIZE, 0) < c->p[SUSPECT])
		return MW_CLEAR;
	mw_cite_metric(c, "room", c->e, M_P_FDSIZE, c->p[SUSPECT]);
	return mw_unknown(c, N_("descriptors and their limit of a process with room for {room}"),
			  arena_printf(c->arena, "memwhy pid %llu", (unsigned long long)c->e->id));
}

const struct mw_rule mw_rule_proc_fd_growth = {
	.id = "proc-fd-growth",
	.level = MW_WARNING,
	.kind = MW_PROCESS,
	.params = params,
	.check = check,
	.title = N_("{entity} has {fds} of {limit} descriptors open"),
	.about = N_("Open descriptors come near the most that the process may have, or grow "
		    "steadily: at the limit it can neither accept nor open anything."),
	.silent = N_("A proxy with many thousand connections and a limit of a million."),
	.explains = explains,
};
