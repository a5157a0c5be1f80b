#include "source/capture.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static bool same_path(uint32_t number, const void *key, const void *context)
{
	const struct mw_capture *c = context;

	return slice_equal(mw_node_path(&c->nodes[number]), *(const struct slice *)key);
}

uint32_t mw_capture_find(const struct mw_capture *c, struct slice path)
{
	return index_find(&c->by_path, hash_bytes(path), same_path, &path, c);
}

static int add_node(struct mw_capture *c, struct slice path, uint32_t parent, uint32_t *out)
{
	char *copy;
	int error;

	if (c->count >= MW_CAPTURE_NODES)
		return -EFBIG;
	if (c->count == c->size) {
		uint32_t size = c->size ? c->size * 2 : 256;
		struct mw_node *nodes = realloc(c->nodes, size * sizeof(*nodes));

		if (!nodes)
			return -ENOMEM;
		c->nodes = nodes;
		c->size = size;
	}
	copy = arena_copy(&c->arena, path);
	if (!copy)
		return -ENOMEM;
	error = index_add(&c->by_path, hash_bytes(path), c->count);
	if (error)
		return error;
	c->nodes[c->count] = (struct mw_node){
		.path = copy,
		.length = (uint32_t)path.len,
		.parent = parent,
		.child = INDEX_NONE,
		.next = INDEX_NONE,
	};
	if (c->count != parent) {
		c->nodes[c->count].next = c->nodes[parent].child;
		c->nodes[parent].child = c->count;
	}
	*out = c->count++;
	return 0;
}

int mw_capture_add(struct mw_capture *c, struct slice path, uint32_t *out)
{
	uint32_t number = mw_capture_find(c, path), parent = 0;

	for (size_t n = 0; number == INDEX_NONE; n++, parent = number, number = INDEX_NONE) {
		struct slice part;

		while (n < path.len && path.at[n] != '/')
			n++;
		part = (struct slice){ path.at, n };
		number = mw_capture_find(c, part);
		if (number == INDEX_NONE) {
			int error = add_node(c, part, parent, &number);

			if (error)
				return error;
		}
		if (n == path.len)
			break;
	}
	*out = number;
	return 0;
}

int mw_capture_init(struct mw_capture *c)
{
	uint32_t root;
	int error;

	*c = (struct mw_capture){ .arena.limit = (size_t)2 * MW_CAPTURE_TOTAL };
	error = add_node(c, SLICE(""), 0, &root);
	if (error)
		mw_capture_release(c);
	return error;
}

void mw_capture_release(struct mw_capture *c)
{
	arena_release(&c->arena);
	index_release(&c->by_path);
	free(c->nodes);
	*c = (struct mw_capture){ 0 };
}

int mw_path_join(struct slice at, struct slice path, struct mw_path *out)
{
	size_t depth = 0, length = at.len;

	if (length > MW_CAPTURE_NAME)
		return -ENAMETOOLONG;
	memcpy(out->text, at.at, length);
	for (size_t i = 0; i < length; i++)
		depth += at.at[i] == '/';
	depth += length > 0;
	while (path.len) {
		struct slice part = path;

		if (!slice_until(&path, '/', &part))
			path.len = 0;
		if (!part.len || slice_is(part, "."))
			continue;
		if (slice_is(part, ".."))
			return -EINVAL;
		if (length + part.len + 1 > MW_CAPTURE_NAME || ++depth > MW_CAPTURE_DEPTH)
			return -ENAMETOOLONG;
		if (length)
			out->text[length++] = '/';
		memcpy(out->text + length, part.at, part.len);
		length += part.len;
	}
	out->text[length] = '\0';
	out->length = length;
	return 0;
}

int mw_listing_add(struct mw_listing *l, struct mw_capture *c, struct slice name, uint64_t inode,
		   enum mw_dirent_type type)
{
	char *copy;

	if (c->listed + l->count >= MW_CAPTURE_LISTED)
		return -EFBIG;
	if (l->count == l->size) {
		uint32_t size = l->size ? l->size * 2 : 64;
		struct mw_dirent *at = realloc(l->at, size * sizeof(*at));

		if (!at)
			return -ENOMEM;
		l->at = at;
		l->size = size;
	}
	copy = arena_copy(&c->arena, name);
	if (!copy)
		return -ENOMEM;
	l->at[l->count++] = (struct mw_dirent){ copy, inode, type };
	return 0;
}

int mw_listing_keep(struct mw_listing *l, struct mw_capture *c, struct mw_node *n)
{
	struct mw_dirent *entries = arena_array(&c->arena, l->count, sizeof(*entries));

	if (!entries)
		return -ENOMEM;
	if (l->count)
		memcpy(entries, l->at, l->count * sizeof(*entries));
	n->entries = entries;
	n->listed = l->count;
	c->listed += l->count;
	l->count = 0;
	return 0;
}

void mw_listing_release(struct mw_listing *l)
{
	free(l->at);
	*l = (struct mw_listing){ 0 };
}

static bool answered(const struct mw_node *n)
{
	for (int call = 0; call < MW_CALLS; call++)
		if (mw_node_knows(n, call) && !n->error[call])
			return true;
	return n->folder || n->text.at;
}

static int by_name(const void *one, const void *other)
{
	const struct mw_dirent *a = one, *b = other;
	struct slice x = slice_of(a->name), y = slice_of(b->name);
	uint64_t v = 0, w = 0;
	bool a_number = slice_u64(&x, &v) && !x.len, b_number = slice_u64(&y, &w) && !y.len;

	if (a_number != b_number)
		return a_number ? -1 : 1;
	if (a_number && v != w)
		return v < w ? -1 : 1;
	return strcmp(a->name, b->name);
}

static enum mw_dirent_type type_of(const struct mw_node *n)
{
	if (mw_node_knows(n, MW_CALL_LINK) && !n->error[MW_CALL_LINK])
		return MW_DT_LINK;
	if (n->stat)
		switch (n->stat->mode & S_IFMT) {
		case S_IFREG: return MW_DT_FILE;
		case S_IFDIR: return MW_DT_DIR;
		default: return MW_DT_UNKNOWN;
		}
	if (n->text.at)
		return MW_DT_FILE;
	return mw_node_is_dir(n) ? MW_DT_DIR : MW_DT_UNKNOWN;
}

static int list_children(struct mw_capture *c, struct mw_node *n, struct mw_listing *l)
{
	for (uint32_t i = n->child; i != INDEX_NONE; i = c->nodes[i].next) {
		const struct mw_node *child = &c->nodes[i];
		struct slice name = slice_last(mw_node_path(child), '/');
		int error = child->present ? mw_listing_add(l, c, name,
							    child->stat ? child->stat->inode : 0,
							    type_of(child))
					   : 0;

		if (error)
			return error;
	}
	if (l->count)
		qsort(l->at, l->count, sizeof(*l->at), by_name);
	mw_node_answer(n, MW_CALL_LIST, 0);
	return mw_listing_keep(l, c, n);
}

int mw_capture_finish(struct mw_capture *c)
{
	struct mw_listing listing = { 0 };
	int error = 0;

	c->nodes[0].present = true;
	for (uint32_t i = c->count; i-- > 1;) {
		struct mw_node *n = &c->nodes[i];

		n->present = n->present || answered(n);
		if (n->present) {
			c->nodes[n->parent].present = true;
			c->nodes[n->parent].parent_of_present = true;
		}
	}
	for (uint32_t i = 0; i < c->count && !error; i++)
		if (mw_node_is_dir(&c->nodes[i]) && !mw_node_knows(&c->nodes[i], MW_CALL_LIST))
			error = list_children(c, &c->nodes[i], &listing);
	mw_listing_release(&listing);
	return error;
}
