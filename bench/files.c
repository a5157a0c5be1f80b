/* Names for inodes, as a page census has them: by address, number and device.
 *
 *   files ROUNDS COUNT   medians of CPU time in ms: their names in the kernel; with the places where mounts
 *                        show them; asking the kernel how much of each is in memory instead */
#include "bench.h"

#include "bpf/capability.h"
#include "bpf/paths.h"
#include "collect/files/files.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST = 100000 };

struct bench {
	struct mw_source *source;
	struct mw_snapshot *snapshot;
	struct mw_collect collect;
	struct mw_path_want *wanted;
	struct mw_entity **rows;
	struct buf names;
	struct mw_dir folder;
	int count;
};

static void make(struct bench *b, const char *folder)
{
	uint64_t *inodes = arena_array(mw_snapshot_arena(b->snapshot), (size_t)b->count,
				       sizeof(*inodes));

	for (int i = 0; i < b->count; i++) {
		char path[128];
		struct stat st;
		int fd;

		snprintf(path, sizeof(path), "%s/d%d/a file of some length %d", folder, i % 50, i);
		if (i < 50) {
			*strrchr(path, '/') = '\0';
			mkdir(path, 0700);
			path[strlen(path)] = '/';
		}
		fd = open(path, O_RDWR | O_CREAT, 0600);
		if (fd < 0 || write(fd, path, sizeof(path)) < 0 || fstat(fd, &st) ||
		    mw_bpf_path_own(b->source->bpf, fd, &b->wanted[i]))
			exit(2);
		close(fd);
		inodes[i] = b->wanted[i].inode;
		b->rows[i] = mw_snapshot_add(b->snapshot, MW_FILE, NULL, SLICE(""), st.st_ino,
					     st.st_dev);
	}
	mw_snapshot_set_inodes(b->snapshot, inodes, (size_t)b->count);
}

static void name(struct bench *b)
{
	if (mw_bpf_paths(b->source->bpf, b->wanted, (size_t)b->count, &b->names))
		exit(2);
}

static void place(struct bench *b)
{
	if (mw_files_name(&b->collect, b->rows, (size_t)b->count, MW_FILES_PATHS))
		exit(2);
}

static void ask(struct bench *b)
{
	for (int i = 0; i < b->count; i++) {
		struct mw_cached cached;
		char path[64];

		snprintf(path, sizeof(path), "d%d/a file of some length %d", i % 50, i);
		if (mw_cached(&b->folder, path, &cached))
			exit(2);
	}
}

static double cost(struct bench *b, void (*what)(struct bench *b), int rounds)
{
	double times[MAX_ROUNDS] = { 0 };

	what(b);
	for (int i = 0; i < rounds; i++) {
		double start = cpu_ms(RUSAGE_SELF);

		what(b);
		times[i] = cpu_ms(RUSAGE_SELF) - start;
	}
	return median(times, rounds);
}

int main(int argc, char **argv)
{
	char folder[] = "/tmp/memwhy-bench-XXXXXX", command[64];
	int rounds = argc > 2 ? rounds_of(argv[1]) : 0, count = argc > 2 ? atoi(argv[2]) : 0;
	struct bench b = { .count = count };
	struct mw_bpf *bpf;
	struct mw_dir root;
	int error;

	if (count < 1 || count > MOST) {
		fprintf(stderr, "files ROUNDS COUNT\n");
		return 2;
	}
	if (mw_source_live("/", &b.source) || mw_bpf_new(false, &bpf) || !mkdtemp(folder))
		return 2;
	if (!mw_bpf_need(bpf, 1U << MW_BPF_PATHS)) {
		printf("- - -\n");
		return 0;
	}
	b.source->bpf = bpf;
	b.snapshot = mw_snapshot_new(&b.source->machine);
	b.wanted = calloc((size_t)count, sizeof(*b.wanted));
	b.rows = calloc((size_t)count, sizeof(struct mw_entity *));
	b.collect = (struct mw_collect){ .source = b.source, .snapshot = b.snapshot };
	root = mw_root(b.source);
	error = mw_open(&root, folder + 1, &b.folder);
	if (!error) {
		make(&b, folder);
		printf("%.2f %.2f %.2f\n", cost(&b, name, rounds), cost(&b, place, rounds),
		       cost(&b, ask, rounds));
	}
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command))
		error = -1;
	mw_close(&b.folder);
	mw_snapshot_free(b.snapshot);
	mw_bpf_free(bpf);
	mw_source_free(b.source);
	buf_release(&b.names);
	buf_release(&b.collect.text);
	free(b.wanted);
	free(b.rows);
	return error ? 2 : 0;
}
