/* Runs the programs over all frames, and takes out of their tables what is worth a row. */
#include "bpf/census.h"

#include "base/scoped.h"
#include "bpf/kernel/census_table.h"
#include "bpf/part.h"
#include "language/language.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

_Static_assert((int)MW_CENSUS_TYPES <= (int)CENSUS_TYPES, "a row has room for all types");

/* The tables, mapped. */
struct tables {
	const struct census_group_row *groups;
	const struct census_file_row *files;
	uint32_t run;
};

static const struct {
	size_t groups, files;
} sizes = {
	CENSUS_GROUPS * sizeof(struct census_group_row),
	CENSUS_FILES * sizeof(struct census_file_row),
};

/* --- one run ---------------------------------------------------------------------------------- */

static void clear(struct mw_programs *p, struct tables *t)
{
	memset(p->bss->census_found, 0, sizeof(p->bss->census_found));
	t->run++;
}

/* Piece by piece. A block may reach into the next piece; it is counted once. */
static int walk(struct mw_programs *p, const struct tables *t, struct mw_census_range range,
		uint32_t shift)
{
	struct census_walk w = { .start = range.start, .shift = shift, .run = t->run };

	while (w.start < range.end) {
		uint64_t from = w.start;
		int error;

		w.end = (from | (CENSUS_CHUNK - 1)) + 1;
		if (w.end > range.end)
			w.end = range.end;
		error = mw_bpf_run(p->progs.census_run, &w, sizeof(w));
		if (error < 0)
			return error;
		if (w.start <= from)
			return -EIO;
		/* whoever has been waiting meanwhile is next */
		sched_yield();
	}
	return 0;
}

/* --- what comes out --------------------------------------------------------------------------- */

/* A size's class: eight for each power of two. */
enum { CLASSES = 256 };

static unsigned class_of(uint32_t pages)
{
	unsigned top = pages ? 31 - (unsigned)__builtin_clz(pages) : 0;

	return top < 3 ? pages : (top - 1) << 3 | (pages >> (top - 3) & 7);
}

/* Who has every frame looked at wants to know of small files, too. */
static size_t most_rows(const struct mw_census *census)
{
	return census->shift ? MW_CENSUS_ROWS : CENSUS_FILES;
}

/* The smallest class of which all files, and all larger ones, find room. */
static unsigned smallest_kept(const struct tables *t, size_t most)
{
	size_t counts[CLASSES] = { 0 }, sum = 0;
	unsigned class = CLASSES;

	for (size_t i = 0; i < CENSUS_FILES; i++)
		if (t->files[i].run == t->run)
			counts[class_of(t->files[i].pages)]++;
	while (class && sum + counts[class - 1] <= most)
		sum += counts[--class];
	return class;
}

struct taker {
	const struct tables *t;
	struct mw_census *out;
	uint32_t *place;             /* by row of a group in the table: its number in `out` */
	struct mw_census_row *rests; /* by number of group and type */
};

static struct mw_census_row *rest_of(struct taker *k, uint32_t group, unsigned type)
{
	return &k->rests[2 * k->place[group] + (type == MW_CENSUS_SHMEM)];
}

static int take_groups(struct taker *k)
{
	struct mw_census *out = k->out;
	size_t count = 0;

	for (size_t i = 0; i < CENSUS_GROUPS; i++)
		count += k->t->groups[i].run == k->t->run;
	out->groups = calloc(count + 1, sizeof(*out->groups));
	k->rests = calloc(2 * count + 1, sizeof(*k->rests));
	if (!out->groups || !k->rests)
		return -ENOMEM;
	for (size_t i = 0; i < CENSUS_GROUPS; i++) {
		const struct census_group_row *from = &k->t->groups[i];
		struct mw_census_group *g = &out->groups[out->group_count];

		if (from->run != k->t->run)
			continue;
		k->place[i] = (uint32_t)out->group_count;
		*g = (struct mw_census_group){ .id = from->id,
					       .parent = from->parent,
					       .dying = from->dying };
		memcpy(g->name, from->name, sizeof(g->name));
		g->name[sizeof(g->name) - 1] = '\0';
		for (unsigned type = 0; type < MW_CENSUS_TYPES; type++)
			g->pages[type] = from->pages[type];
		for (unsigned shmem = 0; shmem < 2; shmem++)
			k->rests[2 * out->group_count + shmem] = (struct mw_census_row){
				.group = from->id,
				.type = shmem ? MW_CENSUS_SHMEM : MW_CENSUS_FILE,
				.pages = from->pages[shmem ? MW_CENSUS_SHMEM : MW_CENSUS_FILE],
			};
		out->group_count++;
	}
	return 0;
}

static void take_file(struct taker *k, const struct census_file_row *f, bool kept)
{
	struct mw_census_row *rest = rest_of(k, f->group, f->type), *row;

	if (!kept) {
		rest->ino++;
		rest->active += f->active;
		rest->dirty += f->dirty;
		rest->mapped += f->mapped;
		return;
	}
	row = &k->out->rows[k->out->row_count++];
	*row = (struct mw_census_row){
		.group = rest->group,
		.inode = f->inode,
		.ino = f->ino,
		.device = f->device,
		.generation = f->generation,
		.links = f->links,
		.mode = f->mode,
		.type = f->type,
		.pages = f->pages,
		.active = f->active,
		.dirty = f->dirty,
		.mapped = f->mapped,
	};
	/* what the table lost of it stays in the rest */
	rest->pages -= rest->pages < f->pages ? rest->pages : f->pages;
}

static int larger(const void *a, const void *b)
{
	const struct mw_census_row *x = a, *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	return (x->ino > y->ino) - (x->ino < y->ino);
}

static int take_files(struct taker *k)
{
	struct mw_census *out = k->out;
	unsigned smallest = smallest_kept(k->t, most_rows(out));
	size_t rests = 2 * out->group_count;

	out->rows = calloc(most_rows(out) + rests, sizeof(*out->rows));
	if (!out->rows)
		return -ENOMEM;
	for (size_t i = 0; i < CENSUS_FILES; i++) {
		const struct census_file_row *f = &k->t->files[i];

		if (f->run == k->t->run && f->group < CENSUS_GROUPS)
			take_file(k, f, f->inode && class_of(f->pages) >= smallest);
	}
	for (size_t i = 0; i < rests; i++)
		if (k->rests[i].pages)
			out->rows[out->row_count++] = k->rests[i];
	qsort(out->rows, out->row_count, sizeof(*out->rows), larger);
	return 0;
}

static int take(struct mw_programs *p, const struct tables *t, struct mw_census *out)
{
	scoped_free uint32_t *place = calloc(CENSUS_GROUPS, sizeof(*place));
	struct taker k = { .t = t, .out = out, .place = place };
	int error = place ? take_groups(&k) : -ENOMEM;

	if (!error)
		error = take_files(&k);
	free(k.rests);
	for (unsigned type = 0; type < MW_CENSUS_TYPES; type++)
		out->pages[type] = p->bss->census_found[type];
	out->visited = p->bss->census_found[CENSUS_VISITED];
	out->dropped_files = p->bss->census_found[CENSUS_DROPPED_FILES];
	out->dropped_pages = p->bss->census_found[CENSUS_DROPPED_PAGES];
	out->lost_groups = p->bss->census_found[CENSUS_LOST_GROUPS];
	out->has_groups = out->has_dying = out->has_files = true;
	return error;
}

int mw_bpf_census(struct mw_bpf *b, const struct mw_census_range *ranges, size_t count, __u32 shift,
		  struct mw_census *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_CENSUS);
	struct tables *t = *mw_bpf_own(b, MW_BPF_CENSUS);
	struct mw_census taken = { .shift = shift };
	int error = 0;

	if (!p || !t)
		return -EOPNOTSUPP;
	clear(p, t);
	for (size_t i = 0; i < count && !error; i++) {
		taken.frames += ranges[i].end - ranges[i].start;
		error = walk(p, t, ranges[i], shift);
	}
	if (!error)
		error = take(p, t, &taken);
	if (error)
		mw_census_release(&taken);
	else
		*out = taken;
	return error;
}

/* --- start ------------------------------------------------------------------------------------ */

/* Pages of ours, of which we know what the census must say. */
struct own {
	int file; /* a memfd of one page */
	volatile char *shared, *anon;
	uint64_t shared_frame, anon_frame;
};

/* Its page frame number, as the kernel tells those who may know. */
static uint64_t frame_of(volatile char *at)
{
	scoped_fd int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0, size = (uint64_t)sysconf(_SC_PAGESIZE);

	if (fd < 0 ||
	    pread(fd, &entry, sizeof(entry), (off_t)((uintptr_t)at / size * sizeof(entry))) !=
		    (ssize_t)sizeof(entry))
		return 0;
	return entry >> 63 ? entry & ((1ULL << 55) - 1) : 0;
}

static int own_pages(struct own *o)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	o->file = memfd_create("memwhy-census", MFD_CLOEXEC);
	if (o->file < 0 || ftruncate(o->file, (off_t)size))
		return -errno;
	o->shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, o->file, 0);
	o->anon = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (o->shared == MAP_FAILED || o->anon == MAP_FAILED)
		return -errno;
	*o->shared = *o->anon = 1;
	o->shared_frame = frame_of(o->shared);
	o->anon_frame = frame_of(o->anon);
	return o->shared_frame && o->anon_frame ? 0 : -EPERM;
}

static void disown(struct own *o)
{
	size_t size = (size_t)sysconf(_SC_PAGESIZE);

	if (o->shared && o->shared != MAP_FAILED)
		munmap((void *)o->shared, size);
	if (o->anon && o->anon != MAP_FAILED)
		munmap((void *)o->anon, size);
	if (o->file >= 0)
		close(o->file);
}

/* Where the struct pages are: that of a known page, less those in front of it. */
static int place(struct mw_programs *p, const struct own *o, const char **why)
{
	struct census_place at = { .fd = (uint32_t)o->file };
	int error = mw_bpf_run(p->progs.census_place, &at, sizeof(at));

	if (error < 0)
		return error;
	if (!at.frame || at.frame & 3 || !at.frame_size || at.frame_size > CENSUS_FRAME) {
		*why = N_("the page of a file of ours was not found");
		return -ENXIO;
	}
	p->bss->census_vmemmap = at.frame - o->shared_frame * at.frame_size;
	return 0;
}

/* As the kernel numbers it. That of a memfd has a major of 0: only the minor tells that it was read. */
static uint32_t device_of(const struct stat *st)
{
	return major(st->st_dev) << 20 | minor(st->st_dev);
}

static int check(struct mw_bpf *b, const struct own *o, const char **why)
{
	const struct mw_census_range anon = { o->anon_frame, o->anon_frame + 1 };
	const struct mw_census_range shared = { o->shared_frame, o->shared_frame + 1 };
	struct mw_census of_anon = { 0 }, of_shared = { 0 };
	struct stat st;
	int error = mw_bpf_census(b, &anon, 1, 0, &of_anon);

	if (!error)
		error = mw_bpf_census(b, &shared, 1, 0, &of_shared);
	if (!error && of_anon.pages[MW_CENSUS_ANON] != 1) {
		*why = N_("an anonymous page of ours was taken for something else");
		error = -EBADMSG;
	} else if (!error &&
		   (of_shared.pages[MW_CENSUS_SHMEM] != 1 || of_shared.row_count != 1 ||
		    fstat(o->file, &st) || of_shared.rows[0].ino != st.st_ino ||
		    of_shared.rows[0].device != device_of(&st) || of_shared.rows[0].mapped != 1)) {
		*why = N_("a page of a file of ours was taken for something else");
		error = -EBADMSG;
	}
	mw_census_release(&of_anon);
	mw_census_release(&of_shared);
	return error;
}

static void *map_table(const struct bpf_map *map, size_t size)
{
	void *at = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, bpf_map__fd(map), 0);

	return at == MAP_FAILED ? NULL : at;
}

static void stop(struct mw_bpf *b, struct mw_programs *p)
{
	struct tables **t = (struct tables **)mw_bpf_own(b, MW_BPF_CENSUS);

	if (!*t)
		return;
	if ((*t)->groups)
		munmap((void *)(*t)->groups, sizes.groups);
	if ((*t)->files)
		munmap((void *)(*t)->files, sizes.files);
	free(*t);
	*t = NULL;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	struct tables *t = calloc(1, sizeof(*t));
	struct own o = { .file = -1 };
	int error = 0;

	if (!t)
		return -ENOMEM;
	*mw_bpf_own(b, MW_BPF_CENSUS) = t;
	t->groups = map_table(p->maps.census_groups, sizes.groups);
	t->files = map_table(p->maps.census_files, sizes.files);
	if (!t->groups || !t->files)
		return -ENOMEM;
	*why = N_("needs CAP_SYS_ADMIN: /proc/self/pagemap hides where pages are");
	error = own_pages(&o);
	if (!error)
		error = place(p, &o, why);
	if (!error)
		error = check(b, &o, why);
	disown(&o);
	return error;
}

const struct mw_bpf_part mw_bpf_part_census = { .start = start, .stop = stop };
