/* Members of a capture that is a tar archive. Headers are believed in nothing but the name and the
 * type; bytes are counted as they come. */
#include "source/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

static int broken(struct mw_loader *l, struct archive *a)
{
	const char *why = archive_error_string(a);

	if (archive_errno(a) == ENOMEM)
		return -ENOMEM;
	buf_puts(l->problem,
		 mw_language_text(l->language, "not a tar archive, or truncated or damaged: "));
	for (const char *c = why ? why : "unreadable"; *c; c++)
		buf_char(l->problem, *c >= ' ' && *c < 0x7f ? *c : '?');
	return -EBADMSG;
}

/* What cannot be a member, or NULL. */
static const char *refused(struct archive_entry *e)
{
	if (archive_entry_hardlink(e))
		return N_("a hard link");
	switch (archive_entry_filetype(e)) {
	case AE_IFREG:
	case AE_IFDIR: return NULL;
	case AE_IFLNK: return N_("a symbolic link");
	default: return N_("a device, FIFO or socket");
	}
}

static int load_member(struct mw_loader *l, struct archive *a, struct archive_entry *e)
{
	const char *text = archive_entry_pathname(e), *why = refused(e);
	struct slice name = slice_of(text ? text : "");
	char piece[65536];
	la_ssize_t got;

	if (!name.len)
		return mw_loader_refuse(l, name, N_("no name"));
	if (why)
		return mw_loader_refuse(l, name, why);
	if (archive_entry_filetype(e) == AE_IFDIR)
		return mw_loader_add(l, name, MW_MEMBER_DIR);
	while ((got = archive_read_data(a, piece, sizeof(piece))) > 0) {
		int error = mw_loader_piece(l, name, (struct slice){ piece, (size_t)got });

		if (error)
			return error;
	}
	return got < 0 ? broken(l, a) : mw_loader_add(l, name, MW_MEMBER_FILE);
}

static int load_members(struct mw_loader *l, struct archive *a)
{
	for (;;) {
		struct archive_entry *e;
		int status = archive_read_next_header(a, &e), error;

		if (status == ARCHIVE_EOF)
			break;
		/* a warning is about alphabets; the name's bytes are there */
		if (status < ARCHIVE_WARN)
			return broken(l, a);
		/* padding and headers count too: a bomb may hold nothing else */
		if (archive_filter_bytes(a, 0) > (la_int64_t)2 * MW_CAPTURE_TOTAL)
			return mw_loader_unfit(l, N_("more than 1 GiB when unpacked"));
		error = load_member(l, a, e);
		if (error)
			return error;
	}
	return l->count || l->manifest ? 0 : mw_loader_unfit(l, N_("an empty archive"));
}

static struct archive *reader(void)
{
	struct archive *a = archive_read_new();

	if (a && (archive_read_support_format_tar(a) || archive_read_support_filter_zstd(a) ||
		  archive_read_support_filter_gzip(a) || archive_read_support_filter_xz(a))) {
		archive_read_free(a);
		return NULL;
	}
	return a;
}

int mw_loader_file(struct mw_loader *l, int fd)
{
	enum { BLOCK = 65536 };
	struct archive *a = reader();
	int error;

	if (!a)
		return -ENOMEM;
	error = archive_read_open_fd(a, fd, BLOCK) ? broken(l, a) : load_members(l, a);
	archive_read_free(a);
	return error;
}

int mw_loader_memory(struct mw_loader *l, struct slice archive)
{
	struct archive *a = reader();
	int error;

	if (!a)
		return -ENOMEM;
	error = archive_read_open_memory(a, archive.at, archive.len) ? broken(l, a)
								     : load_members(l, a);
	archive_read_free(a);
	return error;
}
