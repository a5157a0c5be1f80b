#include "bpf/sockets.h"

#include "base/scoped.h"
#include "bpf/part.h"
#include "language/language.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* A million descriptors. */
#define MOST_BYTES ((size_t)160 << 20)

enum { ESTABLISHED = 1, LISTENING = 10 };

/* What we know of ourselves: bytes that were written, and how many of them were read. */
enum { UNIX_WRITTEN = 1500, UNIX_READ = 200, PIPE_WRITTEN = 300, TCP_WRITTEN = 700 };

struct probe {
	int local[2], pipe[2], server, client, accepted; /* -1 = could not be made */
	uint16_t port;
};

static bool write_all(int fd, size_t size)
{
	static const char zeros[UNIX_WRITTEN];

	return write(fd, zeros, size) == (ssize_t)size;
}

/* A connection to ourselves; there is none where the loopback device is down. @return 0 or -errno of what
 * must work anywhere */
static int connect_self(struct probe *p)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t size = sizeof(at);

	p->server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	p->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->server < 0 || p->client < 0)
		return -errno;
	if (bind(p->server, (struct sockaddr *)&at, size) || listen(p->server, 1) ||
	    getsockname(p->server, (struct sockaddr *)&at, &size))
		return 0;
	p->port = ntohs(at.sin_port);
	/* the loopback's other end has answered when connect() returns, or it is not up */
	if (connect(p->client, (struct sockaddr *)&at, size) && errno != EINPROGRESS)
		return 0;
	if (fcntl(p->server, F_SETFL, O_NONBLOCK))
		return -errno;
	p->accepted = accept4(p->server, NULL, NULL, SOCK_CLOEXEC);
	if (p->accepted >= 0 && !write_all(p->client, TCP_WRITTEN))
		return -EIO;
	return 0;
}

static int open_probe(struct probe *p)
{
	char unused[UNIX_READ];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p->local) ||
	    pipe2(p->pipe, O_CLOEXEC))
		return -errno;
	if (!write_all(p->local[0], UNIX_WRITTEN) ||
	    read(p->local[1], unused, sizeof(unused)) != UNIX_READ ||
	    !write_all(p->pipe[1], PIPE_WRITTEN))
		return -EIO;
	return connect_self(p);
}

static void close_probe(struct probe *p)
{
	const int fds[] = { p->local[0], p->local[1], p->pipe[0], p->pipe[1],
			    p->server,   p->client,   p->accepted };

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* The row of one of our own descriptors, if inode and namespace are what stat() says. */
static const struct mw_socket_row *find(const struct buf *rows, int fd)
{
	const struct mw_socket_row *r;
	struct stat st, ns;

	if (fd < 0 || fstat(fd, &st) || stat("/proc/thread-self/ns/net", &ns))
		return NULL;
	for (size_t at = 0; at + offsetof(struct mw_socket_row, id) <= rows->len; at += r->size) {
		r = (const void *)(rows->at + at);
		if (!r->size)
			break;
		if (r->kind == MW_ROW_PROCESS || r->pid != (uint32_t)getpid() ||
		    r->fd != (uint32_t)fd)
			continue;
		return r->inode == st.st_ino && (r->kind == MW_ROW_PIPE || r->netns == ns.st_ino)
			       ? r
			       : NULL;
	}
	return NULL;
}

static bool tcp_is_right(const struct buf *rows, const struct probe *p)
{
	static const uint8_t loopback[16] = { [10] = 0xff, 0xff, 127, 0, 0, 1 };
	const struct mw_socket_row *server = find(rows, p->server),
				   *accepted = find(rows, p->accepted);

	if (!server || server->family != AF_INET || server->protocol != IPPROTO_TCP)
		return false;
	if (p->accepted < 0)
		return true;
	return accepted && server->state == LISTENING && server->local_port == p->port &&
	       accepted->state == ESTABLISHED && accepted->local_port == p->port &&
	       accepted->recv == TCP_WRITTEN && accepted->received >= TCP_WRITTEN &&
	       accepted->receive_room && !memcmp(accepted->remote, loopback, sizeof(loopback));
}

static bool is_right(const struct buf *rows, const struct probe *p)
{
	const struct mw_socket_row *reader = find(rows, p->local[1]),
				   *writer = find(rows, p->local[0]),
				   *pipe = find(rows, p->pipe[0]), *end = find(rows, p->pipe[1]);

	return reader && writer && pipe && end && reader->family == AF_UNIX &&
	       reader->type == SOCK_STREAM && reader->recv == UNIX_WRITTEN - UNIX_READ &&
	       !writer->recv && writer->sent >= UNIX_WRITTEN && pipe->kind == MW_ROW_PIPE &&
	       pipe->recv == PIPE_WRITTEN && pipe->received == 1 && pipe->receive_room &&
	       pipe->id == end->id && tcp_is_right(rows, p);
}

/* Of this process alone where the kernel can do that (6.1), for others may have very many. */
static int read_own(struct mw_programs *p, struct buf *rows)
{
	union bpf_iter_link_info info = { .task.pid = (uint32_t)getpid() };
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info,
		    .link_info_len = sizeof(info));
	struct bpf_link *own = bpf_program__attach_iter(p->progs.sockets_rows, &options);
	int error = mw_bpf_iterate(own ? own : p->links.sockets_rows, rows);

	bpf_link__destroy(own);
	return error;
}

static int check(struct mw_programs *p, const char **why)
{
	struct probe probe = { { -1, -1 }, { -1, -1 }, -1, -1, -1, 0 };
	scoped_buf struct buf rows = { .limit = MOST_BYTES };
	int error = open_probe(&probe);

	if (!error)
		error = read_own(p, &rows);
	if (!error && !is_right(&rows, &probe)) {
		*why = N_("what it reads of this process is wrong");
		error = -EBADMSG;
	}
	close_probe(&probe);
	return error;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	return mw_bpf_attach(p->progs.sockets_rows, &p->links.sockets_rows, why) ?: check(p, why);
}

int mw_bpf_sockets(struct mw_bpf *b, struct buf *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_SOCKETS);

	buf_clear(out);
	if (!out->limit)
		out->limit = MOST_BYTES;
	return p ? mw_bpf_iterate(p->links.sockets_rows, out) : -EOPNOTSUPP;
}

const struct mw_bpf_part mw_bpf_part_sockets = { .at_home = true, .start = start };
