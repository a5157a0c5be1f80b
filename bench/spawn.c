/* Something to look at: idle processes, or empty control groups.
 *
 *   spawn processes N          N children that wait
 *   spawn groups N DIRECTORY   N groups in DIRECTORY/memwhy-test-bench-PID, a hundred in each of
 *                              its children
 *   spawn active N DIRECTORY   likewise, and in every third of them a process that gives back and
 *                              touches 64 KiB five times a second
 *
 * Prints "ready" when all are there, and takes them away when its standard input ends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PER_PARENT = 100, EVERY = 3, OWN = 64 << 10 };

static void wait_for_end(void)
{
	char byte;

	printf("ready\n");
	fflush(stdout);
	while (read(0, &byte, 1) > 0)
		;
}

/* @return its pid; the child never returns */
static pid_t child(const char *name)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, name);
	return 0;
}

static void end(const pid_t *pids, int count)
{
	for (int i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	for (int i = 0; i < count; i++)
		waitpid(pids[i], NULL, 0);
}

static int processes(int count)
{
	pid_t *pids = calloc((size_t)count, sizeof(*pids));
	int made = 0;

	if (!pids)
		return 2;
	for (; made < count; made++) {
		pids[made] = child("memwhy-idle");
		if (pids[made] < 0)
			break;
		while (!pids[made])
			pause();
	}
	if (made == count)
		wait_for_end();
	end(pids, made);
	free(pids);
	return made == count ? 0 : 2;
}

/* The first of each hundred is the parent of the others. */
static void path_of(const char *top, int n, char *path, size_t size)
{
	if (n % PER_PARENT)
		snprintf(path, size, "%s/%d/%d", top, n / PER_PARENT, n % PER_PARENT);
	else
		snprintf(path, size, "%s/%d", top, n / PER_PARENT);
}

/* Make or remove the groups, parents first or last. */
static int each_group(const char *top, int count, int remove)
{
	char path[4096];
	int failed = 0;

	for (int i = 0; i < count; i++) {
		path_of(top, remove ? count - 1 - i : i, path, sizeof(path));
		if (remove ? rmdir(path) && errno != ENOENT : mkdir(path, 0755))
			failed = 1;
	}
	return failed;
}

static int join(const char *group)
{
	char path[4200];
	int fd, joined;

	snprintf(path, sizeof(path), "%s/cgroup.procs", group);
	fd = open(path, O_WRONLY);
	joined = fd >= 0 && write(fd, "0", 1) == 1;
	if (fd >= 0)
		close(fd);
	return joined;
}

static void touch(void)
{
	char *own = mmap(NULL, OWN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	while (own != MAP_FAILED) {
		memset(own, 1, OWN);
		usleep(200000);
		madvise(own, OWN, MADV_DONTNEED);
	}
	_exit(1);
}

/* Processes in every third group. @return how many were made */
static int inhabit(const char *top, int count, pid_t *pids)
{
	char path[4096];
	int made = 0;

	for (int n = 1; n < count; n += EVERY) {
		path_of(top, n, path, sizeof(path));
		pids[made] = child("memwhy-active");
		if (!pids[made]) {
			if (!join(path))
				_exit(1);
			touch();
		}
		if (pids[made] < 0)
			break;
		made++;
	}
	return made;
}

static int groups(int count, const char *directory, int active)
{
	pid_t *pids = calloc((size_t)count, sizeof(*pids));
	char top[3072];
	int failed, made = 0;

	if (!pids)
		return 2;

	snprintf(top, sizeof(top), "%s/memwhy-test-bench-%d", directory, getpid());
	if (mkdir(top, 0755)) {
		perror(top);
		free(pids);
		return 2;
	}
	failed = each_group(top, count - 1, 0);
	if (!failed && active)
		made = inhabit(top, count - 1, pids);
	if (!failed)
		wait_for_end();
	end(pids, made);
	failed |= each_group(top, count - 1, 1);
	free(pids);
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
		return groups(count, argv[3], 0);
	if (count > 0 && argc == 4 && !strcmp(argv[1], "active"))
		return groups(count, argv[3], 1);
	fprintf(stderr, "usage: spawn processes N | groups N DIRECTORY | active N DIRECTORY\n");
	return 2;
}
