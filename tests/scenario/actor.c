/* actor CGROUP_DIR: enters a control group, then makes memory of a known kind and amount on command.
 * One command a line on standard input, one answer a line: "ok BYTES" (what was really made),
 * "skip REASON" (this kernel or machine cannot), "error TEXT". What was made is kept until the end of
 * the input. Amounts are in MiB. Deliberately plain: no allocation beside what is asked for.
 * actor - COMMAND...: where it is, as the first process of a container may be: the commands are the
 * arguments, what was made is kept until SIGTERM; "wait 0" goes on at SIGUSR1. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21 /* Linux 5.4 */
#endif

enum outcome { OK, SKIP, ERROR };

struct request {
	size_t bytes;
	const char *path;
	size_t made;
	const char *reason; /* of a skip; NULL: errno says it */
};

static char chunk[64 << 10];

static long page_size;

static enum outcome skip(struct request *r, const char *reason)
{
	r->reason = reason;
	return SKIP;
}

static char *map(size_t bytes, int flags, int advice)
{
	char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags,
			-1, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (advice)
		madvise(at, bytes, advice);
	return at;
}

/* Content that neither KSM, zswap nor zram can make small: for each page, or all of it. */
static void fill(char *at, size_t bytes)
{
	static uint64_t seed = 88172645463325252u;

	for (size_t i = 0; i + sizeof(seed) <= bytes; i += sizeof(seed)) {
		seed ^= seed << 13;
		seed ^= seed >> 7;
		seed ^= seed << 17;
		memcpy(at + i, &seed, sizeof(seed));
	}
}

static enum outcome touch(struct request *r, char *at)
{
	if (!at)
		return ERROR;
	for (size_t done = 0; done < r->bytes; done += (size_t)page_size)
		fill(at + done, sizeof(uint64_t));
	r->made = r->bytes;
	return OK;
}

static enum outcome make_anon(struct request *r)
{
	return touch(r, map(r->bytes, 0, MADV_NOHUGEPAGE));
}

/* Aligned, so that every huge page can be one. */
static enum outcome make_thp(struct request *r)
{
	char *at = map(r->bytes + 2 * MIB, 0, 0);

	if (!at)
		return ERROR;
	at = (char *)(((uintptr_t)at + 2 * MIB - 1) & ~(uintptr_t)(2 * MIB - 1));
	if (madvise(at, r->bytes, MADV_HUGEPAGE))
		return skip(r, "no transparent huge pages");
	return touch(r, at);
}

static enum outcome make_mlock(struct request *r)
{
	char *at = map(r->bytes, 0, MADV_NOHUGEPAGE);

	if (!at)
		return ERROR;
	if (mlock(at, r->bytes))
		return skip(r, "mlock: above the limit");
	return touch(r, at);
}

static enum outcome make_hugetlb(struct request *r)
{
	char *at = map(r->bytes, MAP_HUGETLB, 0);

	return at ? touch(r, at) : skip(r, "no huge pages in the pool");
}

static enum outcome make_swapped(struct request *r)
{
	char *at = map(r->bytes, 0, MADV_NOHUGEPAGE);

	if (!at)
		return ERROR;
	fill(at, r->bytes);
	if (madvise(at, r->bytes, MADV_PAGEOUT))
		return skip(r, "no MADV_PAGEOUT (Linux 5.4)");
	r->made = r->bytes;
	return OK;
}

/* Page tables and nothing else: one page table page serves 2 MiB of address space, and reading an
 * untouched page maps the shared zero page, which is in nobody's RSS. */
static enum outcome make_page_tables(struct request *r)
{
	size_t span = (size_t)page_size / 8 * (size_t)page_size;
	size_t tables = r->bytes / (size_t)page_size;
	char *at = mmap(NULL, tables * span, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
			-1, 0);
	volatile char sum = 0;

	if (at == MAP_FAILED)
		return ERROR;
	madvise(at, tables * span, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < tables; i++)
		sum += at[i * span];
	r->made = r->bytes;
	return OK;
}

/* --- files ------------------------------------------------------------------------------------ */

static int write_file(const char *path, size_t bytes)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		return -1;
	fill(chunk, sizeof(chunk));
	for (size_t done = 0; done < bytes; done += sizeof(chunk))
		if (write(fd, chunk, sizeof(chunk)) != (ssize_t)sizeof(chunk)) {
			close(fd);
			return -1;
		}
	return fd;
}

static int read_through(int fd)
{
	ssize_t got;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -1;
	while ((got = read(fd, chunk, sizeof(chunk))) > 0)
		;
	return got ? -1 : 0;
}

/* In the page cache only because it was read, `times` times. */
static enum outcome read_file(struct request *r, int times)
{
	int fd = write_file(r->path, r->bytes);

	if (fd < 0 || fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
		return ERROR;
	while (times-- > 0)
		if (read_through(fd))
			return ERROR;
	close(fd);
	r->made = r->bytes;
	return OK;
}

static enum outcome make_read_once(struct request *r)
{
	return read_file(r, 1);
}

static enum outcome make_read_twice(struct request *r)
{
	return read_file(r, 2);
}

static enum outcome make_dirty(struct request *r)
{
	int fd = write_file(r->path, r->bytes);

	if (fd < 0)
		return ERROR;
	close(fd);
	r->made = r->bytes;
	return OK;
}

static enum outcome make_synced(struct request *r)
{
	int fd = write_file(r->path, r->bytes);

	if (fd < 0 || fsync(fd))
		return ERROR;
	close(fd);
	r->made = r->bytes;
	return OK;
}

/* Has no name any more, but is kept open. */
static enum outcome make_deleted(struct request *r)
{
	int fd = write_file(r->path, r->bytes);

	if (fd < 0 || fsync(fd) || unlink(r->path))
		return ERROR;
	r->made = r->bytes;
	return OK;
}

/* A file mapped shared and clean: RssFile of this process. */
static enum outcome make_mapped(struct request *r)
{
	int fd = write_file(r->path, r->bytes);
	volatile char sum = 0;
	char *at;

	if (fd < 0 || fsync(fd))
		return ERROR;
	at = mmap(NULL, r->bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return ERROR;
	for (size_t i = 0; i < r->bytes; i += (size_t)page_size)
		sum += at[i];
	close(fd);
	r->made = r->bytes;
	return OK;
}

/* Mapped as well, so that it is RssShmem too. */
static enum outcome make_memfd(struct request *r)
{
	int fd = memfd_create("memwhy-actor", MFD_CLOEXEC);
	char *at;

	if (fd < 0)
		return skip(r, "no memfd_create");
	if (ftruncate(fd, (off_t)r->bytes))
		return ERROR;
	at = mmap(NULL, r->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return at == MAP_FAILED ? ERROR : touch(r, at);
}

/* Shared memory that nobody maps: of the group, and in no process's RSS. */
static enum outcome make_held(struct request *r)
{
	int fd = memfd_create("memwhy-actor", MFD_CLOEXEC);

	if (fd < 0)
		return skip(r, "no memfd_create");
	fill(chunk, sizeof(chunk));
	for (; r->made < r->bytes; r->made += sizeof(chunk))
		if (write(fd, chunk, sizeof(chunk)) != (ssize_t)sizeof(chunk))
			return ERROR;
	return OK;
}

/* A file that is there already, mapped. */
static enum outcome make_attached(struct request *r)
{
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);
	volatile char sum = 0;
	char *at;

	if (fd < 0)
		return ERROR;
	at = mmap(NULL, r->bytes, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return ERROR;
	for (; r->made < r->bytes; r->made += (size_t)page_size)
		sum += at[r->made];
	close(fd);
	return OK;
}

/* --- sockets: bytes sent, never read ---------------------------------------------------------- */

/* Send until the receiver's buffer is full. */
static size_t stuff(int fd)
{
	size_t sent = 0;
	ssize_t n;

	while ((n = send(fd, chunk, sizeof(chunk), MSG_DONTWAIT | MSG_NOSIGNAL)) > 0)
		sent += (size_t)n;
	return sent;
}

static void widen(int fd)
{
	int size = 1 << 20;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
}

static enum outcome make_unix(struct request *r)
{
	while (r->made < r->bytes) {
		int pair[2];
		size_t sent;

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
			return ERROR;
		widen(pair[0]);
		sent = stuff(pair[0]);
		if (!sent)
			return ERROR;
		r->made += sent;
	}
	return OK;
}

static enum outcome make_tcp(struct request *r)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(to);
	int server = socket(AF_INET, SOCK_STREAM, 0);

	widen(server);
	if (server < 0 || bind(server, (struct sockaddr *)&to, sizeof(to)) || listen(server, 8) ||
	    getsockname(server, (struct sockaddr *)&to, &len))
		return ERROR;
	while (r->made < r->bytes) {
		int client = socket(AF_INET, SOCK_STREAM, 0);
		size_t sent;

		widen(client);
		if (client < 0 || connect(client, (struct sockaddr *)&to, sizeof(to)) ||
		    accept(server, NULL, NULL) < 0)
			return ERROR;
		sent = stuff(client);
		if (!sent)
			return ERROR;
		r->made += sent;
	}
	return OK;
}

static enum outcome make_wait(struct request *r)
{
	sigset_t set;
	int number;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	return sigwait(&set, &number) ? ERROR : OK;
}

/* --- commands --------------------------------------------------------------------------------- */

static const struct command {
	const char *name;
	enum outcome (*make)(struct request *);
} commands[] = {
	{ "anon", make_anon },
	{ "thp", make_thp },
	{ "mlock", make_mlock },
	{ "hugetlb", make_hugetlb },
	{ "swapped", make_swapped },
	{ "page-tables", make_page_tables },
	{ "read-once", make_read_once },
	{ "read-twice", make_read_twice },
	{ "dirty", make_dirty },
	{ "synced", make_synced },
	{ "deleted", make_deleted },
	{ "mapped", make_mapped },
	{ "tmpfs", make_dirty }, /* the path says that it is one */
	{ "memfd", make_memfd },
	{ "held", make_held },
	{ "attached", make_attached },
	{ "unix", make_unix },
	{ "tcp", make_tcp },
	{ "wait", make_wait },
};

static void answer(const char *name, struct request *r)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, name) != 0)
			continue;
		errno = 0;
		switch (commands[i].make(r)) {
		case OK: printf("ok %zu\n", r->made); return;
		case SKIP: printf("skip %s\n", r->reason); return;
		case ERROR: printf("error %s\n", strerror(errno)); return;
		}
	}
	printf("error no such command\n");
}

static int enter(const char *group)
{
	char path[4096];
	int fd, bad;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	bad = write(fd, "0", 1) != 1;
	close(fd);
	return bad ? -1 : 0;
}

static void obey(char *line)
{
	char *rest = NULL;
	char *name = strtok_r(line, " \n", &rest);
	char *amount = strtok_r(NULL, " \n", &rest);
	struct request r = { .path = strtok_r(NULL, "\n", &rest) };

	if (!name || !amount)
		return;
	r.bytes = strtoul(amount, NULL, 10) * MIB;
	answer(name, &r);
}

static void leave(int number)
{
	_exit(128 + number);
}

static _Noreturn void stay(int count, char **requests)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	/* the first process of a namespace has no default action; last: it tells that we listen */
	signal(SIGTERM, leave);
	for (int i = 0; i < count; i++)
		obey(requests[i]);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	char line[4096];

	page_size = sysconf(_SC_PAGESIZE);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 2 && !strcmp(argv[1], "-"))
		stay(argc - 2, argv + 2);
	if (argc != 2 || enter(argv[1])) {
		printf("error cannot enter the group: %s\n", strerror(errno));
		return 1;
	}
	printf("ok 0\n");
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	return 0;
}
