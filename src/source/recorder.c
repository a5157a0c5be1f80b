/* Stands before a source and keeps what it answers. Of calls made twice the first answer is kept:
 * a replay then shows one moment, and asks in the same order. What a capture cannot hold (a path
 * with "..", longer than 4096 bytes or deeper than 264) passes unrecorded and is absent from the
 * replay; a record past the limits of capture.h is not written at all. */
#include "source/recorder.h"

#include <errno.h>
#include <stdlib.h>

static struct mw_recorder *recorder(struct mw_source *source)
{
	return (struct mw_recorder *)source;
}

static intptr_t inner_at(intptr_t at)
{
	return ((const struct mw_recorded_dir *)at)->inner;
}

/* @return the node for the first answer to this call, or NULL: not to be recorded */
static struct mw_node *first_answer(struct mw_recorder *r, intptr_t at, const char *path,
				    enum mw_call call)
{
	const struct mw_recorded_dir *dir = (const struct mw_recorded_dir *)at;
	struct mw_path full;
	uint32_t number;
	int error;

	if (r->error || !dir->path || mw_path_join(slice_of(dir->path), slice_of(path), &full) ||
	    slice_begins((struct slice){ full.text, full.length }, MW_CAPTURE_OWN))
		return NULL;
	error = mw_capture_add(&r->capture, (struct slice){ full.text, full.length }, &number);
	if (error) {
		r->error = error;
		return NULL;
	}
	return mw_node_knows(&r->capture.nodes[number], call) ? NULL : &r->capture.nodes[number];
}

static bool keep_text(struct mw_recorder *r, struct slice text, struct slice *out)
{
	char *copy;

	/* room for memwhy/entries is left */
	if (text.len > MW_CAPTURE_FILE ||
	    text.len > MW_CAPTURE_TOTAL - MW_CAPTURE_FILE - r->bytes) {
		r->error = -EFBIG;
		return false;
	}
	copy = arena_copy(&r->capture.arena, text);
	if (!copy) {
		r->error = -ENOMEM;
		return false;
	}
	r->bytes += text.len;
	*out = (struct slice){ copy, text.len };
	return true;
}

static int recorder_open(struct mw_source *source, intptr_t at, const char *path, intptr_t *out)
{
	struct mw_recorder *r = recorder(source);
	struct mw_recorded_dir *dir = calloc(1, sizeof(*dir));
	const struct mw_recorded_dir *parent = (const struct mw_recorded_dir *)at;
	struct mw_path full;
	struct mw_node *n;
	int error;

	if (!dir)
		return -ENOMEM;
	error = r->inner->ops->open(r->inner, parent->inner, path, &dir->inner);
	n = first_answer(r, at, path, MW_CALL_OPEN);
	if (n)
		mw_node_answer(n, MW_CALL_OPEN, -error);
	if (error) {
		free(dir);
		return error;
	}
	if (parent->path && !mw_path_join(slice_of(parent->path), slice_of(path), &full)) {
		uint32_t number = mw_capture_find(&r->capture,
						  (struct slice){ full.text, full.length });

		dir->path = number == INDEX_NONE ? NULL : r->capture.nodes[number].path;
	}
	*out = (intptr_t)dir;
	return 0;
}

static void recorder_close(struct mw_source *source, intptr_t handle)
{
	struct mw_recorder *r = recorder(source);

	r->inner->ops->close(r->inner, inner_at(handle));
	free((void *)handle);
}

static int recorder_read(struct mw_source *source, intptr_t at, const char *path,
			 enum mw_shape shape, struct buf *out)
{
	struct mw_recorder *r = recorder(source);
	size_t before = out->len;
	int error = r->inner->ops->read(r->inner, inner_at(at), path, shape, out);
	struct mw_node *n = first_answer(r, at, path, MW_CALL_READ);
	struct slice text = slice_skip(buf_slice(out), before);

	/* what came before a failure is part of the answer */
	if (n && (!error || text.len) && !keep_text(r, text, &n->text))
		return error;
	if (n)
		mw_node_answer(n, MW_CALL_READ, -error);
	return error;
}

static int recorder_link(struct mw_source *source, intptr_t at, const char *path, struct buf *out)
{
	struct mw_recorder *r = recorder(source);
	size_t before = out->len;
	int error = r->inner->ops->link(r->inner, inner_at(at), path, out);
	struct mw_node *n = first_answer(r, at, path, MW_CALL_LINK);

	if (!n || (!error && !keep_text(r, slice_skip(buf_slice(out), before), &n->link)))
		return error;
	mw_node_answer(n, MW_CALL_LINK, -error);
	return error;
}

struct gathering {
	struct mw_recorder *recorder;
	mw_list_fn fn;
	void *argument;
	struct mw_listing listing;
	int stop; /* what the caller's function returned; the rest is gathered all the same */
};

static int gather(const struct mw_dirent *entry, void *argument)
{
	struct gathering *g = argument;
	struct mw_recorder *r = g->recorder;

	if (!r->error)
		r->error = mw_listing_add(&g->listing, &r->capture, slice_of(entry->name),
					  entry->inode, entry->type);
	if (!g->stop)
		g->stop = g->fn(entry, g->argument);
	return 0;
}

static int recorder_list(struct mw_source *source, intptr_t handle, mw_list_fn fn, void *argument)
{
	struct mw_recorder *r = recorder(source);
	struct gathering g = { .recorder = r, .fn = fn, .argument = argument };
	struct mw_node *n = first_answer(r, handle, "", MW_CALL_LIST);
	int error;

	if (!n)
		return r->inner->ops->list(r->inner, inner_at(handle), fn, argument);
	error = r->inner->ops->list(r->inner, inner_at(handle), gather, &g);
	/* the caller's function may have read things: nodes may have moved, and one may be listed */
	n = first_answer(r, handle, "", MW_CALL_LIST);
	if (n) {
		r->error = mw_listing_keep(&g.listing, &r->capture, n);
		mw_node_answer(n, MW_CALL_LIST, -error);
	}
	mw_listing_release(&g.listing);
	return g.stop ? g.stop : error;
}

static int recorder_stat(struct mw_source *source, intptr_t at, const char *path,
			 struct mw_stat *out)
{
	struct mw_recorder *r = recorder(source);
	int error = r->inner->ops->stat(r->inner, inner_at(at), path, out);
	struct mw_node *n = first_answer(r, at, path, MW_CALL_STAT);

	if (!n)
		return error;
	if (!error) {
		n->stat = arena_new(&r->capture.arena, struct mw_stat);
		if (!n->stat) {
			r->error = -ENOMEM;
			return error;
		}
		*n->stat = *out;
	}
	mw_node_answer(n, MW_CALL_STAT, -error);
	return error;
}

static int recorder_keep(struct mw_source *source, const char *path, struct slice text)
{
	struct mw_recorder *r = recorder(source);
	struct mw_node *n;
	uint32_t number;

	if (r->error)
		return r->error;
	r->error = mw_capture_add(&r->capture, slice_of(path), &number);
	if (r->error)
		return r->error;
	n = &r->capture.nodes[number];
	if (!mw_node_knows(n, MW_CALL_READ) && keep_text(r, text, &n->text))
		mw_node_answer(n, MW_CALL_READ, 0);
	return r->error;
}

static int64_t recorder_clock(struct mw_source *source)
{
	struct mw_recorder *r = recorder(source);
	int64_t now = mw_clock(r->inner);

	/* a sweep begins by asking: ages are measured from then */
	if (!r->timed)
		r->capture.machine.clock = now;
	r->timed = true;
	return now;
}

static void recorder_free(struct mw_source *source)
{
	struct mw_recorder *r = recorder(source);

	mw_capture_release(&r->capture);
	free(r);
}

static const struct mw_source_ops recorder_ops = {
	.open = recorder_open,
	.close = recorder_close,
	.read = recorder_read,
	.link = recorder_link,
	.list = recorder_list,
	.stat = recorder_stat,
	.clock = recorder_clock,
	.keep = recorder_keep,
	.free = recorder_free,
};

int mw_source_recorder(struct mw_source *inner, struct mw_source **out)
{
	struct mw_recorder *r = calloc(1, sizeof(*r));
	int error = r ? mw_capture_init(&r->capture) : -ENOMEM;

	if (error) {
		free(r);
		return error;
	}
	r->inner = inner;
	r->root = (struct mw_recorded_dir){ inner->root, "" };
	r->capture.machine = inner->machine;
	r->source = (struct mw_source){ &recorder_ops, inner->machine, (intptr_t)&r->root, inner };
	*out = &r->source;
	return 0;
}
