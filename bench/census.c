/* bench-census ROUNDS ANON_MIB CACHE_MIB [PROBE_SECONDS]: the page census of this machine with so much more
 * in use: by BPF, full and sampled, beside /proc/kpageflags with kpagecgroup; what its maps take; and
 * how late a program with a period of 1 ms wakes up while a full census runs. Needs root. CPU ms,
 * medians. */
#include "bench.h"

#include "bpf/capability.h"
#include "collect/pages/pages.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

enum { PERIOD = 1000000, SLICES = 6, CHUNK = 1 << 20 };

static struct mw_census_range ranges[MW_RANGES_MAX];
static size_t range_count;
static struct mw_bpf *bpf;
static struct mw_source *source;

static void fail(const char *what)
{
	fprintf(stderr, "bench-census: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* --- what is in use --------------------------------------------------------------------------- */

/* Holes that are read are page cache, and cost no disk. */
static void fill_cache(size_t mib)
{
	char path[] = "/var/tmp/memwhy-bench-XXXXXX", *chunk = malloc(CHUNK);
	int fd = mkstemp(path);

	if (fd < 0 || !chunk || unlink(path) || ftruncate(fd, (off_t)(mib * MIB)))
		fail(path);
	for (size_t i = 0; i < mib; i++)
		if (pread(fd, chunk, CHUNK, (off_t)(i * MIB)) < 0)
			fail("reading a hole");
	free(chunk);
}

/* A process that holds it, until it is killed: small pages, as most programs have. */
static pid_t hold(size_t anon, size_t cache)
{
	int ready[2];
	char byte;
	pid_t child;

	if (pipe(ready))
		fail("pipe");
	child = fork();
	if (child < 0)
		fail("fork");
	if (!child) {
		char *at = mmap(NULL, anon * MIB + 1, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (at == MAP_FAILED)
			fail("mmap");
		madvise(at, anon * MIB, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < anon * MIB; i += 4096)
			at[i] = 1;
		fill_cache(cache);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		fail("filling memory");
	close(ready[0]);
	return child;
}

/* --- looking ---------------------------------------------------------------------------------- */

static double by_programs(uint32_t shift)
{
	struct mw_census c;
	double begin = cpu_ms(RUSAGE_SELF);

	errno = -mw_bpf_census(bpf, ranges, range_count, shift, &c);
	if (errno)
		fail("census");
	mw_census_release(&c);
	return cpu_ms(RUSAGE_SELF) - begin;
}

static double by_files(uint32_t shift)
{
	struct mw_census c;
	double begin = cpu_ms(RUSAGE_SELF);

	errno = -mw_frames_read(source, ranges, range_count, shift, (struct mw_frames_told){ 0 },
				&c);
	if (errno)
		fail("kpageflags");
	mw_census_release(&c);
	return cpu_ms(RUSAGE_SELF) - begin;
}

static void compare(const char *name, uint32_t shift, int rounds)
{
	static double programs[MAX_ROUNDS], files[MAX_ROUNDS];
	double a, b;

	/* turn by turn, so that what else the machine does meets both */
	for (int i = 0; i < rounds; i++) {
		programs[i] = by_programs(shift);
		files[i] = by_files(shift);
	}
	a = median(programs, rounds);
	b = median(files, rounds);
	printf("%-6s %8.1f ms (lowest %.1f)   kpageflags + kpagecgroup %8.1f ms (lowest %.1f)   %5.1fx\n",
	       name, a, programs[0], b, files[0], b / a);
}

/* What the kernel holds for our maps. */
static uint64_t maps_memory(void)
{
	DIR *d = opendir("/proc/self/fdinfo");
	uint64_t sum = 0;

	for (struct dirent *e; d && (e = readdir(d));) {
		char path[300], line[128];
		unsigned long long v;
		FILE *f;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", e->d_name);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (!strncmp(line, "memlock:", 8) && (v = strtoull(line + 8, NULL, 10)))
				sum += v;
		if (f)
			fclose(f);
	}
	if (d)
		closedir(d);
	return sum;
}

/* --- who waits meanwhile ---------------------------------------------------------------------- */

static double late[1 << 20];

/* Wakes up each millisecond. @return how many times; late[] in us */
static int probe(double seconds)
{
	struct timespec next, now;
	int count = 0, wanted = (int)(seconds * 1000);

	clock_gettime(CLOCK_MONOTONIC, &next);
	while (count < wanted && count < (int)(sizeof(late) / sizeof(*late))) {
		next.tv_nsec += PERIOD;
		if (next.tv_nsec >= 1000000000) {
			next.tv_nsec -= 1000000000;
			next.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
		clock_gettime(CLOCK_MONOTONIC, &now);
		late[count++] = (double)(now.tv_sec - next.tv_sec) * 1e6 +
				(double)(now.tv_nsec - next.tv_nsec) / 1e3;
	}
	return count;
}

/* A full census once a second: as often as any program would. */
static pid_t look_on(void)
{
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		by_programs(0);
		usleep(100000);
	}
}

static void latency(double seconds)
{
	double p99[2][SLICES], most[2][SLICES];

	for (int i = 0; i < SLICES; i++)
		for (int with = 0; with < 2; with++) {
			pid_t looker = with ? look_on() : 0;
			int count = probe(seconds / SLICES / 2);

			if (with) {
				kill(looker, SIGKILL);
				waitpid(looker, NULL, 0);
			}
			qsort(late, (size_t)count, sizeof(*late), compare_doubles);
			p99[with][i] = late[count * 99 / 100];
			most[with][i] = late[count * 999 / 1000];
		}
	printf("1 ms period, how late: p99 %.0f us without, %.0f us while full censuses run (10 a second); "
	       "p99.9 %.0f us, %.0f us\n",
	       median(p99[0], SLICES), median(p99[1], SLICES), median(most[0], SLICES),
	       median(most[1], SLICES));
}

int main(int argc, char **argv)
{
	struct mw_parse_error at;
	struct mw_dir root;
	struct buf text = { 0 };
	uint64_t frames = 0;
	pid_t holder;
	int rounds;

	if (argc < 4) {
		fputs("usage: bench-census ROUNDS ANON_MIB CACHE_MIB [PROBE_SECONDS]\n", stderr);
		return 2;
	}
	rounds = rounds_of(argv[1]);
	if (mw_source_live("/", &source) || mw_bpf_new(false, &bpf))
		fail("start");
	root = mw_root(source);
	if (mw_read(&root, "proc/iomem", &text) ||
	    mw_parse_iomem(buf_slice(&text), 4096, ranges, &range_count, &at) || !range_count)
		fail("/proc/iomem");
	if (!mw_bpf_need(bpf, 1U << MW_BPF_CENSUS)) {
		struct mw_bpf_status s;

		mw_bpf_status(bpf, MW_BPF_CENSUS, &s);
		fprintf(stderr, "bench-census: %s\n", s.why);
		return 1;
	}
	for (size_t i = 0; i < range_count; i++)
		frames += ranges[i].end - ranges[i].start;
	holder = hold(strtoull(argv[2], NULL, 10), strtoull(argv[3], NULL, 10));
	printf("%.1f GiB of RAM, %s MiB anonymous and %s MiB of cache more in use; maps %.1f MiB\n",
	       (double)frames * 4096 / (1 << 30), argv[2], argv[3],
	       (double)maps_memory() / (1 << 20));
	compare("full", 0, rounds);
	compare("1/64", 6, rounds);
	compare("1/256", 8, rounds);
	if (argc > 4)
		latency(strtod(argv[4], NULL));
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	buf_release(&text);
	mw_bpf_free(bpf);
	mw_source_free(source);
	return 0;
}
