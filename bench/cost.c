/* What a command costs: cost ROUNDS COMMAND ARGUMENT… runs it with its output thrown away and prints
 * the medians of CPU time and wall time in ms, and its largest resident memory in KiB. */
#include "bench.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(char **argv)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
		_exit(127);
	execvp(argv[0], argv);
	_exit(127);
}

int main(int argc, char **argv)
{
	double cpu[MAX_ROUNDS] = { 0 }, wall[MAX_ROUNDS] = { 0 };
	long rss = 0;
	int rounds;

	if (argc < 3) {
		fprintf(stderr, "usage: cost ROUNDS COMMAND ARGUMENT...\n");
		return 2;
	}
	rounds = rounds_of(argv[1]);
	for (int i = -1; i < rounds; i++) {
		double began = wall_ms(), before = cpu_ms(RUSAGE_CHILDREN);
		struct rusage r;
		int status;
		pid_t pid = fork();

		if (pid == 0)
			run(argv + 2);
		/* not there, or ended by a signal; commands that found something end with 1 */
		if (pid < 0 || wait4(pid, &status, 0, &r) < 0 || !WIFEXITED(status) ||
		    WEXITSTATUS(status) > 1)
			return 1;
		if (i < 0)
			continue;
		cpu[i] = cpu_ms(RUSAGE_CHILDREN) - before;
		wall[i] = wall_ms() - began;
		rss = r.ru_maxrss > rss ? r.ru_maxrss : rss;
	}
	printf("%.1f %.1f %ld\n", median(cpu, rounds), median(wall, rounds), rss);
	return 0;
}
