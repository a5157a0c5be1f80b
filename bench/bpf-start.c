/* What it costs to start the fast readers: probing, loading, checking. Each round is a process of its own, as
 * a user's run is.
 *
 *   bpf-start [ROUNDS]
 *
 * Prints the median CPU time in ms for everything at once, and for each capability alone; on standard error how
 * long each takes to check its values. */
#include "bench.h"

#include "bpf/capability.h"

#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void start(uint32_t mask, bool tell)
{
	struct mw_bpf_status status;
	struct mw_bpf *b;
	bool works;

	if (mw_bpf_new(false, &b))
		_exit(2);
	works = mw_bpf_need(b, mask);
	for (int i = 0; tell && i < MW_BPF_CAPABILITIES; i++) {
		mw_bpf_status(b, i, &status);
		if (status.state == MW_BPF_OFF)
			fprintf(stderr, "%s is off: %s\n", status.name, status.why);
		else if (status.state == MW_BPF_WORKS)
			fprintf(stderr, "%s: checked in %.1f ms\n", status.name,
				(double)status.start_ns / 1e6);
	}
	_exit(!works);
}

/* CPU time of a process that starts these; unloading is not in it. */
static double once(uint32_t mask, bool tell)
{
	struct rusage r;
	pid_t pid = fork();

	if (pid < 0)
		exit(2);
	if (pid == 0)
		start(mask, tell);
	if (wait4(pid, NULL, 0, &r) < 0)
		exit(2);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
}

static double typical(uint32_t mask, int rounds, bool tell)
{
	double values[MAX_ROUNDS] = { 0 };

	for (int i = 0; i < rounds; i++)
		values[i] = once(mask, tell && i == 0);
	return median(values, rounds);
}

int main(int argc, char **argv)
{
	const uint32_t all = (1U << MW_BPF_CAPABILITIES) - 1;
	int rounds = rounds_of(argc > 1 ? argv[1] : "9");
	struct mw_bpf_status status;
	struct mw_bpf *b;

	if (mw_bpf_new(false, &b))
		return 2;
	printf("%-10s %8.1f ms\n", "everything", typical(all, rounds, true));
	for (int i = 0; i < MW_BPF_CAPABILITIES; i++) {
		mw_bpf_status(b, i, &status);
		printf("%-10s %8.1f ms\n", status.name, typical(1U << i, rounds, false));
	}
	return 0;
}
