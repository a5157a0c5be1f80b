/* Sockets to look at, and what looking costs.
 *
 *   sockets make N     N TCP sockets, in pairs over the loopback, in processes of 5000; every twentieth has
 *                      1 to 8 KiB unread. Prints "ready", and ends when its standard input does.
 *   sockets ROUNDS     medians of CPU time in ms of reading and adding up all sockets with owner and memory:
 *                      from the kernel's structures ("-" where that does not work) and from text; rows */
#include "bench.h"

#include "base/arena.h"
#include "bpf/capability.h"
#include "engine/engine.h"
#include "ledger/sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PER_PROCESS = 5000, EVERY = 10, KIB = 1024 };

/* --- making ----------------------------------------------------------------------------------- */

static int pair(int listener, const struct sockaddr_in *at, int number)
{
	/* no TIME-WAIT is left behind */
	static const struct linger reset = { 1, 0 };
	static char bytes[8 * KIB];
	int client = socket(AF_INET, SOCK_STREAM, 0), server;

	setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (connect(client, (const struct sockaddr *)at, sizeof(*at)))
		return -1;
	server = accept(listener, NULL, NULL);
	setsockopt(server, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	if (server < 0)
		return -1;
	if (number % EVERY == 0 && write(client, bytes, (size_t)KIB * (size_t)(1 + number % 8)) < 0)
		return -1;
	return 0;
}

static void make(int process, int pairs, int told)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(0x7f000101u + (uint32_t)process) };
	socklen_t size = sizeof(at);
	int listener = socket(AF_INET, SOCK_STREAM, 0), made = 0;

	if (!bind(listener, (struct sockaddr *)&at, size) && !listen(listener, 128) &&
	    !getsockname(listener, (struct sockaddr *)&at, &size))
		while (made < pairs && !pair(listener, &at, made))
			made++;
	if (write(told, made == pairs ? "y" : "n", 1) == 1)
		for (;;)
			pause();
	_exit(1);
}

static int make_all(int count)
{
	int pipes[2], processes = 0, failed = pipe(pipes);
	char answer;

	for (int left = count; left > 0 && !failed; left -= PER_PROCESS, processes++) {
		pid_t pid = fork();

		if (!pid) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			prctl(PR_SET_NAME, "memwhy-sockets");
			make(processes, (left < PER_PROCESS ? left : PER_PROCESS) / 2, pipes[1]);
		}
		failed = pid < 0;
	}
	for (int i = 0; i < processes && !failed; i++)
		failed = read(pipes[0], &answer, 1) != 1 || answer != 'y';
	if (!failed) {
		printf("ready\n");
		fflush(stdout);
		while (read(0, &answer, 1) > 0)
			;
	}
	return failed ? 2 : 0;
}

/* --- measuring -------------------------------------------------------------------------------- */

static size_t look(struct mw_source *source)
{
	struct mw_snapshot *s;
	struct mw_socket_groups groups;
	struct arena arena = { 0 };
	uint64_t count;

	/* processes are another reader's work: their cost is the sweep's in front of this */
	if (mw_engine_sweep(source, MW_WANT_PROCESSES | MW_WANT_CGROUP_NAMES, &s))
		exit(2);
	count = 0;
	if (mw_engine_sweep_more(source, MW_WANT_PROCESSES | MW_WANT_CGROUP_NAMES,
				 MW_WANT_SOCKETS | MW_WANT_SOCKET_OWNERS, s) ||
	    mw_sockets_group(s, MW_SOCKETS_BY_PROCESS, NULL, &arena, &groups))
		exit(2);
	for (size_t i = 0; i < groups.count; i++)
		count += mw_get_or(groups.at[i], M_SK_COUNT, 0);
	arena_release(&arena);
	mw_snapshot_free(s);
	return count;
}

static void look_at_processes(struct mw_source *source)
{
	struct mw_snapshot *s;

	if (mw_engine_sweep(source, MW_WANT_PROCESSES | MW_WANT_CGROUP_NAMES, &s))
		exit(2);
	mw_snapshot_free(s);
}

/* The look with sockets less the one without, in turn. */
static double cost(struct mw_source *source, int rounds, size_t *count)
{
	double times[MAX_ROUNDS] = { 0 };

	look(source);
	for (int i = 0; i < rounds; i++) {
		double before = cpu_ms(RUSAGE_SELF), between;

		*count = look(source);
		between = cpu_ms(RUSAGE_SELF);
		look_at_processes(source);
		times[i] = between - before - (cpu_ms(RUSAGE_SELF) - between);
	}
	return median(times, rounds);
}

static int measure(int rounds)
{
	struct mw_source *source;
	struct mw_bpf *bpf;
	size_t count = 0;

	if (mw_source_live("/", &source) || mw_bpf_new(false, &bpf))
		return 2;
	source->bpf = bpf;
	if (mw_bpf_need(bpf, 1 << MW_BPF_SOCKETS))
		printf("%.2f ", cost(source, rounds, &count));
	else
		printf("- ");
	source->bpf = NULL;
	printf("%.2f ", cost(source, rounds, &count));
	printf("%zu\n", count);
	mw_source_free(source);
	mw_bpf_free(bpf);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "make") && atoi(argv[2]) > 0)
		return make_all(atoi(argv[2]));
	if (argc == 2 && atoi(argv[1]) > 0)
		return measure(rounds_of(argv[1]));
	fprintf(stderr, "usage: sockets make N | ROUNDS\n");
	return 2;
}
