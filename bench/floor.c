/* The floor: only opens, reads and closes kernel files; nothing is parsed or kept. What memwhy needs
 * above it is memwhy's own. Shares no code with memwhy, so that it cannot share its mistakes.
 *
 *   floor ROUNDS proc FILE…             the files of every process
 *   floor ROUNDS cgroup DIRECTORY FILE… the files of every group below a directory
 *
 * Prints the median CPU time of a round in ms, and how many directories and files a round read. */
#include "bench.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char text[1 << 20];
static long directories, files;

static void read_files(int dir, char **names)
{
	directories++;
	for (; *names; names++) {
		int fd = openat(dir, *names, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			continue;
		/* these files come as one record: no second read that only says "end" */
		if (read(fd, text, sizeof(text)) >= 0)
			files++;
		close(fd);
	}
}

static void read_processes(char **names)
{
	DIR *proc = opendir("/proc");

	if (!proc)
		exit(2);
	for (struct dirent *d; (d = readdir(proc));) {
		int dir;

		if (d->d_name[0] < '0' || d->d_name[0] > '9')
			continue;
		dir = openat(dirfd(proc), d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			continue;
		read_files(dir, names);
		close(dir);
	}
	closedir(proc);
}

/* Consumes the descriptor. */
static void read_groups(int at, char **names)
{
	struct stat st;
	DIR *list;

	read_files(at, names);
	/* kernfs counts subdirectories as links */
	if (fstat(at, &st) || st.st_nlink <= 2) {
		close(at);
		return;
	}
	list = fdopendir(at);
	if (!list)
		exit(2);
	for (struct dirent *d; (d = readdir(list));)
		if (d->d_type == DT_DIR && d->d_name[0] != '.') {
			int dir = openat(at, d->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			if (dir >= 0)
				read_groups(dir, names);
		}
	closedir(list);
}

static void once(char **argv, int groups)
{
	int dir;

	directories = files = 0;
	if (!groups) {
		read_processes(argv + 3);
		return;
	}
	dir = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		exit(2);
	read_groups(dir, argv + 4);
}

int main(int argc, char **argv)
{
	double times[MAX_ROUNDS] = { 0 };
	int rounds, groups;

	if (argc < 4) {
		fprintf(stderr, "usage: floor ROUNDS proc FILE... | cgroup DIRECTORY FILE...\n");
		return 2;
	}
	rounds = rounds_of(argv[1]);
	groups = !strcmp(argv[2], "cgroup");
	once(argv, groups);
	for (int i = 0; i < rounds; i++) {
		double before = cpu_ms(RUSAGE_SELF);

		once(argv, groups);
		times[i] = cpu_ms(RUSAGE_SELF) - before;
	}
	printf("%.3f %ld %ld\n", median(times, rounds), directories, files);
	return 0;
}
