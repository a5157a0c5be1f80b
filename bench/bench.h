/* What the benchmark programs share: medians of CPU time. */
#ifndef MW_BENCH_BENCH_H
#define MW_BENCH_BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

enum { MAX_ROUNDS = 1000 };

/* User and system time of this process (RUSAGE_SELF) or of its children, ms. */
static inline double cpu_ms(int who)
{
	struct rusage r;

	getrusage(who, &r);
	return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1e3 +
	       (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e3;
}

static inline double wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static inline double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), compare_doubles);
	return values[count / 2];
}

/* A number of rounds from the command line. */
static inline int rounds_of(const char *text)
{
	long n = strtol(text, NULL, 10);

	return n < 1 ? 1 : n > MAX_ROUNDS ? MAX_ROUNDS : (int)n;
}

#endif
