/* Files in memory, found by asking the kernel for each that one can get hold of. */
#include "base/index.h"
#include "base/scoped.h"
#include "bpf/paths.h"
#include "collect/files/files.h"
#include "collect/files/spaces.h"
#include "collect/files/users.h"
#include "collect/files/walk.h"
#include "collect/process/process.h"
#include "collect/process/smaps.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/sysmacros.h>

enum {
	MOST_NAMES = 1000000,
	MOST_PENDING = 8 << 20,
	MOST_TEXT = 64 << 20, /* bytes of rows' paths */
};

/* A file that was met: perhaps by two names of its device. */
struct met {
	uint64_t inode, device;
	uint32_t row; /* in `rows`; NOT_CACHED */
};

#define NOT_CACHED UINT32_MAX

struct finder {
	struct mw_collect *c;
	const struct mw_files_look *look;
	struct mw_files_found *found;
	struct buf met; /* of struct met */
	struct index by_inode;
	struct buf rows;  /* of struct mw_entity * */
	struct buf users; /* of struct mw_path_user */
	struct mw_spaces spaces;
	const struct mw_space_of *space; /* of the process looked at; NULL = the machine's */
	struct mw_path_user user;        /* likewise; use 0 = nobody has it */
	size_t asked;                    /* for, with whatever answer */
	size_t text;                     /* bytes of rows' paths */
	int error;                       /* -ENOMEM */
};

static bool is_met(uint32_t number, const void *key, const void *context)
{
	const struct met *m = (const struct met *)context + number, *k = key;

	return m->inode == k->inode && m->device == k->device;
}

static uint64_t hash_of(uint64_t inode, uint64_t device)
{
	return hash_u64(hash_u64(inode) + device);
}

static const struct met *find_met(const struct finder *f, uint64_t inode, uint64_t device)
{
	const struct met key = { .inode = inode, .device = device };
	uint32_t at = index_find(&f->by_inode, hash_of(inode, device), is_met, &key, f->met.at);

	return at == INDEX_NONE ? NULL : (const struct met *)f->met.at + at;
}

static void add_met(struct finder *f, uint64_t inode, uint64_t device, uint32_t row)
{
	const struct met m = { inode, device, row };
	uint32_t number = (uint32_t)(f->met.len / sizeof(m));

	if (find_met(f, inode, device))
		return;
	buf_add(&f->met, (struct slice){ (const char *)&m, sizeof(m) });
	if (f->met.error || index_add(&f->by_inode, hash_of(inode, device), number))
		f->error = -ENOMEM;
}

static void add_user(struct finder *f, uint32_t row)
{
	if (!f->user.use || row == NOT_CACHED)
		return;
	f->user.index = row;
	buf_add(&f->users, (struct slice){ (const char *)&f->user, sizeof(f->user) });
}

/* As the kernel shows it in links: "/memfd:x (deleted)", "/var/log/a (deleted)". */
static void put_path(struct finder *f, struct mw_entity *e, struct slice shown)
{
	static const char deleted[] = " (deleted)";
	static const char *const rootless[] = { "/memfd:", "/SYSV", "/dev/zero" };
	struct mw_snapshot *s = f->c->snapshot;
	scoped_buf struct buf path = { 0 };

	if (mw_get_or(e, M_F_DELETED, 0) && slice_ends(shown, deleted))
		shown.len -= sizeof(deleted) - 1;
	for (size_t i = 0; i < sizeof(rootless) / sizeof(*rootless); i++)
		if (mw_get_or(e, M_F_DELETED, 0) && slice_begins(shown, rootless[i])) {
			mw_set(e, M_F_DELETED, 0);
			mw_set_text(s, e, M_F_PATH, slice_skip(shown, 1));
			return;
		}
	if (f->space) {
		mw_set_text(s, e, M_F_CONTAINER_PATH, shown);
		buf_printf(&path, "/proc/%u/root", f->user.pid);
	}
	buf_add(&path, shown);
	mw_set_text(s, e, M_F_PATH, buf_slice(&path));
}

static void add_row(struct finder *f, const struct mw_cached *cached, struct slice shown)
{
	struct mw_snapshot *s = f->c->snapshot;
	struct mw_entity *e = mw_snapshot_add(s, MW_FILE, (struct mw_entity *)f->look->group,
					      SLICE(""), cached->inode, cached->device);
	char device[32];

	if (!e) {
		f->error = -ENOMEM;
		return;
	}
	mw_set(e, M_F_CACHED, cached->cached);
	if (cached->knows_dirty)
		mw_set(e, M_F_DIRTY, cached->dirty);
	mw_set_text(s, e, M_F_TYPE, slice_of(cached->magic == TMPFS_MAGIC ? "shmem" : "file"));
	snprintf(device, sizeof(device), "%u:%u", major(cached->device), minor(cached->device));
	mw_set_text(s, e, M_F_DEVICE, slice_of(device));
	mw_set(e, M_F_INODE, cached->inode);
	mw_set(e, M_F_SIZE, cached->size);
	mw_set(e, M_F_DELETED, !cached->links);
	put_path(f, e, shown);
	buf_add(&f->rows, (struct slice){ (const char *)&e, sizeof(e) });
}

/* Ask for one.
 * @in  NULL: a link to it, as of a process; otherwise an entry of a folder in that mount
 * @return what mw_cached() said; -EFBIG with found->cut: there were enough */
static int ask(struct finder *f, const struct mw_dir *at, const char *path,
	       const struct mw_mounted *in, struct slice shown, uint32_t *row)
{
	const struct met *known;
	struct mw_cached cached;
	int error;

	if (f->asked == MW_FILES_MOST || f->text > MOST_TEXT) {
		f->found->cut = true;
		return -EFBIG;
	}
	error = in ? mw_cached_in(at, path, in, &cached) : mw_cached(at, path, &cached);
	f->asked += error != -EISDIR;
	if (error)
		return error;
	f->found->dirty |= cached.knows_dirty;
	known = find_met(f, cached.inode, cached.device);
	*row = known ? known->row : NOT_CACHED;
	f->found->files += !known;
	if (!known && cached.cached) {
		*row = (uint32_t)(f->rows.len / sizeof(struct mw_entity *));
		f->text += shown.len;
		add_row(f, &cached, shown);
	}
	if (!known)
		add_met(f, cached.inode, cached.device, *row);
	add_user(f, *row);
	return f->error;
}

/* What is no regular file, or is gone, is none that could not be looked at. */
static void count_failed(struct finder *f, int error)
{
	struct mw_files_found *found = f->found;
	enum mw_state state = mw_state_of(error);

	if (error == -EREMOTE || (error == -EFBIG && !found->cut)) {
		found->left++;
	} else if (error == -EXDEV) {
		found->mounts++;
	} else if (state == MW_DENIED) {
		found->denied++;
	} else if (state == MW_MALFORMED && error != -EINVAL && error != -EISDIR && !found->cut) {
		found->failed++;
		found->error = error;
	}
}

/* --- processes -------------------------------------------------------------------------------- */

static void ask_descriptors(struct finder *f, const struct mw_dir *process)
{
	scoped_buf struct buf numbers = { 0 };
	scoped_dir struct mw_dir fds = { 0 };
	int error = mw_open(process, "fd", &fds);
	const uint32_t *fd;
	uint32_t row;

	if (!error)
		error = mw_process_numbers(&fds, &numbers);
	if (error) {
		f->found->denied += mw_state_of(error) == MW_DENIED;
		return;
	}
	fd = (const void *)numbers.at;
	f->user.use = MW_PATH_OPEN;
	for (size_t i = 0; i < numbers.len / sizeof(*fd); i++) {
		char name[16];

		snprintf(name, sizeof(name), "%u", fd[i]);
		if (mw_readlink(&fds, name, &f->c->text) ||
		    !slice_begins(buf_slice(&f->c->text), "/"))
			continue;
		error = ask(f, &fds, name, NULL, buf_slice(&f->c->text), &row);
		count_failed(f, error);
	}
}

/* By the mapping itself where one may, otherwise by its name. */
static void ask_mapping(struct finder *f, const struct mw_dir *process, const struct mw_map *map)
{
	const uint64_t device = makedev((unsigned)map->major, (unsigned)map->minor);
	const struct met *known = find_met(f, map->inode, device);
	scoped_buf struct buf path = { 0 };
	uint32_t row = NOT_CACHED;
	int error;

	if (known) {
		add_user(f, known->row);
		return;
	}
	buf_printf(&path, "map_files/%llx-%llx", (unsigned long long)map->start,
		   (unsigned long long)map->end);
	error = ask(f, process, path.at, NULL, map->name, &row);
	if (error && mw_state_of(error) == MW_DENIED) {
		buf_clear(&path);
		buf_puts(&path, "root");
		buf_add(&path, map->name);
		error = path.error ? path.error : ask(f, process, path.at, NULL, map->name, &row);
	}
	count_failed(f, error);
	add_met(f, map->inode, device, row);
}

static void ask_mappings(struct finder *f, const struct mw_dir *process)
{
	scoped_buf struct buf text = { 0 };
	int error = mw_read(process, "maps", &text);
	struct slice rest = buf_slice(&text), line;
	uint64_t last = 0;

	if (error) {
		f->found->denied += mw_state_of(error) == MW_DENIED;
		return;
	}
	f->user.use = MW_PATH_MAPPED;
	while (slice_line(&rest, &line)) {
		struct mw_map map;

		if (!mw_map_parse(line, &map) || !map.inode || map.inode == last ||
		    !slice_begins(map.name, "/"))
			continue;
		last = map.inode;
		ask_mapping(f, process, &map);
	}
}

static bool is_inside(const struct mw_entity *e, const struct mw_entity *group)
{
	while (e && e != group)
		e = e->parent;
	return e || !group;
}

static void ask_processes(struct finder *f)
{
	struct mw_entity *p;

	mw_for_each (p, f->c->snapshot, MW_PROCESS) {
		const char *comm = mw_get_text(p, M_P_COMM);
		scoped_dir struct mw_dir dir = { 0 };
		const struct mw_space_of *space;

		if (!is_inside(p->parent, f->look->group) || mw_get_or(p, M_P_KERNEL_THREAD, 0) ||
		    mw_process_open(f->c, p, &dir))
			continue;
		f->found->processes++;
		space = mw_spaces_machine(&f->spaces)
				? mw_spaces_process(&f->spaces, (uint32_t)p->id)
				: NULL;
		f->space = space == f->spaces.all ? NULL : space;
		f->user = (struct mw_path_user){ .pid = (uint32_t)p->id };
		snprintf(f->user.comm, sizeof(f->user.comm), "%s", comm ? comm : "");
		ask_descriptors(f, &dir);
		ask_mappings(f, &dir);
	}
	f->user = (struct mw_path_user){ 0 };
	f->space = NULL;
}

/* --- a folder --------------------------------------------------------------------------------- */

/* An entry of unknown kind may be a folder, too: asking tells. */
static int met_in_folder(const struct mw_walk_entry *entry, void *argument)
{
	struct finder *f = argument;
	uint32_t row;
	int error = ask(f, entry->dir, entry->name, entry->in, entry->path, &row);

	if (error == -EISDIR || error == -ENOMEM || f->found->cut)
		return error;
	count_failed(f, error);
	return 0;
}

static int ask_folder(struct finder *f, const char *folder)
{
	const struct mw_dir root = mw_root(f->c->source);
	struct mw_files_found *found = f->found;
	struct mw_walk walk = { .most = { MW_FILES_DEEPEST, MOST_NAMES, MOST_PENDING },
				.met = met_in_folder,
				.argument = f };
	int error = mw_walk(&root, folder, &walk);

	found->folders = walk.folders;
	found->denied += walk.denied;
	found->mounts += walk.mounts;
	found->deep = walk.deep;
	found->failed += walk.failed;
	if (walk.failed)
		found->error = walk.error;
	if (error == -EFBIG && found->cut)
		error = 0;
	found->cut |= walk.cut;
	return error;
}

/* --- all of it -------------------------------------------------------------------------------- */

static int put_users(struct finder *f)
{
	size_t count = f->rows.len / sizeof(struct mw_entity *);
	struct mw_entity **rows = (void *)f->rows.at;
	scoped_free struct mw_files_used *used = mw_files_used_by(&f->users, count);

	if (!used)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		mw_files_put_used(f->c->snapshot, rows[i], &used[i]);
	return 0;
}

int mw_files_find(struct mw_collect *c, const struct mw_files_look *look,
		  struct mw_files_found *found)
{
	/* others' files are no business of a capture's; what is found is kept as text */
	struct mw_collect past = { .source = mw_unrecorded(c->source), .snapshot = c->snapshot };
	struct finder f = { .c = &past, .look = look, .found = found, .spaces = { .c = &past } };
	int error = 0;

	*found = (struct mw_files_found){ 0 };
	if (look->folder)
		error = ask_folder(&f, look->folder);
	else
		ask_processes(&f);
	if (!error)
		error = f.error ? f.error : f.users.error;
	/* who has them is known of processes' files */
	if (!error && !look->folder)
		error = put_users(&f);
	mw_spaces_release(&f.spaces);
	index_release(&f.by_inode);
	buf_release(&f.met);
	buf_release(&f.rows);
	buf_release(&f.users);
	buf_release(&past.text);
	return error;
}
