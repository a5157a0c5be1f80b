/* memwhy's own sweep, without the start of a program around it.
 *
 *   sweep ROUNDS proc|cgroup|node   median CPU time of a sweep in ms, and rows that it made
 *   sweep files proc|cgroup         names of the files that it reads in each process or group */
#include "bench.h"

#include "engine/engine.h"

#include <string.h>

static const struct {
	const char *name;
	uint32_t want;
	enum mw_kind kind;
} subjects[] = {
	{ "proc", MW_WANT_PROCESSES, MW_PROCESS },
	{ "cgroup", MW_WANT_CGROUPS, MW_CGROUP },
	{ "node", MW_WANT_NODE, MW_NODE },
};

enum { SUBJECTS = sizeof(subjects) / sizeof(*subjects), MAX_FILES = 256 };

/* --- a source that notes which files are read ------------------------------------------------- */

struct spy {
	struct mw_source base;
	struct mw_source *inner;
	char names[MAX_FILES][64];
	long reads[MAX_FILES];
	int count;
};

static struct spy *spy_of(struct mw_source *s)
{
	return (struct spy *)s;
}

static void note(struct spy *spy, const char *path)
{
	int i = 0;

	/* in the directory of a process or group: a path has more than one part elsewhere */
	if (strchr(path, '/') || strlen(path) >= sizeof(spy->names[0]))
		return;
	while (i < spy->count && strcmp(spy->names[i], path))
		i++;
	if (i == MAX_FILES)
		return;
	if (i == spy->count)
		strcpy(spy->names[spy->count++], path);
	spy->reads[i]++;
}

static int spy_open(struct mw_source *s, intptr_t at, const char *path, intptr_t *out)
{
	return spy_of(s)->inner->ops->open(spy_of(s)->inner, at, path, out);
}

static void spy_close(struct mw_source *s, intptr_t dir)
{
	spy_of(s)->inner->ops->close(spy_of(s)->inner, dir);
}

static int spy_read(struct mw_source *s, intptr_t at, const char *path, enum mw_shape shape,
		    struct buf *out)
{
	int error = spy_of(s)->inner->ops->read(spy_of(s)->inner, at, path, shape, out);

	if (!error)
		note(spy_of(s), path);
	return error;
}

static int spy_link(struct mw_source *s, intptr_t at, const char *path, struct buf *out)
{
	return spy_of(s)->inner->ops->link(spy_of(s)->inner, at, path, out);
}

static int spy_list(struct mw_source *s, intptr_t dir, mw_list_fn fn, void *argument)
{
	return spy_of(s)->inner->ops->list(spy_of(s)->inner, dir, fn, argument);
}

static int spy_stat(struct mw_source *s, intptr_t at, const char *path, struct mw_stat *out)
{
	return spy_of(s)->inner->ops->stat(spy_of(s)->inner, at, path, out);
}

static int64_t spy_clock(struct mw_source *s)
{
	return spy_of(s)->inner->ops->clock(spy_of(s)->inner);
}

static void spy_free(struct mw_source *s)
{
	(void)s;
}

static const struct mw_source_ops spy_ops = {
	.open = spy_open,
	.close = spy_close,
	.read = spy_read,
	.link = spy_link,
	.list = spy_list,
	.stat = spy_stat,
	.clock = spy_clock,
	.free = spy_free,
};

/* --- measuring -------------------------------------------------------------------------------- */

static size_t sweep(struct mw_source *source, int subject)
{
	struct mw_snapshot *s;
	size_t rows;

	if (mw_engine_sweep(source, subjects[subject].want, &s))
		exit(2);
	rows = mw_snapshot_count(s, subjects[subject].kind);
	mw_snapshot_free(s);
	return rows;
}

/* Files that at least half of the rows have: the rest are the odd one's. */
static void print_files(struct mw_source *source, int subject)
{
	static struct spy spy;
	size_t rows;

	spy.base = *source;
	spy.base.ops = &spy_ops;
	spy.inner = source;
	rows = sweep(&spy.base, subject);
	for (int i = 0; i < spy.count; i++)
		if ((size_t)spy.reads[i] * 2 >= rows)
			printf("%s\n", spy.names[i]);
}

static void print_cost(struct mw_source *source, int subject, int rounds)
{
	double times[MAX_ROUNDS] = { 0 };
	size_t rows = sweep(source, subject);

	for (int i = 0; i < rounds; i++) {
		double before = cpu_ms(RUSAGE_SELF);

		rows = sweep(source, subject);
		times[i] = cpu_ms(RUSAGE_SELF) - before;
	}
	printf("%.3f %zu\n", median(times, rounds), rows);
}

int main(int argc, char **argv)
{
	struct mw_source *source;
	int subject = 0;

	while (argc == 3 && subject < SUBJECTS && strcmp(argv[2], subjects[subject].name))
		subject++;
	if (argc != 3 || subject == SUBJECTS) {
		fprintf(stderr, "usage: sweep ROUNDS|files proc|cgroup|node\n");
		return 2;
	}
	if (mw_source_live("/", &source))
		return 2;
	if (!strcmp(argv[1], "files"))
		print_files(source, subject);
	else
		print_cost(source, subject, rounds_of(argv[1]));
	mw_source_free(source);
	return 0;
}
