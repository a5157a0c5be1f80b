/* A source that gives back what a capture holds. */
#include "base/scoped.h"
#include "source/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

struct tree {
	struct mw_source source;
	struct mw_capture capture;
};

static const struct mw_capture *capture_of(struct mw_source *source)
{
	return &((struct tree *)source)->capture;
}

/* Handles are node numbers. @return 0, or -errno of a path that cannot be here */
static int node_at(struct mw_source *source, intptr_t at, const char *path,
		   const struct mw_node **out)
{
	const struct mw_capture *c = capture_of(source);
	struct mw_path full;
	uint32_t number;
	int error = mw_path_join(mw_node_path(&c->nodes[at]), slice_of(path), &full);

	if (error)
		return error;
	number = mw_capture_find(c, (struct slice){ full.text, full.length });
	if (number == INDEX_NONE)
		return -ENOENT;
	*out = &c->nodes[number];
	return 0;
}

/* What was recorded of a call; of a call that was not, what follows from the rest. */
static int answer(const struct mw_node *n, enum mw_call call)
{
	if (mw_node_knows(n, call))
		return -n->error[call];
	if (!n->present)
		return -ENOENT;
	switch (call) {
	case MW_CALL_OPEN: return mw_node_is_dir(n) ? 0 : -ENOTDIR;
	case MW_CALL_READ: return mw_node_is_dir(n) ? -EISDIR : -ENOENT;
	case MW_CALL_LINK: return -EINVAL;
	default: return 0;
	}
}

static int tree_open(struct mw_source *source, intptr_t at, const char *path, intptr_t *out)
{
	const struct mw_node *n;
	int error = node_at(source, at, path, &n);

	if (!error)
		error = answer(n, MW_CALL_OPEN);
	if (!error)
		*out = n - capture_of(source)->nodes;
	return error;
}

static void tree_close(struct mw_source *source, intptr_t dir)
{
	(void)source;
	(void)dir;
}

static int add_text(struct buf *out, struct slice text)
{
	size_t room = (out->limit ? out->limit : BUF_LIMIT) - out->len;
	bool fits = text.len <= room;

	text.len = fits ? text.len : room;
	buf_add(out, text);
	if (!fits && !out->error)
		out->error = -EFBIG;
	return out->error;
}

static int tree_read(struct mw_source *source, intptr_t at, const char *path, enum mw_shape shape,
		     struct buf *out)
{
	const struct mw_node *n;
	int error = node_at(source, at, path, &n), full;

	(void)shape;
	if (error)
		return error;
	/* a read that failed may have given something before */
	full = n->text.at ? add_text(out, n->text) : 0;
	error = answer(n, MW_CALL_READ);
	return error ? error : full;
}

static int tree_link(struct mw_source *source, intptr_t at, const char *path, struct buf *out)
{
	const struct mw_node *n;
	int error = node_at(source, at, path, &n);

	if (!error)
		error = answer(n, MW_CALL_LINK);
	return error ? error : add_text(out, n->link);
}

static int tree_list(struct mw_source *source, intptr_t dir, mw_list_fn fn, void *argument)
{
	const struct mw_node *n = &capture_of(source)->nodes[dir];

	for (uint32_t i = 0; i < n->listed; i++) {
		int stop = fn(&n->entries[i], argument);

		if (stop)
			return stop;
	}
	return answer(n, MW_CALL_LIST);
}

/* The same in every capture, different for each path, and exact as a JSON number. */
static uint64_t made_inode(const struct mw_node *n)
{
	return (hash_bytes(mw_node_path(n)) >> 12) | 1;
}

static struct mw_stat made_stat(const struct mw_capture *c, const struct mw_node *n)
{
	struct mw_stat st = { .inode = made_inode(n), .links = 1, .size = n->text.len };

	if (n->link.at) {
		st.mode = S_IFLNK | 0777;
	} else if (mw_node_is_dir(n)) {
		st.mode = S_IFDIR | 0555;
		st.links = 2;
		for (uint32_t i = n->child; i != INDEX_NONE; i = c->nodes[i].next)
			st.links += c->nodes[i].present && mw_node_is_dir(&c->nodes[i]);
	} else {
		st.mode = S_IFREG | 0444;
	}
	return st;
}

static int tree_stat(struct mw_source *source, intptr_t at, const char *path, struct mw_stat *out)
{
	const struct mw_node *n;
	int error = node_at(source, at, path, &n);

	if (!error)
		error = answer(n, MW_CALL_STAT);
	if (error)
		return error;
	*out = n->stat ? *n->stat : made_stat(capture_of(source), n);
	return 0;
}

static int64_t tree_clock(struct mw_source *source)
{
	return source->machine.clock;
}

static void tree_free(struct mw_source *source)
{
	struct tree *t = (struct tree *)source;

	mw_capture_release(&t->capture);
	free(t);
}

static const struct mw_source_ops tree_ops = {
	.open = tree_open,
	.close = tree_close,
	.read = tree_read,
	.link = tree_link,
	.list = tree_list,
	.stat = tree_stat,
	.clock = tree_clock,
	.free = tree_free,
};

/* --- loading ---------------------------------------------------------------------------------- */

/* From `fd`, or from memory when it is negative. */
static int load(struct mw_loader *l, int fd, bool directory, struct slice archive)
{
	int error = mw_capture_init(&l->capture);

	if (error)
		return error;
	l->last = &l->first;
	if (directory)
		error = mw_loader_directory(l, fd);
	else
		error = fd < 0 ? mw_loader_memory(l, archive) : mw_loader_file(l, fd);
	return error ? error : mw_loader_finish(l);
}

static int tree_new(int fd, bool directory, struct slice archive, struct mw_source **out,
		    const struct mw_language *language, struct buf *problem)
{
	struct tree *t = calloc(1, sizeof(*t));
	struct mw_loader l = { .problem = problem, .language = language };
	int error = t ? load(&l, fd, directory, archive) : -ENOMEM;

	buf_release(&l.text);
	if (error) {
		if (error == -ENOMEM)
			buf_puts(problem, mw_language_error(language, ENOMEM));
		mw_capture_release(&l.capture);
		free(t);
		return error;
	}
	t->capture = l.capture;
	t->source = (struct mw_source){ &tree_ops, l.capture.machine, 0 };
	*out = &t->source;
	return 0;
}

int mw_source_tree_memory(struct slice archive, struct mw_source **out, struct buf *problem)
{
	return tree_new(-1, false, archive, out, NULL, problem);
}

int mw_source_tree(const char *path, const struct mw_language *language, struct mw_source **out,
		   struct buf *problem)
{
	/* O_NONBLOCK: a FIFO is refused, not waited for */
	scoped_fd int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	scoped_buf struct buf why = { 0 };
	struct stat st;
	int error;

	if (fd < 0 || fstat(fd, &st)) {
		error = -errno;
		buf_puts(&why, mw_language_error(language, errno));
	} else if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
		error = -EINVAL;
		buf_puts(&why, mw_language_text(language, "neither a directory nor a file"));
	} else {
		error = tree_new(fd, S_ISDIR(st.st_mode), SLICE(""), out, language, &why);
	}
	if (error) {
		mw_capture_escape(problem, slice_of(path));
		buf_puts(problem, ": ");
		buf_add(problem, buf_slice(&why));
	}
	return error;
}
