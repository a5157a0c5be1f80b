/* Dumps of this kernel's own sockets, while somebody else answers too. */
#include "test.h"

#include "collect/sockets/sockets.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const struct mw_diag_query local = { AF_UNIX, 0, 0, 7 };

struct answer {
	struct nlmsghdr head;
	int32_t error;
};

/* What ends a dump, as if the kernel had sent it. @return 0 or -errno */
static int forge(int fd)
{
	struct answer answer = { { sizeof(answer), NLMSG_DONE, 0, local.number, 0 }, 0 };
	struct sockaddr_nl to = { 0 };
	socklen_t length = sizeof(to);
	scoped_fd int stranger = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

	EXPECT_EQ(getsockname(fd, (struct sockaddr *)&to, &length), 0);
	EXPECT(to.nl_pid != 0);
	return sendto(stranger, &answer, sizeof(answer), MSG_DONTWAIT, (struct sockaddr *)&to,
		      length) < 0
		       ? -errno
		       : 0;
}

static int count(const struct mw_diag_socket *x, void *argument)
{
	*(size_t *)argument += x->sum.count;
	return 0;
}

TEST(who_is_not_the_kernel_cannot_send)
{
	const struct mw_netns own = { 0 };
	scoped_fd int fd = mw_diag_open(NULL, &own);
	int error;

	EXPECT(fd >= 0);
	error = forge(fd);
	/* without privilege it is not even tried */
	EXPECT(error == -ECONNREFUSED || error == -EPERM);
}

TEST(what_others_sent_before_is_passed_over)
{
	scoped_fd int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	size_t found = 0;
	int pair[2], error;

	EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	EXPECT_EQ(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	error = forge(fd);
	EXPECT(!error || error == -EPERM);
	error = mw_diag_dump(fd, &local, count, &found);
	/* unix_diag is a module */
	if (error != -ENOENT) {
		EXPECT_EQ(error, 0);
		EXPECT(found >= 2);
	}
	close(pair[0]);
	close(pair[1]);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

TEST(silence_has_an_end)
{
	const struct mw_netns own = { 0 };
	scoped_fd int fd = mw_diag_open(NULL, &own);
	char unused[16];
	double begin = now();

	EXPECT(fd >= 0);
	EXPECT(recv(fd, unused, sizeof(unused), 0) < 0);
	EXPECT_EQ(errno, EAGAIN);
	EXPECT(now() - begin < 5);
}
