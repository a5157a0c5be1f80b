/* Sockets and pipes of the machine: who holds them, what waits in them. Read from the kernel's structures, and
 * where those are not to be had from the links in /proc/PID/fd and sock_diag; the latter also tells of
 * what no process holds, in each network namespace. Needs root for other users' processes and other
 * namespaces. 12 ms for 20 000 sockets, six times as much without BPF. */
#include "collect/sockets/sockets.h"
#include "base/scoped.h"
#include "bpf/sockets.h"
#include "collect/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>

enum {
	SYN_RECV = 3,
	FIN_WAIT1 = 4,
	FIN_WAIT2 = 5,
	TIME_WAIT = 6,
	CLOSED = 7,
	LAST_ACK = 9,
	LISTEN = 10,
	CLOSING = 11
};

/* What dumps of all namespaces may take together: each walks the table of the whole machine. */
#define DUMP_TIME ((int64_t)250000000)

/* Of so few, all are asked. */
enum { FEW_SPACES = 8 };

static const struct mw_diag_query tcp[] = { { AF_UNSPEC, IPPROTO_TCP, 0, 0 } };

static const struct mw_diag_query others[] = {
	{ AF_INET, IPPROTO_UDP, 0, 0 }, { AF_INET6, IPPROTO_UDP, 0, 0 }, { AF_UNIX, 0, 0, 0 },
	{ AF_INET, IPPROTO_RAW, 0, 0 }, { AF_INET6, IPPROTO_RAW, 0, 0 },
};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* --- what sock_diag tells ---------------------------------------------------------------------- */

struct told {
	struct mw_sockets *k;
	struct mw_netns *space;
	const struct mw_diag_query *query;
	bool v6; /* of a table */
};

/* Whose socket it is, unless that is known already. */
static int take_told(const struct mw_diag_socket *x, void *argument)
{
	struct told *t = argument;
	struct mw_held *h = x->inode ? mw_sockets_held(t->k, x->inode) : NULL;
	struct mw_socket_sum sum = x->sum;
	size_t at;
	int error;

	if (h && h->sum != MW_UNCOUNTED)
		return 0;
	sum.key.netns = t->space->inode;
	sum.hidden = !h && x->inode && t->k->hidden;
	if (h) {
		sum.key.pid = h->pid;
		sum.key.group = 0;
		sum.shared = h->shared;
	}
	error = mw_socket_add(&t->k->table, &sum, &at);
	if (h && !error)
		h->sum = (uint32_t)at;
	if (sum.key.protocol == MW_SOCKET_TCP)
		t->space->tcp[x->v6] += x->whole && sum.key.state != CLOSED;
	return error;
}

static void lost(struct mw_sockets *k, const struct mw_netns *space, int error)
{
	char path[40] = "sock_diag";

	/* it ended meanwhile, and its namespace perhaps with it */
	if (error == -ENOENT || error == -ESRCH)
		return;
	if (space->pid)
		snprintf(path, sizeof(path), "proc/%u/ns/net", space->pid);
	mw_snapshot_problem(k->c->snapshot, slice_of(path), 0, error, NULL);
}

/* A line of /proc/net/tcp: all but its memory. */
static int take_line(const struct mw_tcp_socket *x, void *argument)
{
	struct told *t = argument;
	struct mw_diag_socket y = {
		.sum = { .key = { .protocol = MW_SOCKET_TCP,
				  .state = (uint8_t)x->state,
				  .has_queues = true,
				  .has_memory = x->state == SYN_RECV || x->state == TIME_WAIT },
			 .count = 1,
			 .recv = x->recv,
			 .send = x->send },
		.inode = x->inode,
		.v6 = t->v6,
		.whole = x->state != SYN_RECV && x->state != TIME_WAIT,
	};

	_Static_assert(sizeof(y.sum.key.peer) == sizeof(x->peer), "an address");
	memcpy(y.sum.key.peer, x->peer, sizeof(x->peer));
	return t->query->states && !(t->query->states & 1u << x->state) ? 0 : take_told(&y, t);
}

static int read_table(struct told *t, const char *file)
{
	struct mw_dir root = mw_root(t->k->live);
	struct mw_parse_error at = { 0 };
	struct buf *text = &t->k->c->text;
	char path[40], who[16] = "thread-self";
	int error;

	if (t->space->pid)
		snprintf(who, sizeof(who), "%u", t->space->pid);
	snprintf(path, sizeof(path), "proc/%s/net/%s", who, file);
	error = mw_read(&root, path, text);
	if (!error)
		error = mw_tcp_each(buf_slice(text), t->v6, take_line, t, &at);
	return error;
}

/* Where the kernel has no tcp_diag. */
static int read_tables(struct told *t)
{
	int error = read_table(t, "tcp");

	t->v6 = true;
	return error ? error : read_table(t, "tcp6");
}

/* @fd  of mw_diag_open(); an error of it is a problem. @return 0 or -ENOMEM; other errors are problems */
static int dump(struct mw_sockets *k, int fd, struct mw_netns *space,
		const struct mw_diag_query *queries, size_t count, uint32_t states)
{
	int error = 0;

	if (fd < 0) {
		lost(k, space, fd);
		return 0;
	}
	for (size_t i = 0; i < count && error != -ENOMEM; i++) {
		struct mw_diag_query q = queries[i];

		struct told told = { k, space, &q, false };

		q.states = states;
		q.number = ++k->dumps;
		error = mw_diag_dump(fd, &q, take_told, &told);
		/* the older form of request is answered otherwise where there is none */
		if ((error == -ENOENT || error == -EOPNOTSUPP) && q.protocol == IPPROTO_TCP)
			error = read_tables(&told);
		/* of a family that is not built in */
		if (error && error != -ENOMEM)
			lost(k, space, error);
	}
	return error == -ENOMEM ? error : 0;
}

/* --- what nobody holds, beside what processes hold --------------------------------------------- */

struct sockstat {
	uint64_t inuse[2], tw;
};

/* "TCP: inuse 1 orphan 0 tw 0 alloc 1 mem 182" of a namespace. @return 0 or -errno */
static int read_sockstat(struct mw_sockets *k, const struct mw_netns *space, struct sockstat *out)
{
	static const char *const files[] = { "sockstat", "sockstat6" };
	static const char *const marks[] = { "TCP: inuse ", "TCP6: inuse " };
	struct mw_dir root = mw_root(k->live);
	char path[40], who[16] = "thread-self";

	if (space->pid)
		snprintf(who, sizeof(who), "%u", space->pid);
	for (size_t i = 0; i < COUNT(files); i++) {
		struct slice text;
		int error;

		snprintf(path, sizeof(path), "proc/%s/net/%s", who, files[i]);
		error = mw_read_record(&root, path, &k->c->text);
		/* IPv6 may be switched off */
		if (error && i)
			return 0;
		if (error)
			return error;
		text = buf_slice(&k->c->text);
		if (!slice_after(&text, marks[i]) || !slice_u64(&text, &out->inuse[i]))
			return -EBADMSG;
		if (!i && (!slice_after(&text, " tw ") || !slice_u64(&text, &out->tw)))
			return -EBADMSG;
	}
	return 0;
}

static bool is_missing(const struct mw_netns *space, const struct sockstat *stat)
{
	return stat->inuse[0] > space->tcp[0] || stat->inuse[1] > space->tcp[1];
}

/* TIME-WAIT by its count, which is there for nothing; who waits with whom is not. */
static int add_count(struct mw_sockets *k, const struct mw_netns *space, uint64_t count)
{
	const struct mw_socket_sum waiting = {
		.key = { .netns = space->inode,
			 .state = TIME_WAIT,
			 .has_queues = true,
			 .has_memory = true },
		.count = count,
	};

	return count ? mw_socket_add(&k->table, &waiting, NULL) : 0;
}

/* What the namespace has beyond what processes hold: asked for where the kernel's own counts say that there
 * is any, and first for the states that cost least. Listening ones have a table of their own; of
 * those that wait for their end few are told, although all are walked. */
static int add_ownerless(struct mw_sockets *k, struct mw_netns *space, int64_t until)
{
	static const uint32_t listening = 1 << LISTEN,
			      closing = 1 << FIN_WAIT1 | 1 << FIN_WAIT2 | 1 << TIME_WAIT |
					1 << LAST_ACK | 1 << CLOSING,
			      stages[] = { listening, closing, ~(listening | closing) };
	struct sockstat stat = { 0 };
	bool unknown = read_sockstat(k, space, &stat) != 0;
	scoped_fd int fd = -1;
	int error = 0;

	for (size_t i = 0; i < COUNT(stages) && !error; i++) {
		bool also[] = { false, stat.tw > 0, space->pending };

		if (!unknown && !also[i] && !is_missing(space, &stat))
			continue;
		if (k->space_count > FEW_SPACES && mw_clock(k->live) >= until) {
			lost(k, space, -ECANCELED);
			return i < 2 ? add_count(k, space, stat.tw) : 0;
		}
		if (fd < 0)
			fd = mw_diag_open(k->live, space);
		error = dump(k, fd, space, tcp, COUNT(tcp), stages[i]);
		/* the problem is told once */
		if (fd < 0)
			break;
	}
	return error;
}

/* --- the ways ---------------------------------------------------------------------------------- */

static int read_structures(struct mw_sockets *k, struct slice rows)
{
	int64_t until = mw_clock(k->live) + DUMP_TIME;
	int error = mw_sockets_take_rows(k, rows);

	for (size_t i = 0; !error && i < k->space_count; i++)
		error = add_ownerless(k, &k->spaces[i], until);
	return error;
}

static int dump_all(struct mw_sockets *k, struct mw_netns *space)
{
	scoped_fd int fd = mw_diag_open(k->live, space);
	int error = dump(k, fd, space, tcp, COUNT(tcp), 0);

	return error || fd < 0 ? error : dump(k, fd, space, others, COUNT(others), 0);
}

static int read_text(struct mw_sockets *k)
{
	int64_t until = mw_clock(k->live) + 4 * DUMP_TIME;
	int error = mw_sockets_read_links(k);

	for (size_t i = 0; !error && i < k->space_count; i++) {
		if (i >= FEW_SPACES && mw_clock(k->live) >= until) {
			lost(k, &k->spaces[i], -ECANCELED);
			break;
		}
		error = dump_all(k, &k->spaces[i]);
	}
	return error ? error : mw_sockets_count_rest(k);
}

static int finish(struct mw_sockets *k)
{
	scoped_buf struct buf text = { 0 };
	struct mw_collect *c = k->c;

	mw_socket_table_write(&k->table, &text);
	if (!text.error)
		text.error = mw_keep(c->source, MW_KEPT_SOCKETS, buf_slice(&text));
	if (text.error == -ENOMEM)
		return text.error;
	return mw_socket_rows(c->snapshot, &k->table, c->want & MW_WANT_PEERS);
}

static int read_live(struct mw_collect *c)
{
	struct mw_sockets k = { .c = c, .live = mw_unrecorded(c->source) };
	scoped_buf struct buf rows = { 0 };
	bool structures = mw_bpf_need(k.live->bpf, 1 << MW_BPF_SOCKETS);
	int error = structures ? mw_bpf_sockets(k.live->bpf, &rows) : 0;

	if (error == -ENOMEM)
		return error;
	/* one process with millions of descriptors must not hide all others */
	if (error) {
		mw_snapshot_problem(c->snapshot, SLICE("bpf/sockets"), 0, error, NULL);
		structures = false;
	}
	if (!structures && !(c->want & MW_WANT_SOCKET_OWNERS))
		return mw_sockets_read_tables(c);
	error = mw_sockets_own_space(&k);
	if (!error)
		error = structures ? read_structures(&k, buf_slice(&rows)) : read_text(&k);
	if (!error)
		error = finish(&k);
	mw_sockets_release(&k);
	return error;
}

/* In a capture: what was made of them, otherwise the tables that captures of before have. */
static int read_kept(struct mw_collect *c)
{
	struct mw_socket_table table = { 0 };
	struct mw_parse_error at = { 0 };
	int error = mw_collect_kept(c, MW_KEPT_SOCKETS);

	if (error)
		return mw_sockets_read_tables(c);
	error = mw_socket_table_read(&table, buf_slice(&c->text), &at);
	if (error == -EBADMSG)
		mw_snapshot_problem(c->snapshot, slice_of(MW_KEPT_SOCKETS), at.line, error,
				    at.what);
	if (error != -ENOMEM)
		error = mw_socket_rows(c->snapshot, &table, c->want & MW_WANT_PEERS);
	mw_socket_table_release(&table);
	return error;
}

static int collect(struct mw_collect *c)
{
	return c->source->machine.kind == MW_LIVE ? read_live(c) : read_kept(c);
}

const struct mw_collector mw_collect_sockets = {
	.name = "sockets",
	.want = MW_WANT_SOCKETS | MW_WANT_SOCKET_OWNERS,
	.collect = collect,
};
