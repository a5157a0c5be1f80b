#include "bpf/cgroup.h"
#include "bpf/slots.h"

#include "base/scoped.h"
#include "bpf/part.h"
#include "language/language.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { SPARE = 64, MOST_ROWS = 1 << 17 };

struct own {
	struct mw_slots slots;
	struct mw_group_row *rows; /* the map's memory */
	size_t room;               /* rows that fit */
	uint64_t top, device;      /* the directory that the iterator is attached to */
};

static size_t bytes_of(size_t rows)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = rows * sizeof(struct mw_group_row);

	return (bytes + page - 1) / page * page;
}

/* A map for so many rows, in the place of the one before. */
static int make_room(struct mw_programs *p, struct own *own, size_t rows)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	scoped_fd int fd = rows > MOST_ROWS ? -E2BIG
					    : bpf_map_create(BPF_MAP_TYPE_ARRAY, "cgroup_rows", 4,
							     sizeof(struct mw_group_row),
							     (uint32_t)rows, &options);
	uint32_t zero = 0;
	void *at;
	int error;

	if (fd < 0)
		return fd;
	at = mmap(NULL, bytes_of(rows), PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (at == MAP_FAILED)
		return -errno;
	error = bpf_map_update_elem(bpf_map__fd(p->maps.cgroup_maps), &zero, &fd, BPF_ANY);
	if (error) {
		munmap(at, bytes_of(rows));
		return error;
	}
	if (own->rows)
		munmap(own->rows, bytes_of(own->room));
	own->rows = at;
	own->room = rows;
	return 0;
}

static int attach(struct mw_programs *p, struct own *own, int directory)
{
	union bpf_iter_link_info info = { .cgroup = { .order = BPF_CGROUP_ITER_DESCENDANTS_PRE,
						      .cgroup_fd = (uint32_t)directory } };
	LIBBPF_OPTS(bpf_iter_attach_opts, options, .link_info = &info,
		    .link_info_len = sizeof(info));
	struct bpf_link *link;
	struct stat st;

	if (fstat(directory, &st))
		return -errno;
	if (p->links.cgroup_rows && own->top == st.st_ino && own->device == st.st_dev)
		return 0;
	link = bpf_program__attach_iter(p->progs.cgroup_rows, &options);
	if (!link)
		return -errno;
	bpf_link__destroy(p->links.cgroup_rows);
	p->links.cgroup_rows = link;
	own->top = st.st_ino;
	own->device = st.st_dev;
	return 0;
}

static int walk(struct mw_programs *p)
{
	struct buf nothing = { 0 };
	int error;

	p->bss->cgroup_seen = 0;
	error = mw_bpf_iterate(p->links.cgroup_rows, &nothing);
	buf_release(&nothing);
	return error;
}

static bool fits(const struct mw_programs *p)
{
	return !p->bss->cgroup_sizes || (p->bss->cgroup_states <= MW_GROUP_STATES &&
					 p->bss->cgroup_events <= MW_GROUP_EVENTS &&
					 (p->bss->cgroup_has_local || p->bss->cgroup_version != 1));
}

int mw_bpf_groups(struct mw_bpf *b, int directory, int version, bool sizes,
		  struct mw_group_rows *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_CGROUP);
	struct own *own = *mw_bpf_own(b, MW_BPF_CGROUP);
	int error = p ? attach(p, own, directory) : -EOPNOTSUPP;

	if (error)
		return error;
	p->bss->cgroup_sizes = sizes;
	p->bss->cgroup_version = version;
	error = walk(p);
	/* groups are made while one looks: a second map has room for more than were seen */
	while (!error && p->bss->cgroup_seen > own->room) {
		error = make_room(p, own, p->bss->cgroup_seen + p->bss->cgroup_seen / 4 + SPARE);
		if (!error)
			error = walk(p);
	}
	if (error)
		return error;
	if (!fits(p))
		return -EOPNOTSUPP;
	*out = (struct mw_group_rows){ own->rows, p->bss->cgroup_seen, p->bss->cgroup_states,
				       p->bss->cgroup_events };
	return 0;
}

struct mw_slots *mw_bpf_group_slots(struct mw_bpf *b)
{
	struct own *own = *mw_bpf_own(b, MW_BPF_CGROUP);

	return mw_bpf_works(b, MW_BPF_CGROUP) ? &own->slots : NULL;
}

/* --- starting --------------------------------------------------------------------------------- */

/* Where the memory controller usually is; whoever reads elsewhere names the place. */
static int open_top(int *version)
{
	static const char *const files[] = { "/sys/fs/cgroup/memory/memory.stat",
					     "/sys/fs/cgroup/cgroup.controllers" };
	static const char *const places[] = { "/sys/fs/cgroup/memory", "/sys/fs/cgroup" };

	for (int i = 0; i < 2; i++)
		if (!access(files[i], F_OK)) {
			int fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);

			*version = i + 1;
			return fd < 0 ? -errno : fd;
		}
	return -ENOENT;
}

/* Its values are checked by whoever reads text beside them; here, that it walks the right groups. */
static int check(struct mw_bpf *b, const char **why)
{
	struct mw_group_rows rows;
	int version;
	scoped_fd int top = open_top(&version);
	struct stat st;
	int error;

	*why = N_("no groups at the usual place");
	if (top < 0)
		return top;
	*why = N_("the groups could not be walked");
	error = mw_bpf_groups(b, top, version, true, &rows);
	if (error)
		return error;
	*why = N_("what it reads of the groups is wrong");
	if (fstat(top, &st) || !rows.count || rows.at[0].id != st.st_ino)
		return -EBADMSG;
	for (size_t i = 1; i < rows.count && i < SPARE; i++)
		if (!rows.at[i].name[0] || !rows.at[i].parent)
			return -EBADMSG;
	return 0;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	struct own *own = calloc(1, sizeof(*own));

	if (!own)
		return -ENOMEM;
	*mw_bpf_own(b, MW_BPF_CGROUP) = own;
	*why = N_("the kernel gives no map for its rows");
	return make_room(p, own, SPARE) ?: check(b, why);
}

static void stop(struct mw_bpf *b, struct mw_programs *p)
{
	struct own *own = *mw_bpf_own(b, MW_BPF_CGROUP);

	if (own && own->rows)
		munmap(own->rows, bytes_of(own->room));
	free(own);
}

const struct mw_bpf_part mw_bpf_part_cgroup = { .start = start, .stop = stop };
