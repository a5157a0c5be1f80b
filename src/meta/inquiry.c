/* Reading local files about groups. */
#include "meta/owner.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct mw_round_memory {
	struct mw_round_memory *next;
	const void *key;
	_Alignas(max_align_t) char bytes[];
};

void *mw_inquiry_memory(struct mw_inquiry *q, const void *key, size_t size)
{
	struct mw_round_memory *memory = q->memory;

	while (memory && memory->key != key)
		memory = memory->next;
	if (memory)
		return memory->bytes;
	memory = arena_alloc(&q->arena, sizeof(*memory) + size);
	if (!memory)
		return NULL;
	memory->key = key;
	memory->next = q->memory;
	q->memory = memory;
	return memory->bytes;
}

static int set_path(struct mw_inquiry *q, const char *format, va_list arguments)
{
	char path[4096];
	int len = vsnprintf(path, sizeof(path), format, arguments);

	if (len < 0 || (size_t)len >= sizeof(path))
		return -ENAMETOOLONG;
	buf_clear(&q->path);
	buf_add(&q->path, (struct slice){ path, (size_t)len });
	return q->path.error;
}

static int trouble(struct mw_inquiry *q, int error)
{
	if (error && error != -ENOENT && error != -ENOTDIR)
		mw_snapshot_problem(q->snapshot, buf_slice(&q->path), 0, error, NULL);
	return error;
}

int mw_inquiry_read(struct mw_inquiry *q, const char *format, ...)
{
	struct mw_dir root = mw_root(q->source);
	va_list arguments;
	int error;

	va_start(arguments, format);
	error = set_path(q, format, arguments);
	va_end(arguments);
	if (error)
		return error;
	q->text.limit = MW_INQUIRY_FILE;
	return trouble(q, mw_read(&root, q->path.at, &q->text));
}

int mw_inquiry_malformed(struct mw_inquiry *q, const char *what)
{
	mw_snapshot_problem(q->snapshot, buf_slice(&q->path), 0, -EBADMSG, what);
	return -EBADMSG;
}

int mw_inquiry_list(struct mw_inquiry *q, const char *path, mw_list_fn fn, void *argument)
{
	struct mw_dir root = mw_root(q->source), dir;
	int error = mw_open(&root, path, &dir);

	if (!error) {
		error = mw_list(&dir, fn, argument);
		mw_close(&dir);
	}
	if (error < 0) {
		buf_clear(&q->path);
		buf_puts(&q->path, path);
		return trouble(q, error);
	}
	return error;
}
