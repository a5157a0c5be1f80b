/* An archive that a stranger made: loaded, then everything in it asked for. */
#include "source/tree.h"

#include "base/scoped.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct walk {
	const struct mw_dir *dir;
	struct buf *text;
	int depth;
};

static int visit(const struct mw_dirent *entry, void *argument)
{
	const struct walk *w = argument;
	struct walk below = { .text = w->text, .depth = w->depth + 1 };
	struct mw_dir dir;
	struct mw_stat st;

	mw_read(w->dir, entry->name, w->text);
	mw_readlink(w->dir, entry->name, w->text);
	mw_stat(w->dir, entry->name, &st);
	/* a listing may name itself: only the paths bound the depth */
	if (w->depth > 8 || mw_open(w->dir, entry->name, &dir))
		return 0;
	below.dir = &dir;
	mw_list(&dir, visit, &below);
	mw_close(&dir);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped_buf struct buf problem = { 0 };
	scoped_buf struct buf text = { 0 };
	struct mw_source *source;
	struct walk w = { .text = &text };
	struct mw_dir root;

	if (mw_source_tree_memory((struct slice){ (const char *)data, size }, &source, &problem)) {
		if (!problem.len)
			abort();
		return 0;
	}
	root = mw_root(source);
	w.dir = &root;
	mw_list(&root, visit, &w);
	mw_source_free(source);
	return 0;
}
