/* Members of a capture that is a directory. Every step is relative to a descriptor and follows no
 * link, so that the tree cannot lead outside, whatever is changed in it meanwhile. */
#include "base/scoped.h"
#include "source/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int load_text(struct mw_loader *l, int at, const char *file, struct slice name)
{
	/* O_NONBLOCK: it may have become a FIFO since it was looked at */
	scoped_fd int fd = openat(at, file,
				  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	char piece[65536];
	struct stat st;
	ssize_t got;

	if (fd < 0 || fstat(fd, &st))
		return mw_loader_failed(l, name);
	if (!S_ISREG(st.st_mode))
		return mw_loader_refuse(l, name, N_("no longer a file"));
	while ((got = read(fd, piece, sizeof(piece))) != 0) {
		int error;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return mw_loader_failed(l, name);
		error = mw_loader_piece(l, name, (struct slice){ piece, (size_t)got });
		if (error)
			return error;
	}
	return mw_loader_add(l, name, MW_MEMBER_FILE);
}

static int load_link(struct mw_loader *l, int at, const char *file, struct slice name)
{
	char target[MW_CAPTURE_NAME];
	ssize_t length = readlinkat(at, file, target, sizeof(target));
	int error;

	if (length < 0)
		return mw_loader_failed(l, name);
	error = mw_loader_piece(l, name, (struct slice){ target, (size_t)length });
	return error ? error : mw_loader_add(l, name, MW_MEMBER_LINK);
}

static int walk(struct mw_loader *l, int fd, struct buf *path, const char *const *only);

/* @path  the name below the capture's root, for messages and for the node */
static int load_one(struct mw_loader *l, int at, const char *file, struct buf *path)
{
	struct stat st;

	if (fstatat(at, file, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT))
		return mw_loader_failed(l, buf_slice(path));
	switch (st.st_mode & S_IFMT) {
	case S_IFREG: return load_text(l, at, file, buf_slice(path));
	case S_IFLNK: return load_link(l, at, file, buf_slice(path));
	case S_IFDIR: {
		scoped_fd int fd = openat(at, file,
					  O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int error;

		if (fd < 0)
			return mw_loader_failed(l, buf_slice(path));
		/* refuses what is too deep, and so ends the recursion */
		error = mw_loader_add(l, buf_slice(path), MW_MEMBER_DIR);
		return error ? error : walk(l, fd, path, NULL);
	}
	default: return 0;
	}
}

static bool wanted(const char *file, const char *const *only)
{
	if (!strcmp(file, ".") || !strcmp(file, ".."))
		return false;
	while (only && *only && strcmp(*only, file) != 0)
		only++;
	return !only || *only;
}

/* @only  names to load, ended by NULL; NULL = all */
static int walk(struct mw_loader *l, int fd, struct buf *path, const char *const *only)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0), error = 0;
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	size_t length = path->len;

	if (!dir) {
		if (copy >= 0)
			close(copy);
		return mw_loader_failed(l, buf_slice(path));
	}
	while (!error) {
		const struct dirent *d = readdir(dir);

		if (!d)
			break;
		if (!wanted(d->d_name, only))
			continue;
		if (length)
			buf_char(path, '/');
		buf_puts(path, d->d_name);
		error = path->error ? path->error : load_one(l, fd, d->d_name, path);
		path->len = length;
	}
	closedir(dir);
	return error;
}

int mw_loader_directory(struct mw_loader *l, int fd)
{
	/* of what memwhy keeps besides files, no more than these names are taken (tree_load.c) */
	static const char *const plain[] = { "proc", "sys", "memwhy", NULL };
	scoped_buf struct buf path = { 0 };
	struct stat st;

	/* without a manifest it may be a whole machine's root: never read that */
	if (fstatat(fd, "memwhy/manifest", &st, AT_SYMLINK_NOFOLLOW))
		return walk(l, fd, &path, plain);
	return walk(l, fd, &path, NULL);
}
