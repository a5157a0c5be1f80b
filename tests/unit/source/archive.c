/* Archives that strangers made. Nothing of them may be believed, or reach the disk. */
#include "test.h"

#include "source/tree.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>

/* An archive being made in memory. */
struct made {
	struct archive *a;
	struct buf bytes;
};

static la_ssize_t take(struct archive *a, void *made, const void *bytes, size_t length)
{
	(void)a;
	buf_add(&((struct made *)made)->bytes, (struct slice){ bytes, length });
	return (la_ssize_t)length;
}

typedef int (*filter_fn)(struct archive *);

static void make(struct made *m, filter_fn format, filter_fn filter)
{
	*m = (struct made){ .a = archive_write_new() };
	EXPECT_EQ(format(m->a), 0);
	EXPECT_EQ(filter(m->a), 0);
	EXPECT_EQ(archive_write_set_bytes_in_last_block(m->a, 1), 0);
	EXPECT_EQ(archive_write_open(m->a, m, NULL, take, NULL), 0);
}

static void member(struct made *m, const char *name, unsigned type, const char *link,
		   const char *text)
{
	struct archive_entry *e = archive_entry_new();
	size_t length = text ? strlen(text) : 0;

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, type);
	archive_entry_set_perm(e, 0644);
	archive_entry_set_size(e, (la_int64_t)length);
	if (link && type == AE_IFLNK)
		archive_entry_set_symlink(e, link);
	else if (link)
		archive_entry_set_hardlink(e, link);
	EXPECT_EQ(archive_write_header(m->a, e), 0);
	if (length)
		EXPECT_EQ(archive_write_data(m->a, text, length), (la_ssize_t)length);
	archive_entry_free(e);
}

static void zeros(struct made *m, const char *name, size_t mib)
{
	static const char zero[1 << 20];
	struct archive_entry *e = archive_entry_new();

	archive_entry_set_pathname(e, name);
	archive_entry_set_filetype(e, AE_IFREG);
	archive_entry_set_size(e, (la_int64_t)(mib << 20));
	EXPECT_EQ(archive_write_header(m->a, e), 0);
	for (size_t i = 0; i < mib; i++)
		EXPECT_EQ(archive_write_data(m->a, zero, sizeof(zero)), sizeof(zero));
	archive_entry_free(e);
}

static void finish(struct made *m)
{
	EXPECT_EQ(archive_write_close(m->a), 0);
	archive_write_free(m->a);
	EXPECT_EQ(m->bytes.error, 0);
}

static void expect_refused(struct slice bytes, const char *words)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_source *source = NULL;

	EXPECT_EQ(mw_source_tree_memory(bytes, &source, &problem), -EBADMSG);
	EXPECT(source == NULL);
	if (!problem.at || !strstr(problem.at, words))
		fail_msg("\"%s\" lacks \"%s\"", problem.at ? problem.at : "", words);
	for (const char *c = problem.at; *c; c++)
		EXPECT(*c >= ' ' && *c < 0x7f);
}

TEST(every_compression_is_read)
{
	static const filter_fn filters[] = { archive_write_add_filter_none,
					     archive_write_add_filter_zstd,
					     archive_write_add_filter_gzip,
					     archive_write_add_filter_xz };
	static const filter_fn formats[] = { archive_write_set_format_pax_restricted,
					     archive_write_set_format_gnutar,
					     archive_write_set_format_ustar };

	for (size_t i = 0; i < 12; i++) {
		scoped_buf struct buf problem = { 0 };
		scoped_buf struct buf text = { 0 };
		struct mw_source *source;
		struct mw_dir root;
		struct made m;

		make(&m, formats[i / 4], filters[i % 4]);
		member(&m, "./", AE_IFDIR, NULL, NULL);
		member(&m, "./proc/", AE_IFDIR, NULL, NULL);
		member(&m, "./proc/meminfo", AE_IFREG, NULL, "MemTotal: 1 kB\n");
		finish(&m);
		EXPECT_EQ(mw_source_tree_memory(buf_slice(&m.bytes), &source, &problem), 0);
		buf_release(&m.bytes);
		root = mw_root(source);
		EXPECT_EQ(mw_read(&root, "proc/meminfo", &text), 0);
		EXPECT_STR(text.at, "MemTotal: 1 kB\n");
		mw_source_free(source);
	}
}

TEST(names_of_a_plain_archive_are_taken_as_they_are)
{
	scoped_buf struct buf problem = { 0 };
	scoped_buf struct buf text = { 0 };
	struct mw_source *source;
	struct mw_dir root;
	struct made m;

	make(&m, archive_write_set_format_gnutar, archive_write_add_filter_none);
	member(&m, "sys/fs/cgroup/caf\xc3\xa9\xff \\x2d/x", AE_IFREG, NULL, "y");
	finish(&m);
	EXPECT_EQ(mw_source_tree_memory(buf_slice(&m.bytes), &source, &problem), 0);
	buf_release(&m.bytes);
	root = mw_root(source);
	EXPECT_EQ(mw_read(&root, "sys/fs/cgroup/caf\xc3\xa9\xff \\x2d/x", &text), 0);
	EXPECT_STR(text.at, "y");
	mw_source_free(source);
}

TEST(hostile_members_are_refused)
{
	static char longest[5000];
	static const struct {
		const char *name;
		unsigned type;
		const char *link, *words;
	} members[] = {
		{ "/etc/passwd", AE_IFREG, NULL, "entry \"/etc/passwd\": an absolute name" },
		{ "proc/../../etc/passwd", AE_IFREG, NULL, "a name with \"..\"" },
		{ "..", AE_IFDIR, NULL, "a name with \"..\"" },
		{ "proc/a\x1b[2J\n", AE_IFLNK, "/etc",
		  "entry \"proc/a\\x1b[2J\\x0a\": a symbolic" },
		{ "proc/b", AE_IFREG, "proc/a", "a hard link" },
		{ "proc/c", AE_IFCHR, NULL, "a device, FIFO or socket" },
		{ "proc/d", AE_IFIFO, NULL, "a device, FIFO or socket" },
		{ "proc/meminfo", AE_IFREG, NULL, "entry \"proc/meminfo\": twice" },
		{ "./proc//meminfo", AE_IFREG, NULL, "entry \"proc/meminfo\": twice" },
		{ "proc/meminfo", AE_IFDIR, NULL, "twice, as a file and a directory" },
		{ "proc", AE_IFREG, NULL, "twice, as a file and a directory" },
		{ "proc/meminfo/x/y", AE_IFREG, NULL, "below a file" },
		{ longest, AE_IFREG, NULL, "...\": a name too long or too deep" },
		{ longest + 4400, AE_IFREG, NULL, "a name too long or too deep" },
		{ "memwhy/manifest/", AE_IFDIR, NULL, "not a file" },
	};

	for (size_t i = 0; i + 1 < sizeof(longest); i++)
		longest[i] = i % 2 ? '/' : 'a';
	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		struct made m;

		make(&m, archive_write_set_format_pax_restricted, archive_write_add_filter_zstd);
		member(&m, "proc/meminfo", AE_IFREG, NULL, "MemTotal: 1 kB\n");
		member(&m, members[i].name, members[i].type, members[i].link, NULL);
		finish(&m);
		expect_refused(buf_slice(&m.bytes), members[i].words);
		buf_release(&m.bytes);
	}
}

TEST(escapes_cannot_smuggle_a_path)
{
	static const struct {
		const char *name, *words;
	} members[] = {
		{ "proc/\\x2e\\x2e/x", "a name with \"..\"" },
		{ "proc/a\\x2fb", "badly escaped" },
		{ "proc/a\\x00b", "badly escaped" },
		{ "proc/a\\", "badly escaped" },
		{ "proc/a\\x4", "badly escaped" },
		{ "proc/a\\x 4", "badly escaped" },
		{ "\\x70roc/meminfo", "twice" },
	};

	for (size_t i = 0; i < sizeof(members) / sizeof(*members); i++) {
		struct made m;

		make(&m, archive_write_set_format_pax_restricted, archive_write_add_filter_none);
		member(&m, "proc/meminfo", AE_IFREG, NULL, "MemTotal: 1 kB\n");
		member(&m, members[i].name, AE_IFREG, NULL, "x");
		/* the manifest need not come first */
		member(&m, "memwhy/manifest", AE_IFREG, NULL, "memwhy-capture 1\nnames escaped\n");
		finish(&m);
		expect_refused(buf_slice(&m.bytes), members[i].words);
		buf_release(&m.bytes);
	}
}

TEST(bombs_are_counted_while_unpacked)
{
	struct made m;

	make(&m, archive_write_set_format_pax_restricted, archive_write_add_filter_zstd);
	zeros(&m, "proc/large", 65);
	finish(&m);
	EXPECT(m.bytes.len < 1 << 20);
	expect_refused(buf_slice(&m.bytes), "entry \"proc/large\": larger than 64 MiB");
	buf_release(&m.bytes);

	make(&m, archive_write_set_format_pax_restricted, archive_write_add_filter_zstd);
	for (int i = 0; i < 9; i++) {
		char name[16];

		snprintf(name, sizeof(name), "proc/%d", i);
		zeros(&m, name, 60);
	}
	finish(&m);
	EXPECT(m.bytes.len < 1 << 20);
	expect_refused(buf_slice(&m.bytes), "entry \"proc/8\": more than 512 MiB in all");
	buf_release(&m.bytes);
}

TEST(a_million_entries_are_not_read)
{
	struct made m;

	make(&m, archive_write_set_format_ustar, archive_write_add_filter_zstd);
	for (int i = 0; i < 500001; i++)
		member(&m, "proc", AE_IFDIR, NULL, NULL);
	finish(&m);
	expect_refused(buf_slice(&m.bytes), "more than 500 000 entries");
	buf_release(&m.bytes);
}

/* A ustar header that claims 8 GiB, and two blocks behind it. */
static struct slice liar(const char *name, char type)
{
	static char tar[1536];
	unsigned sum = 0;

	memset(tar, 0, sizeof(tar));
	strcpy(tar, name);
	strcpy(tar + 100, "0000755");
	strcpy(tar + 108, "0000000");
	strcpy(tar + 116, "0000000");
	strcpy(tar + 124, "77777777777");
	strcpy(tar + 136, "00000000000");
	memset(tar + 148, ' ', 8);
	tar[156] = type;
	strcpy(tar + 257, "ustar");
	memcpy(tar + 263, "00", 2);
	for (int i = 0; i < 512; i++)
		sum += (unsigned char)tar[i];
	snprintf(tar + 148, 8, "%06o", sum);
	return (struct slice){ tar, sizeof(tar) };
}

TEST(a_header_that_lies_about_its_size_is_not_believed)
{
	scoped_buf struct buf problem = { 0 };
	struct mw_source *source;

	expect_refused(liar("proc/meminfo", '0'), "truncated");
	/* a directory has no bytes to wait for */
	EXPECT_EQ(mw_source_tree_memory(liar("proc/", '5'), &source, &problem), 0);
	mw_source_free(source);
}

static int small_capture(struct buf *out)
{
	struct mw_source *live, *recorder;
	scoped_buf struct buf text = { 0 };
	char path[] = "/tmp/memwhy-test-archive-XXXXXX";
	int fd = mkstemp(path), error;
	ssize_t got;
	struct mw_dir root;

	EXPECT(fd >= 0);
	close(fd);
	EXPECT_EQ(mw_source_live("/", &live), 0);
	EXPECT_EQ(mw_source_recorder(live, &recorder), 0);
	root = mw_root(recorder);
	EXPECT_EQ(mw_read(&root, "proc/meminfo", &text), 0);
	EXPECT_EQ(mw_read(&root, "proc/no", &text), -ENOENT);
	error = mw_recorder_write(recorder, path);
	mw_source_free(recorder);
	mw_source_free(live);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ(buf_reserve(out, 65536), 0);
	got = read(fd, out->at, 65536);
	EXPECT(got > 0);
	out->len = (size_t)got;
	close(fd);
	unlink(path);
	return error;
}

TEST(a_capture_cut_anywhere_is_refused)
{
	scoped_buf struct buf bytes = { 0 };
	struct mw_source *source;
	scoped_buf struct buf problem = { 0 };

	EXPECT_EQ(small_capture(&bytes), 0);
	EXPECT_EQ(mw_source_tree_memory(buf_slice(&bytes), &source, &problem), 0);
	mw_source_free(source);
	/* the last two blocks only say that it ends */
	for (size_t length = 0; length + 1024 + 512 < bytes.len; length += 256) {
		buf_clear(&problem);
		EXPECT_EQ(mw_source_tree_memory((struct slice){ bytes.at, length }, &source,
						&problem),
			  -EBADMSG);
		EXPECT(problem.len > 0);
	}
}

TEST(other_formats_are_refused)
{
	static const filter_fn formats[] = { archive_write_set_format_zip,
					     archive_write_set_format_cpio_newc,
					     archive_write_set_format_shar };
	static const char mtree[] = "#mtree\n./proc type=file contents=/etc/passwd\n";

	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++) {
		struct made m;

		make(&m, formats[i], archive_write_add_filter_none);
		member(&m, "proc/meminfo", AE_IFREG, NULL, "MemTotal: 1 kB\n");
		finish(&m);
		expect_refused(buf_slice(&m.bytes), "not a tar archive");
		buf_release(&m.bytes);
	}
	expect_refused(SLICE(mtree), "not a tar archive");
	expect_refused(SLICE(""), "");
	expect_refused(SLICE("MemTotal: 1 kB\n"), "not a tar archive");
}
