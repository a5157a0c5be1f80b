/* One process' small files and descriptors. */
#include "base/scoped.h"
#include "collect/keyed.h"
#include "collect/process/process.h"

#include <errno.h>
#include <stdio.h>

/* Longer command lines are cut: they go to people's screens. More links than that are not read: each
 * costs a path lookup. */
enum { CMDLINE_MAX = 4096, LINKS_MAX = 65536 };

void mw_process_set_cmdline(struct mw_snapshot *s, struct mw_entity *process, struct slice text)
{
	char *copy;

	if (text.len > CMDLINE_MAX)
		text.len = CMDLINE_MAX;
	while (text.len && !text.at[text.len - 1])
		text.len--;
	copy = arena_copy(mw_snapshot_arena(s), text);
	for (size_t i = 0; copy && i < text.len; i++)
		if (!copy[i])
			copy[i] = ' ';
	if (copy)
		mw_set(process, M_P_CMDLINE, (uintptr_t)copy);
}

void mw_process_read_cmdline(struct mw_collect *c, struct mw_entity *process,
			     const struct mw_dir *dir)
{
	struct buf *text = &c->text;
	int error = mw_read_record(dir, "cmdline", text);

	if (error) {
		mw_set_state(process, M_P_CMDLINE,
			     mw_process_lost(c, process->id, "cmdline", error));
		return;
	}
	mw_process_set_cmdline(c->snapshot, process, buf_slice(text));
}

static void read_limits(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir)
{
	struct mw_keyed keyed;
	struct mw_parse_error at = { 0 };
	enum mw_state lost;
	int error = mw_read_record(dir, "limits", &c->text);

	mw_keyed_init(&keyed, "limits");
	lost = error ? mw_process_lost(c, process->id, "limits", error) : MW_ABSENT;
	for (size_t i = 0; i < keyed.count; i++)
		mw_set_state(process, keyed.places[i]->metric, lost);
	if (error)
		return;
	error = mw_keyed_parse(&keyed, buf_slice(&c->text), 0, process, &at);
	if (error)
		mw_process_problem(c, process->id, "limits", at.line, error, at.what);
}

/* A link like "pid:[4026531836]". */
static void read_namespace(struct mw_collect *c, struct mw_entity *process,
			   const struct mw_dir *dir, enum mw_metric metric)
{
	const char *file = mw_metric_info(metric)->file;
	int error = mw_readlink(dir, file, &c->text);
	struct slice text = buf_slice(&c->text);
	uint64_t number;

	if (!error && (!slice_after(&text, "[") || !slice_u64(&text, &number)))
		error = -EBADMSG;
	if (error)
		mw_set_state(process, metric, mw_process_lost(c, process->id, file, error));
	else
		mw_set(process, metric, number);
}

static void read_exe(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir)
{
	int error = mw_readlink(dir, "exe", &c->text);

	if (error)
		mw_set_state(process, M_P_EXE, mw_process_lost(c, process->id, "exe", error));
	else
		mw_set_text(c->snapshot, process, M_P_EXE, buf_slice(&c->text));
}

static const struct {
	const char *prefix;
	enum mw_metric metric;
} fd_kinds[] = {
	{ "socket:", M_P_FD_SOCKETS },  { "pipe:", M_P_FD_PIPES }, { "/memfd:", M_P_FD_MEMFDS },
	{ "/dmabuf:", M_P_FD_DMABUFS }, { "/", M_P_FD_FILES },     { "", M_P_FD_OTHER },
};

static enum mw_metric fd_kind(struct slice link)
{
	size_t i = 0;

	while (!slice_begins(link, fd_kinds[i].prefix))
		i++;
	return fd_kinds[i].metric;
}

static void add(struct mw_entity *e, enum mw_metric metric, uint64_t v)
{
	mw_set(e, metric, mw_get_or(e, metric, 0) + v);
}

/* fdinfo of a dma-buf: "size:\t65536", "ino:\t17". Descriptors of one buffer share its inode; only a
 * run of equal ones is recognised, which is what dup() and fork() leave. */
static void add_dmabuf(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir,
		       uint32_t fd, uint64_t *last)
{
	char path[32];
	struct slice size, inode;
	uint64_t bytes, ino = 0;

	snprintf(path, sizeof(path), "fdinfo/%u", fd);
	if (mw_read_record(dir, path, &c->text))
		return;
	size = inode = buf_slice(&c->text);
	if (slice_after(&inode, "\nino:"))
		slice_u64(&inode, &ino);
	if ((ino && ino == *last) || !slice_after(&size, "\nsize:") || !slice_u64(&size, &bytes))
		return;
	*last = ino;
	add(process, M_P_DMABUF, bytes);
}

static void fds_state(struct mw_entity *process, enum mw_state state)
{
	for (size_t i = 0; i < sizeof(fd_kinds) / sizeof(*fd_kinds); i++)
		mw_set_state(process, fd_kinds[i].metric, state);
	mw_set_state(process, M_P_FD_DELETED, state);
	mw_set_state(process, M_P_DMABUF, state);
}

/* "socket:[1952515]" */
static void keep_socket(struct slice link, struct buf *inodes)
{
	uint64_t inode;

	if (slice_after(&link, "[") && slice_u64(&link, &inode))
		buf_add(inodes, (struct slice){ (const char *)&inode, sizeof(inode) });
}

/* @sockets  filled with the inodes of its sockets */
static void count_fds(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir,
		      const struct mw_dir *fds, const struct buf *numbers, struct buf *sockets)
{
	const uint32_t *fd = (const void *)numbers->at;
	size_t count = numbers->len / sizeof(*fd);
	uint64_t last = 0;

	mw_set(process, M_P_FDS, count);
	if (count > LINKS_MAX) {
		fds_state(process, MW_SKIPPED);
		return;
	}
	for (size_t i = 0; i < sizeof(fd_kinds) / sizeof(*fd_kinds); i++)
		mw_set(process, fd_kinds[i].metric, 0);
	mw_set(process, M_P_FD_DELETED, 0);
	mw_set(process, M_P_DMABUF, 0);
	for (size_t i = 0; i < count; i++) {
		enum mw_metric kind;
		char name[16];

		snprintf(name, sizeof(name), "%u", fd[i]);
		/* closed meanwhile: it is in the count, and of no kind */
		if (mw_readlink(fds, name, &c->text))
			continue;
		kind = fd_kind(buf_slice(&c->text));
		add(process, kind, 1);
		if (kind == M_P_FD_FILES && slice_ends(buf_slice(&c->text), " (deleted)"))
			add(process, M_P_FD_DELETED, 1);
		if (kind == M_P_FD_SOCKETS)
			keep_socket(buf_slice(&c->text), sockets);
		if (kind == M_P_FD_DMABUFS)
			add_dmabuf(c, process, dir, fd[i], &last);
	}
}

static void read_fds(struct mw_collect *c, struct mw_entity *process, const struct mw_dir *dir)
{
	scoped_buf struct buf numbers = { 0 }, sockets = { 0 };
	scoped_dir struct mw_dir fds = { 0 };
	int error = mw_open(dir, "fd", &fds);

	if (!error)
		error = mw_process_numbers(&fds, &numbers);
	if (error) {
		fds_state(process, mw_process_lost(c, process->id, "fd", error));
		mw_set_state(process, M_P_FDS, mw_get(process, M_P_FD_FILES).state);
		return;
	}
	count_fds(c, process, dir, &fds, &numbers, &sockets);
	mw_process_read_sockets(c, process, dir, &sockets);
}

void mw_process_read_details(struct mw_collect *c, struct mw_entity *process,
			     const struct mw_dir *dir)
{
	char prefix[32];

	snprintf(prefix, sizeof(prefix), "proc/%llu", (unsigned long long)process->id);
	mw_collect_value(c, dir, prefix, "oom_score", process, M_P_OOM_SCORE);
	read_namespace(c, process, dir, M_P_PID_NS);
	read_namespace(c, process, dir, M_P_MNT_NS);
	read_namespace(c, process, dir, M_P_NET_NS);
	read_limits(c, process, dir);
	read_exe(c, process, dir);
	read_fds(c, process, dir);
	if (!mw_get_or(process, M_P_KERNEL_THREAD, 0))
		mw_process_read_cmdline(c, process, dir);
}
