/* Something to look at: idle processes, or empty control groups.
 *
 *   spawn processes N          N children that wait
 *   spawn groups N DIRECTORY   N groups in DIRECTORY/memwhy-test-bench-PID, a hundred in each of
 *                              its children
 *
 * Prints "ready" when all are there, and takes them away when its standard input ends. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PER_PARENT = 100 };

static void wait_for_end(void)
{
	char byte;

	printf("ready\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
}

static int processes(int count)
{
	pid_t *pids = calloc((size_t)count, sizeof(*pids));
	int made = 0;

	if (!pids)
		return 2;
	for (; made < count; made++) {
		pids[made] = fork();
		if (pids[made] < 0)
			break;
		if (pids[made])
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "memwhy-idle");
		for (;;)
			pause();
	}
	if (made == count)
		wait_for_end();
	for (int i = 0; i < made; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < made; i++)
		waitpid(pids[i], NULL, 0);
	free(pids);
	return made == count ? 0 : 2;
}

/* Make or remove the groups, parents first or last. */
static int each_group(const char *top, int count, int remove)
{
	char path[4096];
	int failed = 0;

	for (int i = 0; i < count; i++) {
		int n = remove ? count - 1 - i : i;

		/* the first of each hundred is the parent of the others */
		if (n % PER_PARENT)
			snprintf(path, sizeof(path), "%s/%d/%d", top, n / PER_PARENT,
				 n % PER_PARENT);
		else
			snprintf(path, sizeof(path), "%s/%d", top, n / PER_PARENT);
		if (remove ? rmdir(path) && errno != ENOENT : mkdir(path, 0755))
			failed = 1;
	}
	return failed;
}

static int groups(int count, const char *directory)
{
	char top[3072];
	int failed;

	snprintf(top, sizeof(top), "%s/memwhy-test-bench-%d", directory, getpid());
	if (mkdir(top, 0755)) {
		perror(top);
		return 2;
	}
	failed = each_group(top, count - 1, 0);
	if (!failed)
		wait_for_end();
	failed |= each_group(top, count - 1, 1);
	return rmdir(top) || failed ? 2 : 0;
}

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 0;

	/* an interrupted run closes our input; that is when to clean up */
	signal(SIGINT, SIG_IGN);
	if (count > 0 && argc == 3 && !strcmp(argv[1], "processes"))
		return processes(count);
	if (count > 0 && argc == 4 && !strcmp(argv[1], "groups"))
		return groups(count, argv[3]);
	fprintf(stderr, "usage: spawn processes N | groups N DIRECTORY\n");
	return 2;
}
