/* A record written as a tar archive; capture.h has its layout. */
#include "base/scoped.h"
#include "source/recorder.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static int failed(struct archive *a)
{
	int error = archive_errno(a);

	return error > 0 ? -error : -EIO;
}

static int write_member(struct archive *a, struct archive_entry *e, const char *name,
			struct slice text, int64_t time)
{
	archive_entry_clear(e);
	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_perm(e, 0444);
	archive_entry_set_mtime(e, (time_t)(time / 1000000000), 0);
	archive_entry_set_size(e, (la_int64_t)text.len);
	if (archive_write_header(a, e) < ARCHIVE_WARN)
		return failed(a);
	if (text.len && archive_write_data(a, text.at, text.len) != (la_ssize_t)text.len)
		return failed(a);
	return 0;
}

static int write_members(const struct mw_recorder *r, struct archive *a, struct archive_entry *e)
{
	const struct mw_capture *c = &r->capture;
	scoped_buf struct buf entries = { 0 };
	scoped_buf struct buf text = { 0 };
	int64_t time = c->machine.taken_at;
	uint64_t lines;
	int error = mw_entries_write(&entries, c, &lines);

	if (error)
		return error;
	mw_manifest_write(&text, &c->machine, lines);
	error = text.error ? text.error
			   : write_member(a, e, MW_CAPTURE_OWN "manifest", buf_slice(&text), time);
	for (uint32_t i = 0; i < c->count && !error; i++) {
		if (!c->nodes[i].text.at)
			continue;
		buf_clear(&text);
		mw_capture_escape(&text, mw_node_path(&c->nodes[i]));
		if (text.len > MW_CAPTURE_NAME)
			continue; /* a name that long is refused when read: absent instead */
		error = text.error ? text.error
				   : write_member(a, e, text.at, c->nodes[i].text, time);
	}
	/* last, so that an archive cut short lacks it */
	return error ? error
		     : write_member(a, e, MW_CAPTURE_OWN "entries", buf_slice(&entries), time);
}

static int set_up(struct archive *a, const char *path)
{
	struct slice name = slice_of(path);

	if (archive_write_set_format_pax_restricted(a) ||
	    archive_write_set_bytes_in_last_block(a, 1))
		return failed(a);
	if (slice_ends(name, ".zst") && archive_write_add_filter_zstd(a))
		return failed(a);
	if ((slice_ends(name, ".gz") || slice_ends(name, ".tgz")) &&
	    archive_write_add_filter_gzip(a))
		return failed(a);
	return 0;
}

static int write_archive(const struct mw_recorder *r, const char *path, int fd)
{
	struct archive *a = archive_write_new();
	struct archive_entry *e = archive_entry_new();
	int error = a && e ? set_up(a, path) : -ENOMEM;

	if (!error && archive_write_open_fd(a, fd))
		error = failed(a);
	if (!error)
		error = write_members(r, a, e);
	if (!error && archive_write_close(a))
		error = failed(a);
	archive_entry_free(e);
	/* an archive that failed would try to finish what it was writing */
	if (error && a)
		archive_write_fail(a);
	archive_write_free(a);
	return error;
}

static int write_beside(const struct mw_recorder *r, const char *path)
{
	scoped_buf struct buf name = { 0 };
	int error, fd;

	buf_printf(&name, "%s.XXXXXX", path);
	if (name.error)
		return name.error;
	fd = mkostemp(name.at, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = write_archive(r, path, fd);
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(name.at, path))
		error = -errno;
	if (error)
		unlink(name.at);
	return error;
}

int mw_recorder_write(const struct mw_source *source, const char *path)
{
	const struct mw_recorder *r = (const struct mw_recorder *)source;
	struct stat st;

	if (r->error)
		return r->error;
	if (!strcmp(path, "-"))
		return write_archive(r, path, STDOUT_FILENO);
	/* a pipe or /dev/null is written to, not replaced */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		scoped_fd int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

		return fd < 0 ? -errno : write_archive(r, path, fd);
	}
	return write_beside(r, path);
}
