#include "bpf/walk.h"

#include "bpf/part.h"
#include "language/language.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <stdlib.h>
#include <unistd.h>

/* Room for twice the processes that there are: the map cannot grow. */
enum { LEAST = 2048, MOST = 1 << 17 };

struct walk {
	void *rows;
	size_t room; /* bytes */
};

static int prepare(struct mw_bpf *b, struct mw_programs *p)
{
	struct stat st;
	uint32_t rows = LEAST;

	/* a link for each process, and some more */
	if (!stat("/proc", &st) && st.st_nlink > LEAST / 2)
		rows = st.st_nlink < MOST / 2 ? (uint32_t)st.st_nlink * 2 : MOST;
	return bpf_map__set_max_entries(p->maps.walk_map, rows);
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct walk *w = calloc(1, sizeof(*w));
	struct slice rows;

	if (!w)
		return -ENOMEM;
	w->room = (size_t)bpf_map__max_entries(p->maps.walk_map) * sizeof(struct mw_task_row);
	w->room = (w->room + page - 1) / page * page;
	*why = N_("its rows could not be mapped");
	w->rows = mmap(NULL, w->room, PROT_READ, MAP_SHARED, bpf_map__fd(p->maps.walk_map), 0);
	if (w->rows == MAP_FAILED) {
		free(w);
		return -errno;
	}
	*mw_bpf_own(b, MW_BPF_WALK) = w;
	/* its values are those of the iterator, which is checked */
	*why = N_("what it reads of this process is wrong");
	return mw_bpf_walk(b, &rows);
}

static void stop(struct mw_bpf *b, struct mw_programs *p)
{
	struct walk *w = *mw_bpf_own(b, MW_BPF_WALK);

	if (w)
		munmap(w->rows, w->room);
	free(w);
}

int mw_bpf_walk(struct mw_bpf *b, struct slice *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_WALK);
	struct walk *w = *mw_bpf_own(b, MW_BPF_WALK);
	struct mw_walk walk = { 0 };
	int error;

	if (!p)
		return -EOPNOTSUPP;
	error = mw_bpf_run(p->progs.walk_rows, &walk, sizeof(walk));
	if (error)
		return error;
	if (walk.full) {
		/* the iterator's rows are as good, and it would be asked in vain with each look */
		mw_bpf_distrust(b, MW_BPF_WALK, N_("more processes than there is room for"));
		return -ENOSPC;
	}
	*out = (struct slice){ w->rows, (size_t)walk.count * sizeof(struct mw_task_row) };
	return 0;
}

const struct mw_bpf_part mw_bpf_part_walk = {
	.at_home = true, .prepare = prepare, .start = start, .stop = stop
};
