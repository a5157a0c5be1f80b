/* What --root means. */
#include "base/scoped.h"
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/vfs.h>

enum { PROC_MAGIC = 0x9fa0 };

/* A directory on which a running kernel's /proc is mounted: a host's root seen in a container. */
static bool has_kernel(const char *root)
{
	scoped_fd int at = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scoped_fd int proc = at < 0 ? -1
				    : openat(at, "proc",
					     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct statfs fs;

	return proc >= 0 && !fstatfs(proc, &fs) && fs.f_type == PROC_MAGIC;
}

int mw_source_open(const char *root, const struct mw_language *language, struct mw_source **out,
		   struct buf *problem)
{
	int error;

	if (root && strcmp(root, "/") != 0 && !has_kernel(root))
		return mw_source_tree(root, language, out, problem);
	error = mw_source_live(root ? root : "/", out);
	if (error)
		buf_printf(problem, "%s: %s", root ? root : "/",
			   mw_language_error(language, -error));
	return error;
}
