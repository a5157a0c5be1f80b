#include "bpf/kernel/paths.h"

#include "bpf/part.h"
#include "language/language.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define MEMFD "memwhy-check"

/* The two maps that are shared with the programs. */
struct shared {
	struct mw_path_want *wanted;
	char *text;
};

static void *share(const struct bpf_map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (size_t)((bpf_map__value_size(map) + 7) & ~7U) * bpf_map__max_entries(map);
	void *at = mmap(NULL, (size + page - 1) & ~(page - 1), PROT_READ | PROT_WRITE, MAP_SHARED,
			bpf_map__fd(map), 0);

	return at == MAP_FAILED ? NULL : at;
}

static void unshare_map(const struct bpf_map *map, void *at)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size = (size_t)((bpf_map__value_size(map) + 7) & ~7U) * bpf_map__max_entries(map);

	if (at)
		munmap(at, (size + page - 1) & ~(page - 1));
}

static void stop(struct mw_bpf *b, struct mw_programs *p)
{
	struct shared *shared = *mw_bpf_own(b, MW_BPF_PATHS);

	if (!shared)
		return;
	unshare_map(p->maps.paths_wanted, shared->wanted);
	unshare_map(p->maps.paths_text, shared->text);
	free(shared);
	*mw_bpf_own(b, MW_BPF_PATHS) = NULL;
}

/* --- running ---------------------------------------------------------------------------------- */

/* Run a program over all that is wanted, in as many runs as the rooms ask for. @base of the indices */
static int run(const struct bpf_program *program, const struct shared *shared,
	       const struct mw_path_want *wanted, uint32_t count,
	       void (*take)(const struct shared *shared, uint32_t used, uint32_t base,
			    struct buf *out),
	       uint32_t base, struct buf *out)
{
	struct mw_paths_run r = { .count = count };

	memcpy(shared->wanted, wanted, count * sizeof(*wanted));
	while (r.next < count) {
		uint32_t before = r.next;
		int error = mw_bpf_run(program, &r, sizeof(r));

		if (error < 0)
			return error;
		if (r.next <= before || r.next > count || r.used > MW_PATHS_ROOM)
			return -EBADMSG;
		take(shared, r.used, base, out);
	}
	return out->error;
}

static void take_rows(const struct shared *shared, uint32_t used, uint32_t base, struct buf *out)
{
	size_t from = out->len;

	buf_add(out, (struct slice){ shared->text, used });
	for (size_t at = from; !out->error && at + sizeof(struct mw_path_row) <= out->len;) {
		struct mw_path_row *r = (void *)(out->at + at);

		r->index += base;
		if (r->size < sizeof(*r) || r->size % 8) {
			out->len = at;
			return;
		}
		at += r->size;
	}
}

static void take_users(const struct shared *shared, uint32_t used, uint32_t base, struct buf *out)
{
	size_t from = out->len;

	buf_add(out, (struct slice){ shared->text, used });
	for (size_t at = from; at + sizeof(struct mw_path_user) <= out->len;
	     at += sizeof(struct mw_path_user))
		((struct mw_path_user *)(out->at + at))->index += base;
}

int mw_bpf_paths(struct mw_bpf *b, const struct mw_path_want *wanted, size_t count, struct buf *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_PATHS);
	int error = p ? 0 : -EOPNOTSUPP;

	buf_clear(out);
	for (size_t at = 0; !error && at < count; at += MW_PATHS_WANTED) {
		size_t some = count - at < MW_PATHS_WANTED ? count - at : MW_PATHS_WANTED;

		error = run(p->progs.paths_names, *mw_bpf_own(b, MW_BPF_PATHS), wanted + at,
			    (uint32_t)some, take_rows, (uint32_t)at, out);
	}
	return error;
}

/* --- users ------------------------------------------------------------------------------------ */

static int set_index(const struct mw_programs *p, const struct mw_path_want *wanted, uint32_t count,
		     bool there)
{
	int fd = bpf_map__fd(p->maps.paths_index), error = 0;

	for (uint32_t i = 0; !error && i < count; i++)
		error = there ? bpf_map_update_elem(fd, &wanted[i].inode, &i, BPF_ANY)
			      : bpf_map_delete_elem(fd, &wanted[i].inode);
	/* an inode that was wanted twice has gone */
	return error == -ENOENT ? 0 : error;
}

/* One look at all descriptors of all processes. */
static int open_by(struct mw_programs *p, const struct mw_path_want *wanted, uint32_t count,
		   uint32_t base, struct buf *out)
{
	size_t from = out->len;
	int error = set_index(p, wanted, count, true), undone;

	if (!error)
		error = mw_bpf_iterate(p->links.paths_open, out);
	undone = set_index(p, wanted, count, false);
	for (size_t at = from; at + sizeof(struct mw_path_user) <= out->len;
	     at += sizeof(struct mw_path_user))
		((struct mw_path_user *)(out->at + at))->index += base;
	return error ? error : undone;
}

int mw_bpf_path_users(struct mw_bpf *b, const struct mw_path_want *wanted, size_t count,
		      unsigned use, struct buf *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_PATHS);
	int error = p ? 0 : -EOPNOTSUPP;

	buf_clear(out);
	for (size_t at = 0; !error && at < count; at += MW_PATHS_WANTED) {
		uint32_t some = (uint32_t)(count - at < MW_PATHS_WANTED ? count - at
									: MW_PATHS_WANTED);

		if (use & MW_PATH_MAPPED)
			error = run(p->progs.paths_mappers, *mw_bpf_own(b, MW_BPF_PATHS),
				    wanted + at, some, take_users, (uint32_t)at, out);
		if (!error && use & MW_PATH_OPEN)
			error = open_by(p, wanted + at, some, (uint32_t)at, out);
	}
	return error;
}

/* --- what is known of our own files ----------------------------------------------------------- */

int mw_bpf_path_own(struct mw_bpf *b, int fd, struct mw_path_want *out)
{
	struct mw_programs *p = mw_bpf_programs(b, MW_BPF_PATHS);
	struct mw_paths_own own = { .fd = (uint32_t)fd };
	struct stat st;
	int error = p ? mw_bpf_run(p->progs.paths_own, &own, sizeof(own)) : -EOPNOTSUPP;

	if (error || fstat(fd, &st))
		return error < 0 ? error : -EIO;
	if (own.it.ino != st.st_ino || !own.it.inode)
		return own.it.inode ? -ESTALE : -EBADMSG;
	*out = own.it;
	return 0;
}

static int names_of(struct mw_bpf *b, int fd, struct buf *rows, const struct mw_path_row **out)
{
	struct mw_path_want want;
	int error = mw_bpf_path_own(b, fd, &want);

	if (!error)
		error = mw_bpf_paths(b, &want, 1, rows);
	*out = (const void *)rows->at;
	return error                                                    ? error
	       : rows->len < sizeof(**out) || (*out)->size != rows->len ? -EBADMSG
									: 0;
}

static int check_memfd(struct mw_bpf *b, struct buf *rows)
{
	const struct mw_path_row *r;
	int fd = memfd_create(MEMFD, MFD_CLOEXEC), error;

	if (fd < 0)
		return 0; /* nothing to compare with */
	error = names_of(b, fd, rows, &r);
	if (!error && (r->names != 1 || strcmp((const char *)(r + 1), "memfd:" MEMFD) != 0 ||
		       !(r->flags & MW_PATH_ROOTLESS) || r->links != 0 || r->magic != TMPFS_MAGIC ||
		       !S_ISREG(r->mode)))
		error = -EBADMSG;
	close(fd);
	return error;
}

/* Its names must be the end of the path that the kernel's text tells, from the last one on. */
static int check_exe(struct mw_bpf *b, struct buf *rows)
{
	const struct mw_path_row *r;
	char path[4096], *end;
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), error;
	const char *name;

	if (len <= 0 || fd < 0)
		return 0;
	path[len] = '\0';
	error = names_of(b, fd, rows, &r);
	close(fd);
	/* an overlay has inode numbers of its own making; an upgrade removes names; of hard links any may come */
	if (error == -ESTALE || (!error && (r->flags & MW_PATH_UNHASHED || r->links > 1)))
		return 0;
	if (error)
		return error;
	name = (const char *)(r + 1);
	/* a file system that is mounted in a directory has fewer names than the path */
	for (uint32_t i = 0; i < r->names && (end = strrchr(path, '/')); i++) {
		if (strcmp(end + 1, name) != 0)
			return -EBADMSG;
		*end = '\0';
		name += strlen(name) + 1;
	}
	return r->names ? 0 : -EBADMSG;
}

static int start(struct mw_bpf *b, struct mw_programs *p, const char **why)
{
	struct shared *shared = calloc(1, sizeof(*shared));
	struct buf rows = { 0 };
	int error;

	*mw_bpf_own(b, MW_BPF_PATHS) = shared;
	if (!shared)
		return -ENOMEM;
	shared->wanted = share(p->maps.paths_wanted);
	shared->text = share(p->maps.paths_text);
	if (!shared->wanted || !shared->text) {
		*why = N_("its maps could not be shared");
		return -errno;
	}
	error = mw_bpf_attach(p->progs.paths_open, &p->links.paths_open, why);
	if (error)
		return error;
	*why = N_("what it reads of this program's own files is wrong");
	error = check_memfd(b, &rows);
	if (!error)
		error = check_exe(b, &rows);
	buf_release(&rows);
	return error;
}

const struct mw_bpf_part mw_bpf_part_paths = { .start = start, .stop = stop };
