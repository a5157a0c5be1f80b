/* What the files of a page census are called. */
#include "base/scoped.h"
#include "bpf/capability.h"
#include "bpf/paths.h"
#include "collect/files/files.h"
#include "collect/files/spaces.h"
#include "collect/files/users.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

enum { BDEVFS_MAGIC = 0x62646576 }; /* linux/magic.h, not in all of them */

struct naming {
	struct mw_collect *c;
	struct mw_entity *const *files;
	const struct mw_path_want *wanted; /* of files[i] */
	size_t count;
	unsigned what;
	struct mw_spaces spaces;
	struct buf inside, path; /* scratch */
};

/* The kernel's number of a device -> as fstat() has it, and back. */
static uint32_t kernel_device(uint64_t device)
{
	return (uint32_t)(major(device) << 20 | (minor(device) & 0xfffff));
}

/* "/dir/file" of names that come the file's own first. */
static void join(const struct mw_path_row *r, struct buf *out)
{
	const char *names = (const char *)(r + 1), *end = names + r->text;

	if (r->flags & MW_PATH_CUT)
		buf_puts(out, "...");
	while (end > names) {
		const char *name = end - 1;

		while (name > names && name[-1])
			name--;
		buf_char(out, '/');
		buf_add(out, (struct slice){ name, (size_t)(end - 1 - name) });
		end = name;
	}
	if (!out->len)
		buf_char(out, '/');
}

/* A block device's own cache: "/dev/vda". */
static void name_device(struct naming *n, struct mw_entity *e, uint32_t number)
{
	const struct mw_dir root = mw_root(n->c->source);
	char link[64];

	snprintf(link, sizeof(link), "sys/dev/block/%u:%u", number >> 20, number & 0xfffff);
	buf_clear(&n->path);
	if (mw_readlink(&root, link, &n->c->text))
		buf_printf(&n->path, "/dev/block/%u:%u", number >> 20, number & 0xfffff);
	else
		buf_printf(&n->path, "/dev/%.*s",
			   SLICE_ARG(slice_last(buf_slice(&n->c->text), '/')));
	mw_set_text(n->c->snapshot, e, M_F_PATH, buf_slice(&n->path));
}

/* Where the processes of its group see it. */
static void find_inner(struct naming *n, struct mw_entity *e, uint32_t device, bool on_machine)
{
	struct slice inside = buf_slice(&n->inside), real = buf_slice(&n->path);
	scoped_buf struct buf inner = { 0 };
	struct mw_space_of *s;

	for (uint32_t i = 0; (s = mw_spaces_group(&n->spaces, e->parent, i)); i++) {
		bool seen = mw_seen_find(&s->mounts, device, inside, &inner) ||
			    (on_machine && mw_seen_overlay(&s->mounts, real, &inner));

		if (!seen)
			continue;
		mw_set_text(n->c->snapshot, e, M_F_CONTAINER_PATH, buf_slice(&inner));
		if (!on_machine) {
			buf_clear(&n->path);
			buf_printf(&n->path, "/proc/%u/root", s->pid);
			buf_add(&n->path, buf_slice(&inner));
		}
		return;
	}
}

static bool on_machine(struct naming *n, uint32_t device)
{
	struct mw_space_of *machine = mw_spaces_machine(&n->spaces);

	buf_clear(&n->path);
	return machine && mw_seen_find(&machine->mounts, device, buf_slice(&n->inside), &n->path);
}

/* No mount of the machine's shows it: who looks, and who uses it, may have mounts of their own. */
static bool elsewhere(struct naming *n, uint32_t device, const struct mw_files_used *used)
{
	struct mw_space_of *s = mw_spaces_own(&n->spaces);

	buf_clear(&n->path);
	if (s && mw_seen_find(&s->mounts, device, buf_slice(&n->inside), &n->path))
		return true;
	for (uint32_t i = 0; used && i < used->named; i++) {
		s = mw_spaces_process(&n->spaces, used->by[i].pid);
		if (!s)
			continue;
		buf_clear(&n->path);
		buf_printf(&n->path, "/proc/%u/root", used->by[i].pid);
		if (mw_seen_find(&s->mounts, device, buf_slice(&n->inside), &n->path))
			return true;
	}
	return false;
}

static void find_place(struct naming *n, struct mw_entity *e, const struct mw_path_row *r,
		       const struct mw_files_used *used)
{
	uint32_t device = kernel_device(e->birth);
	bool found;

	buf_clear(&n->inside);
	join(r, &n->inside);
	if (r->flags & MW_PATH_CUT) {
		mw_set_text(n->c->snapshot, e, M_F_PATH, buf_slice(&n->inside));
		return;
	}
	found = on_machine(n, device);
	if (n->what & MW_FILES_INNER || !found) {
		find_inner(n, e, device, found);
		found |= n->path.len > 0;
	}
	if (!found && !elsewhere(n, device, used)) {
		buf_clear(&n->path);
		buf_printf(&n->path, "%.*s[%u:%u]", (int)strnlen(r->type, sizeof(r->type)), r->type,
			   device >> 20, device & 0xfffff);
		buf_add(&n->path, buf_slice(&n->inside));
	}
	mw_set_text(n->c->snapshot, e, M_F_PATH, buf_slice(&n->path));
}

static void describe(struct naming *n, struct mw_entity *e, const struct mw_path_row *r,
		     const struct mw_files_used *used)
{
	if (r->flags & MW_PATH_GONE) {
		mw_set_state(e, M_F_PATH, MW_VANISHED);
		return;
	}
	mw_set_text(n->c->snapshot, e, M_F_FILESYSTEM,
		    (struct slice){ r->type, strnlen(r->type, sizeof(r->type)) });
	mw_set(e, M_F_SIZE, r->bytes);
	mw_set(e, M_F_DELETED, !r->links && !(r->flags & MW_PATH_ROOTLESS));
	if (r->magic == BDEVFS_MAGIC && S_ISBLK(r->mode)) {
		mw_set(e, M_F_DELETED, 0);
		name_device(n, e, r->number);
	} else if (r->flags & MW_PATH_NAMELESS) {
		mw_set_state(e, M_F_PATH, MW_ABSENT);
	} else if (r->flags & MW_PATH_ROOTLESS) {
		buf_clear(&n->inside);
		join(r, &n->inside);
		mw_set_text(n->c->snapshot, e, M_F_PATH, slice_skip(buf_slice(&n->inside), 1));
	} else {
		find_place(n, e, r, used);
	}
}

/* --- all of them ------------------------------------------------------------------------------ */

static int name_all(struct naming *n, struct mw_bpf *bpf)
{
	scoped_buf struct buf rows = { 0 }, users = { 0 };
	scoped_free struct mw_files_used *used = NULL;
	int error = mw_bpf_paths(bpf, n->wanted, n->count, &rows);

	if (!error && n->what & MW_FILES_USERS) {
		error = mw_bpf_path_users(bpf, n->wanted, n->count, MW_PATH_OPEN | MW_PATH_MAPPED,
					  &users);
		if (!error)
			used = mw_files_used_by(&users, n->count);
		if (!error && !used)
			error = -ENOMEM;
	}
	for (size_t at = 0; !error && at + sizeof(struct mw_path_row) <= rows.len;) {
		const struct mw_path_row *r = (const void *)(rows.at + at);

		if (r->index >= n->count || r->size > rows.len - at)
			return -EBADMSG;
		describe(n, n->files[r->index], r, used ? &used[r->index] : NULL);
		if (used)
			mw_files_put_used(n->c->snapshot, n->files[r->index], &used[r->index]);
		at += r->size;
	}
	return error;
}

int mw_files_name(struct mw_collect *c, struct mw_entity *const *files, size_t count, unsigned what)
{
	/* paths of other processes' files are no business of a capture's */
	struct mw_collect past = { .source = mw_unrecorded(c->source), .snapshot = c->snapshot };
	struct naming n = { .c = &past, .what = what, .spaces = { .c = &past } };
	scoped_free struct mw_path_want *wanted = NULL;
	scoped_free struct mw_entity **known = NULL;
	int error = 0;

	if (!count || !mw_bpf_need(past.source->bpf, 1U << MW_BPF_PATHS))
		return 0;
	wanted = calloc(count, sizeof(*wanted));
	known = calloc(count, sizeof(*known));
	if (!wanted || !known)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		uint64_t inode = mw_snapshot_inode(c->snapshot, files[i]);

		if (!inode)
			continue;
		known[n.count] = files[i];
		wanted[n.count++] = (struct mw_path_want){ .inode = inode,
							   .ino = files[i]->id,
							   .device = kernel_device(
								   files[i]->birth) };
	}
	n.files = known;
	n.wanted = wanted;
	if (n.count)
		error = name_all(&n, past.source->bpf);
	mw_spaces_release(&n.spaces);
	buf_release(&n.inside);
	buf_release(&n.path);
	buf_release(&past.text);
	return error;
}
