/* sock_diag in other network namespaces: a netlink socket belongs to the one that its maker was in, and a
 * thread can be in another than its process. */
#include "base/scoped.h"
#include "collect/sockets/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

struct visit {
	int space, made;
};

/* Root of a namespace may send messages to any netlink socket in it: only the kernel's are let in. */
static int make_socket(void)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	const struct timeval longest = { .tv_sec = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	int error;

	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof(longest)))
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static void *enter(void *argument)
{
	struct visit *v = argument;

	v->made = setns(v->space, CLONE_NEWNET) ? -errno : make_socket();
	return NULL;
}

int mw_diag_open(struct mw_source *live, const struct mw_netns *space)
{
	char path[40];
	scoped_fd int ns = -1;
	struct visit visit;
	pthread_t thread;
	int error;

	if (!space->pid)
		return make_socket();
	snprintf(path, sizeof(path), "proc/%u/ns/net", space->pid);
	ns = openat((int)live->root, path, O_RDONLY | O_CLOEXEC);
	if (ns < 0)
		return -errno;
	visit = (struct visit){ ns, -EIO };
	error = pthread_create(&thread, NULL, enter, &visit);
	if (error)
		return -error;
	pthread_join(thread, NULL);
	return visit.made;
}

/* What the kernel sent next. Others' messages can have come before the socket was connected, but not for
 * ever. @return its length or -errno */
static ssize_t receive(int fd, void *out, size_t size)
{
	enum { STRANGERS_MAX = 4096 };

	for (unsigned strangers = 0; strangers < STRANGERS_MAX; strangers++) {
		struct sockaddr_nl from = { 0 };
		socklen_t length = sizeof(from);
		ssize_t got = recvfrom(fd, out, size, 0, (struct sockaddr *)&from, &length);

		if (got < 0 && errno != EINTR)
			return errno == EAGAIN ? -ETIMEDOUT : -errno;
		if (got >= 0 && length == sizeof(from) && !from.nl_pid)
			return got ? got : -EIO;
	}
	return -EBADMSG;
}

int mw_diag_dump(int fd, const struct mw_diag_query *q, mw_diag_fn fn, void *argument)
{
	enum { CHUNK = 65536 };
	unsigned char request[MW_DIAG_REQUEST];
	size_t size = mw_diag_request(q, request);
	scoped_buf struct buf answer = { 0 };
	bool done = false;
	int error = buf_reserve(&answer, CHUNK);

	if (!error && send(fd, request, size, 0) != (ssize_t)size)
		error = -errno;
	while (!error && !done) {
		ssize_t got = receive(fd, answer.at, CHUNK);

		error = got < 0 ? (int)got
				: mw_diag_parse(q, (struct slice){ answer.at, (size_t)got }, fn,
						argument, &done);
	}
	return error;
}

int mw_sockets_own_space(struct mw_sockets *k)
{
	struct mw_dir root = mw_root(k->live);
	struct slice text;
	uint64_t inode;
	int error = mw_readlink(&root, "proc/thread-self/ns/net", &k->c->text);

	if (error)
		return error;
	text = buf_slice(&k->c->text);
	if (!slice_after(&text, "[") || !slice_u64(&text, &inode) || inode > UINT32_MAX)
		return -EBADMSG;
	return mw_sockets_space(k, (uint32_t)inode, 0) ? 0 : -ENOMEM;
}
