/* The C library's words for errors, for those that memwhy meets; its own translations are files that
 * may not be there. */
#include "language/language.h"

#include <errno.h>

static const struct {
	int error;
	const char *text;
} errors[] = {
	{ EPERM, N_("Operation not permitted") },
	{ ENOENT, N_("No such file or directory") },
	{ ESRCH, N_("No such process") },
	{ EINTR, N_("Interrupted system call") },
	{ EIO, N_("Input/output error") },
	{ EBADF, N_("Bad file descriptor") },
	{ EAGAIN, N_("Resource temporarily unavailable") },
	{ ENOMEM, N_("Cannot allocate memory") },
	{ EACCES, N_("Permission denied") },
	{ EEXIST, N_("File exists") },
	{ ENOTDIR, N_("Not a directory") },
	{ EISDIR, N_("Is a directory") },
	{ EINVAL, N_("Invalid argument") },
	{ ENFILE, N_("Too many open files in system") },
	{ EMFILE, N_("Too many open files") },
	{ EFBIG, N_("File too large") },
	{ ENOSPC, N_("No space left on device") },
	{ EROFS, N_("Read-only file system") },
	{ EPIPE, N_("Broken pipe") },
	{ ENAMETOOLONG, N_("File name too long") },
	{ ELOOP, N_("Too many levels of symbolic links") },
	{ EBADMSG, N_("Bad message") },
	{ E2BIG, N_("Argument list too long") },
	{ EOPNOTSUPP, N_("Operation not supported") },
	{ EDQUOT, N_("Disk quota exceeded") },
};

const char *mw_language_error(const struct mw_language *language, int error)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (errors[i].error == error)
			return mw_language_text(language, errors[i].text);
	return strerror(error);
}
